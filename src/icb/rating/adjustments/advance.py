"""In advance: a base line for the period, and a line for each dated change inside it.

A change is worth (f after at the new price - f before at the old one) for the days left, the day
of the change included (rules, sections 3 and 8).
"""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from icb.kernel.days import ONE_DAY
from icb.kernel.quantity import Micro
from icb.rating.line import LineKind, RatedLine, shown_price, shown_pricing, shown_runs, working_of
from icb.rating.pricing import price_of
from icb.rating.proration import price_segments, prorated
from icb.rating.terms import Price, ServiceTerms, price_on
from icb.rating.units import PeriodUnits, UnitRun, covered_days, stretches


class Standing(NamedTuple):
    """How many units are in force, at which price. None stands for a day that is not covered."""

    units: Micro
    price: Price


class Change(NamedTuple):
    """From `on`, `after` takes the place of `before` for `days` covered days, to `last_day`."""

    on: date
    before: Standing | None
    after: Standing
    days: int
    last_day: date


def advance_daily_lines(terms: ServiceTerms, *, units: PeriodUnits) -> list[RatedLine]:
    """The base for the first stretch of covered days, then one line per change that costs.

    A stretch that begins again after a hole is a change from nothing.
    """
    groups = stretches(units.runs)
    standing = _base_standing(terms, units)
    lines = [_base_line(terms, units, standing=standing, runs=groups[0])]
    before: Standing | None = standing
    for group in groups:
        for change in _changes(group, terms=terms, before=before):
            lines += _change_line(terms, units, change=change)
        before = None
    return lines


def advance_period_end_lines(terms: ServiceTerms, *, units: PeriodUnits) -> list[RatedLine]:
    """The base for all covered days; only a change of the price makes a line inside the period."""
    standing = _base_standing(terms, units)
    lines = [_base_line(terms, units, standing=standing, runs=units.runs)]
    days = covered_days(units.runs)
    segments = price_segments(terms, units=units)
    for earlier, segment in pairwise(segments):
        days -= covered_days(earlier.runs)
        change = Change(
            on=segment.effective_on,
            before=Standing(standing.units, earlier.price),
            after=Standing(standing.units, segment.price),
            days=days,
            last_day=units.runs[-1].end - ONE_DAY,
        )
        lines += _change_line(terms, units, change=change)
    return lines


def _base_standing(terms: ServiceTerms, units: PeriodUnits) -> Standing:
    first = units.runs[0]
    count = first.units if units.units_before is None else units.units_before
    return Standing(count, price_on(terms.prices, day=first.start))


def _base_line(
    terms: ServiceTerms, units: PeriodUnits, *, standing: Standing, runs: tuple[UnitRun, ...]
) -> RatedLine:
    price = standing.price
    days_in_period = units.period.days
    price_days = price_of(standing.units, price=price, terms=terms) * covered_days(runs)
    amount = prorated(price_days, days_in_period=days_in_period, minor_digits=terms.minor_digits)
    first_day_counts = units.units_before is None
    estimated = runs[0].estimated if first_day_counts else units.units_before_estimated
    working = working_of(terms.unit_changes, terms=terms, price=price)
    working["days_in_period"] = days_in_period
    working["units"] = standing.units
    working["counted"] = "first_day" if first_day_counts else "before"
    working["estimated_days"] = int(estimated)
    working["runs"] = shown_runs(runs)
    working["amount"] = amount
    return RatedLine(
        kind=LineKind.RECURRING,
        discounted=None,
        effective_on=units.period.start,
        amount=amount,
        units=standing.units,
        unit_days=0,
        unit_price=shown_price(price),
        days_in_period=days_in_period,
        estimated_days=int(estimated),
        working=working,
    )


def _changes(
    group: tuple[UnitRun, ...], *, terms: ServiceTerms, before: Standing | None
) -> Iterator[Change]:
    """Each day of a stretch on which the units or the price become different."""
    end = group[-1].end
    for day, after in _standings(group, terms):
        if after != before:
            yield Change(day, before, after, (end - day).days, end - ONE_DAY)
            before = after


def _standings(group: tuple[UnitRun, ...], terms: ServiceTerms) -> Iterator[tuple[date, Standing]]:
    """What is in force from each day on which a run or a price begins."""
    for run in group:
        yield run.start, Standing(run.units, price_on(terms.prices, day=run.start))
        for from_day, price in terms.prices[1:]:
            if run.start < from_day < run.end:
                yield from_day, Standing(run.units, price)


def _change_line(terms: ServiceTerms, units: PeriodUnits, *, change: Change) -> list[RatedLine]:
    """The line of one change; none where it comes to 0."""
    before, after = change.before, change.after
    price_before = 0 if before is None else price_of(before.units, price=before.price, terms=terms)
    difference = price_of(after.units, price=after.price, terms=terms) - price_before
    days_in_period = units.period.days
    amount = prorated(
        difference * change.days, days_in_period=days_in_period, minor_digits=terms.minor_digits
    )
    if amount == 0:
        return []
    working = working_of(terms.unit_changes, terms=terms, price=after.price)
    working["days_in_period"] = days_in_period
    working["on"] = change.on.isoformat()
    working["last_day"] = change.last_day.isoformat()
    working["days"] = change.days
    working["units"] = after.units
    if before is not None:
        working["before"] = {"units": before.units, **shown_pricing(before.price)}
    working["amount"] = amount
    return [
        RatedLine(
            kind=LineKind.ADJUSTMENT,
            discounted=None,
            effective_on=change.on,
            amount=amount,
            units=after.units - (0 if before is None else before.units),
            unit_days=0,
            unit_price=shown_price(after.price),
            days_in_period=days_in_period,
            estimated_days=0,
            working=working,
        )
    ]
