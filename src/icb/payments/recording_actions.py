"""Payments as they come: from a person, or many at once from a file, and what takes these back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from icb.foundation import audit
from icb.foundation.actor import Permission, current_actor, require
from icb.foundation.amounts import from_stored, to_stored
from icb.foundation.bulk import fetch, ids_in
from icb.foundation.canonical import digest
from icb.foundation.providers import current_provider, local_today
from icb.foundation.scope import provider_id
from icb.foundation.transactions import transaction
from icb.kernel import clock
from icb.kernel.checks import check_reason, check_text
from icb.kernel.errors import InvalidInput, Refused
from icb.kernel.money import Minor, format_minor
from icb.organizations.models import Organization
from icb.organizations.queries import organization_named
from icb.payments.booking import (
    PaymentRow,
    Settled,
    lock,
    next_number,
    reverse_payments,
    write_allocations,
    write_payments,
)
from icb.payments.checks import check_payment
from icb.payments.claims import Purse, chosen_parts, claims_named, open_claims, spread
from icb.payments.inputs import NewPayment, Spread
from icb.payments.models import Method, Payment, PaymentFile
from icb.payments.sharing import Part

BY_PERSON = "person"
FROM_FILE = "file"
_LONGEST_NAME = 200


class Recorded(NamedTuple):
    """A payment that was recorded, or had been before (`is_new` false).

    Amounts are in the currency's minor unit; `left` stays as credit of the organization.
    """

    number: int
    organization: str
    currency: str
    amount: Minor
    allocated: Minor
    left: Minor
    is_new: bool = True


class Prepared(NamedTuple):
    """A payment that was checked. `revision` is above 1 where one before was reversed."""

    new: NewPayment
    organization_id: int
    currency: str
    amount: int
    source: str
    revision: int = 1


def record_payment(new: NewPayment) -> Recorded:
    """Record money that came, and settle with it what its `spread` or `shares` say.

    What settles nothing stays as credit of the organization. With an `external_id` that is known
    already nothing is recorded, and the answer tells of the one that is there.

    Raises NotFound for an unknown organization or document; InvalidInput, naming the field.
    """
    with transaction():
        require(Permission.RECORD_PAYMENTS)
        lock()
        (prepared,) = prepare([new], source=BY_PERSON)
        before = known([prepared]).get(new.external_id)
        if before is not None and before.is_live:
            return _told(before.number)
        revision = before.revision + 1 if before else 1
        (number,) = book([prepared._replace(revision=revision)])
        told = _told(number)
        audit.record(
            "record_payment",
            subject=f"payment {number}",
            data={
                "organization": told.organization,
                "amount": format_minor(told.amount, told.currency),
                "currency": told.currency,
                "received_on": new.received_on,
                "method": new.method,
                "allocated": format_minor(told.allocated, told.currency),
            },
        )
    return told._replace(is_new=True)


def record_file(name: str, *, sha256: str, payments: Sequence[NewPayment]) -> list[Recorded]:
    """Record the payments of a bank's file together: all of them, or none.

    Each needs its `external_id`; those that a file brought before are left out. Raises what
    `record_payment` raises, and Refused with `nothing_new` where all were there already.
    """
    with transaction():
        require(Permission.RECORD_PAYMENTS)
        lock()
        check_text(name, field="file", longest=_LONGEST_NAME, required=True)
        prepared = prepare(payments, source=FROM_FILE)
        _refuse_twice(prepared)
        before = known(prepared)
        fresh = [
            one._replace(revision=before[key].revision + 1 if key in before else 1)
            for one in prepared
            if (key := one.new.external_id) not in before or not before[key].is_live
        ]
        if not fresh:
            raise Refused(
                "nothing_new",
                f"{name}: every payment in it was recorded before. Nothing was stored.",
            )
        file = PaymentFile.objects.create(
            name=name, sha256=sha256, actor=current_actor(), taken_at=clock.now()
        )
        numbers = book(fresh, file_id=file.pk)
        audit.record(
            "record_payments",
            subject=name,
            data={
                "payments": len(numbers),
                "first": numbers[0],
                "last": numbers[-1],
                "file": sha256,
                "digest": _digest(fresh),
            },
        )
    return recorded(numbers)


def undo_last_file(*, reason: str) -> tuple[str, int]:
    """Reverse what is left of the newest file of payments; its name, and how many were reversed.

    Raises InvalidInput without a reason, Refused with `nothing_to_undo` where no file has a payment
    that holds.
    """
    with transaction():
        require(Permission.RECORD_PAYMENTS)
        lock()
        check_reason(reason)
        file = (
            PaymentFile.objects.filter(payments__isnull=False, payments__reversal__isnull=True)
            .order_by("-pk")
            .first()
        )
        if file is None:
            raise Refused(
                "nothing_to_undo",
                "No file of payments holds any more. Nothing was changed. A single payment is "
                "reversed on its page.",
            )
        live = Payment.objects.filter(file=file, reversal__isnull=True).order_by("pk")
        ids = list(live.values_list("pk", flat=True))
        freed = reverse_payments(ids, reason=reason)
        audit.record(
            "undo_payments",
            subject=file.name,
            data={"payments": len(ids), "allocations": freed, "reason": reason},
        )
    return file.name, len(ids)


def prepare(payments: Sequence[NewPayment], *, source: str) -> list[Prepared]:
    """The payments after all checks. Raises NotFound and InvalidInput, naming the field."""
    keys = {new.organization for new in payments}
    found = {
        key: (row_id, currency or current_provider().currency)
        for row_id, key, currency in Organization.objects.filter(key__in=keys).values_list(
            "pk", "key", "currency"
        )
    }
    today = local_today()
    prepared = []
    for new in payments:
        if new.organization not in found:
            organization_named(new.organization)  # raises, naming what exists
        row_id, usual = found[new.organization]
        currency = new.currency or usual
        amount = check_payment(new, currency=currency, today=today, methods=Method.values)
        prepared.append(Prepared(new, row_id, currency, to_stored(amount, currency), source))
    return prepared


def _refuse_twice(prepared: Sequence[Prepared]) -> None:
    ids = [one.new.external_id for one in prepared]
    if "" in ids or len(set(ids)) != len(ids):
        raise InvalidInput(
            field="external_id",
            message="external_id: one is empty, or is there twice. Nothing was stored. Each line "
            "needs an id of its own.",
        )


class Known(NamedTuple):
    """The newest payment of an external id, and whether it holds."""

    number: int
    revision: int
    is_live: bool


def known(prepared: Iterable[Prepared]) -> dict[str, Known]:
    """What is recorded of these payments' external ids, by the id; one source only."""
    by_source: dict[str, set[str]] = defaultdict(set)
    for one in prepared:
        if one.new.external_id:
            by_source[one.source].add(one.new.external_id)
    found: dict[str, Known] = {}
    for source, ids in by_source.items():
        rows = Payment.objects.filter(source=source, external_id__in=ids).order_by("revision")
        for key, number, revision, back in rows.values_list(
            "external_id", "number", "revision", "reversal__pk"
        ):
            found[key] = Known(number, revision, back is None)
    return found


