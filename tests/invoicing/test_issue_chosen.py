"""Issuing what was seen: the look ahead is what comes out, and a form sent twice issues once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from tests.invoicing.factory import Books

from icb.billing.models import ItemToInvoice
from icb.foundation.actor import acting_as
from icb.foundation.inputs import NewUser
from icb.foundation.installation import lock_issuing
from icb.foundation.listing import Wanted
from icb.foundation.models import Provider, Role
from icb.foundation.users import add_users
from icb.invoicing import actions, queries
from icb.invoicing.document_queries import credit_left, number_check
from icb.invoicing.models import Document, NumberSeries
from icb.invoicing.verify import document_problems
from icb.invoicing.waiting_queries import Payer, documents_to_be, issue_plan, waiting_page
from icb.kernel import clock
from icb.kernel.errors import NotFound, NotPermitted, Refused

ACME = Payer("acme", "USD")
BIRCH = Payer("birch", "USD")


@pytest.fixture
def books(provider: Provider) -> Iterator[Books]:
    with clock.frozen(datetime(2026, 7, 1, 12, tzinfo=UTC)):
        books = Books()
        for key in ("acme", "birch", "cedar"):
            books.organization(key)
        books.item("acme", "128.40", tax_percent=Decimal(20))
        books.item("acme", "10.00")
        books.item("acme", "7", currency="JPY")
        books.item("birch", "78.00", tax_percent=Decimal("7.5"))
        books.item("birch", "-104.00", kind="adjustment")
        books.item("cedar", "0.00")
        yield books


def payers() -> list[Payer]:
    return [row.payer for row in waiting_page(Wanted(size=0)).rows]


def test_what_waits_is_summed_by_payer_and_currency(books: Books) -> None:
    rows = waiting_page(Wanted(size=0, conditions={"organization": "acme"})).rows
    assert [(row.payer, row.items, row.net) for row in rows] == [
        (Payer("acme", "JPY"), 1, Decimal(7)),
        (ACME, 2, Decimal("138.40")),
    ]
    (birch,) = waiting_page(Wanted(search="birch")).rows
    assert (birch.net, birch.credits) == (Decimal("-26.00"), Decimal("-104.00"))


def test_the_look_ahead_is_what_is_issued(books: Books) -> None:
    plan = issue_plan(payers())
    assert not NumberSeries.objects.exists()  # looking takes no number
    issued = actions.issue_chosen(payers(), seen=plan.seen)
    seen = [(d.number, d.kind, d.organization, d.net, d.tax, d.total) for d in plan.documents]
    made = [(d.number, d.kind, d.organization, d.net, d.tax, d.total) for d in issued]
    assert seen == made
    assert len(made) == 4
    assert plan.ranges == [
        ("invoice", "INV-000001", "INV-000003"),
        ("credit_note", "CN-000001", "CN-000001"),
    ]
    assert plan.left_out == ["Cedar Ltd"]
    assert [(one.currency, one.total) for one in plan.totals] == [("JPY", 7), ("USD", 16408 - 2015)]
    assert document_problems() == []


def test_only_the_picked_payer_in_its_currency_is_issued(books: Books) -> None:
    (issued,) = actions.issue_chosen([ACME], seen=issue_plan([ACME]).seen)
    assert (issued.organization, issued.currency, issued.net) == ("acme", "USD", 13840)
    assert ItemToInvoice.objects.count() == 4


def test_sent_twice_it_issues_once_and_says_by_whom(books: Books) -> None:
    seen = issue_plan([ACME]).seen
    actions.issue_chosen([ACME], seen=seen)
    with pytest.raises(Refused, match=r"INV-000001 was issued by olivia") as refusal:
        actions.issue_chosen([ACME], seen=seen)
    assert refusal.value.code == "changed_since"
    assert Document.objects.count() == 1


def test_what_was_not_seen_is_not_issued(books: Books) -> None:
    seen = issue_plan([ACME, BIRCH]).seen
    books.item("birch", "1.00")
    with pytest.raises(Refused, match="has changed since you looked"):
        actions.issue_chosen([ACME, BIRCH], seen=seen)
    assert not Document.objects.exists()


def test_refusals(books: Books) -> None:
    seen = issue_plan([ACME]).seen
    with pytest.raises(NotFound):
        issue_plan([Payer("nobody", "USD")])
    add_users([NewUser("rita", role=Role.READ_ONLY)])
    with acting_as("rita"), pytest.raises(NotPermitted):
        actions.issue_chosen([ACME], seen=seen)
    lock_issuing()
    assert issue_plan([ACME]).is_locked
    with pytest.raises(Refused) as refusal:
        actions.issue_chosen([ACME], seen=seen)
    assert refusal.value.code == "issuing_locked"
    assert not Document.objects.exists()


def test_a_document_to_be_takes_no_number(books: Books) -> None:
    (text,) = documents_to_be(ACME, number="none yet")
    data = json.loads(text)
    assert (data["number"], data["total"]) == ("none yet", "164.08")
    assert not NumberSeries.objects.exists()
    assert not Document.objects.exists()


def test_a_credit_seen_otherwise_is_refused(books: Books) -> None:
    actions.issue_chosen([ACME], seen=issue_plan([ACME]).seen)
    seen = credit_left("INV-000001").seen
    actions.credit_document("INV-000001", lines=[2], reason="Agreed", seen=seen)
    with pytest.raises(Refused, match="CN-000001 was issued by olivia") as refusal:
        actions.credit_document("INV-000001", lines=[1], reason="Agreed", seen=seen)
    assert refusal.value.code == "changed_since"
    left = credit_left("INV-000001")
    assert [line.left for line in left.lines] == [12840, 0]
    assert left.total == queries.credits_left("INV-000001") == 12840 + 2568


def test_numbers_follow_each_other(books: Books) -> None:
    for payer in payers():
        actions.issue_chosen([payer], seen=issue_plan([payer]).seen)
    actions.credit_document("INV-000002", lines=[2], reason="Agreed")
    actions.credit_document("INV-000003", reason="Agreed")
    actions.void_document("INV-000001", reason="Typed twice")
    assert [(one.kind, one.documents, one.missing) for one in number_check()] == [
        ("invoice", 3, 0),
        ("credit_note", 3, 0),
    ]
