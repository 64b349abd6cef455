"""The whole product as a machine: whatever people and modules do, in any order, the books hold.

Every rule is an action as the command line and the API call it; an action that the product
refuses leaves everything as it was. How much a run did is counted and printed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from icb.billing.actions import bill
from icb.billing.posting import (
    add_manual_item,
    defer_item,
    post_items,
    unpost_item,
    waive_item,
)
from icb.billing.queries import items, unbilled
from icb.billing.verify import ledger_problems
from icb.contracts.actions import add_contracts, add_services, end_contract, set_price, set_units
from icb.contracts.inputs import NewContract, NewContractService, NewService
from icb.foundation.actor import acting_as_system
from icb.foundation.inputs import NewProvider
from icb.foundation.providers import create_provider
from icb.foundation.scope import in_provider
from icb.hub.actions import connect_modules, record_failed_sync, take_snapshot
from icb.hub.inputs import Answer, CountRow, NewBillingType, NewConnection, NewModuleOrganization
from icb.invoicing.actions import credit_document, issue_documents, void_document
from icb.invoicing.queries import documents
from icb.invoicing.verify import document_problems
from icb.kernel import clock
from icb.kernel.days import DayRange
from icb.kernel.errors import IcbError
from icb.kernel.money import minor_to_decimal, to_minor
from icb.mapping.actions import decide, map_organization, map_service, unmap_organization
from icb.mapping.inputs import NewServiceMapping
from icb.operations.verify import run as verify
from icb.organizations.actions import add_organizations, add_tax_rates
from icb.organizations.inputs import NewOrganization, NewTaxRate
from icb.payments.actions import record_payment, reverse_payment
from icb.payments.inputs import NewPayment
from icb.payments.models import Payment
from icb.payments.queries import balances
from icb.payments.verify import payment_problems

BEGINS = date(2025, 1, 1)
SITES = ("1", "2", "3", "4")
CONTRACTS = ("late", "early", "yen")
COUNTS = st.one_of(st.none(), st.integers(0, 40))
REASON = "because"

did: Counter[str] = Counter()
"""What all machines of this process did, by name: printed, and held to a floor."""


class Product(RuleBasedStateMachine):
    """One provider with three organizations, from 1 January 2025 on; run it inside `agreed`."""

    def __init__(self) -> None:
        super().__init__()
        self.left = ExitStack()
        self.left.enter_context(_undone())
        self.left.enter_context(clock.frozen(_noon(BEGINS)))
        self.day = BEGINS

    def teardown(self) -> None:
        """The last run bills what is open; then everything is checked, and all is undone."""
        try:
            bill()
            assert bill().made == 0
            assert verify(recompute=True) == []
            did["histories"] += 1
        finally:
            self.left.close()

    @rule(days=st.integers(1, 20), counts=st.lists(COUNTS, min_size=4, max_size=4))
    def days_pass(self, days: int, counts: list[int | None]) -> None:
        """The same counts for some days, taken each morning."""
        for _ in range(days):
            self._next_day(counts)

    @rule(days=st.integers(1, 5), fails=st.booleans())
    def module_is_silent(self, days: int, fails: bool) -> None:
        """No answer for some days, said to have failed or not."""
        first = self.day
        for _ in range(days):
            self._next_day(None)
        if fails:
            days_gone = DayRange(first, self.day)
            self._try("outage", lambda: record_failed_sync("rmm", days=days_gone, reason=REASON))

    @rule(back=st.integers(1, 60), counts=st.lists(COUNTS, min_size=4, max_size=4))
    def module_corrects_a_day(self, back: int, counts: list[int | None]) -> None:
        self._try("correction", lambda: self._take(self._before(back), counts))

    @rule(key=st.sampled_from(CONTRACTS), price=st.integers(0, 900), back=st.integers(-10, 60))
    def price_changes(self, key: str, price: int, back: int) -> None:
        amount = str(price) if key == "yen" else str(Decimal(price) / 100)
        day = self._before(back)
        self._try("price", lambda: set_price(key, service="seat", price=amount, from_day=day))

    @rule(units=st.integers(0, 4), back=st.integers(-10, 40))
    def typed_units_change(self, units: int, back: int) -> None:
        day = self._before(back)
        self._try("units", lambda: set_units("late", service="desk", units=units, from_day=day))

    @rule(site=st.sampled_from(SITES), key=st.sampled_from(CONTRACTS), back=st.integers(0, 60))
    def site_is_mapped(self, site: str, key: str, back: int) -> None:
        day = self._before(back)
        self._try("map", lambda: map_organization("rmm", id=site, organization=key, from_day=day))

    @rule(site=st.sampled_from(SITES), back=st.integers(0, 40))
    def site_is_unmapped(self, site: str, back: int) -> None:
        day = self._before(back)
        self._try("unmap", lambda: unmap_organization("rmm", id=site, from_day=day, reason=REASON))

    @rule(
        site=st.sampled_from(SITES),
        decision=st.sampled_from(("accept", "reject", "carry", "departed")),
        back=st.integers(0, 40),
    )
    def person_decides(self, site: str, decision: str, back: int) -> None:
        day = self._before(back)
        self._try(
            decision,
            lambda: decide(module="rmm", id=site, from_day=day, decision=decision, reason=REASON),
        )

    @rule(key=st.sampled_from(CONTRACTS), back=st.integers(-20, 40))
    def contract_ends(self, key: str, back: int) -> None:
        self._try("end", lambda: end_contract(key, ends_on=self._before(back)))

    @rule()
    def month_closes(self) -> None:
        bill()
        self._try("post", post_items)
        self._try("issue", issue_documents)

    @rule(back=st.integers(0, 40))
    def run_bills(self, back: int) -> None:
        self._try("bill", lambda: bill(through=self._before(back)))

    @rule()
    def drafts_are_posted(self) -> None:
        self._try("post", post_items)

    @rule()
    def documents_are_issued(self) -> None:
        self._try("issue", issue_documents)

    @rule(number=st.integers(0, 200))
    def item_is_taken_back(self, number: int) -> None:
        """One that is on no document, where there is one; else one that is, and is refused."""
        rows = items()
        ids = [row.id for row in rows if row.status == "posted"]
        ids = ids or [row.id for row in rows if row.status == "invoiced"]
        if ids:
            item = ids[number % len(ids)]
            self._try("unpost", lambda: unpost_item(item, reason=REASON))

    @rule(number=st.integers(0, 200), waive=st.booleans())
    def draft_is_put_off_or_given_up(self, number: int, waive: bool) -> None:
        drafts = [row.id for row in items(drafts_only=True)]
        if not drafts:
            return
        draft = drafts[number % len(drafts)]
        until = self.day + timedelta(days=9)
        if waive:
            self._try("waive", lambda: waive_item(draft, reason=REASON))
        else:
            self._try("defer", lambda: defer_item(draft, until=until, reason=REASON))

    @rule(amount=st.integers(-5000, 5000))
    def item_is_added_by_hand(self, amount: int) -> None:
        exact = Decimal(amount) / 100
        self._try("manual", lambda: add_manual_item("late", amount=exact, reason=REASON))

    @rule(number=st.integers(0, 50))
    def document_is_declared_void(self, number: int) -> None:
        issued = documents()
        if issued:
            chosen = issued[number % len(issued)].number
            self._try("void", lambda: void_document(chosen, reason=REASON))

    @rule(number=st.integers(0, 50), part=st.sampled_from((None, 1, 2)), cents=st.integers(1, 9999))
    def invoice_is_credited(self, number: int, part: int | None, cents: int) -> None:
        """All of what is left, one line, or an amount; of an invoice with something left, where
        there is one, else of one that is refused."""
        invoices = [row for row in documents() if row.kind == "invoice"]
        invoices = [row for row in invoices if row.credits_left] or invoices
        if not invoices:
            return
        chosen = invoices[number % len(invoices)]
        net = minor_to_decimal(cents, currency=chosen.currency) if part == 2 else None
        lines = [1] if part == 1 else None
        self._try(
            "credit", lambda: credit_document(chosen.number, lines=lines, net=net, reason=REASON)
        )

    @rule(key=st.sampled_from(CONTRACTS), amount=st.integers(1, 90_000), back=st.integers(0, 30))
    def money_comes(self, key: str, amount: int, back: int) -> None:
        """It settles what is due first; what is too much stays as credit."""
        exact = Decimal(amount) if key == "yen" else Decimal(amount) / 100
        day = self._before(back)
        new = NewPayment(organization=key, amount=exact, received_on=day)
        self._try("pay", lambda: record_payment(new))

    @rule(number=st.integers(1, 20))
    def payment_is_reversed(self, number: int) -> None:
        chosen = number % (Payment.objects.count() + 1)
        self._try("reverse", lambda: reverse_payment(chosen, reason=REASON))

    @invariant()
    def items_lines_and_documents_agree(self) -> None:
        """Nothing is lost and nothing twice, after every single step."""
        assert ledger_problems() == []
        assert document_problems() == []
        assert payment_problems() == []
        self._invoiced_once()

    def _invoiced_once(self) -> None:
        """Per currency: what is invoiced is the sum of the documents that items stand on."""
        rows = [row for row in items() if row.status == "invoiced"]
        issued = [row for row in documents() if not row.is_void]
        standing = [row for row in issued if not row.credited]
        for currency in {row.currency for row in standing}:
            assert sum(row.amount for row in rows if row.currency == currency) == sum(
                row.net for row in standing if row.currency == currency
            )
        for balance in balances():
            assert balance.balance == sum(
                row.total
                for row in issued
                if (row.organization, row.currency) == (balance.organization, balance.currency)
            ) - _paid(balance.organization, balance.currency)
        assert all(row.unit_days >= 0 for row in unbilled())

    def _next_day(self, counts: list[int | None] | None) -> None:
        taken = self.day
        self.day += timedelta(days=1)
        clock.set_frozen(_noon(self.day))
        if counts is not None:
            self._try("snapshot", lambda: self._take(taken, counts))

    def _take(self, day: date, counts: list[int | None]) -> Any:
        rows = [
            CountRow(site, "seats", count)
            for site, count in zip(SITES, counts, strict=True)
            if count is not None
        ]
        return take_snapshot("rmm", answer=Answer(day=day, rows=rows))

    def _before(self, days: int) -> date:
        return max(BEGINS, self.day - timedelta(days=days))

    def _try(self, name: str, act: Any) -> None:
        """Do it; a refusal must leave everything as it was."""
        try:
            act()
            did[name] += 1
        except IcbError as error:
            assert error.message
            did[f"{name} refused"] += 1


@contextmanager
def agreed() -> Iterator[None]:
    """What every history begins with, made once; each is undone to it."""
    new = NewProvider(key="machine", name="Machine", currency="USD", timezone="UTC")
    with ExitStack() as left:
        left.enter_context(_undone())
        left.enter_context(clock.frozen(_noon(BEGINS)))
        left.enter_context(acting_as_system("machine"))
        left.enter_context(in_provider(create_provider(new)))
        _agree()
        yield


def _agree() -> None:
    """In arrears with tax and discount, in advance, and yen by peak with a minimum."""
    add_tax_rates([NewTaxRate(key="high", percent="21"), NewTaxRate(key="low", percent="9")])
    add_organizations(
        [
            NewOrganization(key="late", name="Late", tax="high"),
            NewOrganization(key="early", name="Early"),
            NewOrganization(key="yen", name="Yen KK", currency="JPY"),
        ]
    )
    add_services(
        [
            NewService(key="seat", name="Seat", price="3.35"),
            NewService(key="desk", name="Desk", price="49", tax="low"),
        ]
    )
    desk = NewContractService(service="desk", units=1)
    add_contracts(
        [
            _contract("late", NewContractService(service="seat", discount="15"), desk),
            _contract("early", NewContractService(service="seat"), billing="in_advance"),
            _contract(
                "yen", NewContractService(service="seat", price="417", minimum_amount="5000")
            ),
        ]
    )
    connect_modules(
        [
            NewConnection(
                key="rmm",
                billing_types=[NewBillingType(key="seats")],
                organizations=[NewModuleOrganization(id=id) for id in SITES],
            )
        ]
    )
    for site, organization in zip(SITES, CONTRACTS, strict=False):
        map_organization("rmm", id=site, organization=organization)
    for key in CONTRACTS:
        choice = "peak" if key == "yen" else "prorate_daily"
        mapping = NewServiceMapping(
            module="rmm", billing_type="seats", service="seat", unit_changes=choice
        )
        map_service(key, mapping=mapping)


def _contract(key: str, *services: NewContractService, billing: str = "in_arrears") -> NewContract:
    return NewContract(
        key=key, organization=key, starts_on=BEGINS, billing=billing, services=services
    )


def _paid(organization: str, currency: str) -> int:
    """What came from an organization in a currency and was not reversed."""
    rows = Payment.objects.filter(
        organization__key=organization, currency=currency, reversal__isnull=True
    )
    return sum(to_minor(amount, currency) for amount in rows.values_list("amount", flat=True))


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@contextmanager
def _undone() -> Iterator[None]:
    """Whatever the block stores is gone after it: posted rows cannot be deleted."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)
