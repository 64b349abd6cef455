"""A manual item as its form shows it."""

from __future__ import annotations

from typing import NamedTuple

from icb.billing.approval_queries import shown_amount
from icb.billing.manual_actions import manual_version
from icb.billing.models import DraftItem, Line
from icb.kernel.errors import NotFound


class ManualRow(NamedTuple):
    """A manual item that is a draft; `version` names what it says now."""

    id: int
    contract: str
    amount: str
    currency: str
    tax: str
    reason: str
    version: str


def manual_item(id: int) -> ManualRow:
    """The manual item with this number that is still a draft; NotFound where there is none."""
    found = (
        DraftItem.objects.filter(pk=id, line=Line.MANUAL)
        .select_related("contract", "tax_rate")
        .first()
    )
    if found is None:
        raise NotFound(
            "unknown_draft",
            f"There is no manual item {id} that is a draft. Nothing was changed. It may have been "
            "posted or removed.",
            item=str(id),
        )
    return ManualRow(
        found.pk,
        found.contract.key,
        shown_amount(found.amount, currency=found.currency),
        found.currency,
        found.tax_rate.key if found.tax_rate else "",
        found.reason,
        manual_version(found),
    )
