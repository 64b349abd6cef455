"""Decisions by module organization, by organization and for a whole module's answers."""

from __future__ import annotations

from datetime import date

import pytest
from tests.support import agreements
from tests.support.agreements import JUNE, MARCH
from tests.support.clocks import StillClock

from icb.foundation.models import Provider
from icb.hub.models import CountDecision
from icb.kernel.errors import InvalidInput, NotFound, Refused
from icb.mapping.actions import decide, map_organization


@pytest.fixture(autouse=True)
def known(provider: Provider, clock: StillClock) -> None:
    clock.to_day(date(2026, 7, 15))
    agreements.everything()


def decided() -> list[tuple[str, str]]:
    rows = CountDecision.objects.order_by("module_organization__external_id")
    return list(rows.values_list("module_organization__external_id", "decision"))


def test_one_module_organization_is_named_by_module_and_id() -> None:
    decide(module="rmm", id="7", from_day=MARCH, decision="departed", reason="left us")
    assert decided() == [("7", "departed")]


def test_an_organization_stands_for_all_that_is_mapped_to_it_on_the_day() -> None:
    map_organization("rmm", id="7", organization="acme")
    map_organization("rmm", id="8", organization="acme", from_day=JUNE)
    decide(organization="acme", from_day=MARCH, decision="departed")
    assert decided() == [("7", "departed")]
    decide(organization="acme", from_day=JUNE, decision="departed")
    assert decided() == [("7", "departed"), ("7", "departed"), ("8", "departed")]


def test_without_anything_mapped_there_is_nothing_to_decide() -> None:
    with pytest.raises(Refused, match="Nothing is mapped to birch on 2026-03-01"):
        decide(organization="birch", from_day=MARCH, decision="carry")


def test_it_must_be_said_whose_counts_are_meant() -> None:
    with pytest.raises(InvalidInput, match="either an organization, or a module"):
        decide(from_day=MARCH, decision="carry")
    with pytest.raises(InvalidInput, match="either"):
        decide(module="rmm", organization="acme", from_day=MARCH, decision="carry")
    with pytest.raises(NotFound, match="Known: 7, 8"):
        decide(module="rmm", id="9", from_day=MARCH, decision="carry")
    with pytest.raises(NotFound, match="Known: rmm"):
        decide(module="edr", id="7", from_day=MARCH, decision="carry")
    assert decided() == []
