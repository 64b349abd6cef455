"""Prices, typed units and choices of unit changes from a day on."""

from __future__ import annotations

from datetime import date

import pytest
from tests.support.agreements import JANUARY, JUNE, MARCH, catalogue, clients, contract, marked

from icb.contracts.actions import (
    add_contracts,
    set_price,
    set_unit_changes,
    set_units,
)
from icb.contracts.inputs import NewContract, NewContractService
from icb.contracts.models import ContractPrice
from icb.contracts.queries import contract_notes, contract_services
from icb.foundation.models import AuditEvent, Provider
from icb.kernel.errors import InvalidInput, NotFound, Refused


@pytest.fixture(autouse=True)
def sold(provider: Provider) -> None:
    clients()
    catalogue()
    contract()


def price_on(day: date) -> str:
    return f"{contract_services(as_of=day)[0].price:.2f}"


def test_a_price_holds_from_its_day_until_the_next() -> None:
    set_price("acme-1", service="agents", price="14", from_day=JUNE)
    set_price("acme-1", service="agents", price="13", from_day=MARCH)
    days = (JANUARY, date(2026, 2, 28), MARCH, date(2026, 5, 31), JUNE)
    assert [price_on(day) for day in days] == ["12.00", "12.00", "13.00", "13.00", "14.00"]
    assert marked() == {"acme-1": MARCH}
    assert contract_notes("acme-1")[0].text == "Price of agents from 2026-03-01: 13 USD."


def test_of_two_prices_of_one_day_the_newest_holds() -> None:
    set_price("acme-1", service="agents", price="14", from_day=MARCH)
    set_price("acme-1", service="agents", price="15", from_day=MARCH)
    assert price_on(MARCH) == "15.00"


def test_the_price_that_holds_anyway_writes_nothing() -> None:
    before = AuditEvent.objects.count()
    set_price("acme-1", service="agents", price="12.00", from_day=MARCH)
    assert (AuditEvent.objects.count(), marked()) == (before, {})
    assert not ContractPrice.objects.filter(from_day=MARCH).exists()


def test_tiers_change_with_tiered_pricing_only() -> None:
    tiered = NewContractService("agents", pricing="graduated", tiers=[(5, "3"), (None, "2")])
    add_contracts([NewContract("b", "birch", JANUARY, services=[tiered])])
    later = [(5, "4"), (None, "2.5")]
    set_price("b", service="agents", price=None, from_day=MARCH, tiers=later)
    (row,) = contract_services(as_of=MARCH, contract="b")
    assert [f"{price:.1f}" for _, price in row.tiers] == ["4.0", "2.5"]
    assert "up to 5 at 4, beyond at 2.5 USD" in contract_notes("b")[0].text
    with pytest.raises(InvalidInput, match="Give all its tiers"):
        set_price("b", service="agents", price="3", from_day=JUNE)
    with pytest.raises(InvalidInput, match="per_unit pricing has none"):
        set_price("acme-1", service="agents", price=None, from_day=JUNE, tiers=later)


@pytest.mark.parametrize(
    ("price", "from_day", "code"),
    [
        ("-1", MARCH, "invalid_price"),
        (None, MARCH, "invalid_price"),
        ("13", date(2025, 12, 31), "invalid_from"),
    ],
)
def test_a_price_that_cannot_be_is_refused(price: str | None, from_day: date, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        set_price("acme-1", service="agents", price=price, from_day=from_day)
    assert refused.value.code == code
    assert marked() == {}


def test_unknown_services_and_contracts_name_what_exists() -> None:
    with pytest.raises(NotFound, match=r"on contract acme-1.* Known: agents, backup, setup"):
        set_price("acme-1", service="agent", price="1", from_day=MARCH)
    with pytest.raises(NotFound, match="Known: acme-1"):
        set_units("acme", service="agents", units=1, from_day=MARCH)


def test_typed_units_are_dated() -> None:
    set_units("acme-1", service="backup", units="2.5", from_day=MARCH)
    row = contract_services(as_of=MARCH)[1]
    assert f"{row.units:.1f}" == "2.5"
    assert marked() == {"acme-1": MARCH}
    assert "Units of backup from 2026-03-01: 2.5" in contract_notes("acme-1")[0].text
    with pytest.raises(InvalidInput, match="units"):
        set_units("acme-1", service="backup", units="-1", from_day=MARCH)


def test_a_peak_is_never_chosen_in_advance() -> None:
    contract("early", organization="birch", billing="in_advance")
    with pytest.raises(Refused) as refused:
        set_unit_changes("early", service="agents", unit_changes="peak", from_day=MARCH)
    assert refused.value.code == "peak_in_advance"
    set_unit_changes("acme-1", service="agents", unit_changes="peak", from_day=MARCH)
    assert contract_services(as_of=MARCH, contract="acme-1")[0].unit_changes == "peak"
    assert "peak" in contract_notes("acme-1")[0].text
    assert marked() == {"acme-1": MARCH}
    with pytest.raises(InvalidInput, match="unit_changes"):
        set_unit_changes("acme-1", service="agents", unit_changes="", from_day=MARCH)
