"""Payments of QuickBooks, shared out over the invoices that they settle."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from icb.accounting.ports import INVOICE, Paid
from icb.accounting.targets.online.answers import Part
from icb.accounting.targets.online.documents import sent_id
from icb.accounting.targets.online.texts import plain_line
from icb.kernel import clock

_LONGEST_LOOK = timedelta(days=28)
"""Intuit tells what was removed for thirty days; the days of both sides may differ by one."""


def changed_since(day: date) -> str:
    """The condition of a query for what changed on a day or later, wherever the day began first."""
    return f"MetaData.LastUpdatedTime >= '{_begun(day)}'"


def changes_from(day: date) -> str:
    """The instant from which removals are asked for: of that day, or the earliest that is told."""
    return _begun(max(day, clock.now().date() - _LONGEST_LOOK))


def whole(id: str, *, on: date) -> Paid:
    """A payment as a whole: nothing stands of it but what is told beside it."""
    return Paid(id=id, document_id="", paid_on=on, amount=_NONE)


def _begun(day: date) -> str:
    return f"{(day - timedelta(days=1)).isoformat()}T10:00:00Z"


def paid_of(payment: Part) -> Iterator[Paid]:
    """What a payment paid of each invoice, and the payment as a whole.

    A payment may use up credit memos too. Those are settled here by the credit notes themselves,
    so what they cover is taken off the invoices, from the first one on; what is left is money.
    """
    credited = sum((amount for kind, _id, amount in _links(payment) if kind == "CreditMemo"), _NONE)
    paid_on = date.fromisoformat(payment.text("TxnDate"))
    id = payment.text("Id")
    yield whole(id, on=paid_on)
    for kind, invoice, amount in _links(payment):
        if kind != "Invoice":
            continue
        covered = min(credited, amount)
        credited -= covered
        yield Paid(
            id=f"{id}:{invoice}",
            document_id=sent_id(INVOICE, id=invoice),
            paid_on=paid_on,
            amount=amount - covered,
            reference=plain_line(payment.text_or("PaymentRefNum"), longest=200),
        )


_NONE = Decimal(0)


def _links(payment: Part) -> Iterator[tuple[str, str, Decimal]]:
    for line in payment.parts_or_none("Line"):
        amount = line.number_or_none("Amount") or _NONE
        for link in line.parts_or_none("LinkedTxn"):
            yield link.text_or("TxnType"), link.text("TxnId"), amount
