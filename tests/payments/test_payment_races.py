"""Two who settle the same at once: whoever comes second is told what is left, or refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from tests.foundation.test_guard_races import race
from tests.support import ledger

from icb.foundation.actor import acting_as
from icb.foundation.models import Provider
from icb.invoicing.models import Document
from icb.payments.actions import record_payment
from icb.payments.booking import add_documents
from icb.payments.inputs import NewPayment, Spread
from icb.payments.models import AccountItem, Allocation, Payment
from icb.payments.queries import balances
from icb.payments.verify import payment_problems


def owed() -> Document:
    """A document of 42.00 on its account."""
    document = ledger.document(ledger.books().agreement.organization, sequence=2)
    add_documents(Document.objects.values_list("pk", flat=True))
    return document


def money(amount: int, spread: Spread) -> NewPayment:
    """A payment of the organization of the books."""
    return NewPayment(
        organization="acme", amount=Decimal(amount), received_on=date(2026, 1, 1), spread=spread
    )


@pytest.mark.parametrize("round_number", range(3))
def test_the_database_lets_only_one_of_two_settle_the_same(
    committed_provider: Provider, round_number: int
) -> None:
    document = owed()
    for _ in range(2):
        record_payment(money(30, Spread.NONE))
    payments = list(Payment.objects.order_by("pk"))

    def settle(payment: Payment) -> Callable[[], object]:
        return lambda: Allocation.objects.create(
            payment=payment,
            document=document,
            amount=30,
            day=ledger.DAY,
            actor="o",
            allocated_at=ledger.AT,
        )

    assert len(race(committed_provider, *map(settle, payments))) == 1
    assert Allocation.objects.count() == 1


@pytest.mark.parametrize("round_number", range(3))
def test_two_payments_at_once_take_turns(committed_provider: Provider, round_number: int) -> None:
    owed()

    def pay() -> None:
        with acting_as("olivia"):
            record_payment(money(60, Spread.OLDEST))

    assert race(committed_provider, pay, pay) == []
    assert sorted(Payment.objects.values_list("number", flat=True)) == [1, 2]
    assert sum(Allocation.objects.values_list("amount", flat=True)) == 84
    assert [row.balance for row in balances()] == [8400 - 12000]
    assert AccountItem.objects.filter(open__gt=0).count() == 0
    assert payment_problems() == []
