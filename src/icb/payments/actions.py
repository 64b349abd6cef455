"""What can be done with payments: record, allocate, take allocations back, reverse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.amounts import from_stored
from icb.foundation.transactions import transaction
from icb.kernel.checks import check_reason
from icb.kernel.errors import NotFound, Refused
from icb.kernel.money import Minor, format_minor
from icb.payments.booking import (
    Settled,
    live_allocations,
    lock,
    reverse_payments,
    take_back,
    write_allocations,
)
from icb.payments.claims import Claim, chosen_parts, claims_named, open_claims, spread
from icb.payments.external_actions import record_external_payments
from icb.payments.inputs import Share
from icb.payments.models import Allocation
from icb.payments.queries import (
    Source,
    credit_named,
    payment_named,
    seen_of_offer,
    sources_of_account,
)
from icb.payments.recording_actions import record_file, record_payment, undo_last_file
from icb.payments.sharing import Part, taken_in_turn

__all__ = [
    "allocate_credit",
    "allocate_payment",
    "record_external_payments",
    "record_file",
    "record_payment",
    "reverse_payment",
    "settle_with_credit",
    "unallocate",
    "undo_last_file",
]


class Allocated(NamedTuple):
    """What was allocated, in the currency's minor unit, and what is left of where it came from."""

    currency: str
    amount: Minor
    left: Minor


def allocate_payment(number: int, *, shares: Sequence[Share] = (), seen: str = "") -> Allocated:
    """Settle documents with what is left of a payment: those named, or what is due first.

    With `seen` (see `payment_facts`) it is refused where the payment was used since
    (`changed_since`). Raises NotFound for an unknown payment or document; Refused with
    `already_reversed` or `nothing_left`; InvalidInput, naming what cannot be settled.
    """
    with transaction():
        require(Permission.RECORD_PAYMENTS)
        lock()
        return _allocate(payment_named(number), shares=shares, seen=seen)


def allocate_credit(number: str, *, shares: Sequence[Share] = (), seen: str = "") -> Allocated:
    """Settle invoices with what is left of a credit note; otherwise as `allocate_payment`."""
    with transaction():
        require(Permission.RECORD_PAYMENTS)
        lock()
        return _allocate(credit_named(number), shares=shares, seen=seen)


def settle_with_credit(number: str, *, seen: str = "") -> Allocated:
    """Settle an invoice with the credit that its organization has: the oldest of it first.

    `seen` is what `document_account` said. Raises NotFound for an unknown invoice; Refused with
    `nothing_left` where nothing is open or no credit is there, or `changed_since`.
    """
    with transaction():
        require(Permission.RECORD_PAYMENTS)
        lock()
        claim = _claim_named(number)
        sources = sources_of_account(claim.organization_id, currency=claim.currency)
        if seen and seen_of_offer(claim.open, credit=_left(sources), count=len(sources)) != seen:
            raise _changed(claim.number)
        parts = taken_in_turn(
            claim.open, claims=[Part(place, one.left) for place, one in enumerate(sources)]
        )
        if not parts:
            raise Refused(
                "nothing_left",
                f"{claim.number}: nothing of it is open, or its organization has no credit in "
                f"{claim.currency}. Nothing was stored.",
            )
        write_allocations(
            [_settled(sources[part.id], Part(claim.id, part.amount)) for part in parts]
        )
        total = sum(part.amount for part in parts)
        _record_allocation(claim.number, [Part(claim.id, total)], claim.currency)
    return Allocated(
        claim.currency,
        from_stored(total, claim.currency),
        from_stored(_left(sources) - total, claim.currency),
    )


