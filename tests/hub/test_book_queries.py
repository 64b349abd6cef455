"""How much of a connection's counts is loaded to judge an answer, and that it is enough."""

from __future__ import annotations

import pytest
from tests.hub.books import june
from tests.hub.stored import DEVICES, connect, key_id, say

from icb.foundation.models import Provider
from icb.hub.book_queries import load_book
from icb.hub.inputs import NewBillingType
from icb.hub.models import Count, ModuleConnection

UNIQUE = NewBillingType(key="unique", shape="unique_in_period")


@pytest.fixture(autouse=True)
def module(provider: Provider, clock: object) -> None:
    connect(DEVICES, UNIQUE)


def partly(day: int, count: int) -> None:
    say(day, {"7": {"devices": 12, "unique": count}}, is_complete=False)


def state_on(day: int) -> str:
    return str(Count.objects.get(count_key=key_id("7", "unique"), day=june(day)).state)


def test_a_counter_that_falls_inside_its_month_waits_though_its_last_point_is_older() -> None:
    """31 May says 100, and 2 June says so again: no point of its own, but June has begun."""
    partly(0, 100)
    partly(2, 100)
    partly(5, 10)
    assert state_on(5) == "held"


def test_a_counter_that_falls_with_its_month_is_believed() -> None:
    partly(0, 100)
    partly(5, 10)
    assert state_on(5) == "counted"


def test_the_month_is_loaded_only_for_counters_that_begin_anew() -> None:
    for number in (1, 2, 3):
        partly(number, 100)
    connection = ModuleConnection.objects.get(key="rmm")
    day = june(3)
    narrow = load_book(connection, first=day, last=day, is_for_answers=True).book.keys
    proofs = {place[1]: sorted(own.day for own in key.proofs) for place, key in narrow.items()}
    assert proofs == {"devices": [3], "unique": [1, 2, 3]}
    whole = load_book(connection, first=day, last=day).book.keys
    assert {len(key.proofs) for key in whole.values()} == {3}