def book(prepared: Sequence[Prepared], *, file_id: int | None = None) -> list[int]:
    """Write payments and what they settle; their numbers, in the order given.

    Payments that find their documents by themselves do so in the order in which they came.
    """
    first = next_number()
    rows = [
        PaymentRow(
            number=number,
            organization_id=one.organization_id,
            currency=one.currency,
            amount=one.amount,
            received_on=one.new.received_on,
            method=one.new.method,
            reference=one.new.reference,
            source=one.source,
            external_id=one.new.external_id,
            revision=one.revision,
            file_id=file_id,
        )
        for number, one in enumerate(prepared, start=first)
    ]
    ids = write_payments(rows)
    order = sorted(range(len(rows)), key=lambda place: rows[place].received_on)
    write_allocations(
        [
            Settled(part.id, part.amount, payment=ids[place])
            for place, parts in _parts(prepared, order)
            for part in parts
        ]
    )
    return [row.number for row in rows]


def _parts(prepared: Sequence[Prepared], order: Sequence[int]) -> Iterable[tuple[int, list[Part]]]:
    """What each payment settles: first those whose documents are named, then the others."""
    named = claims_named(share.document for one in prepared for share in one.new.shares)
    claims = open_claims(
        (one.organization_id, one.currency) for one in prepared if _finds_itself(one.new)
    )
    taken: dict[int, int] = {}
    for place in order:
        one = prepared[place]
        if one.new.shares:
            purse = Purse(one.organization_id, one.new.organization, one.currency, one.amount)
            yield place, chosen_parts(one.new.shares, purse=purse, claims=named, taken=taken)
    for place in order:
        one = prepared[place]
        if _finds_itself(one.new):
            account = (one.organization_id, one.currency)
            yield place, spread(one.amount, claims=claims[account], taken=taken)


def _finds_itself(new: NewPayment) -> bool:
    return not new.shares and new.spread is Spread.OLDEST


def recorded(numbers: Sequence[int]) -> list[Recorded]:
    """Payments by their numbers, as they stand now."""
    chosen, params = ids_in("came.number", ids=numbers)
    return [
        Recorded(
            number,
            key,
            currency,
            from_stored(amount, currency),
            from_stored(amount + is_open, currency),
            from_stored(-is_open, currency),
        )
        for number, key, currency, amount, is_open in fetch(
            "SELECT came.number, whose.key, came.currency, came.amount, item.open "
            "FROM payment came JOIN organization whose ON whose.id = came.organization_id "
            "JOIN account_item item ON item.payment_id = came.id "
            f"WHERE came.provider_id = %s AND {chosen} ORDER BY came.number",
            [provider_id(), *params],
        )
    ]


def _told(number: int) -> Recorded:
    (found,) = recorded([number])
    return found._replace(is_new=False)


def _digest(prepared: Sequence[Prepared]) -> str:
    return digest(
        ";".join(f"{one.new.organization}:{one.currency}:{one.amount}" for one in prepared)
    )
