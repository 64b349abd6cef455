"""What clients pay: most of them in time, some late, in part or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from icb.foundation.providers import local_today
from icb.invoicing.queries import DocumentRow, documents
from icb.kernel.money import format_minor
from icb.payments.actions import record_file
from icb.payments.inputs import NewPayment, Share

_LATE = "nettle-foods"  # pays everything a month after it is due
_IN_PART = "vesper-radio"  # pays half, and the rest never
_NOT_ANY_MORE = "rowan-freight"  # has paid nothing for two months
_SILENT_FOR = timedelta(days=75)


def receive_payments(*, silent_from: date) -> None:
    """Take the file of the bank for what was due since last month; nothing where none came.

    `silent_from`: from which day on one client pays no more.
    """
    today = local_today()
    payments = list(_paid(today, silent_from=silent_from))
    if payments:
        said = "\n".join(f"{one.external_id};{one.amount}" for one in payments)
        name = f"bank-{today:%Y-%m}.csv"
        record_file(name, sha256=hashlib.sha256(said.encode()).hexdigest(), payments=payments)


def silent_from(end: date) -> date:
    """From when on one client pays no more, in a year that ends so."""
    return end - _SILENT_FOR


def _paid(today: date, *, silent_from: date) -> Iterator[NewPayment]:
    for row in documents():
        owed = row.credits_left
        if row.kind != "invoice" or row.is_void or not owed:
            continue
        months = (today.year - row.issued_on.year) * 12 + today.month - row.issued_on.month
        if months != (2 if row.organization == _LATE else 1):
            continue
        if row.organization == _NOT_ANY_MORE and today >= silent_from:
            continue
        yield _payment(row, amount=owed // 2 if row.organization == _IN_PART else owed, on=today)


def _payment(row: DocumentRow, *, amount: int, on: date) -> NewPayment:
    paid = Decimal(format_minor(amount, row.currency))
    return NewPayment(
        organization=row.organization,
        amount=paid,
        received_on=on,
        currency=row.currency,
        reference=row.number,
        external_id=f"{row.number}/{on:%Y%m}",
        shares=[Share(row.number, paid)],
    )
