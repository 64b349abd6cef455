"""Making items final, and taking them back: actions on drafts and posted items.

Posting copies drafts into the insert-only table and removes them in one transaction, with one
statement each: its cost does not depend on what was posted before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from icb.billing.approval_queries import approval_for_posting
from icb.billing.draft_queries import drafts_version
from icb.billing.models import (
    BillingItem,
    DraftItem,
    ItemToInvoice,
    KeyDecision,
    KeyDecisionRow,
    Line,
    Posting,
    Unposting,
)
from icb.billing.run import ITEM_COLUMNS
from icb.contracts.marks import mark_contracts
from icb.contracts.models import Contract
from icb.foundation import audit
from icb.foundation.actor import Permission, current_actor, require
from icb.foundation.bulk import execute, fetch, ids_in
from icb.foundation.canonical import digest
from icb.foundation.fields import AMOUNT_SCALE
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.foundation.transactions import transaction
from icb.kernel import clock
from icb.kernel.checks import check_reason
from icb.kernel.errors import InvalidInput, NotFound, Refused
from icb.kernel.money import to_minor
from icb.organizations.models import Organization, TaxRate

_PAST_MONTH_END = timedelta(days=4)


class PostResult(NamedTuple):
    """What was posted, per currency, and what stayed a draft and why."""

    posted: int
    totals: dict[str, Decimal]
    held: int
    deferred: int
    estimated: int


def post_items(
    *,
    organization: str | None = None,
    items: Sequence[int] | None = None,
    with_estimates: bool = True,
    seen: str = "",
) -> PostResult:
    """Approve and post all postable drafts, of one organization or by id where given.

    Held and deferred drafts stay. Items with estimated days are posted only with the explicit
    yes `with_estimates`. `seen` is what `drafts_version` said of these ids when somebody looked.
    Raises NotFound for an unknown organization, Refused where the drafts are others by now, and
    where the amount takes a second person who has not approved exactly these.
    """
    with transaction(lock="billing"):
        require(Permission.POST)
        if seen and items is not None:
            refuse_other_drafts(items, seen=seen)
        where, params = _chosen(organization, items)
        held, deferred, estimated = _staying(where, params, with_estimates)
        ready = f"{where} AND d.held = '' AND (d.deferred_until IS NULL OR d.deferred_until <= %s)"
        params = [*params, local_today()]
        if not with_estimates:
            ready += " AND d.estimated_days = 0"
        rows = fetch(
            f"SELECT d.currency, COUNT(*), SUM(d.amount) FROM draft_item d WHERE {ready} "
            "GROUP BY d.currency ORDER BY d.currency",
            params,
        )
        totals = {code: Decimal(total).scaleb(-AMOUNT_SCALE) for code, _, total in rows}
        count = sum(row[1] for row in rows)
        if count:
            request = approval_for_posting(ready, params=params)
            told = _Told(count, totals, with_estimates, request)
            _post(ready, params, told=told)
    return PostResult(count, totals, held, deferred, estimated)


def refuse_other_drafts(items: Sequence[int], *, seen: str) -> None:
    """Raise Refused where these drafts are not what `drafts_version` said when they were seen."""
    if drafts_version(items) != seen:
        raise Refused(
            "drafts_changed",
            "The drafts changed since you looked at them. Nothing was posted. Look at the "
            "summary again.",
        )


class _Told(NamedTuple):
    """What a posting says of itself; `request` is the approval that it takes up, if any."""

    items: int
    totals: dict[str, Decimal]
    with_estimates: bool
    request: int | None


def _post(ready: str, params: list[Any], *, told: _Told) -> None:
    posting = Posting.objects.create(
        posted_at=clock.now(),
        posted_on=local_today(),
        actor=current_actor(),
        item_count=told.items,
        with_estimates=told.with_estimates,
        request_id=told.request,
    )
    columns = ", ".join(ITEM_COLUMNS)
    copied = ", ".join(f"d.{name}" for name in ITEM_COLUMNS)
    execute(
        f"INSERT INTO billing_item (id, provider_id, posting_id, {columns}) "
        f"SELECT d.id, d.provider_id, %s, {copied} FROM draft_item d WHERE {ready} ORDER BY d.id",
        [posting.pk, *params],
    )
    execute(
        "INSERT INTO item_to_invoice (provider_id, item_id) "
        "SELECT i.provider_id, i.id FROM billing_item i WHERE i.posting_id = %s ORDER BY i.id",
        [posting.pk],
    )
    removed = execute(
        "DELETE FROM draft_item WHERE id IN (SELECT id FROM billing_item WHERE posting_id = %s)",
        [posting.pk],
    )
    if removed != told.items:
        raise Refused(
            "drafts_changed",
            "The drafts changed while they were posted. Nothing was stored. Post again.",
        )
    audit.record(
        "post",
        subject=f"posting {posting.pk}",
        data={
            "items": told.items,
            "totals": told.totals,
            "digest": _posted_digest(posting.pk),
            **({"request": told.request} if told.request else {}),
        },
    )


def _posted_digest(posting: int) -> str:
    rows = fetch("SELECT id, amount FROM billing_item WHERE posting_id = %s ORDER BY id", [posting])
    return digest(";".join(f"{item}:{amount}" for item, amount in rows))


def _chosen(organization: str | None, items: Sequence[int] | None) -> tuple[str, list[Any]]:
    where = "d.provider_id = %s"
    params: list[Any] = [provider_id()]
    if organization is not None:
        where += " AND d.organization_id = %s"
        params.append(_organization(organization).pk)
    if items is not None:
        chosen, ids = ids_in("d.id", ids=items)
        where, params = f"{where} AND {chosen}", [*params, *ids]
    return where, params


def _staying(where: str, params: list[Any], with_estimates: bool) -> tuple[int, int, int]:
    rows = fetch(
        f"""
        SELECT CASE WHEN d.held <> '' THEN 'held'
                    WHEN d.deferred_until > %s THEN 'deferred'
                    WHEN d.estimated_days > 0 THEN 'estimated' ELSE '' END AS why, COUNT(*)
        FROM draft_item d WHERE {where} GROUP BY 1
        """,
        [local_today(), *params],
    )
    counts = dict(rows)
    estimated = 0 if with_estimates else counts.get("estimated", 0)
    return counts.get("held", 0), counts.get("deferred", 0), estimated


def unpost_item(item: int, *, reason: str) -> int:
    """Take a posted item back to draft; the id of the fresh draft.

    Refused while the item is on a document: void that first. Raises NotFound for an item that is
    not posted, InvalidInput without a reason.
    """
    with transaction(lock="billing"):
        require(Permission.POST)
        check_reason(reason)
        posted = BillingItem.objects.filter(pk=item, unposting__isnull=True).first()
        if posted is None:
            raise NotFound(
                "unknown_item",
                f"There is no posted item {item}. Nothing was changed. "
                "The posted items are listed by: icb item list",
                item=str(item),
            )
        removed, _ = ItemToInvoice.objects.filter(item_id=item).delete()
        if not removed:
            raise Refused(
                "item_is_invoiced",
                f"Item {item} is on a document. Nothing was changed. Void the document first, or "
                "credit it.",
                item=str(item),
            )
        Unposting.objects.create(
            item=posted, reason=reason, actor=current_actor(), unposted_at=clock.now()
        )
        draft = DraftItem.objects.create(
            **{name: getattr(posted, name) for name in ITEM_COLUMNS if name != "revision"},
            revision=_next_revision(posted),
        )
        mark_contracts([posted.contract_id], from_day=posted.period_start)
        audit.record(
            "unpost",
            subject=f"item {item}",
            data={"reason": reason, "amount": posted.amount, "draft": draft.pk},
        )
        fresh: int = draft.pk
    return fresh


def unpost_items(items: Sequence[int], *, reason: str) -> int:
    """Take posted items back to draft, all or none; how many. As `unpost_item`."""
    with transaction(lock="billing"):
        require(Permission.POST)
        for item in items:
            unpost_item(item, reason=reason)
        audit.record("unpost_items", subject=f"{len(items)} items", data={"reason": reason})
    return len(items)


def _next_revision(item: BillingItem | DraftItem) -> int:
    key = {
        "contract_id": item.contract_id,
        "contract_service_id": item.contract_service_id,
        "period_start": item.period_start,
        "line": item.line,
        "effective_on": item.effective_on,
    }
    used = [
        *BillingItem.objects.filter(**key).values_list("revision", flat=True),
        *DraftItem.objects.filter(**key).values_list("revision", flat=True),
    ]
    return max(used, default=0) + 1


def defer_item(draft: int, *, until: date, reason: str) -> None:
    """Keep a draft from being posted before a day; survives re-runs.

    Raises NotFound for an unknown draft, InvalidInput for a day that is not in the future or a
    missing reason.
    """
    with transaction(lock="billing"):
        require(Permission.BILL)
        item = draft_named(draft)
        check_reason(reason)
        if until <= local_today():
            raise InvalidInput(
                field="until",
                value=until,
                message=f"until: {until} is not in the future. Nothing was changed. Give a later "
                "day, or post the item.",
            )
        decide_key(item, decision=KeyDecision.DEFER, reason=reason, until=until)
        DraftItem.objects.filter(pk=draft).update(deferred_until=until)
        audit.record("defer", subject=f"draft {draft}", data={"until": until, "reason": reason})


def waive_item(draft: int, *, reason: str) -> None:
    """Give up a draft's amount for good; later runs bill only what differs from it.

    Raises NotFound for an unknown draft, InvalidInput without a reason, Refused for a credit:
    what the client is owed cannot be waived.
    """
    with transaction(lock="billing"):
        require(Permission.BILL)
        item = draft_named(draft)
        check_reason(reason)
        if item.amount < 0:
            raise Refused(
                "credit_not_waivable",
                f"Draft {draft} is a credit of {item.amount} {item.currency}: the client is owed "
                "it. Nothing was changed. Defer it, or post it.",
            )
        decide_key(item, decision=KeyDecision.WAIVE, reason=reason, amount=item.amount)
        DraftItem.objects.filter(pk=draft).delete()
        audit.record(
            "waive", subject=f"draft {draft}", data={"amount": item.amount, "reason": reason}
        )


def draft_named(draft: int) -> DraftItem:
    """The draft with this id; NotFound where there is none."""
    item: DraftItem | None = DraftItem.objects.filter(pk=draft).first()
    if item is None:
        raise NotFound(
            "unknown_draft",
            f"There is no draft {draft}. Nothing was changed. It may have been posted, or "
            "replaced by a newer run.",
            item=str(draft),
        )
    return item


def decide_key(
    item: DraftItem,
    *,
    decision: KeyDecision,
    reason: str,
    until: date | None = None,
    amount: Decimal | None = None,
) -> None:
    """Store what a person decided about the key of a draft, in the caller's transaction."""
    KeyDecisionRow.objects.create(
        contract_id=item.contract_id,
        contract_service_id=item.contract_service_id,
        period_start=item.period_start,
        line=item.line,
        effective_on=item.effective_on,
        decision=decision,
        until=until,
        amount=amount,
        units=item.units,
        unit_days=item.unit_days,
        reason=reason,
        actor=current_actor(),
        decided_at=clock.now(),
    )


