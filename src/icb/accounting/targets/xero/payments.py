"""Payments of Xero: one of one invoice each."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from icb.accounting.ports import INVOICE, Paid
from icb.accounting.targets.online.answers import Part, Unreadable
from icb.accounting.targets.online.documents import sent_id
from icb.accounting.targets.online.texts import plain_line
from icb.accounting.targets.xero.dates import day_of
from icb.accounting.targets.xero.tenant_api import TenantApi

_OF_INVOICES = 'PaymentType=="ACCRECPAYMENT"'


def payments_since(day: date, *, api: TenantApi) -> list[Paid]:
    """What changed on a day or later, wherever the day began first."""
    begun = f"{(day - timedelta(days=1)).isoformat()}T10:00:00"
    rows = api.paged(
        "Payments", params={"where": _OF_INVOICES}, headers={"if-modified-since": begun}
    )
    return [_paid(row, unreadable=api.unreadable) for row in rows]


def _paid(row: Part, *, unreadable: Unreadable) -> Paid:
    """A payment; one that was taken back has an amount of zero."""
    is_gone = row.text_or("Status") == "DELETED"
    paid_on = day_of(row.text("Date"))
    if paid_on is None:
        raise unreadable(f"a payment has the day {row.text('Date')[:40]!r}")
    return Paid(
        id=row.text("PaymentID"),
        document_id=sent_id(INVOICE, id=row.part("Invoice").text("InvoiceID")),
        paid_on=paid_on,
        amount=Decimal(0) if is_gone else row.number("Amount"),
        reference=plain_line(row.text_or("Reference"), longest=200),
    )
