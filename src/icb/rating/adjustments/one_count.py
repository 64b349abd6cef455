"""In arrears, one count stands for all covered days: f(count) x covered days / D."""

from datetime import date

from icb.kernel.days import ONE_DAY
from icb.kernel.quantity import Micro
from icb.rating.line import LineKind, RatedLine, shown_price, shown_runs, working_of
from icb.rating.pricing import price_of
from icb.rating.proration import Segment, price_segments, prorated
from icb.rating.terms import ServiceTerms
from icb.rating.units import PeriodUnits, UnitRun, covered_days, estimated_days


def period_end_lines(terms: ServiceTerms, *, units: PeriodUnits) -> list[RatedLine]:
    """One recurring line per price segment, at the count of the last covered day."""
    last = units.runs[-1]
    return _lines(terms, units, count=last.units, counted_on=last.end - ONE_DAY)


def peak_lines(terms: ServiceTerms, *, units: PeriodUnits) -> list[RatedLine]:
    """One recurring line per price segment, at the highest accepted count of the covered days.

    A carried count is no accepted count, so it makes no peak unless every day is carried.
    """
    highest = _highest([run for run in units.runs if not run.estimated] or list(units.runs))
    return _lines(terms, units, count=highest.units, counted_on=highest.start)


def _highest(runs: list[UnitRun]) -> UnitRun:
    return max(runs, key=lambda run: run.units)


def _lines(
    terms: ServiceTerms, units: PeriodUnits, *, count: Micro, counted_on: date
) -> list[RatedLine]:
    return [
        _line(terms, segment, count=count, counted_on=counted_on, days_in_period=units.period.days)
        for segment in price_segments(terms, units=units)
    ]


def _line(
    terms: ServiceTerms, segment: Segment, *, count: Micro, counted_on: date, days_in_period: int
) -> RatedLine:
    days = covered_days(segment.runs)
    price_days = price_of(count, price=segment.price, terms=terms) * days
    amount = prorated(price_days, days_in_period=days_in_period, minor_digits=terms.minor_digits)
    working = working_of(terms.unit_changes, terms=terms, price=segment.price)
    working["days_in_period"] = days_in_period
    working["units"] = count
    working["counted_on"] = counted_on.isoformat()
    working["runs"] = shown_runs(segment.runs)
    working["amount"] = amount
    return RatedLine(
        kind=LineKind.RECURRING,
        discounted=None,
        effective_on=segment.effective_on,
        amount=amount,
        units=count,
        unit_days=count * days,
        unit_price=shown_price(segment.price),
        days_in_period=days_in_period,
        estimated_days=estimated_days(segment.runs),
        working=working,
    )
