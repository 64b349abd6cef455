"""Contracts with their services: what is added, at which price, and what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.support.agreements import JANUARY, JUNE, catalogue, clients, contract, marked

from icb.contracts.actions import (
    add_contract_services,
    add_contracts,
    add_services,
    end_contract,
)
from icb.contracts.inputs import NewContract, NewContractService, NewService
from icb.contracts.models import Contract, ContractPrice, ContractService
from icb.contracts.queries import contract_named, contract_notes, contract_services, contracts
from icb.foundation.models import AuditEvent, Provider
from icb.kernel.errors import IcbError, InvalidInput, NotFound, Refused
from icb.organizations.actions import add_organizations
from icb.organizations.inputs import NewOrganization


@pytest.fixture(autouse=True)
def sold(provider: Provider) -> None:
    clients()
    catalogue()


def new(key: str = "c", *, organization: str = "acme", **terms: Any) -> NewContract:
    service = NewContractService(terms.pop("service", "agents"), **terms.pop("on_it", {}))
    return NewContract(
        key, organization, terms.pop("starts_on", JANUARY), services=[service], **terms
    )


def test_a_service_has_the_catalogues_price_from_the_contracts_start() -> None:
    ids = add_contracts([new(on_it={"units": 5, "unit_changes": "peak"})])
    assert contract_named("c").id == ids["c"]
    (row,) = contract_services(as_of=JANUARY)
    assert (f"{row.price:f}", row.units, row.unit_changes) == ("12.000000", Decimal(5), "peak")
    assert ContractPrice.objects.get().from_day == JANUARY


def test_without_typed_units_and_choice_there_are_none() -> None:
    add_contracts([new()])
    (row,) = contract_services(as_of=JANUARY)
    assert (row.units, row.unit_changes) == (None, "")


@pytest.mark.parametrize(
    ("own", "clients_own", "expected"),
    [("JPY", "EUR", "JPY"), ("", "EUR", "EUR"), ("", "", "USD")],
)
def test_a_contracts_currency(own: str, clients_own: str, expected: str) -> None:
    add_organizations([NewOrganization("other", "Other", currency=clients_own)])
    add_contracts([new(organization="other", currency=own, on_it={"price": 7})])
    assert contract_named("c").currency == expected


def test_in_another_currency_a_service_states_its_own_price() -> None:
    with pytest.raises(InvalidInput, match=r"contract is in EUR, the catalogue's price .* in USD"):
        add_contracts([new(currency="EUR")])
    tiers = [(10, "5"), (None, "4")]
    add_contracts([new(currency="EUR", on_it={"pricing": "volume", "tiers": tiers})])
    (row,) = contract_services(as_of=JANUARY)
    assert [(up_to, int(price)) for up_to, price in row.tiers] == [(10, 5), (None, 4)]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"organization": "nobody"}, "unknown_organization"),
        ({"service": "nothing"}, "unknown_service"),
        ({"ends_on": date(2025, 12, 31)}, "invalid_ends_on"),
        ({"period": "weekly"}, "invalid_period"),
        ({"anchor": "lunar"}, "invalid_anchor"),
        ({"billing": "never"}, "invalid_billing"),
        ({"currency": "usd"}, "invalid_currency"),
        ({"key": " "}, "invalid_key"),
        ({"minimum_amount": "-1"}, "invalid_minimum_amount"),
        ({"currency": "JPY", "minimum_amount": "0.5"}, "invalid_minimum_amount"),
        ({"on_it": {"price": "-0.01"}}, "invalid_price"),
        ({"on_it": {"price": 1.5}}, "invalid_price"),
        ({"on_it": {"units": -1}}, "invalid_units"),
        ({"on_it": {"discount": "100.5"}}, "invalid_discount"),
        ({"on_it": {"pricing": "package"}}, "invalid_package_size"),
        ({"on_it": {"package_size": 5}}, "invalid_package_size"),
        ({"on_it": {"pricing": "graduated"}}, "invalid_tiers"),
        ({"on_it": {"tiers": [(None, 1)]}}, "invalid_tiers"),
        ({"on_it": {"pricing": "volume", "tiers": [(5, 1)]}}, "invalid_tiers"),
        ({"on_it": {"pricing": "free"}}, "invalid_pricing"),
        ({"on_it": {"unit_changes": "never"}}, "invalid_unit_changes"),
        ({"billing": "in_advance", "on_it": {"unit_changes": "peak"}}, "peak_in_advance"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_stored(
    changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(IcbError) as refused:
        add_contracts([new(changes.pop("key", "c"), **changes)])
    assert refused.value.code == code
    assert "Nothing was stored" in refused.value.message
    assert not Contract.objects.exists()
    assert not ContractService.objects.exists()


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(NotFound) as refused:
        add_contracts([new("a", organization="nobody"), new("b", on_it={"price": "-1"}), new("b")])
    message = refused.value.message
    assert "contract a: There is no organization 'nobody'" in message
    assert "contract b, service agents: price -1" in message
    assert "key b: it is taken" in message
    assert refused.value.details["problems"] == "3"


def test_two_contracts_with_one_service_may_not_overlap() -> None:
    add_contracts([new("a", ends_on=date(2026, 5, 31))])
    with pytest.raises(Refused) as refused:
        add_contracts([new("b", starts_on=date(2026, 5, 31))])
    assert refused.value.code == "overlapping_contract"
    for said in ("Contract b", "contract a", "agents", "acme", "from 2026-01-01 to 2026-05-31"):
        assert said in refused.value.message
    add_contracts(
        [
            new("after", starts_on=JUNE),
            new("other-service", service="backup"),
            new("other-client", organization="birch"),
        ]
    )
    assert len(contracts()) == 4


def test_two_contracts_of_one_call_may_not_overlap_either() -> None:
    with pytest.raises(Refused, match="both have the service agents"):
        add_contracts([new("a"), new("b")])


def test_a_service_stands_on_a_contract_twice_under_a_key_of_its_own() -> None:
    twice = [NewContractService("agents"), NewContractService("agents", key="more", price=3)]
    add_contracts([NewContract("c", "acme", JANUARY, services=twice)])
    assert [row.key for row in contract_services(as_of=JANUARY)] == ["agents", "more"]
    with pytest.raises(InvalidInput, match="key agents: it is taken"):
        add_contract_services("c", news=[NewContractService("agents")])


def test_services_put_on_a_contract_later_hold_from_its_start_and_mark_it() -> None:
    add_contracts([new("c")])
    assert marked() == {}
    ids = add_contract_services("c", news=[NewContractService("backup", discount="15")])
    row = contract_services(as_of=JANUARY, contract="c")[1]
    assert (row.id, row.key, int(row.discount)) == (ids["backup"], "backup", 15)
    assert marked() == {"c": JANUARY}
    assert "Added: backup" in contract_notes("c")[0].text


def test_a_service_is_added_once() -> None:
    with pytest.raises(InvalidInput, match="key agents: it is taken"):
        add_services([NewService("agents", "Again", 1)])
    with pytest.raises(NotFound, match="no tax rate"):
        add_services([NewService("new", "New", 1, tax="none")])


def test_an_end_is_set_moved_and_noted() -> None:
    contract()
    end_contract("acme-1", ends_on=date(2026, 6, 30))
    assert contract_named("acme-1").ends_on == date(2026, 6, 30)
    assert marked() == {"acme-1": date(2026, 7, 1)}
    end_contract("acme-1", ends_on=date(2026, 3, 15))
    assert marked() == {"acme-1": date(2026, 3, 16)}
    assert [note.text for note in contract_notes("acme-1")] == [
        "Ends on 2026-03-15 (before: on 2026-06-30).",
        "Ends on 2026-06-30 (before: open).",
    ]


def test_a_later_end_is_marked_from_the_day_after_the_earlier_one() -> None:
    add_contracts([new("c", ends_on=date(2026, 3, 31))])
    end_contract("c", ends_on=date(2026, 8, 31))
    assert marked() == {"c": date(2026, 4, 1)}


def test_the_same_end_again_changes_nothing() -> None:
    add_contracts([new("c", ends_on=date(2026, 3, 31))])
    before = AuditEvent.objects.count()
    end_contract("c", ends_on=date(2026, 3, 31))
    assert (AuditEvent.objects.count(), marked(), contract_notes("c")) == (before, {}, [])


def test_an_end_is_not_before_the_start_nor_into_another_contract() -> None:
    add_contracts([new("a", ends_on=date(2026, 5, 31)), new("b", starts_on=JUNE)])
    with pytest.raises(InvalidInput, match="before the start on 2026-01-01"):
        end_contract("a", ends_on=date(2025, 12, 31))
    with pytest.raises(Refused, match="contract b"):
        end_contract("a", ends_on=JUNE)
    end_contract("a", ends_on=JANUARY)
    with pytest.raises(NotFound, match="Known: a, b"):
        end_contract("c", ends_on=JUNE)
