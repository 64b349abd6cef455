"""Documents that have to be paid, made the way they are made: posted items that are issued."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from tests.invoicing.factory import Books

from icb.invoicing.actions import issue_documents
from icb.kernel.money import Minor
from icb.payments.inputs import NewPayment
from icb.payments.queries import balances


def invoice(books: Books, key: str, amount: str, **values: Any) -> str:
    """The number of a new invoice of this net amount, without tax."""
    if key not in books.services:
        books.organization(key)
    books.item(key, amount, **values)
    (issued,) = issue_documents(organization=key)
    return issued.number


def money(key: str, amount: str, **values: Any) -> NewPayment:
    """A payment that came on the first day of the tests."""
    fields: dict[str, Any] = {"received_on": date(2026, 7, 1)}
    return NewPayment(organization=key, amount=Decimal(amount), **(fields | values))


def balance(key: str, currency: str = "USD") -> Minor:
    """What an organization owes."""
    found = {row.currency: row.balance for row in balances(organization=key)}
    return found.get(currency, 0)
