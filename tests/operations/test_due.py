"""Which days are due, when they are tried again and when they are lost: the pure rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from icb.kernel.days import ProviderDays
from icb.operations.syncing.advice import ADVICE, advice, is_passing
from icb.operations.syncing.due import (
    SPREAD_SECONDS,
    Expected,
    Known,
    Plan,
    Source,
    plan_days,
    spread,
)
from icb.operations.syncing.retrying import Tried, next_try, window_of

UTC_DAYS = ProviderDays(((None, "UTC"),))
FIRST = date(2026, 3, 1)


def march(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def day(number: int) -> date:
    return date(2026, 3, number)


def plan(now: datetime, source: Source = Source.PRESENT, **known: Any) -> Plan:
    expected = Expected(id=1, key="rmm", source=source, first=FIRST, catch_up_days=3)
    return plan_days(expected, known=Known(**known), now=now, calendar=UTC_DAYS)


def tried(at: datetime, *, attempts: int = 1, is_passing: bool = True, **more: Any) -> Tried:
    return Tried(attempts, at, "vendor_unavailable", is_passing, **more)


def test_a_day_is_due_after_its_end_and_the_spread() -> None:
    opens = march(2) + spread("rmm")
    assert plan(opens - timedelta(seconds=1)).due == ()
    assert plan(opens).due == (day(1),)
    assert plan(opens).lost == ()


def test_the_spread_is_the_same_always_and_within_an_hour() -> None:
    found = {spread(f"connection {number}") for number in range(500)}
    assert spread("rmm") == spread("rmm")
    assert len(found) > 400
    assert max(found) < timedelta(seconds=SPREAD_SECONDS)
    assert max(found) - min(found) > timedelta(minutes=50)


def test_what_was_answered_after_its_end_is_over() -> None:
    now = march(2, 9)
    assert plan(now, answered={day(1): march(2)}).due == ()
    # An answer in the middle of the day says nothing about its end.
    assert plan(now, answered={day(1): march(1, 23, 59)}).due == (day(1),)


def test_what_a_person_cancelled_is_not_asked_for_by_itself() -> None:
    cancelled = Tried(1, march(2, 3), "cancelled", False)
    late = plan(march(2, 11, 59), tried={day(1): cancelled})
    assert (late.due, late.left) == ((), (day(1),))
    lost = plan(march(2, 12), tried={day(1): cancelled})
    assert [(one.day, one.code) for one in lost.lost] == [(day(1), "cancelled")]


def test_what_was_cancelled_in_the_middle_of_the_day_leaves_its_end_to_ask_for() -> None:
    cancelled = Tried(1, march(1, 23), "cancelled", False)
    opens = march(2) + spread("rmm")
    assert plan(opens - timedelta(seconds=1), tried={day(1): cancelled}).due == ()
    assert plan(opens, tried={day(1): cancelled}).due == (day(1),)


def test_the_present_is_asked_for_until_noon_and_then_lost() -> None:
    assert plan(march(2, 11, 59)).due == (day(1),)
    noon = plan(march(2, 12))
    assert (noon.due, noon.left) == ((), ())
    assert [(one.day, one.code) for one in noon.lost] == [(day(1), "not_asked")]
    failed = plan(march(2, 12), tried={day(1): tried(march(2, 11))})
    assert [one.code for one in failed.lost] == ["vendor_unavailable"]


def test_history_is_caught_up_oldest_first_and_bounded() -> None:
    found = plan(march(9, 9), Source.HISTORY)
    assert found.due == (day(6), day(7), day(8))
    assert [one.day for one in found.lost] == [day(number) for number in range(1, 6)]
    assert found.settled_until == FIRST


def test_what_is_sent_is_missing_at_noon() -> None:
    assert plan(march(2, 11, 59), Source.SENT).lost == ()
    found = plan(march(2, 12), Source.SENT)
    assert (found.due, [one.code for one in found.lost]) == ((), ["missing"])
    assert plan(march(2, 12), Source.SENT, answered={day(1): march(1, 9)}).lost == ()


def test_a_day_with_a_job_is_neither_due_nor_lost() -> None:
    busy = plan(march(2, 9), open={day(1)})
    assert (busy.due, busy.left) == ((), (day(1),))
    assert plan(march(2, 13), open={day(1)}).lost == ()


def test_what_was_given_up_stays_so() -> None:
    found = plan(march(9, 9), Source.HISTORY, given_up={day(n) for n in range(1, 9)})
    assert (found.due, found.lost, found.settled_until) == ((), (), day(9))


def test_days_are_settled_up_to_the_first_open_one() -> None:
    answered = {day(1): march(2), day(2): march(3), day(4): march(5)}
    assert plan(march(6, 9), Source.HISTORY, answered=answered).settled_until == day(3)


def test_pauses_grow_and_keep_within_the_day() -> None:
    window = window_of(FIRST, calendar=UTC_DAYS, has_history=False, catch_up_days=14)
    at = march(2, 1)
    pauses = [next_try(tried(at, attempts=n), window=window) for n in (1, 2, 3, 4, 5, 6, 99)]
    minutes = [(again - at) // timedelta(minutes=1) for again in pauses if again]
    assert minutes == [1, 2, 5, 10, 20, 30, 30]
    assert next_try(tried(march(2, 11, 45), attempts=9), window=window) == march(2, 11, 50)
    assert next_try(tried(march(2, 11, 50), attempts=9), window=window) is None


def test_what_is_awaited_no_more_is_tried_seldom() -> None:
    window = window_of(FIRST, calendar=UTC_DAYS, has_history=True, catch_up_days=3)
    assert window.ends == march(5)
    assert next_try(tried(march(2, 12)), window=window) == march(2, 18)


def test_only_a_person_can_help() -> None:
    window = window_of(FIRST, calendar=UTC_DAYS, has_history=False, catch_up_days=14)
    assert next_try(tried(march(2, 1), is_passing=False), window=window) == march(2, 4)


def test_the_vendors_wish() -> None:
    window = window_of(FIRST, calendar=UTC_DAYS, has_history=False, catch_up_days=14)
    wish = tried(march(2, 1), retry_after=7200)
    assert next_try(wish, window=window) == march(2, 3)
    assert next_try(tried(march(2, 1), retry_after=10), window=window) == march(2, 1, 1)


@pytest.mark.parametrize(
    ("zone", "of"),
    [
        ("America/Santiago", date(2026, 9, 5)),  # midnight of the 6th does not exist
        ("Europe/Warsaw", date(2026, 3, 28)),
        ("Australia/Lord_Howe", date(2026, 4, 4)),
        ("Pacific/Kiritimati", date(2026, 12, 30)),
    ],
)
def test_windows_lie_in_the_providers_zone(zone: str, of: date) -> None:
    calendar = ProviderDays(((None, zone),))
    window = window_of(of, calendar=calendar, has_history=False, catch_up_days=0)
    instant = timedelta(microseconds=1)
    assert calendar.day_of(window.opens) == of + timedelta(days=1)
    assert calendar.day_of(window.opens - instant) == of
    assert calendar.day_of(window.noon) == of + timedelta(days=1)
    assert window.opens < window.noon == window.ends


def test_every_code_has_advice() -> None:
    assert all(entry.text.endswith(".") for entry in ADVICE.values())
    assert advice("what no table has") == "Read the message; if it does not help, report it."
    assert not is_passing("what no table has")