def add_manual_item(
    contract: str, *, amount: Decimal | str, reason: str, on: date | None = None, tax: str = ""
) -> int:
    """Draft an amount that no rule computes; never recomputed. The id of the draft.

    `amount` is in the contract's currency and may be negative; `tax` is the key of one tax rate.
    Raises NotFound for an unknown contract or rate, InvalidInput for a bad amount or no reason.
    """
    with transaction(lock="billing"):
        require(Permission.BILL)
        check_reason(reason)
        agreement = Contract.objects.filter(key=contract).first()
        if agreement is None:
            raise _unknown("contract", contract)
        rate = TaxRate.objects.filter(key=tax).first() if tax else None
        if tax and rate is None:
            raise _unknown("tax", tax)
        exact = exact_amount(amount, currency=agreement.currency)
        day = on or local_today()
        draft = DraftItem(
            contract=agreement,
            organization_id=agreement.organization_id,
            period_start=day.replace(day=1),
            period_end=(day.replace(day=28) + _PAST_MONTH_END).replace(day=1),
            line=Line.MANUAL,
            kind=Line.MANUAL,
            effective_on=day,
            units=0,
            unit_days=0,
            days_in_period=0,
            estimated_days=0,
            currency=agreement.currency,
            amount=exact,
            tax_rate=rate,
            billed_on=local_today(),
            working='{"rule":"manual"}',
            reason=reason,
            actor=current_actor(),
            revision=1,
        )
        draft.revision = _next_revision(draft)
        draft.save(force_insert=True)
        audit.record(
            "add_manual_item", subject=contract, data={"amount": draft.amount, "reason": reason}
        )
    return draft.pk


def exact_amount(amount: Decimal | str, *, currency: str) -> Decimal:
    """The amount, where the currency can express it; InvalidInput otherwise."""
    try:
        exact = Decimal(amount)
    except InvalidOperation:
        exact = Decimal("NaN")
    if not exact.is_finite():
        raise InvalidInput(
            field="amount",
            value=amount,
            message=f"amount: {amount} is no number. Nothing was stored. Give an amount such as "
            "120.00, with a minus for a credit.",
        )
    to_minor(exact, currency, field="amount")
    return exact


def _organization(key: str) -> Organization:
    found: Organization | None = Organization.objects.filter(key=key).first()
    if found is None:
        raise _unknown("organization", key)
    return found


def _unknown(field: str, key: str) -> NotFound:
    return NotFound(
        f"unknown_{field}", f"{field}: there is no {key}. Nothing was changed.", **{field: key}
    )
