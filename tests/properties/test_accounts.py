"""Accounts of organizations: whatever is recorded, allocated, credited, voided and reversed, in any
order and on any day, what is open follows, and every day's statement adds up."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from tests.invoicing.factory import Books
from tests.support.effort import tries

from icb.foundation.actor import acting_as_system
from icb.foundation.inputs import NewProvider
from icb.foundation.providers import create_provider
from icb.foundation.scope import in_provider
from icb.invoicing.actions import credit_document, issue_documents, void_document
from icb.invoicing.queries import documents
from icb.invoicing.verify import document_problems
from icb.kernel import clock
from icb.kernel.errors import IcbError
from icb.payments import actions
from icb.payments.account_queries import document_account
from icb.payments.aging_queries import open_sums
from icb.payments.inputs import ExternalPayment, NewPayment, Share, Spread
from icb.payments.models import Allocation, Payment
from icb.payments.queries import balances
from icb.payments.statement_queries import statement
from icb.payments.verify import payment_problems

BEGINS = date(2026, 3, 1)
PAYERS = ("acme", "bolt")
CENTS = st.integers(1, 30_000)
PICK = st.integers(0, 1_000)
HISTORIES = tries("ICB_TEST_ACCOUNTS", gate=40, night=3_000)
MUST_HAPPEN = (
    "invoice",
    "credit",
    "void",
    "pay",
    "reverse",
    "allocate",
    "use credit note",
    "settle with credit",
    "unallocate",
    "read back",
)

did: Counter[str] = Counter()


class Accounts(RuleBasedStateMachine):
    """One provider with two organizations that owe and pay in dollars."""

    def __init__(self) -> None:
        super().__init__()
        self.left = ExitStack()
        self.left.enter_context(transaction.atomic())
        self.left.callback(transaction.set_rollback, True)
        self.left.enter_context(clock.frozen(_noon(BEGINS)))
        self.left.enter_context(acting_as_system("machine"))
        new = NewProvider(key="machine", name="Machine", currency="USD")
        self.left.enter_context(in_provider(create_provider(new)))
        self.day = BEGINS
        # Payments that hold, kept by hand: who paid, and how much.
        self.paid: dict[int, tuple[str, Decimal]] = {}

    @initialize()
    def begin(self) -> None:
        self.books = Books()
        for number, key in enumerate(PAYERS):
            self.books.organization(key, payment_days=number * 10)
            for cents in (12_000, -3_100, 8_050):
                self._invoice(key, cents)
            new = NewPayment(organization=key, amount=Decimal(100), received_on=BEGINS)
            self._paid(actions.record_payment(new).number, key, Decimal(100))
            more = NewPayment(
                organization=key, amount=Decimal(40), received_on=BEGINS, spread=Spread.NONE
            )
            self._paid(actions.record_payment(more).number, key, Decimal(40))

    def teardown(self) -> None:
        try:
            for back in range((self.day - BEGINS).days + 1):
                self._adds_up(BEGINS + timedelta(days=back))
            did["histories"] += 1
        finally:
            self.left.close()

    @rule(days=st.integers(1, 15))
    def days_pass(self, days: int) -> None:
        self.day += timedelta(days=days)
        clock.set_frozen(_noon(self.day))

    @rule(key=st.sampled_from(PAYERS), cents=st.integers(-9_000, 30_000))
    def something_is_invoiced(self, key: str, cents: int) -> None:
        self._invoice(key, cents)

    @rule(pick=PICK, cents=st.one_of(st.none(), CENTS))
    def an_invoice_is_credited(self, pick: int, cents: int | None) -> None:
        rows = [row for row in documents() if row.credits_left]
        if rows:
            net = None if cents is None else Decimal(cents) / 100
            number = rows[pick % len(rows)].number
            self._try("credit", lambda: credit_document(number, net=net, reason="because"))

    @rule(pick=PICK)
    def a_document_is_voided(self, pick: int) -> None:
        rows = documents()
        if rows:
            number = rows[pick % len(rows)].number
            self._try("void", lambda: void_document(number, reason="because"))

    @rule(
        key=st.sampled_from(PAYERS),
        cents=CENTS,
        back=st.integers(0, 20),
        how=st.sampled_from(("oldest", "none", "chosen")),
        pick=PICK,
    )
    def money_comes(self, key: str, cents: int, back: int, how: str, pick: int) -> None:
        amount, shares = Decimal(cents) / 100, []
        rows = [row for row in documents(organization=key) if row.total > 0]
        if how == "chosen" and rows:
            shares = [Share(rows[pick % len(rows)].number, None if pick % 2 else amount / 2)]
        new = NewPayment(
            organization=key,
            amount=amount,
            received_on=max(BEGINS, self.day - timedelta(days=back)),
            spread=Spread.NONE if how == "none" else Spread.OLDEST,
            shares=shares,
        )
        self._try("pay", lambda: self._paid(actions.record_payment(new).number, key, amount))

    @rule(pick=PICK, cents=st.integers(0, 5_000), key=st.sampled_from(("a", "b", "c")))
    def a_target_is_read(self, pick: int, cents: int, key: str) -> None:
        rows = [row for row in documents() if row.total > 0 and not row.is_void]
        if not rows:
            return
        row = rows[pick % len(rows)]
        told = ExternalPayment(
            external_id=key,
            document=row.number,
            received_on=self.day,
            amount=Decimal(cents) / 100,
        )
        outcome = actions.record_external_payments("target", payments=[told])
        for number in outcome.recorded:
            self._paid(number, row.organization, told.amount)
        for number in outcome.reversed:
            del self.paid[number]
        did["read back"] += 1

    @rule(pick=PICK)
    def a_payment_is_reversed(self, pick: int) -> None:
        number = pick % (Payment.objects.count() + 1)
        self._try("reverse", lambda: self._gone(number))

    @rule(pick=PICK, chosen=st.booleans())
    def a_payment_is_allocated(self, pick: int, chosen: bool) -> None:
        number = [0, *self.paid][pick % (len(self.paid) + 1)]
        rows = documents()
        shares = [Share(rows[pick % len(rows)].number)] if chosen and rows else []
        self._try("allocate", lambda: actions.allocate_payment(number, shares=shares))

    @rule(pick=PICK)
    def a_credit_note_is_allocated(self, pick: int) -> None:
        rows = [row for row in documents() if row.total < 0]
        if rows:
            number = rows[pick % len(rows)].number
            self._try("use credit note", lambda: actions.allocate_credit(number))

    @rule(pick=PICK)
    def credit_is_used(self, pick: int) -> None:
        rows = documents()
        if rows:
            number = rows[pick % len(rows)].number
            self._try("settle with credit", lambda: actions.settle_with_credit(number))

    @rule(pick=PICK)
    def an_allocation_is_taken_back(self, pick: int) -> None:
        ids = list(Allocation.objects.order_by("pk").values_list("pk", flat=True))
        if ids:
            chosen = ids[pick % len(ids)]
            self._try("unallocate", lambda: actions.unallocate(chosen, reason="because"))

    @invariant()
    def what_is_open_follows(self) -> None:
        assert payment_problems() == []
        assert document_problems() == []
        expected: Counter[str] = Counter()
        for row in documents():
            found = document_account(row.number)
            assert found.open >= 0
            if row.is_void:
                assert (found.state, found.open) == ("void", 0)
                continue
            expected[row.organization] += row.total
            live = [one.amount for one in found.allocations if one.taken_back_on is None]
            assert found.open == abs(row.total) - sum(live)
        for organization, amount in self.paid.values():
            expected[organization] -= int(amount * 100)
        known = {row.organization: row.balance for row in balances()}
        assert known == {key: expected[key] for key in known}
        assert all(key in known for key, amount in expected.items() if amount)
        for key in PAYERS:
            assert statement(key).closing == expected[key]

    def _invoice(self, key: str, cents: int) -> None:
        self.books.item(key, str(Decimal(cents) / 100))
        issue_documents()
        did["invoice"] += 1

    def _adds_up(self, day: date) -> None:
        """At the end of each day: nothing is settled twice, and the account is its open parts."""
        sums = open_sums(day)
        for parts in sums.values():
            for part in parts:
                assert part.amount <= 0 if part.due_on is None else part.amount >= 0
        for key in PAYERS:
            found = statement(key, as_of=day)
            assert found.closing == sum(found.aging.values())
            begun = statement(key, first=day, as_of=day)
            assert begun.closing == found.closing
            assert begun.opening == found.closing - sum(entry.amount for entry in begun.entries)

    def _paid(self, number: int, key: str, amount: Decimal) -> None:
        self.paid[number] = (key, amount)

    def _gone(self, number: int) -> None:
        actions.reverse_payment(number, reason="because")
        del self.paid[number]

    def _try(self, name: str, act: Any) -> None:
        """Do it; a refusal must leave everything as it was."""
        try:
            act()
            did[name] += 1
        except IcbError as error:
            assert error.message
            did[f"{name} refused"] += 1


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_what_is_open_follows_whatever_is_done(db: None) -> None:
    did.clear()
    run_state_machine_as_test(
        Accounts,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
    print(", ".join(f"{name} {count}" for name, count in sorted(did.items())))
    assert did["histories"] >= HISTORIES
    assert not [name for name in MUST_HAPPEN if did[name] == 0]
