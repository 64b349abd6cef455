"""Ours against theirs, to the cent; payments that were made there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from tests.accounting.conftest import Place

from icb.accounting.models import Target
from icb.accounting.reconciliation_queries import ReconciledRow, months, reconciliation_page
from icb.accounting.target_queries import target_row
from icb.accounting.transfer_actions import request_reconciliation
from icb.accounting.transfer_jobs import payment_jobs
from icb.accounting.verify import accounting_problems
from icb.foundation.jobs import enqueue_all, jobs
from icb.foundation.listing import Wanted
from icb.invoicing import actions
from icb.operations.worker import Worker
from icb.payments.models import Payment


@pytest.fixture
def sent(place: Place) -> Place:
    place.connect()
    for amount, currency in (("100.00", "USD"), ("50.00", "USD"), ("30.00", "EUR")):
        place.ours.item("acme", amount, currency=currency, tax_percent=Decimal(20))
        actions.issue_documents()
    place.work()
    return place


def look(place: Place) -> None:
    request_reconciliation("fake")
    place.later(minutes=1)


def states() -> dict[str, tuple[str, str]]:
    return {row.number: (row.state, f"{row.difference:.2f}") for row in compared()}


def compared() -> Sequence[ReconciledRow]:
    return reconciliation_page(Wanted(size=0), target="fake").rows


def test_what_stands_there_as_here_is_the_same(sent: Place) -> None:
    look(sent)
    assert set(states().values()) == {("same", "0.00")}
    sums = [(one.month, one.currency, one.ours, one.theirs) for one in months("fake")]
    assert sums == [
        (date(2026, 7, 1), "EUR", Decimal(36), Decimal(36)),
        (date(2026, 7, 1), "USD", Decimal(180), Decimal(180)),
    ]


def test_what_was_changed_or_removed_there_is_told_to_the_cent(sent: Place) -> None:
    first, second, third = sent.theirs.documents
    first["total"] = "119.99"
    sent.theirs.documents.remove(second)
    third["is_void"] = True
    look(sent)
    assert states() == {
        "INV-000001": ("differs", "0.01"),
        "INV-000002": ("missing", "60.00"),
        "INV-000003": ("void_differs", "36.00"),
    }
    euro, dollar = months("fake")
    assert (euro.difference, euro.differing) == (Decimal(36), 1)
    assert (dollar.difference, dollar.differing) == (Decimal("60.01"), 2)
    assert accounting_problems() == []


def test_what_was_not_transferred_is_missing_there(sent: Place) -> None:
    Target.objects.update(is_automatic=False)
    sent.ours.item("acme", "1.00")
    actions.issue_documents()
    look(sent)
    assert states()["INV-000004"] == ("not_there", "1.00")


def test_a_void_on_both_sides_is_the_same(sent: Place) -> None:
    actions.void_document("INV-000001", reason="wrong client")
    sent.work()
    look(sent)
    assert states()["INV-000001"] == ("same", "0.00")


def test_payments_are_read_once_a_day_and_recorded_once(sent: Place) -> None:
    sent.theirs.payments = [
        {"id": "P1", "document": "D1", "on": "2026-07-01", "amount": "20.00"},
        {"id": "P1", "document": "D1", "on": "2026-07-01", "amount": "5.00"},
        {"id": "P1", "document": "D2", "on": "2026-07-01", "amount": "60.00"},
        {"id": "P9", "document": "D99", "on": "2026-07-01", "amount": "1.00"},
    ]
    assert len(payment_jobs()) == 1
    enqueue_all(payment_jobs())
    Worker().work_off()
    assert payment_jobs() == []
    assert [f"{one.amount:.2f}" for one in Payment.objects.order_by("pk")] == ["25.00", "60.00"]
    look(sent)
    assert Payment.objects.count() == 2


def test_a_payment_of_several_documents_is_followed_as_a_whole(sent: Place) -> None:
    """Two of its parts are recorded; one is taken off it there, and then it is removed."""
    whole = {"id": "P1", "document": "", "on": "2026-07-01", "amount": "0"}
    first = {"id": "P1:a", "document": "D1", "on": "2026-07-01", "amount": "20.00"}
    second = {"id": "P1:b", "document": "D2", "on": "2026-07-01", "amount": "60.00"}
    other = {"id": "P11:a", "document": "D1", "on": "2026-07-01", "amount": "1.00"}
    holding = Payment.objects.filter(reversal__isnull=True).order_by("amount")
    for told, amounts in (
        ([whole, first, second, other], ["1.00", "20.00", "60.00"]),
        ([whole, second], ["1.00", "60.00"]),
        ([whole], ["1.00"]),
        ([whole], ["1.00"]),
    ):
        sent.theirs.payments = told
        look(sent)
        assert [f"{one.amount:.2f}" for one in holding.all()] == amounts


def test_payments_that_cannot_be_taken_are_told_where_they_are_read(sent: Place) -> None:
    late = {"id": "P1", "document": "D1", "on": "2027-01-01", "amount": "20.00"}
    sent.theirs.payments = [late]
    look(sent)
    assert not Payment.objects.exists()
    row = target_row("fake")
    assert row.payment_problems.startswith("P1:D1: ")
    assert "2027-01-01" in row.payment_problems
    assert jobs(kind="reconcile")[0].message == "1 payments could not be taken: see the target."
    sent.theirs.payments = [late | {"on": "2026-07-01"}]
    look(sent)
    assert target_row("fake").payment_problems == ""
    assert Payment.objects.count() == 1
