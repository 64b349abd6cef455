"""What a day reads: counted, carried, held or waiting."""

from __future__ import annotations

import pytest
from tests.hub.books import FAR, Module, june
from tests.hub.stored import in_june

from icb.hub.change_points import Entry
from icb.hub.reading import Decided, Span, clipped, key_runs, spans, with_own_days
from icb.kernel.quantity import MICRO

Run = tuple[int, int, int, str, str]


def module_with(*days: int, absent: tuple[int, ...] = ()) -> Module:
    """Counted 10 on the days named; absent from a complete answer on others."""
    module = Module()
    module.say(1, {"7": {"devices": 10}, "8": {"devices": 1}})
    for day in sorted({*days, *absent} - {1}):
        there = {} if day in absent else {"7": {"devices": 10}}
        module.say(day, {**there, "8": {"devices": 1}})
    return module


def test_a_short_gap_is_carried_and_a_longer_one_held() -> None:
    short, long = module_with(1, 5), module_with(1, 6)
    assert in_june(short.runs(1, 5)) == [
        (1, 1, 10, "counted", ""),
        (2, 4, 10, "carried", ""),
        (5, 5, 10, "counted", ""),
    ]
    assert in_june(long.runs(1, 6)) == [
        (1, 1, 10, "counted", ""),
        (2, 5, 10, "held", "gap"),
        (6, 6, 10, "counted", ""),
    ]


def test_absent_and_unproven_days_make_one_gap() -> None:
    module = module_with(1, 6, absent=(3, 4))
    assert in_june(module.runs(1, 6))[1:-1] == [
        (2, 2, 10, "held", "gap"),
        (3, 4, 10, "held", "absent"),
        (5, 5, 10, "held", "gap"),
    ]


def test_a_held_day_is_no_gap_day_and_does_not_end_the_gap() -> None:
    module = Module()
    module.say(1, {"7": {"devices": 100}})
    module.say(4, {"7": {"devices": 5}})
    module.say(7, {"7": {"devices": 100}})
    assert in_june(module.runs(1, 7)) == [
        (1, 1, 100, "counted", ""),
        (2, 3, 100, "held", "gap"),
        (4, 4, 100, "held", "fall"),
        (5, 6, 100, "held", "gap"),
        (7, 7, 100, "counted", ""),
    ]


def test_a_held_correction_reads_the_accepted_count_of_its_day() -> None:
    module = Module()
    module.say(1, {"7": {"devices": 100}})
    module.say(2, {"7": {"devices": 90}})
    module.say(2, {"7": {"devices": 5}})
    assert in_june(module.runs(1, 2))[-1] == (2, 2, 90, "held", "fall")


def test_carry_releases_the_days_it_is_about() -> None:
    module = module_with(1, 12)
    decided = [Decided(june(4), None, False)]
    assert in_june(module.runs(1, 12, decided=decided)) == [
        (1, 1, 10, "counted", ""),
        (2, 11, 10, "carried", ""),
        (12, 12, 10, "counted", ""),
    ]
    late = [Decided(june(8), None, False)]
    assert in_june(module.runs(1, 12, decided=late))[1:3] == [
        (2, 7, 10, "held", "gap"),
        (8, 11, 10, "carried", ""),
    ]


def test_a_carry_that_ended_does_not_cover_the_next_gap() -> None:
    module = module_with(1, 8, absent=(2, 3, 4, 5, 6, 7, 9, 10, 11, 12))
    decided = [Decided(june(2), june(8), False)]
    runs = in_june(module.runs(1, 12, decided=decided))
    assert runs[1:] == [
        (2, 7, 10, "carried", ""),
        (8, 8, 10, "counted", ""),
        (9, 12, 10, "held", "absent"),
    ]


def test_departed_days_are_left_out_and_answer_the_gap_before_them() -> None:
    module = module_with(1, 12, absent=tuple(range(2, 12)))
    decided = [Decided(june(7), june(12), True)]
    assert in_june(module.runs(1, 12, decided=decided)) == [
        (1, 1, 10, "counted", ""),
        (2, 6, 10, "carried", ""),
        (12, 12, 10, "counted", ""),
    ]


def test_rejected_counts_carry_without_a_hold() -> None:
    points = [(june(1), Entry("counted", 10 * MICRO)), (june(2), Entry("rejected", 0, "fall"))]
    calendar = [Span(june(1), june(30), "proven")]
    assert in_june(key_runs(points, calendar=calendar, gap_days=3)) == [
        (1, 1, 10, "counted", ""),
        (2, 29, 10, "carried", ""),
    ]


def test_a_day_waits_until_its_sync_has_failed_or_the_time_is_over() -> None:
    days = [june(1), june(2)]
    calendar = spans(days, start=june(1), end=june(6), failed={june(4)}, waits_from=june(4))
    assert calendar == [
        Span(june(1), june(3), "proven"),
        Span(june(3), june(5), "open"),
        Span(june(5), june(6), "waiting"),
    ]
    points = [(june(1), Entry("counted", MICRO))]
    assert in_june(key_runs(points, calendar=calendar, gap_days=1))[1:] == [
        (3, 4, 1, "held", "gap"),
        (5, 5, 1, "waiting", ""),
    ]


def test_a_key_may_be_proven_alone() -> None:
    calendar = spans([june(1)], start=june(1), end=june(5), failed=(), waits_from=FAR)
    assert with_own_days(calendar, days=[june(1), june(3)]) == [
        Span(june(1), june(2), "proven"),
        Span(june(2), june(3), "open"),
        Span(june(3), june(4), "proven"),
        Span(june(4), june(5), "open"),
    ]


@pytest.mark.parametrize(("first", "last", "expected"), [(1, 2, 2), (2, 2, 1), (9, 9, 0)])
def test_runs_are_clipped_to_the_window(first: int, last: int, expected: int) -> None:
    runs = module_with(1).runs(1, 4)
    found = clipped(runs, start=june(first), end=june(last + 1))
    assert len(found) == expected
    assert all(june(first) <= run.start < run.end <= june(last + 1) for run in found)
