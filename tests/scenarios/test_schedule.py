"""When the steps of a timeline happen."""

from __future__ import annotations

from datetime import date

import pytest

from icb.kernel.days import DayRange, ProviderDays
from icb.scenarios.malformed import MalformedScenario
from icb.scenarios.reader import read_story
from icb.scenarios.schedule import Moment, moments

NEW_YORK = ProviderDays(((None, "America/New_York"),))
UTC_DAYS = ProviderDays(((None, "UTC"),))


def _moments(timeline: str, days: ProviderDays = UTC_DAYS) -> list[Moment]:
    return list(moments(read_story("timeline:\n" + timeline).timeline, provider_days=lambda: days))


def _times(timeline: str, days: ProviderDays = UTC_DAYS) -> list[str]:
    return [f"{moment.at:%m-%d %H:%M}" for moment in _moments(timeline, days)]


def test_answers_arrive_at_two_on_the_next_day_and_steps_happen_at_noon() -> None:
    timeline = """
- {receive: {module: a, days: 2026-03-07, counts: {}}}
- {receive: {module: a, days: 2026-03-08, counts: {}}}
- {sync_failed: {module: a, days: 2026-03-09..2026-03-10}}
- {on: 2026-03-11, bill: {}}
- {on: 2026-03-11T20:30:00+02:00, post: {}}
"""
    # New York springs forward on 8 March: 02:00 does not exist and reads as 03:00 of summer time.
    assert _times(timeline, NEW_YORK) == [
        "03-08 07:00",
        "03-09 06:00",
        "03-11 06:00",
        "03-11 16:00",
        "03-11 18:30",
    ]


def test_an_event_arrives_when_it_was_counted_unless_told_otherwise() -> None:
    timeline = """
- receive_event: {module: a, id: 7, billing_type: d, count: 1, at: 2026-06-01T08:00:00+00:00}
- on: 2026-06-02
  receive_event: {module: a, id: 7, billing_type: d, count: 1, at: 2026-06-01T09:00:00+00:00}
"""
    assert _times(timeline) == ["06-01 08:00", "06-02 12:00"]


def test_an_answer_with_a_date_arrives_at_once_for_all_its_days() -> None:
    (moment,) = _moments(
        "- {on: 2026-06-20, receive: {module: a, days: 2026-06-01..2026-06-05, counts: {}}}"
    )
    assert moment.days is not None
    assert moment.days.days == 5


def test_days_that_arrive_in_a_row_are_one_moment() -> None:
    (moment,) = _moments("- {receive: {module: a, days: 2026-06-01..2026-06-05, counts: {}}}")
    assert (f"{moment.at:%m-%d %H:%M}", moment.days) == (
        "06-06 02:00",
        DayRange(date(2026, 6, 1), date(2026, 6, 6)),
    )


def test_modules_answer_side_by_side() -> None:
    timeline = """
- {receive: {module: a, days: 2026-06-01..2026-06-02, counts: {}}}
- {receive: {module: b, days: 2026-06-01..2026-06-02, counts: {}}}
"""
    order = [(f"{m.at:%d}", m.step.does.module) for m in _moments(timeline)]
    assert order == [("02", "a"), ("02", "b"), ("03", "a"), ("03", "b")]


def test_equal_times_are_allowed() -> None:
    assert _times("- {on: 2026-06-01, bill: {}}\n- {on: 2026-06-01, post: {}}") == [
        "06-01 12:00",
        "06-01 12:00",
    ]


_BILL = "- {on: 2026-06-02, bill: {}}"
_ON_THE_FIRST = "- {receive: {module: a, days: 2026-06-01, counts: {}}}"
_ON_THE_FIFTH = "- {receive: {module: a, days: 2026-06-05, counts: {}}}"
BACKWARDS = [
    (_BILL, "- {on: 2026-06-01, post: {}}"),
    (_BILL, _ON_THE_FIRST),
    (_ON_THE_FIFTH, _ON_THE_FIRST),
    (_ON_THE_FIFTH, "- {on: 2026-06-05, bill: {}}"),
]


@pytest.mark.parametrize("steps", BACKWARDS)
def test_the_clock_never_runs_backwards(steps: tuple[str, str]) -> None:
    with pytest.raises(MalformedScenario, match=r"line 3, timeline\.2.*never runs backwards"):
        _moments("\n".join(steps))


def test_a_run_cannot_go_through_a_day_that_is_not_here_yet() -> None:
    with pytest.raises(MalformedScenario, match=r"timeline\.1\.bill\.through: 2026-06-02 is after"):
        _moments("- {on: 2026-06-01, bill: {through: 2026-06-02}}")
    assert _times("- {on: 2026-06-01, bill: {through: 2026-06-01}}") == ["06-01 12:00"]
