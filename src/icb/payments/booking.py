"""Writing payments, allocations and what takes them back, with the account items that follow.

Everything is written in bulk: a fixed number of statements for any number of rows. Whoever calls
holds the `payments` lock. Amounts are as their columns hold them (ten-thousandths).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import NamedTuple

from icb.foundation.actor import current_actor
from icb.foundation.bulk import (
    execute,
    fetch,
    ids_in,
    insert_rows,
    reserve_ids,
    to_db_instant,
)
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.foundation.transactions import hold
from icb.kernel import clock
from icb.payments.models import Allocation, Payment, Reversal

LOCK = "payments"

# What is open of an item, and what payments settled of it, from the rows it is derived from.
_LIVE_SUM = (
    "COALESCE((SELECT SUM(part.amount) FROM allocation part "
    "WHERE part.{column} = account_item.{own} {only}"
    "AND NOT EXISTS (SELECT 1 FROM reversal back WHERE back.allocation_id = part.id)), 0)"
)
_SETTLED = _LIVE_SUM.format(column="document_id", own="document_id", only="")
_PAID = _LIVE_SUM.format(
    column="document_id", own="document_id", only="AND part.payment_id IS NOT NULL "
)
_CREDIT_USED = _LIVE_SUM.format(column="credit_id", own="document_id", only="")
_PAYMENT_USED = _LIVE_SUM.format(column="payment_id", own="payment_id", only="")
_REFRESH_DOCUMENTS = (
    f"UPDATE account_item SET open = amount - {_SETTLED} + {_CREDIT_USED}, paid = {_PAID} WHERE "
)
_REFRESH_PAYMENTS = f"UPDATE account_item SET open = amount + {_PAYMENT_USED} WHERE "


class PaymentRow(NamedTuple):
    """A payment to be written."""

    number: int
    organization_id: int
    currency: str
    amount: int
    received_on: date
    method: str
    reference: str
    source: str
    external_id: str
    revision: int
    file_id: int | None


class Settled(NamedTuple):
    """An allocation to be written: of a payment, or of a credit note."""

    document: int
    amount: int
    payment: int | None = None
    credit: int | None = None


def lock() -> None:
    """Wait for everybody else who records, allocates or takes back; held to the end."""
    hold(LOCK)


def next_number() -> int:
    """The number of the next payment of the provider in scope."""
    ((last,),) = fetch(
        "SELECT COALESCE(MAX(number), 0) FROM payment WHERE provider_id = %s", [provider_id()]
    )
    return int(last) + 1


def write_payments(rows: Sequence[PaymentRow]) -> Sequence[int]:
    """Insert payments with their account items; the ids, in the order of the rows."""
    ids = reserve_ids(Payment, count=len(rows))
    actor, at = current_actor(), to_db_instant(clock.now())
    insert_rows(
        Payment,
        columns=["id", *PaymentRow._fields, "actor", "recorded_at"],
        rows=((row_id, *row, actor, at) for row_id, row in zip(ids, rows, strict=True)),
    )
    chosen, params = ids_in("id", ids=ids)
    execute(
        "INSERT INTO account_item (provider_id, payment_id, organization_id, currency, day, "
        "amount, open, paid) SELECT provider_id, id, organization_id, currency, received_on, "
        f"-amount, -amount, 0 FROM payment WHERE {chosen} ORDER BY id",
        params,
    )
    return ids


def add_documents(document_ids: Iterable[int]) -> None:
    """Put documents on their organizations' accounts, all of each open."""
    chosen, params = ids_in("id", ids=document_ids)
    execute(
        "INSERT INTO account_item (provider_id, document_id, organization_id, currency, day, "
        "due_on, amount, open, paid) SELECT provider_id, id, organization_id, currency, "
        "issued_on, CASE WHEN total > 0 THEN due_on END, total, total, 0 "
        f"FROM document WHERE {chosen} ORDER BY id",
        params,
    )


def remove_document(document_id: int) -> None:
    """Take a document off its organization's account."""
    execute("DELETE FROM account_item WHERE document_id = %s", [document_id])


def write_allocations(settled: Sequence[Settled]) -> None:
    """Insert allocations, and refresh what they touch."""
    if not settled:
        return
    days = _first_days(settled)
    actor, at = current_actor(), to_db_instant(clock.now())
    insert_rows(
        Allocation,
        columns=[
            "payment_id",
            "credit_id",
            "document_id",
            "amount",
            "day",
            "actor",
            "allocated_at",
        ],
        rows=(
            (one.payment, one.credit, one.document, one.amount, day, actor, at)
            for one, day in zip(settled, days, strict=True)
        ),
    )
    refresh(
        documents=[one.document for one in settled]
        + [one.credit for one in settled if one.credit is not None],
        payments=[one.payment for one in settled if one.payment is not None],
    )


