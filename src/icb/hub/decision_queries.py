"""What was decided about counts that could not be trusted, newest first."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from django.db.models import F

from icb.foundation.listing import Asked, Kind, Page, Wanted, page_of
from icb.hub.models import CountDecision, Decision

LASTING = (Decision.DEPARTED, Decision.CARRY)


class DecisionRow(NamedTuple):
    """One decision. `until_day` is the first day on which it no longer holds; one that holds on no
    day was taken back. Only those that last can be taken back: accept and reject have changed what
    stands, and a later answer changes it again."""

    id: int
    module: str
    module_organization: str
    name: str
    billing_type: str
    decision: str
    from_day: date
    until_day: date | None
    reason: str
    actor: str
    decided_at: datetime

    @property
    def is_taken_back(self) -> bool:
        """Whether it holds on no day."""
        return self.until_day is not None and self.until_day <= self.from_day

    @property
    def can_be_taken_back(self) -> bool:
        """Whether it holds on days of which it can be taken away."""
        return self.decision in LASTING and not self.is_taken_back


_COLUMNS = (
    "pk",
    "module_organization__connection__name",
    "module_organization__external_id",
    "module_organization__name",
    "type_name",
    "decision",
    "from_day",
    "until_day",
    "reason",
    "actor",
    "decided_at",
)
_ASKED = {
    "module": Asked("module_organization__connection__name", is_searched=True),
    "id": Asked("module_organization__external_id", is_searched=True),
    "name": Asked("module_organization__name", is_searched=True),
    "type": Asked("type_name", is_searched=True),
    "decision": Asked("decision", Kind.CHOICE),
    "from": Asked("from_day", Kind.DAY),
    "reason": Asked("reason", is_searched=True),
    "actor": Asked("actor", is_searched=True),
    "decided": Asked("decided_at", Kind.MOMENT),
}


def decision_page(wanted: Wanted) -> Page[DecisionRow]:
    """One page of the decisions, newest first."""
    return page_of(
        CountDecision.objects.annotate(type_name=F("billing_type__name")).order_by("-pk"),
        wanted=wanted,
        columns=_ASKED,
        fields=_COLUMNS,
        make=lambda row: DecisionRow._make((*row[:4], row[4] or "", *row[5:])),
    )