def unallocate(allocation: int, *, reason: str) -> None:
    """Take back one allocation: its amount is open again, and left of where it came from.

    What a credit note settles of the invoice that it credits stays: the credit note itself would
    have to be void. Raises NotFound for an unknown allocation; InvalidInput without a reason;
    Refused with `already_reversed` or `own_credit`.
    """
    with transaction():
        require(Permission.RECORD_PAYMENTS)
        lock()
        check_reason(reason)
        found = _allocation(allocation)
        if found.credit is not None and found.credit.credits_id == found.document_id:
            raise Refused(
                "own_credit",
                f"{found.credit.number} credits {found.document.number}, so it stays there. "
                "Nothing was changed. Void the credit note where it was wrong.",
            )
        if not live_allocations("id", ids=[found.pk]):
            raise Refused(
                "already_reversed",
                f"This allocation to {found.document.number} was taken back already. Nothing was "
                "changed.",
            )
        take_back([found.pk], reason=reason)
        audit.record(
            "unallocate",
            subject=found.document.number,
            data={"allocation": found.pk, "amount": found.amount, "reason": reason},
        )


def reverse_payment(number: int, *, reason: str, seen: str = "") -> int:
    """Reverse a payment that was wrong or bounced, with all its allocations; how many these were.

    The payment and the reversal both stay on the statement. Raises NotFound for an unknown payment;
    InvalidInput without a reason; Refused with `already_reversed` or `changed_since`.
    """
    with transaction():
        require(Permission.RECORD_PAYMENTS)
        lock()
        check_reason(reason)
        source = payment_named(number)
        if seen and source.seen != seen:
            raise _changed(source.name)
        freed = reverse_payments([source.id], reason=reason)
        audit.record(
            "reverse_payment",
            subject=source.name,
            data={"allocations": freed, "reason": reason},
        )
    return freed


def _allocate(source: Source, *, shares: Sequence[Share], seen: str) -> Allocated:
    if seen and source.seen != seen:
        raise _changed(source.name)
    if source.left <= 0:
        raise Refused(
            "nothing_left",
            f"{source.name}: all of it is allocated. Nothing was stored. Take an allocation back "
            "first.",
        )
    taken: dict[int, int] = {}
    if shares:
        named = claims_named(share.document for share in shares)
        parts = chosen_parts(shares, purse=source.purse, claims=named, taken=taken)
    else:
        account = source.purse.account
        parts = spread(source.left, claims=open_claims([account])[account], taken=taken)
    if not parts:
        raise Refused(
            "nothing_open",
            f"{source.name}: nothing is open that it could settle. Nothing was stored.",
        )
    write_allocations([_settled(source, part) for part in parts])
    _record_allocation(source.name, parts, source.currency)
    total = sum(part.amount for part in parts)
    return Allocated(
        source.currency,
        from_stored(total, source.currency),
        from_stored(source.left - total, source.currency),
    )


def _left(sources: Sequence[Source]) -> int:
    return sum(one.left for one in sources)


def _settled(source: Source, part: Part) -> Settled:
    if source.is_payment:
        return Settled(part.id, part.amount, payment=source.id)
    return Settled(part.id, part.amount, credit=source.id)


def _record_allocation(subject: str, parts: Sequence[Part], currency: str) -> None:
    total = from_stored(sum(part.amount for part in parts), currency)
    audit.record(
        "allocate",
        subject=subject,
        data={
            "amount": format_minor(total, currency),
            "currency": currency,
            "documents": len(parts),
        },
    )


def _allocation(row_id: int) -> Allocation:
    rows = Allocation.objects.filter(pk=row_id).select_related("document", "credit")
    found: Allocation | None = rows.first()
    if found is None:
        raise NotFound(
            "unknown_allocation",
            f"allocation: there is none of the number {row_id}. Nothing was changed.",
            allocation=row_id,
        )
    return found


def _claim_named(number: str) -> Claim:
    claim = claims_named([number]).get(number)
    if claim is None:
        raise Refused(
            "nothing_left",
            f"{number} is nothing that has to be paid: it is void, a credit note, or comes to 0. "
            "Nothing was stored.",
        )
    return claim


def _changed(name: str) -> Refused:
    last = audit.newest_change(name)
    by = f" {last.actor} changed it at {last.at:%Y-%m-%d %H:%M} UTC." if last else ""
    return Refused(
        "changed_since",
        f"{name} was changed since you looked.{by} Nothing was stored. Look again, and do it again "
        "where that is still right.",
    )
