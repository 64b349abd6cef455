"""Reads of the audit chain, for lists."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple

from icb.foundation.listing import Asked, Kind, Page, Wanted, page_of
from icb.foundation.models import AuditEvent
from icb.kernel.errors import NotFound


class AuditRow(NamedTuple):
    """One event: what was done to what, by whom and when, with its data and its seal."""

    sequence: int
    at: datetime
    actor: str
    action: str
    subject: str
    data: dict[str, Any]
    hash: str


_FIELDS = ("sequence", "at", "actor", "action", "subject", "data", "hash")
_ASKED = {
    "sequence": Asked("sequence", Kind.NUMBER),
    "at": Asked("at", Kind.MOMENT),
    "actor": Asked("actor", is_searched=True),
    "action": Asked("action", is_searched=True),
    "subject": Asked("subject", is_searched=True),
}


def audit_page(wanted: Wanted) -> Page[AuditRow]:
    """One page of the chain, newest first unless asked otherwise."""
    newest_first = AuditEvent.objects.order_by("-sequence")
    return page_of(newest_first, wanted=wanted, columns=_ASKED, fields=_FIELDS, make=_row)


def audit_event(sequence: int) -> AuditRow:
    """The event with this number; NotFound where the chain has none."""
    found = AuditEvent.objects.filter(sequence=sequence).values_list(*_FIELDS).first()
    if found is None:
        raise NotFound(
            "unknown_event", f"There is no event {sequence}. Nothing was done. List them anew."
        )
    return _row(found)


def _row(row: tuple[Any, ...]) -> AuditRow:
    return AuditRow._make((*row[:5], json.loads(row[5]), row[6]))
