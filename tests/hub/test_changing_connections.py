"""Changing a connection: its name and guards, by whoever saw how they stand."""

from __future__ import annotations

import pytest

from icb.foundation.actor import acting_as
from icb.foundation.inputs import NewUser
from icb.foundation.models import AuditEvent, Provider
from icb.foundation.users import add_users
from icb.foundation.versions import version_of
from icb.hub.actions import NewConnected, change_details, connect_module
from icb.hub.connecting_queries import details_of, secrets_stored_at
from icb.hub.models import ModuleConnection
from icb.hub.queries import connection_named
from icb.kernel.errors import InvalidInput, NotFound, NotPermitted, Refused


@pytest.fixture(autouse=True)
def connected(provider: Provider, clock: object) -> None:
    connect_module(NewConnected(key="rmm", adapter="push", name="RMM"))


def test_what_is_not_named_stays() -> None:
    change_details("rmm", name=" My RMM ", guards={"fall_units": 5})
    row = ModuleConnection.objects.get()
    assert (row.name, row.fall_units, row.fall_percent) == ("My RMM", 5, 50)
    event = AuditEvent.objects.get(action="change_details")
    assert event.subject == "rmm"


@pytest.mark.parametrize(
    ("name", "guards", "field"),
    [
        ("", {}, "name"),
        ("x" * 201, {}, "name"),
        ("RMM", {"rise_units": -1}, "rise_units"),
        ("RMM", {"rise_units": 40_000}, "rise_units"),
        ("RMM", {"height": 1}, "guards"),
    ],
)
def test_what_cannot_be_changes_nothing(name: str, guards: dict[str, int], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        change_details("rmm", name=name, guards={"gap_days": 9, **guards})
    assert refused.value.field == field
    assert ModuleConnection.objects.get().gap_days == 3


def test_who_saw_it_otherwise_is_refused_with_who_changed_it() -> None:
    seen = version_of(details_of(connection_named("rmm")))
    change_details("rmm", name="First", guards={}, seen=seen)
    with pytest.raises(Refused, match="was changed by olivia at 2026-01-01 09:00"):
        change_details("rmm", name="Second", guards={}, seen=seen)
    assert ModuleConnection.objects.get().name == "First"


def test_it_needs_leave_and_a_connection() -> None:
    with pytest.raises(NotFound):
        change_details("other", name="X", guards={})
    add_users([NewUser("mia", role="mapper")])
    with acting_as("mia"), pytest.raises(NotPermitted):
        change_details("rmm", name="X", guards={})


def test_a_secret_is_known_by_when_it_was_stored_only() -> None:
    assert secrets_stored_at("rmm") == {}
    settings = {"api_key": "k", "api_secret": "s"}
    connect_module(NewConnected(key="a", adapter="huntress", settings=settings))
    connect_module(NewConnected(key="ab", adapter="huntress", settings=settings))
    stored = secrets_stored_at("a")
    assert list(stored) == ["api_secret"]
    assert stored["api_secret"].isoformat() == "2026-01-01T09:00:00+00:00"
