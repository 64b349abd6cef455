"""Whole periods: calendar and anniversary, monthly to yearly (rules, sections 2 and 8)."""

from datetime import date
from itertools import pairwise

import pytest

from icb.kernel.period import (
    Anchor,
    Period,
    PeriodLength,
    last_day,
    period_containing,
    periods,
)

STARTS = date(2025, 8, 31)


def starts(length: PeriodLength, anchor: Anchor, *, first: date, until: date) -> list[str]:
    """The first days of the periods, as ISO text, of a contract that starts on 31 August."""
    found = periods(starts_on=STARTS, length=length, anchor=anchor, first=first, until=until)
    assert all(earlier.end == later.start for earlier, later in pairwise(found))
    return [period.start.isoformat() for period in found]


def test_calendar_months_begin_on_the_first() -> None:
    assert period_containing(
        date(2025, 12, 31),
        starts_on=STARTS,
        length=PeriodLength.MONTHLY,
        anchor=Anchor.CALENDAR,
    ) == Period(date(2025, 12, 1), date(2026, 1, 1))


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (PeriodLength.QUARTERLY, ["2025-07-01", "2025-10-01", "2026-01-01"]),
        (PeriodLength.SEMI_ANNUAL, ["2025-07-01", "2026-01-01"]),
        (PeriodLength.YEARLY, ["2025-01-01", "2026-01-01"]),
    ],
)
def test_calendar_periods_ignore_the_start(length: PeriodLength, expected: list[str]) -> None:
    assert starts(length, Anchor.CALENDAR, first=STARTS, until=date(2026, 1, 2)) == expected


def test_the_anchor_day_is_never_lost() -> None:
    assert starts(
        PeriodLength.MONTHLY, Anchor.ANNIVERSARY, first=STARTS, until=date(2026, 4, 1)
    ) == [
        "2025-08-31",
        "2025-09-30",
        "2025-10-31",
        "2025-11-30",
        "2025-12-31",
        "2026-01-31",
        "2026-02-28",
        "2026-03-31",
    ]


def test_longer_anniversaries() -> None:
    assert starts(
        PeriodLength.QUARTERLY, Anchor.ANNIVERSARY, first=STARTS, until=date(2026, 6, 1)
    ) == ["2025-08-31", "2025-11-30", "2026-02-28", "2026-05-31"]


def test_a_year_from_29_february_begins_on_the_28th_in_common_years() -> None:
    found = periods(
        starts_on=date(2024, 2, 29),
        length=PeriodLength.YEARLY,
        anchor=Anchor.ANNIVERSARY,
        first=date(2024, 2, 29),
        until=date(2028, 3, 1),
    )
    assert [period.start for period in found] == [
        date(2024, 2, 29),
        date(2025, 2, 28),
        date(2026, 2, 28),
        date(2027, 2, 28),
        date(2028, 2, 29),
    ]


def test_a_day_before_the_start_lies_in_an_earlier_period() -> None:
    assert period_containing(
        date(2025, 8, 30),
        starts_on=STARTS,
        length=PeriodLength.MONTHLY,
        anchor=Anchor.ANNIVERSARY,
    ) == Period(date(2025, 7, 31), date(2025, 8, 31))


def test_until_is_not_in_the_range() -> None:
    assert starts(
        PeriodLength.MONTHLY, Anchor.CALENDAR, first=date(2025, 8, 31), until=date(2025, 9, 1)
    ) == ["2025-08-01"]
    assert starts(PeriodLength.MONTHLY, Anchor.CALENDAR, first=STARTS, until=STARTS) == []


def test_the_last_day_is_the_one_before_the_end() -> None:
    assert last_day(Period(date(2024, 2, 1), date(2024, 3, 1))) == date(2024, 2, 29)
