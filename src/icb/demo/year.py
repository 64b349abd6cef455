"""The twelve months that the demo bills: the last whole ones before today."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

MONTHS = 12


class Year(NamedTuple):
    """`start` is the first day of the first month; counts go on to the day before `today`."""

    start: date
    today: date

    def is_live(self, day: date) -> bool:
        """Whether the vendors were asked for a day: from the last of the twelve months on."""
        return day >= self.month(MONTHS - 1)

    def month(self, number: int) -> date:
        """The first day of a month, counted from 0; 12 is the month that is not over yet.

        A number past that gives a day far ahead.
        """
        if number > MONTHS:
            return date.max
        year, month = divmod(self.start.year * 12 + self.start.month - 1 + number, 12)
        return date(year, month + 1, 1)


def year_before(today: date) -> Year:
    """The twelve whole months before the month of `today`."""
    return Year(date(today.year - 1, today.month, 1), today)
