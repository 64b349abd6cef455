"""Connecting a module: what is asked for is checked, secrets are sealed, types come with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from tests.hub.counter_adapter import CounterAdapter

from icb.foundation.actor import acting_as
from icb.foundation.inputs import NewUser
from icb.foundation.models import AuditEvent, StoredSecret
from icb.foundation.users import add_users
from icb.hub.actions import (
    NewConnected,
    change_expectation,
    change_settings,
    connect_module,
    connect_modules,
    set_enabled,
)
from icb.hub.connecting_queries import connection_settings
from icb.hub.inputs import NewBillingType, NewConnection
from icb.hub.models import BillingType, FileSource, ModuleConnection
from icb.hub.ports import WrongSettings
from icb.hub.queries import connected_module, connected_modules, unconnected
from icb.hub.registry import registered
from icb.kernel.errors import InvalidInput, NotFound, NotPermitted, Refused

PASSWORD = "s3cret-canary-1"
GOOD = {"account": "12", "password": PASSWORD}

pytestmark = pytest.mark.usefixtures("provider", "clock")


@pytest.fixture(autouse=True)
def _adapter() -> Iterator[None]:
    with registered(CounterAdapter()):
        yield


def connect(key: str = "counter", **changed: Any) -> int:
    given: dict[str, Any] = {"key": key, "adapter": "counter", "settings": GOOD, **changed}
    return connect_module(NewConnected(**given))


def test_settings_and_secrets_are_kept_apart_and_reach_the_sync_together() -> None:
    id = connect()
    row = ModuleConnection.objects.get(pk=id)
    assert (row.adapter, row.module, row.name) == ("counter", "counter", "Counter")
    assert row.settings == {"region": "eu", "account": "12"}
    assert row.expected_from == date(2026, 1, 1)
    assert connection_settings("counter") == {
        "region": "eu",
        "account": "12",
        "password": PASSWORD,
        "pin": "",
    }


def test_a_secret_stands_nowhere_in_clear() -> None:
    connect()
    change_settings("counter", settings={"pin": "9876-canary"})
    stored = StoredSecret.objects.values_list("sealed", flat=True)
    events = AuditEvent.objects.values_list("data", "subject")
    shown = [list(row) for row in connected_modules()]
    text = json.dumps([list(stored), list(events), shown, repr(NewConnected(key="a", adapter="b",
        settings=GOOD))], default=str)  # fmt: skip
    assert PASSWORD not in text
    assert "9876-canary" not in text
    assert connected_module("counter").secrets == ("password", "pin")


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"password": "x"}, r"account \(Account\) is missing"),
        ({"account": "12"}, r"password \(Password\) is missing"),
        ({**GOOD, "account": "twelve"}, r"account has not the form \[0-9\]\+"),
        ({**GOOD, "region": "mars"}, "region is none of eu, us"),
        ({**GOOD, "colour": "red"}, "colour: the module has no such setting; it has account"),
        ({**GOOD, "password": "x" * 4001}, "password is longer than 4000"),
        ({**GOOD, "account": "1\n2"}, "account has line breaks"),
    ],
)
def test_a_wrong_setting_is_named_and_nothing_is_stored(
    settings: dict[str, str], problem: str
) -> None:
    with pytest.raises(InvalidInput, match=problem) as caught:
        connect(settings=settings)
    assert "Nothing was stored" in caught.value.message
    assert PASSWORD not in caught.value.message
    assert not ModuleConnection.objects.exists()


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        connect(settings={"region": "mars", "account": "x"})
    for name in ("region", "account", "password"):
        assert name in caught.value.message


def test_change_leaves_what_is_not_named() -> None:
    connect()
    change_settings("counter", settings={"region": "us"})
    change_settings("counter", settings={"password": "another"})
    assert connection_settings("counter") == {
        "region": "us",
        "account": "12",
        "password": "another",
        "pin": "",
    }


def test_an_empty_text_brings_the_default_back_and_forgets_an_optional_secret() -> None:
    connect(settings={**GOOD, "region": "us", "pin": "1"})
    change_settings("counter", settings={"region": "", "pin": ""})
    assert connection_settings("counter")["region"] == "eu"
    assert connected_module("counter").secrets == ("password",)
    with pytest.raises(InvalidInput, match=r"password .* is missing"):
        change_settings("counter", settings={"password": ""})
    assert connection_settings("counter")["password"] == PASSWORD


def test_a_lost_secret_is_asked_for_again() -> None:
    connect()
    StoredSecret.objects.all().delete()
    with pytest.raises(WrongSettings, match="Password is not stored"):
        connection_settings("counter")


def test_a_disabled_connection_keeps_everything() -> None:
    connect()
    set_enabled("counter", is_enabled=False)
    assert not connected_module("counter").is_enabled
    assert connection_settings("counter")["password"] == PASSWORD
    set_enabled("counter", is_enabled=True)
    assert connected_module("counter").is_enabled


def test_what_the_adapter_counts_beyond_the_catalogue_waits_to_be_described() -> None:
    connect()
    assert list(BillingType.objects.values_list("key", "is_known")) == [("things", False)]


def test_an_adapter_of_the_catalogue_brings_its_types() -> None:
    settings = {"platform": "merlot", "api_key": "k", "api_secret": "s"}
    connect("rmm", adapter="datto_rmm", settings=settings)
    found = BillingType.objects.get(key="AllDevicesMetric")
    assert (found.unit, found.shape, found.is_known) == ("device", "gauge", True)
    assert "Server" in found.overlaps
    assert not BillingType.objects.filter(is_known=False).exists()


def test_push_and_files_need_no_adapter_and_expect_nothing() -> None:
    connect("mine", adapter="push", settings={}, name="My RMM")
    connect("sheets", adapter="files", settings={}, module="vsa_10")
    assert connected_module("mine").expected_from is None
    assert connected_module("mine").name == "My RMM"
    assert FileSource.objects.get().connection.key == "sheets"
    assert BillingType.objects.filter(connection__key="sheets").exists()
    with pytest.raises(Refused, match="no settings"):
        change_settings("mine", settings={"a": "b"})


def test_expectation_and_guards_are_taken() -> None:
    connect(expected_from=date(2025, 12, 1), guards={"fall_percent": 10})
    assert ModuleConnection.objects.get().fall_percent == 10
    change_expectation("counter", expected_from=None)
    assert connected_module("counter").expected_from is None
    with pytest.raises(InvalidInput, match="guards: height"):
        connect("b", guards={"height": 1})


@pytest.mark.parametrize("key", ["", "a b", "a:b", "x" * 61, "../a", "ä"])
def test_a_key_that_could_not_name_its_secrets_is_refused(key: str) -> None:
    with pytest.raises(InvalidInput, match=r"key: .* is none"):
        connect(key)


def test_an_unknown_adapter_and_another_module_are_refused() -> None:
    with pytest.raises(NotFound, match="adapter: there is none for 'nothing'"):
        connect(adapter="nothing")
    with pytest.raises(InvalidInput, match="counter counts counter, not vsa_10"):
        connect(module="vsa_10")


def test_a_key_is_connected_once() -> None:
    connect()
    with pytest.raises(InvalidInput, match="counter is there already"):
        connect()
    assert ModuleConnection.objects.count() == 1


@pytest.mark.parametrize("role", ["mapper", "approver", "read_only", "billing_administrator"])
def test_secrets_need_leave(role: str) -> None:
    add_users([NewUser("anna", role=role)])
    with acting_as("anna"), pytest.raises(NotPermitted):
        connect()
    assert not ModuleConnection.objects.exists()


def test_what_came_with_a_bundle_gets_a_way_in_and_keeps_what_it_has() -> None:
    brought = NewConnection(
        key="counter",
        name="Our Counter",
        module="counter",
        billing_types=[NewBillingType(key="seats", name="Seats of ours")],
        gap_days=5,
    )
    id = connect_modules([brought])["counter"]
    assert connected_module("counter").way == "not connected"
    assert unconnected() == [("counter", "counter")]
    assert connect() == id
    row = ModuleConnection.objects.get()
    assert (row.adapter, row.name, row.gap_days) == ("counter", "Our Counter", 5)
    assert BillingType.objects.get(key="seats").name == "Seats of ours"
    assert connection_settings("counter")["password"] == PASSWORD
    assert connected_module("counter").way == "connected"
    assert unconnected() == []
    with pytest.raises(InvalidInput):
        connect()


def test_a_way_in_of_another_module_is_refused() -> None:
    connect_modules([NewConnection(key="counter", module="huntress")])
    with pytest.raises(InvalidInput, match="counts huntress, not counter"):
        connect()
    assert connected_module("counter").adapter == ""
