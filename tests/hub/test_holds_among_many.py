"""Holds are found without reading the days of keys that cannot be held."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.hub.books import june
from tests.hub.stored import connect, say, stand_at

from icb.foundation.models import Provider
from icb.hub import hold_queries
from icb.hub.models import CountKey, ModuleConnection
from icb.hub.queries import holds
from icb.kernel.days import ONE_DAY


@pytest.fixture(autouse=True)
def module(provider: Provider, clock: object) -> Iterator[None]:
    stand_at(june(30), hour=13)
    connect()
    yield


def answer(first: int, last: int, **units: int) -> None:
    for day in range(first, last + 1):
        say(day, {id.removeprefix("o"): {"devices": count} for id, count in units.items()})


def in_doubt() -> set[str]:
    keys = hold_queries._keys_in_doubt()
    return {doubted.key.external_id for doubted in keys.values()}


def told_by_all(monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether reading every key tells the same holds."""
    found = holds()
    with monkeypatch.context() as patch:
        never = dict.fromkeys(hold_queries._calm_since())
        patch.setattr(hold_queries, "_calm_since", lambda: never)
        assert len(in_doubt()) == CountKey.objects.count()
        return holds() == found


def test_only_keys_with_a_doubtful_point_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(1, 27, o7=100, o8=5)
    answer(28, 30, o7=10, o8=5)
    assert in_doubt() == {"7"}
    assert [hold.module_organization for hold in holds()] == ["7"]
    assert told_by_all(monkeypatch)


def test_a_long_gap_puts_all_keys_of_its_connection_in_doubt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer(1, 10, o7=100, o8=5)
    answer(15, 30, o7=100, o8=5)
    assert in_doubt() == {"7", "8"}
    assert {hold.reason for hold in holds()} == {"gap"}
    assert told_by_all(monkeypatch)


def test_a_gap_that_is_carried_by_itself_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(1, 10, o7=100)
    answer(14, 30, o7=100)
    assert in_doubt() == set()
    assert told_by_all(monkeypatch)
    ModuleConnection.objects.update(gap_days=2)
    assert in_doubt() == {"7"}
    assert len(holds()) == 1


def test_a_gap_up_to_today_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(1, 25, o7=100)
    assert in_doubt() == {"7"}
    assert [(hold.from_day, hold.to_day) for hold in holds()] == [(june(26), june(29))]
    assert told_by_all(monkeypatch)


def test_days_before_the_first_whole_answer_are_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    say(1, {"7": {"devices": 100}}, is_complete=False)
    answer(20, 30, o7=100, o8=5)
    assert in_doubt() == {"7"}
    assert [(hold.from_day, hold.to_day + ONE_DAY) for hold in holds()] == [(june(2), june(20))]
    assert told_by_all(monkeypatch)
