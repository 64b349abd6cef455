"""Billing periods: whole months, quarters, half-years and years (rules, sections 2 and 8)."""

from calendar import monthrange
from datetime import date
from enum import StrEnum
from functools import lru_cache

from icb.kernel.days import ONE_DAY, DayRange

Period = DayRange


class PeriodLength(StrEnum):
    """How long a billing period is."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    SEMI_ANNUAL = "semi_annual"
    YEARLY = "yearly"


class Anchor(StrEnum):
    """Where periods begin: on the calendar's own boundaries, or on the day of the start."""

    CALENDAR = "calendar"
    ANNIVERSARY = "anniversary"


_MONTHS = {
    PeriodLength.MONTHLY: 1,
    PeriodLength.QUARTERLY: 3,
    PeriodLength.SEMI_ANNUAL: 6,
    PeriodLength.YEARLY: 12,
}


@lru_cache(maxsize=65536)
def period_containing(
    day: date, *, starts_on: date, length: PeriodLength, anchor: Anchor
) -> Period:
    """The whole period that `day` lies in, not clipped to any contract.

    Calendar periods begin in January and every `length` after it, whatever the start. Anniversary
    periods begin on the day of `starts_on`, in shorter months on their last day.
    """
    months = _MONTHS[length]
    first = date(starts_on.year, 1, 1) if anchor == Anchor.CALENDAR else starts_on
    distance = (day.year - first.year) * 12 + day.month - first.month
    number = distance // months
    if _month_later(first, number * months) > day:
        number -= 1
    return Period(_month_later(first, number * months), _month_later(first, (number + 1) * months))


def periods(
    *, starts_on: date, length: PeriodLength, anchor: Anchor, first: date, until: date
) -> list[Period]:
    """All whole periods that have a day in [first, until), oldest first."""
    found = []
    day = first
    while day < until:
        period = period_containing(day, starts_on=starts_on, length=length, anchor=anchor)
        found.append(period)
        day = period.end
    return found


def last_day(period: Period) -> date:
    """The last day of a period: the day before its half-open end."""
    return period.end - ONE_DAY


def _month_later(first: date, months: int) -> date:
    """`first` that many months later; the day is always taken from `first` and never lost."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))
