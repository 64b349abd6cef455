"""From issued documents to both applications, with answers that are lost on the way: each once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests.accounting.targets.examples import QuickBooksSide, Side, XeroSide
from tests.accounting.targets.test_lost_answers import Cut
from tests.accounting.targets.test_sign_in import opened
from tests.invoicing.factory import Books
from tests.support.effort import tries

from icb.accounting import registry
from icb.accounting.inputs import NewMapping, NewTarget
from icb.accounting.mapping_actions import set_mappings
from icb.accounting.mapping_queries import open_count
from icb.accounting.models import Target, Transfer
from icb.accounting.payment_reading import read_payments
from icb.accounting.ports import Tokens
from icb.accounting.sign_in_actions import begin_sign_in, finish_sign_in
from icb.accounting.target_actions import check_target, connect_target, read_records
from icb.accounting.tokens import fresh_tokens, store_tokens
from icb.accounting.transfer_jobs import due_jobs
from icb.accounting.verify import accounting_problems
from icb.demo.vendors.quickbooks_online import FakeQuickBooks
from icb.demo.vendors.server import Answer, Fault, Request
from icb.demo.vendors.xero import FakeXero
from icb.foundation.jobs import enqueue_all
from icb.foundation.models import Provider
from icb.invoicing import actions
from icb.invoicing.credit_actions import void_document
from icb.invoicing.models import Document
from icb.kernel import clock
from icb.operations.worker import Worker
from icb.payments.models import Payment

DOCUMENTS = tries("ICB_TEST_TRANSFERS", gate=8, night=500)
REVENUE = "4000"
ROUNDS = 200 + 3 * DOCUMENTS  # a turn ends where the line seems to be down


@dataclass
class Place:
    """Our books and one of the applications, which our target is connected to."""

    ours: Books
    side: Side

    def connect(self, *mappings: NewMapping, creates_customers: bool = False) -> None:
        """Connect and sign in; `mappings` are what else is mapped."""
        key = self.side.key
        connect_target(
            NewTarget(
                key=key,
                kind=key,
                settings={**self.side.settings},
                creates_customers=creates_customers,
            )
        )
        row = Target.objects.get(key=key)
        company = self.side.target.description.company_setting
        Target.objects.filter(pk=row.pk).update(
            settings={**row.settings, company: self.side.settings[company]}
        )
        self.sign_in()
        read_records(key)
        set_mappings(key, news=[*mappings, *self.usual()])

    def sign_in(self) -> None:
        """Somebody signs in there: for the first time, or once more where a sign-in ended."""
        row = Target.objects.get(key=self.side.key)
        access, refresh = self.side.authority.sign_in()
        store_tokens(row, tokens=Tokens(access, refresh, clock.now() + timedelta(minutes=30)))
        Target.objects.filter(pk=row.pk).update(trouble="")

    def usual(self) -> list[NewMapping]:
        """What has to be mapped beside the client."""
        side = self.side
        if isinstance(side, QuickBooksSide):
            return [
                NewMapping(kind="items", ours="", theirs=side.item),
                NewMapping(kind="tax_codes", ours="", theirs=side.codes["ZERO"]),
            ]
        return [NewMapping(kind="accounts", ours=REVENUE, theirs="200")]

    @property
    def customer(self) -> NewMapping:
        """The client acme, mapped."""
        side = self.side
        theirs = side.customer if isinstance(side, QuickBooksSide) else getattr(side, "contact", "")
        return NewMapping(kind="customers", ours="acme", theirs=theirs)

    def issue(self, *amounts: str) -> None:
        """A document for each amount, without tax."""
        for amount in amounts:
            self.ours.item("acme", amount)
            actions.issue_documents()

    def work(self) -> None:
        """Let the worker do what is due."""
        enqueue_all(due_jobs())
        Worker().work_off()

    def figures(self) -> dict[str, list[Decimal]]:
        """What stands there: the totals by number."""
        found: dict[str, list[Decimal]] = {}
        side = self.side
        if isinstance(side, QuickBooksSide):
            for record in side.company.records["Invoice"].values():
                found.setdefault(record["DocNumber"], []).append(record["TotalAmt"])
        elif isinstance(side, XeroSide):
            for record in side.organisation.records["Invoices"].values():
                found.setdefault(record["InvoiceNumber"], []).append(record["Total"])
        return found


@pytest.fixture(params=["quickbooks", "xero"])
def place(request: pytest.FixtureRequest, provider: Provider) -> Iterator[Place]:
    books = Books()
    books.organization("acme")
    with FakeQuickBooks() as company, FakeXero() as organisation:
        side: Side
        if request.param == "quickbooks":
            side = QuickBooksSide(company)
            side.add_customer("Acme of dollars", currency="USD")
        else:
            side = XeroSide(organisation)
            organisation.per_minute = 10_000
        with registry.registered(side.target):
            yield Place(books, side)


def test_documents_whose_answers_are_lost_stand_there_once_to_the_cent(place: Place) -> None:
    place.connect(place.customer)
    dice = random.Random(38)

    def fault(request: Request, answer: Answer) -> Answer | Fault:
        return Cut() if dice.random() < 0.3 else answer

    place.side.fake.fault = fault
    place.issue(*(f"{100 + number}.{number % 100:02}" for number in range(DOCUMENTS)))
    for _ in range(ROUNDS):
        place.work()
        clock.set_frozen(clock.now() + timedelta(hours=1))
        # A lost answer with new tokens ends the old ones: nobody but a person can go on.
        if Target.objects.exclude(trouble="").exists():
            place.sign_in()
        if not Transfer.objects.exclude(state="sent").exists():
            break
    ours = {each.number: [each.total] for each in Document.objects.all()}
    assert place.figures() == ours and len(ours) == DOCUMENTS
    assert accounting_problems() == []


def test_a_client_that_nobody_mapped_is_made_there_for_its_document(place: Place) -> None:
    if isinstance(place.side, QuickBooksSide):
        place.side.company.currencies = ["USD"]
        place.side.company.records["Customer"].clear()
    place.connect(creates_customers=True)
    place.issue("100.00")
    place.work()
    assert place.figures() == {"INV-000001": [Decimal("100.00")]}


def test_tokens_are_renewed_while_documents_go(place: Place) -> None:
    place.connect(place.customer)
    for amount in ("10.00", "20.00", "30.00"):
        place.issue(amount)
        place.work()
        clock.set_frozen(clock.now() + timedelta(hours=2))
    assert len(place.figures()) == 3
    tokens = [each for each in place.side.fake.requests if "token" in each.path]
    assert len(tokens) >= 2


def test_a_void_follows_to_both(place: Place) -> None:
    place.connect(place.customer)
    place.issue("10.00")
    place.work()
    void_document("INV-000001", reason="Twice.")
    place.work()
    session = place.side.open()
    assert session.payments(since=date(2026, 1, 1)) == []
    kept = place.side.written()
    assert kept.get("Status", "VOIDED") == "VOIDED"
    assert kept.get("TotalAmt", 0) == 0


def test_a_person_signs_in_sends_a_document_and_reads_its_payment(place: Place) -> None:
    side = place.side
    company = side.target.description.company_setting
    settings = {name: text for name, text in side.settings.items() if name != company}
    connect_target(NewTarget(key="books", kind=side.key, settings=settings))
    address = begin_sign_in("books", session="s1", redirect="https://billing.example/back")
    told = finish_sign_in("books", session="s1", answer=opened(address))
    assert told.is_chosen and check_target("books") == "Example Services"
    row = Target.objects.get(key="books")
    assert row.settings[company] == side.settings[company]
    assert read_records("books")["customers"]
    set_mappings("books", news=[place.customer, *place.usual()])
    assert open_count("books").get("accounts", 0) == 0
    place.issue("100.00")
    place.work()
    sent = Transfer.objects.get()
    assert (sent.state, sent.their_total) == ("sent", Decimal("100.00"))
    side.pay(sent.sent_id, "40.00")
    with clock.frozen(clock.now() + timedelta(days=20)):
        tokens = side.target.sign_in.refresh(side.settings, fresh_tokens(row))
        session = side.target.open(side.settings, tokens)
        assert read_payments(row, session=session) == (1, [])
    assert [each.amount for each in Payment.objects.all()] == [Decimal("40.00")]
