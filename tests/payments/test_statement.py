"""Statements of account and aging: exact for every day, one currency at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from tests.invoicing.factory import Books
from tests.payments.accounts import invoice, money

from icb.exchange.statement_file import csv_of
from icb.foundation.canonical import canonical_json
from icb.foundation.listing import Wanted
from icb.foundation.models import Provider
from icb.invoicing.actions import credit_document, void_document
from icb.kernel import clock
from icb.kernel.errors import InvalidInput, NotFound
from icb.payments.actions import (
    allocate_payment,
    record_payment,
    reverse_payment,
    unallocate,
)
from icb.payments.aging import CLASSES, OpenSum, aged, class_of
from icb.payments.aging_queries import aging, aging_page, open_sums
from icb.payments.inputs import Spread
from icb.payments.payment_queries import payment_facts
from icb.payments.statement import Entry, Statement
from icb.payments.statement_queries import (
    account_currencies,
    data_of,
    statement,
    statement_pdf,
)

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIRST = START.date()


@pytest.fixture
def books(provider: Provider) -> Iterator[Books]:
    with clock.frozen(START):
        yield Books()


def at(days: int) -> date:
    """The day so many days after the first."""
    return FIRST + timedelta(days=days)


def days_later(days: int) -> None:
    clock.set_frozen(START + timedelta(days=days))


def closing(key: str, day: date) -> int:
    """The closing balance at the end of a day, which the aging has to come to."""
    found = statement(key, as_of=day)
    assert sum(found.aging.values()) == found.closing
    return found.closing


def test_a_worked_account(books: Books) -> None:
    """By hand: 100 invoiced on day 0 and due on day 10; 40 paid on day 5 and typed in on day 8;
    20 credited on day 12; the payment bounced on day 15; 50 paid on day 20, 10 too much."""
    books.organization("acme", payment_days=10)
    number = invoice(books, "acme", "100.00")
    days_later(8)
    record_payment(money("acme", "40.00", received_on=at(5), reference="part"))
    days_later(12)

    note = credit_document(number, net=Decimal(20), reason="Agreed").number
    days_later(15)
    reverse_payment(1, reason="bounced")
    days_later(20)
    record_payment(money("acme", "90.00", received_on=at(20)))
    found = statement("acme")
    assert [(entry[:4], balance) for entry, balance in found.with_balances()] == [
        ((at(0), "invoice", number, at(10)), 10000),
        ((at(5), "payment", "1", None), 6000),
        ((at(12), "credit_note", note, None), 4000),
        ((at(15), "reversal", "1", None), 8000),
        ((at(20), "payment", "2", None), -1000),
    ]
    assert found.opening == 0
    expected = {0: 10000, 4: 10000, 5: 6000, 11: 6000, 12: 4000, 14: 4000, 15: 8000, 20: -1000}
    assert {day: closing("acme", at(day)) for day in expected} == expected
    late = statement("acme", as_of=at(11)).aging
    assert (late["1_30"], late["not_due"], late["credit"]) == (6000, 0, 0)
    assert statement("acme", as_of=at(10)).aging["not_due"] == 6000
    assert statement("acme", as_of=at(20)).aging["credit"] == -1000
    part = statement("acme", first=at(12), as_of=at(15))
    assert (part.opening, len(part.entries), part.closing) == (6000, 2, 8000)


def test_a_void_document_is_on_no_statement(books: Books) -> None:
    number = invoice(books, "acme", "100.00")
    days_later(3)
    record_payment(money("acme", "30.00", received_on=at(3)))
    days_later(4)
    reverse_payment(1, reason="another's")
    void_document(number, reason="wrong")
    assert [closing("acme", at(day)) for day in range(5)] == [0, 0, 0, -3000, 0]
    assert [entry.kind for entry in statement("acme").entries] == ["payment", "reversal"]


def test_what_is_allocated_again_counts_from_then(books: Books) -> None:
    one = invoice(books, "acme", "100.00")
    record_payment(money("acme", "100.00", received_on=at(0)))
    days_later(10)
    (allocation,) = payment_facts(1).allocations
    unallocate(allocation.id, reason="x")
    record_payment(money("acme", "60.00", received_on=at(2)))
    allocate_payment(1)
    days = {found.day for found in payment_facts(2).allocations}
    assert (one, days) == ("INV-000001", {at(10)})
    for day in range(11):
        for parts in open_sums(at(day)).values():
            for part in parts:
                assert part.amount <= 0 if part.due_on is None else part.amount >= 0
        closing("acme", at(day))


def test_two_currencies_are_two_accounts(books: Books) -> None:
    invoice(books, "acme", "100.00")
    invoice(books, "acme", "70.00", currency="EUR")
    record_payment(money("acme", "500", currency="JPY", received_on=FIRST, spread=Spread.NONE))
    assert account_currencies("acme") == ["EUR", "JPY", "USD"]
    codes = account_currencies("acme")
    closings = {code: statement("acme", currency=code).closing for code in codes}
    assert closings == {"EUR": 7000, "JPY": -500, "USD": 10000}
    rows = aging(FIRST)
    assert [(row.currency, row.balance) for row in rows] == [
        ("EUR", 7000),
        ("JPY", -500),
        ("USD", 10000),
    ]
    page = aging_page(Wanted(conditions={"currency": "JPY"}), as_of=FIRST)
    assert [row.credit for row in page.rows] == [-500]


def test_statements_refuse_what_cannot_be(books: Books) -> None:
    books.organization("acme")
    empty = statement("acme")
    assert (empty.opening, empty.closing, list(empty.entries)) == (0, 0, [])
    with pytest.raises(NotFound):
        statement("nobody")
    with pytest.raises(InvalidInput, match="has not come yet"):
        statement("acme", as_of=at(1))
    with pytest.raises(InvalidInput, match="is after"):
        statement("acme", first=at(0), as_of=at(-1))
    with pytest.raises(InvalidInput, match="currency"):
        statement("acme", currency="QQQ")


def test_the_data_of_a_statement_and_its_pdf(books: Books) -> None:
    number = invoice(books, "acme", "100.00")
    record_payment(money("acme", "130.00", received_on=FIRST, reference="#set text(red) =cmd()"))
    found = statement("acme")
    data = data_of(found)
    assert json.loads(canonical_json(data)) == data
    assert {name: data[name] for name in ("version", "template", "kind", "number", "closing")} == {
        "version": 2,
        "template": "statement/1",
        "kind": "statement",
        "number": "",
        "closing": "-30.00",
    }
    assert data["entries"][0] == {
        "on": "2026-03-01",
        "kind": "invoice",
        "number": number,
        "due_on": found.entries[0].due_on.isoformat() if found.entries[0].due_on else "",
        "text": "",
        "amount": "100.00",
        "balance": "100.00",
    }
    assert [part["label_key"] for part in data["aging"]] == list(CLASSES)
    assert statement_pdf(found) == statement_pdf(statement("acme"))
    assert statement_pdf(found).startswith(b"%PDF")
    assert "'=" not in csv_of(found)
    record_payment(money("acme", "1.00", received_on=FIRST, reference="=1+1"))
    assert ",'=1+1," in csv_of(statement("acme"))


@pytest.mark.parametrize(
    ("due", "name"),
    [
        (None, "credit"),
        (date(2026, 4, 1), "not_due"),
        (date(2026, 3, 31), "not_due"),
        (date(2026, 3, 30), "1_30"),
        (date(2026, 3, 1), "1_30"),
        (date(2026, 2, 28), "31_60"),
        (date(2026, 1, 30), "31_60"),
        (date(2026, 1, 29), "61_90"),
        (date(2025, 12, 31), "61_90"),
        (date(2025, 12, 30), "over_90"),
    ],
)
def test_classes_of_age(due: date | None, name: str) -> None:
    assert class_of(due, as_of=date(2026, 3, 31)) == name
    assert aged([OpenSum(due, 5)], as_of=date(2026, 3, 31))[name] == 5


def test_balances_run_on_from_the_opening() -> None:
    entries = [
        Entry(FIRST, "invoice", "1", FIRST, "", 500),
        Entry(FIRST, "payment", "1", None, "", -200),
    ]
    found = Statement("a", "A", "USD", FIRST, FIRST, 1000, entries, {})
    assert [balance for _, balance in found.with_balances()] == [1500, 1300]
    assert found.closing == 1300
