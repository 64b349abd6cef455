"""Payments: recorded once, never allocated beyond what is there, taken back in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.transaction import atomic
from tests.invoicing.factory import Books
from tests.payments.accounts import balance, invoice, money

from icb.foundation.actor import acting_as, acting_as_system
from icb.foundation.bulk import execute
from icb.foundation.inputs import NewProvider, NewUser
from icb.foundation.listing import Wanted
from icb.foundation.models import Provider, Role
from icb.foundation.providers import create_provider
from icb.foundation.scope import in_provider
from icb.foundation.users import add_users
from icb.invoicing.actions import credit_document, issue_documents, void_document
from icb.invoicing.models import Document, DocumentVoid
from icb.kernel import clock
from icb.kernel.errors import InvalidInput, NotFound, NotPermitted, Refused
from icb.organizations.models import Organization
from icb.payments import actions
from icb.payments.account_queries import document_account, document_page, overdue_sums
from icb.payments.inputs import ExternalPayment, Share, Spread
from icb.payments.models import AccountItem, Allocation, Payment, Reversal
from icb.payments.payment_queries import payment_facts, payment_page
from icb.payments.verify import payment_problems

START = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def books(provider: Provider) -> Iterator[Books]:
    with clock.frozen(START):
        yield Books()
        assert payment_problems() == []


def state(number: str) -> tuple[str, int]:
    """The state of a document and what is open of it."""
    found = document_account(number)
    return found.state, found.open


def test_a_payment_settles_what_is_due_first(books: Books) -> None:
    first, second = invoice(books, "acme", "100.00"), invoice(books, "acme", "50.00")
    made = actions.record_payment(money("acme", "120.00"))
    assert made == (1, "acme", "USD", 12000, 12000, 0, True)
    assert state(first) == ("paid", 0)
    assert state(second) == ("part_paid", 3000)
    assert balance("acme") == 3000


def test_what_is_due_first_counts_not_what_was_issued_first(books: Books) -> None:
    books.organization("acme", payment_days=60)
    late = invoice(books, "acme", "100.00")
    Organization.objects.filter(key="acme").update(payment_days=10)
    soon = invoice(books, "acme", "100.00")
    actions.record_payment(money("acme", "100.00"))
    assert (state(late)[0], state(soon)[0]) == ("open", "paid")


def test_what_is_too_much_stays_as_credit_and_is_offered(books: Books) -> None:
    invoice(books, "acme", "100.00")
    made = actions.record_payment(money("acme", "130.00"))
    assert (made.allocated, made.left) == (10000, 3000)
    assert balance("acme") == -3000
    second = invoice(books, "acme", "50.00")
    offer = document_account(second)
    assert (offer.state, offer.credit, offer.balance) == ("open", 3000, 2000)
    told = actions.settle_with_credit(second, seen=offer.seen)
    assert told == ("USD", 3000, 0)
    assert state(second) == ("part_paid", 2000)
    with pytest.raises(Refused, match="was changed since you looked"):
        actions.settle_with_credit(second, seen=offer.seen)


def test_a_form_sent_twice_records_once(books: Books) -> None:
    invoice(books, "acme", "100.00")
    once = actions.record_payment(money("acme", "40.00", external_id="form-1"))
    again = actions.record_payment(money("acme", "40.00", external_id="form-1"))
    assert (once.number, once.is_new, again.number, again.is_new) == (1, True, 1, False)
    assert balance("acme") == 6000
    actions.reverse_payment(1, reason="typed twice")
    anew = actions.record_payment(money("acme", "40.00", external_id="form-1"))
    assert (anew.number, anew.is_new) == (2, True)


def test_chosen_amounts_are_taken_as_they_are_or_not_at_all(books: Books) -> None:
    one, two = invoice(books, "acme", "100.00"), invoice(books, "acme", "50.00")
    invoice(books, "other", "10.00")
    shares = [Share(two, Decimal("20.00")), Share(one, Decimal("30.00"))]
    made = actions.record_payment(money("acme", "60.00", shares=shares))
    assert made.left == 1000
    assert (state(one)[1], state(two)[1]) == (7000, 3000)
    wrong = {
        "only 70.00 USD of it is open": [Share(one, Decimal("70.01"))],
        "it is owed by other, not by acme": [Share("INV-000003", Decimal(1))],
        "it is named twice": [Share(one, Decimal(1)), Share(one, Decimal(1))],
        "is not above 0": [Share(one, Decimal(0))],
        "only 60.00 USD is left to allocate": [Share(one, Decimal(50)), Share(two, Decimal(20))],
    }
    for words, chosen in wrong.items():
        with pytest.raises(InvalidInput, match=words):
            actions.record_payment(money("acme", "60.00", shares=chosen))
    with pytest.raises(NotFound, match="no invoice 'INV-9'"):
        actions.record_payment(money("acme", "60.00", shares=[Share("INV-9")]))
    assert Payment.objects.count() == 1


def test_a_payment_in_another_currency_settles_nothing(books: Books) -> None:
    number = invoice(books, "acme", "100.00")
    made = actions.record_payment(money("acme", "100.00", currency="EUR"))
    assert (made.currency, made.allocated, made.left) == ("EUR", 0, 10000)
    with pytest.raises(InvalidInput, match="it is in USD, the money in EUR"):
        actions.allocate_payment(made.number, shares=[Share(number)])
    assert (balance("acme", "USD"), balance("acme", "EUR")) == (10000, -10000)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("amount", {"amount": Decimal(0)}),
        ("amount", {"amount": Decimal(-5)}),
        ("amount", {"amount": Decimal("1.001")}),
        ("amount", {"amount": "1e400"}),
        ("received_on", {"received_on": date(2026, 7, 2)}),
        ("method", {"method": "barter"}),
        ("currency", {"currency": "XXQ"}),
        ("reference", {"reference": "a\nb"}),
        ("reference", {"reference": "a\x00b"}),
        ("reference", {"reference": "abc\u202edef"}),
        ("reference", {"reference": "x" * 501}),
    ],
)
def test_what_cannot_be_taken_is_refused_by_field(
    books: Books, field: str, values: dict[str, Any]
) -> None:
    books.organization("acme")
    with pytest.raises(InvalidInput, match="Nothing was stored") as refused:
        actions.record_payment(replace(money("acme", "1.00"), **values))
    assert refused.value.field == field
    assert not Payment.objects.exists()


def test_a_reversed_payment_opens_what_it_settled(books: Books) -> None:
    number = invoice(books, "acme", "100.00")
    actions.record_payment(money("acme", "100.00"))
    facts = payment_facts(1)
    assert facts.state == "allocated"
    assert actions.reverse_payment(1, reason="bounced", seen=facts.seen) == 1
    assert state(number) == ("open", 10000)
    assert payment_facts(1).state == "reversed"
    assert payment_facts(1).reason == "bounced"
    with pytest.raises(Refused, match="was reversed"):
        actions.reverse_payment(1, reason="again")
    with pytest.raises(Refused, match="was reversed"):
        actions.allocate_payment(1)


def test_an_allocation_is_taken_back_with_a_reason(books: Books) -> None:
    one = invoice(books, "acme", "100.00")
    actions.record_payment(money("acme", "100.00"))
    (allocation,) = payment_facts(1).allocations
    with pytest.raises(InvalidInput, match="reason"):
        actions.unallocate(allocation.id, reason=" ")
    actions.unallocate(allocation.id, reason="wrong invoice")
    assert state(one) == ("open", 10000)
    assert payment_facts(1).left == 10000
    with pytest.raises(Refused, match="taken back already"):
        actions.unallocate(allocation.id, reason="again")
    seen = payment_facts(1).seen
    assert actions.allocate_payment(1, seen=seen) == ("USD", 10000, 0)
    with pytest.raises(Refused, match="changed since you looked"):
        actions.allocate_payment(1, seen=seen)
    with pytest.raises(Refused, match="all of it is allocated"):
        actions.allocate_payment(1)
    with pytest.raises(NotFound):
        actions.unallocate(999_999, reason="nothing there")


def test_a_credit_note_settles_its_invoice_and_the_rest_is_credit(books: Books) -> None:
    number = invoice(books, "acme", "100.00")
    actions.record_payment(money("acme", "70.00"))
    note = credit_document(number, reason="not delivered").number
    assert state(number) == ("paid", 0)
    found = document_account(number)
    assert (found.paid, found.credited, found.open) == (7000, 3000, 0)
    assert state(note) == ("open", 7000)
    assert balance("acme") == -7000
    other = invoice(books, "acme", "50.00")
    assert actions.allocate_credit(note) == ("USD", 5000, 2000)
    assert state(other) == ("credited", 0)
    with pytest.raises(Refused, match="take the allocations back"):
        void_document(note, reason="wrong")
    (own, elsewhere) = document_account(note).allocations
    assert (own.is_own, elsewhere.is_own) == (True, False)
    with pytest.raises(Refused, match="so it stays there"):
        actions.unallocate(own.id, reason="no")
    actions.unallocate(elsewhere.id, reason="yes")
    void_document(note, reason="wrong")
    assert state(number) == ("part_paid", 3000)
    assert state(note) == ("void", 0)
    assert balance("acme") == 8000


def test_a_wholly_credited_invoice_is_credited(books: Books) -> None:
    number = invoice(books, "acme", "100.00")
    note = credit_document(number, reason="not delivered").number
    assert (state(number), state(note)) == (("credited", 0), ("settled", 0))
    assert balance("acme") == 0


def test_a_document_with_payments_is_not_voided(books: Books) -> None:
    number = invoice(books, "acme", "100.00")
    actions.record_payment(money("acme", "10.00"))
    with pytest.raises(Refused, match="settled with payment 1; take the allocations back"):
        void_document(number, reason="wrong")
    actions.reverse_payment(1, reason="was for another")
    void_document(number, reason="wrong")
    assert balance("acme") == 0
    (issued,) = issue_documents()
    assert issued.total == 10000


def test_what_is_late_is_overdue_from_the_day_after(books: Books) -> None:
    books.organization("acme", payment_days=10)
    number = invoice(books, "acme", "100.00")
    actions.record_payment(money("acme", "40.00"))
    with clock.frozen(START + timedelta(days=10)):
        assert state(number) == ("part_paid", 6000)
        assert overdue_sums() == []
    with clock.frozen(START + timedelta(days=11)):
        assert state(number) == ("overdue", 6000)
        assert overdue_sums() == [("USD", 6000, 1, 1)]
        rows = document_page(Wanted(conditions={"state": "overdue"})).rows
        assert [(row.number, row.open) for row in rows] == [(number, Decimal(60))]


def test_the_database_itself_refuses_more_than_there_is(books: Books) -> None:
    number = invoice(books, "acme", "100.00")
    other = invoice(books, "other", "100.00")
    actions.record_payment(money("acme", "60.00", spread=Spread.NONE))
    actions.record_payment(money("acme", "60.00", spread=Spread.NONE))
    first, second = Payment.objects.order_by("pk")
    document = Document.objects.get(number=number)

    def allocation(amount: int, **sides: Any) -> None:
        values = {"document": document, "payment": first} | sides
        Allocation.objects.create(
            amount=Decimal(amount), day=date(2026, 7, 1), actor="o", allocated_at=START, **values
        )

    refused("allocation_within_the_payment", allocation, 61)
    refused("allocation_on_one_account", allocation, 1, document=Document.objects.get(number=other))
    allocation(60)
    refused("allocation_within_what_is_owed", allocation, 41, payment=second)
    back = {"reason": "x", "day": date(2026, 7, 1), "actor": "o", "reversed_at": START}
    refused("reversed_payment_is_free", lambda: Reversal.objects.create(payment=first, **back))
    refused(
        "void_document_is_free",
        lambda: DocumentVoid.objects.create(
            document=document, reason="x", actor="o", voided_at=START
        ),
    )
    Reversal.objects.create(payment=second, **back)
    refused("allocation_of_what_holds", allocation, 1, payment=second)
    refused("payment_is_final", lambda: execute("UPDATE payment SET amount = 1"))
    refused("allocation_is_final", lambda: execute("DELETE FROM allocation"))
    refused("account_item_keeps", lambda: execute("UPDATE account_item SET amount = 1"))
    assert payment_problems()  # the account items do not know of rows written past the actions
    Reversal.objects.create(allocation=Allocation.objects.get(), **back)
    AccountItem.objects.filter(payment=second).delete()
    assert payment_problems() == []


def refused(guard: str, act: Callable[..., object], *arguments: Any, **named: Any) -> None:
    """The act is refused by that guard."""
    with pytest.raises(IntegrityError, match=f"guard_{guard}"), atomic():
        act(*arguments, **named)


def test_only_those_who_may_record_payments(books: Books) -> None:
    invoice(books, "acme", "100.00")
    add_users([NewUser("billing", role=Role.BILLING), NewUser("approver", role=Role.APPROVER)])
    with acting_as("approver"):
        for act in (
            lambda: actions.record_payment(money("acme", "1.00")),
            lambda: actions.reverse_payment(1, reason="x"),
            lambda: actions.unallocate(1, reason="x"),
            lambda: actions.allocate_payment(1),
            lambda: actions.allocate_credit("CN-1"),
            lambda: actions.settle_with_credit("INV-000001"),
            lambda: actions.undo_last_file(reason="x"),
            lambda: actions.record_external_payments("xero"),
        ):
            with pytest.raises(NotPermitted, match="record payments"):
                act()
    with acting_as("billing"):
        assert actions.record_payment(money("acme", "1.00")).number == 1


def test_another_provider_sees_none_of_it(books: Books) -> None:
    invoice(books, "acme", "100.00")
    actions.record_payment(money("acme", "1.00"))
    (allocation,) = payment_facts(1).allocations
    with acting_as_system("test"):
        other = create_provider(NewProvider(key="other", name="Other", currency="USD"))
    with in_provider(other), acting_as_system("test"):
        assert payment_page(Wanted()).total == 0
        for act in (
            lambda: payment_facts(1),
            lambda: actions.reverse_payment(1, reason="x"),
            lambda: actions.unallocate(allocation.id, reason="x"),
            lambda: document_account("INV-000001"),
        ):
            with pytest.raises(NotFound):
                act()


def test_payments_of_a_target_are_recorded_once_and_follow_it(books: Books) -> None:
    number = invoice(books, "acme", "100.00")

    def told(amount: str, key: str = "p1", document: str = number) -> ExternalPayment:
        return ExternalPayment(
            external_id=key,
            document=document,
            received_on=date(2026, 7, 1),
            amount=Decimal(amount),
        )

    assert actions.record_external_payments("xero", payments=[told("40.00")]) == ([1], [], 0, [])
    assert actions.record_external_payments("xero", payments=[told("40.00")]) == ([], [], 1, [])
    assert actions.record_external_payments("other", payments=[told("10.00")]) == ([2], [], 0, [])
    assert state(number) == ("part_paid", 5000)
    changed = actions.record_external_payments("xero", payments=[told("45.00")])
    assert changed == ([3], [1], 0, [])
    assert payment_facts(1).reason == "xero changed it: 45.00 USD received on 2026-07-01."
    assert state(number) == ("part_paid", 4500)
    assert actions.record_external_payments("xero", payments=[told("0")]) == ([], [3], 0, [])
    assert actions.record_external_payments("xero", payments=[told("0")]) == ([], [], 0, [])
    assert actions.record_external_payments("xero", payments=[told("20.00")]) == ([4], [], 0, [])
    assert actions.record_external_payments("xero", gone=["p1"]).reversed == [4]
    assert actions.record_external_payments("xero", payments=[told("20.00")]).recorded == [5]
    vanished = actions.record_external_payments(
        "xero", payments=[told("1.00", "p2")], complete_since=date(2026, 7, 1)
    )
    assert (vanished.recorded, vanished.reversed) == ([6], [5])
    outcome = actions.record_external_payments(
        "xero", payments=[told("5.00", "p3", "INV-9"), told("-1.00", "p4"), told("500.00", "p5")]
    )
    assert outcome.recorded == [7]
    assert [words.partition(":")[0] for words in outcome.problems] == ["p3", "p4"]
    assert payment_facts(7).left == 50000 - 8900
    for source, payments in (("person", []), ("", []), ("xero", [told("1"), told("2")])):
        with pytest.raises(InvalidInput, match="Nothing was stored"):
            actions.record_external_payments(source, payments=payments)


def test_what_a_target_says_of_a_payment_becomes_a_line(books: Books) -> None:
    number = invoice(books, "acme", "100.00")
    told = ExternalPayment(
        external_id="p1",
        document=number,
        received_on=date(2026, 7, 1),
        amount=Decimal(1),
        reference="a\r\nBcc: x\x00\u202e b" + "c" * 600,
    )
    assert actions.record_external_payments("xero", payments=[told]).recorded == [1]
    reference = payment_facts(1).reference
    assert reference.startswith("a Bcc: x b")
    assert len(reference) == 500


def test_a_file_is_recorded_once_and_taken_back_whole(books: Books) -> None:
    number = invoice(books, "acme", "100.00")
    lines = [money("acme", "30.00", external_id="a"), money("acme", "20.00", external_id="b")]
    assert len(actions.record_file("bank.csv", sha256="0" * 64, payments=lines)) == 2
    with pytest.raises(Refused, match="recorded before"):
        actions.record_file("bank.csv", sha256="0" * 64, payments=lines)
    more = [*lines, money("acme", "5.00", external_id="c", received_on=date(2026, 6, 30))]
    assert [
        one.number for one in actions.record_file("next.csv", sha256="1" * 64, payments=more)
    ] == [3]
    assert state(number) == ("part_paid", 4500)
    assert actions.undo_last_file(reason="wrong account") == ("next.csv", 1)
    assert actions.undo_last_file(reason="wrong account") == ("bank.csv", 2)
    with pytest.raises(Refused, match="No file of payments holds"):
        actions.undo_last_file(reason="wrong account")
    assert state(number) == ("open", 10000)
    assert len(actions.record_file("bank.csv", sha256="0" * 64, payments=lines)) == 2
    with pytest.raises(InvalidInput, match="is there twice"):
        actions.record_file("twice.csv", sha256="2" * 64, payments=[lines[0], lines[0]])


def test_many_payments_take_few_statements(
    books: Books, django_assert_max_num_queries: Any
) -> None:
    for name in ("acme", "bolt"):
        for _ in range(3):
            invoice(books, name, "100.00")
    lines = [
        money(name, "2.50", external_id=f"{name}{at}")
        for at in range(60)
        for name in ("acme", "bolt")
    ]
    with django_assert_max_num_queries(45):
        made = actions.record_file("bank.csv", sha256="0" * 64, payments=lines)
    assert sum(one.allocated for one in made) == 30000
    assert balance("acme") == 30000 - 15000
