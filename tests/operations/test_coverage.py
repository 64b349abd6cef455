"""What each day of a module covered, and which days a bill relies on without a check."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from tests.hub.books import june
from tests.hub.stored import say, stand_at
from tests.operations.chain import mapped_module

from icb.billing.actions import bill
from icb.foundation.models import Provider
from icb.hub.actions import record_failed_sync
from icb.hub.models import ModuleConnection
from icb.kernel.days import DayRange
from icb.kernel.errors import InvalidInput
from icb.operations.coverage import CoverageRow, coverage
from icb.operations.unchecked import checked_modules


@pytest.fixture(autouse=True)
def module(provider: Provider, clock: object) -> Iterator[None]:
    stand_at(june(10), hour=9)
    mapped_module()
    yield


def shown(rows: list[CoverageRow]) -> list[tuple[int, str, int, int]]:
    return [(row.day.day, row.state, row.expected, row.received) for row in rows]


def test_each_day_says_what_was_expected_what_came_and_what_made_the_difference() -> None:
    say(1, {"7": {"devices": 10, "users": 4}, "8": {"devices": 5}})
    say(2, {"7": {"devices": 10, "users": 4}, "8": {"devices": 5}})
    say(3, {"7": {"devices": 10}, "9": {"devices": 1}})
    say(4, {})
    record_failed_sync("rmm", days=DayRange(june(5), june(6)), reason="no connection")
    say(6, {"7": {"devices": 10}, "8": {"devices": 5}, "9": {"devices": 1}})
    say(7, {"7": {"devices": "many"}})
    rows = coverage(june(1), last=june(30))
    assert shown(rows) == [
        (1, "received", 0, 3),
        (2, "received", 3, 3),
        (3, "received", 3, 2),
        (4, "quarantined", 2, 0),
        (5, "failed", 2, 0),
        (6, "received", 2, 3),
        (7, "refused", 3, 0),
        (8, "missing", 3, 0),
        (9, "waiting", 3, 0),
        (10, "waiting", 3, 0),
    ]
    assert rows[0].new_organizations == ["7", "8"]
    assert rows[2].absent == (("7", "users"), ("8", "devices"))
    assert rows[2].new == (("9", "devices"),)
    # What comes back is not new.
    assert rows[5].new == ()
    assert coverage(june(3), last=june(6)) == rows[2:6]


def test_days_before_the_first_expected_one_have_no_row() -> None:
    assert coverage(june(1), last=june(5)) == []
    ModuleConnection.objects.update(expected_from=june(3))
    assert [row.day.day for row in coverage(june(1), last=june(5))] == [3, 4, 5]


def test_days_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(InvalidInput, match="no stretch"):
        coverage(june(5), last=june(4))


def bill_june(*, without: tuple[int, ...] = ()) -> None:
    for day in range(1, 31):
        stand_at(june(day + 1), hour=2)
        if day not in without:
            say(day, {"7": {"devices": 10}, "8": {"devices": 5}})
    stand_at(date(2026, 7, 1), hour=13)
    bill()


def test_a_module_with_an_answer_for_each_day_is_named_as_checked() -> None:
    bill_june()
    (found,) = checked_modules()
    assert (found.module, found.days, found.unchecked) == ("rmm", 30, ())
    assert (found.first, found.last) == (june(1), june(30))


def test_each_day_that_a_draft_relies_on_without_an_answer_is_named() -> None:
    bill_june(without=(5, 6, 20))
    (found,) = checked_modules()
    assert found.unchecked == ((june(5), june(6)), (june(20), june(20)))


def test_a_module_that_never_answered_though_it_was_expected_is_not_clean() -> None:
    ModuleConnection.objects.update(expected_from=june(28))
    stand_at(date(2026, 7, 1), hour=13)
    from icb.contracts.actions import set_units

    set_units("acme-1", service="setup", units="2", from_day=date(2026, 1, 1))
    bill()
    (found,) = checked_modules()
    assert found.unchecked == ((june(28), june(30)),)


def test_a_day_is_checked_by_answers_for_all_its_keys_alone() -> None:
    bill_june(without=(20,))
    say(20, {"7": {"devices": 10}}, is_complete=False)
    assert checked_modules()[0].unchecked == ((june(20), june(20)),)
    say(20, {"8": {"devices": 5}}, is_complete=False)
    assert checked_modules()[0].unchecked == ()


def test_without_drafts_nothing_is_relied_on() -> None:
    assert checked_modules() == []


def test_what_a_newer_answer_of_the_day_leaves_out_was_expected_and_is_absent() -> None:
    say(1, {"8": {"devices": 5}})
    say(2, {"7": {"devices": 10}, "8": {"devices": 5}})
    say(2, {"8": {"devices": 5}})
    say(3, {"7": {"devices": 10}, "8": {"devices": 5}})
    rows = coverage(june(1), last=june(3))
    assert shown(rows) == [(1, "received", 0, 1), (2, "received", 2, 1), (3, "received", 1, 2)]
    assert [(row.absent, row.new) for row in rows[1:]] == [((("7", "devices"),), ()), ((), ())]