def take_back(allocation_ids: Collection[int], *, reason: str) -> int:
    """Reverse live allocations, and refresh what they touched; how many there were."""
    if not allocation_ids:
        return 0
    _reverse("allocation_id", allocation_ids, reason)
    chosen, params = ids_in("id", ids=allocation_ids)
    touched = fetch(
        f"SELECT document_id, credit_id, payment_id FROM allocation WHERE {chosen}", params
    )
    refresh(
        documents=[row for one in touched for row in one[:2] if row is not None],
        payments=[one[2] for one in touched if one[2] is not None],
    )
    return len(allocation_ids)


def reverse_payments(payment_ids: Collection[int], *, reason: str) -> int:
    """Reverse payments with their live allocations; how many allocations that were."""
    if not payment_ids:
        return 0
    freed = take_back(live_allocations("payment_id", ids=payment_ids), reason=reason)
    _reverse("payment_id", payment_ids, reason)
    chosen, params = ids_in("payment_id", ids=payment_ids)
    execute(f"DELETE FROM account_item WHERE {chosen}", params)
    return freed


def live_allocations(column: str, *, ids: Iterable[int]) -> list[int]:
    """The ids of the allocations that hold, of these payments, credit notes or documents."""
    chosen, params = ids_in(f"part.{column}", ids=ids)
    return [
        row[0]
        for row in fetch(
            f"SELECT part.id FROM allocation part WHERE {chosen} AND NOT EXISTS "
            "(SELECT 1 FROM reversal back WHERE back.allocation_id = part.id) ORDER BY part.id",
            params,
        )
    ]


def refresh(*, documents: Iterable[int] = (), payments: Iterable[int] = ()) -> None:
    """Compute anew what is open of these documents and payments."""
    for sql, column, ids in (
        (_REFRESH_DOCUMENTS, "document_id", set(documents)),
        (_REFRESH_PAYMENTS, "payment_id", set(payments)),
    ):
        if ids:
            chosen, params = ids_in(column, ids=sorted(ids))
            execute(f"{sql}{chosen}", params)


def _reverse(column: str, ids: Iterable[int], reason: str) -> None:
    today, actor, at = local_today(), current_actor(), to_db_instant(clock.now())
    insert_rows(
        Reversal,
        columns=[column, "reason", "day", "actor", "reversed_at"],
        rows=((row_id, reason, today, actor, at) for row_id in ids),
    )


def _first_days(settled: Sequence[Settled]) -> list[date]:
    """From which day each allocation counts.

    That is the first on which both sides were there, and no earlier than the last day on which
    something that touched either was taken back: on no past day more is settled than there was.
    """
    sides = {
        "document_id": {one.document for one in settled},
        "credit_id": {one.credit for one in settled if one.credit is not None},
        "payment_id": {one.payment for one in settled if one.payment is not None},
    }
    known: dict[tuple[str, int], date] = {}
    for column, ids in sides.items():
        if not ids:
            continue
        own = "payment_id" if column == "payment_id" else "document_id"
        for row_id, day in _days(_THERE.format(own), ids):
            known[column, row_id] = day
        for row_id, day in _days(_TAKEN_BACK.format(column), ids):
            known[column, row_id] = max(known[column, row_id], day)
    return [
        max(
            known["document_id", one.document],
            known["credit_id", one.credit]
            if one.credit is not None
            else known["payment_id", one.payment or 0],
        )
        for one in settled
    ]


_THERE = (
    'SELECT item.{0}, MAX(item.day) AS "day [date]" FROM account_item item '
    "WHERE {{chosen}} GROUP BY item.{0}"
)
_TAKEN_BACK = (
    'SELECT part.{0}, MAX(back.day) AS "day [date]" FROM allocation part '
    "JOIN reversal back ON back.allocation_id = part.id WHERE {{chosen}} GROUP BY part.{0}"
)


def _days(sql: str, ids: Iterable[int]) -> list[tuple[int, date]]:
    column = sql.split(maxsplit=2)[1].rstrip(",")
    chosen, params = ids_in(column, ids=sorted(ids))
    return [(row[0], row[1]) for row in fetch(sql.format(chosen=chosen), params)]
