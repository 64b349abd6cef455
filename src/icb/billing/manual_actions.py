"""Manual items and deferrals while they are drafts: changed, removed, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from icb.billing.models import DraftItem, KeyDecision, Line
from icb.billing.posting import (
    decide_key,
    defer_item,
    draft_named,
    exact_amount,
    waive_item,
)
from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.providers import local_today
from icb.foundation.transactions import transaction
from icb.foundation.versions import check_version, version_of
from icb.kernel.checks import check_reason
from icb.kernel.errors import InvalidInput, Refused
from icb.organizations.models import TaxRate


def defer_items(drafts: Sequence[int], *, until: date, reason: str) -> int:
    """Keep drafts from being posted before a day, all or none; how many. As `defer_item`."""
    with transaction(lock="billing"):
        require(Permission.BILL)
        for draft in drafts:
            defer_item(draft, until=until, reason=reason)
        audit.record("defer_items", subject=f"{len(drafts)} drafts", data={"until": until})
    return len(drafts)


def waive_items(drafts: Sequence[int], *, reason: str) -> int:
    """Give up the amounts of drafts for good, all or none; how many. As `waive_item`."""
    with transaction(lock="billing"):
        require(Permission.BILL)
        for draft in drafts:
            waive_item(draft, reason=reason)
        audit.record("waive_items", subject=f"{len(drafts)} drafts", data={"reason": reason})
    return len(drafts)


def undefer_items(drafts: Sequence[int]) -> int:
    """Let deferred drafts be posted from today on; how many were deferred.

    Raises NotFound for a draft that is gone.
    """
    today, changed = local_today(), 0
    with transaction(lock="billing"):
        require(Permission.BILL)
        for draft in drafts:
            item = draft_named(draft)
            if item.deferred_until is None or item.deferred_until <= today:
                continue
            decide_key(item, decision=KeyDecision.DEFER, reason="taken back", until=today)
            DraftItem.objects.filter(pk=draft).update(deferred_until=today)
            changed += 1
        audit.record("undefer_items", subject=f"{changed} drafts", data={"drafts": [*drafts]})
    return changed


def change_manual_item(
    draft: int, *, amount: Decimal | str, reason: str, tax: str = "", seen: str = ""
) -> None:
    """Change what a manual item says while it is a draft; `seen` as `manual_version` gave it.

    Raises Refused for another kind of item and where somebody else changed it since.
    """
    with transaction(lock="billing"):
        require(Permission.BILL)
        item = _manual(draft)
        check_version(seen, version=manual_version(item), subject=f"item {draft}")
        check_reason(reason)
        exact = exact_amount(amount, currency=item.currency)
        before = {"amount": item.amount, "reason": item.reason}
        item.amount, item.reason = exact, reason
        item.tax_rate_id = _tax(tax)
        item.save(update_fields=["amount", "reason", "tax_rate"])
        audit.record(
            "change_manual_item",
            subject=f"item {draft}",
            data={"before": before, "after": {"amount": item.amount, "reason": reason}},
        )


def remove_manual_item(draft: int) -> None:
    """Remove a manual item while it is a draft. Raises Refused for another kind of item."""
    with transaction(lock="billing"):
        require(Permission.BILL)
        item = _manual(draft)
        told = {"amount": item.amount, "reason": item.reason}
        DraftItem.objects.filter(pk=draft).delete()
        audit.record("remove_manual_item", subject=f"item {draft}", data=told)


def manual_version(item: DraftItem) -> str:
    """Another text as soon as the item says something else."""
    return version_of([item.amount, item.reason, item.tax_rate_id])


def _manual(draft: int) -> DraftItem:
    item = draft_named(draft)
    if item.line != Line.MANUAL:
        raise Refused(
            "not_manual",
            f"Item {draft} was computed and cannot be edited. Nothing was changed. Change its "
            "price or units on the contract, waive it, or add a manual item beside it.",
        )
    return item


def _tax(key: str) -> int | None:
    if not key:
        return None
    rate = TaxRate.objects.filter(key=key).first()
    if rate is None:
        raise InvalidInput(
            field="tax", value=key, message=f"tax: there is no {key}. Nothing was changed."
        )
    found: int = rate.pk
    return found
