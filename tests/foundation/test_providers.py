"""Providers, their calendar and the scope they are worked for in."""

from __future__ import annotations

from datetime import date

import pytest
from tests.support.clocks import StillClock

from icb.foundation import providers
from icb.foundation.actor import acting_as_system, current_actor
from icb.foundation.inputs import NewProvider
from icb.foundation.models import Provider
from icb.foundation.scope import provider_id
from icb.kernel.errors import InvalidInput, NotFound, NotPermitted


def test_the_fixture_puts_its_provider_in_scope(provider: Provider) -> None:
    assert provider_id() == provider.pk
    assert current_actor() == "olivia"
    assert providers.current_provider().currency == "USD"


def test_today_follows_the_providers_zone(provider: Provider, clock: StillClock) -> None:
    clock.set("2026-03-01T23:30:00")
    assert providers.local_today() == date(2026, 3, 1)
    providers.set_timezone("Europe/Warsaw", from_day=date(2026, 3, 2))
    assert providers.local_today() == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("zone", "from_day"), [("Mars/Olympus", date(2026, 3, 2)), ("UTC", date(2026, 2, 1))]
)
def test_a_bad_change_of_zone_is_refused(provider: Provider, zone: str, from_day: date) -> None:
    providers.set_timezone("Europe/Warsaw", from_day=date(2026, 3, 1))
    with pytest.raises(InvalidInput):
        providers.set_timezone(zone, from_day=from_day)
    assert len(providers.provider_days().zones) == 2


def test_only_the_program_itself_adds_a_provider(provider: Provider) -> None:
    with pytest.raises(NotPermitted):
        providers.create_provider(NewProvider(key="b", name="B", currency="USD"))


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (NewProvider(key="own", name="B", currency="USD"), "key"),
        (NewProvider(key="", name="B", currency="USD"), "key"),
        (NewProvider(key="b", name="B", currency="usd"), "currency"),
        (NewProvider(key="b", name="B", currency="USD", timezone="Nowhere"), "timezone"),
    ],
)
def test_a_bad_provider_is_refused(provider: Provider, new: NewProvider, field: str) -> None:
    with acting_as_system("test"), pytest.raises(InvalidInput) as error:
        providers.create_provider(new)
    assert error.value.field == field
    assert len(providers.providers()) == 1


def test_a_provider_is_found_by_key_or_alone(provider: Provider) -> None:
    assert providers.provider_named("own") == provider.pk
    assert providers.provider_named() == provider.pk
    with acting_as_system("test"):
        other = providers.create_provider(NewProvider(key="b", name="B", currency="EUR"))
    assert providers.provider_named("b") == other
    with pytest.raises(NotFound):
        providers.provider_named()
    with pytest.raises(NotFound):
        providers.provider_named("c")
