"""The only proration: cutting a period where the price changes, and a price for some of its days.

The denominator is always the number of days of the whole period (rules, section 2).
"""

from datetime import date
from typing import NamedTuple

from icb.kernel.money import Minor
from icb.kernel.rounding import round_ratio
from icb.rating.terms import Price, ServiceTerms
from icb.rating.units import PeriodUnits, UnitRun

EXACT_DIGITS = 12
"""Prices are exact integers with this many decimals of the major unit."""


class Segment(NamedTuple):
    """The covered days on which one price is in force. `effective_on` is the date of its key."""

    effective_on: date
    price: Price
    runs: tuple[UnitRun, ...]


def prorated(price_days: int, *, days_in_period: int, minor_digits: int) -> Minor:
    """Prices of whole periods, summed over days, as an amount: the line's one rounding.

    `price_days` is the sum over the days of f(units), in 10^-12 of the major unit.
    """
    return round_ratio(price_days, days_in_period * exact_per_minor(minor_digits))


def exact_per_minor(minor_digits: int) -> int:
    """How many 10^-12 of the major unit make one minor unit."""
    return int(10 ** (EXACT_DIGITS - minor_digits))


def price_segments(terms: ServiceTerms, *, units: PeriodUnits) -> list[Segment]:
    """The covered days cut where the price changes; a price that stays the same cuts nothing.

    The first segment is keyed by the period's start, each later one by the day its price begins.
    """
    if len(terms.prices) == 1:
        return [Segment(units.period.start, terms.prices[0].price, units.runs)]
    found: list[Segment] = []
    for index, (from_day, price) in enumerate(terms.prices):
        begin = from_day if index else units.period.start
        following = terms.prices[index + 1 : index + 2]
        end = following[0].from_day if following else units.period.end
        runs = clipped(units.runs, begin=begin, end=end)
        if runs and found and found[-1].price == price:
            found[-1] = found[-1]._replace(runs=found[-1].runs + runs)
        elif runs:
            found.append(Segment(begin if found else units.period.start, price, runs))
    return found


def clipped(runs: tuple[UnitRun, ...], *, begin: date, end: date) -> tuple[UnitRun, ...]:
    """The parts of the runs in [begin, end)."""
    return tuple(
        run._replace(start=max(run.start, begin), end=min(run.end, end))
        for run in runs
        if run.start < end and begin < run.end
    )
