"""In arrears, every day counts: the sum over covered days of f(units that day) / D."""

from icb.rating.line import LineKind, RatedLine, shown_price, shown_runs, working_of
from icb.rating.pricing import price_of
from icb.rating.proration import Segment, price_segments, prorated
from icb.rating.terms import ServiceTerms, UnitChanges
from icb.rating.units import PeriodUnits


def daily_lines(terms: ServiceTerms, *, units: PeriodUnits) -> list[RatedLine]:
    """One recurring line per price segment (rules, section 3)."""
    return [_line(terms, units, segment=segment) for segment in price_segments(terms, units=units)]


def _line(terms: ServiceTerms, units: PeriodUnits, *, segment: Segment) -> RatedLine:
    price = segment.price
    days_in_period = units.period.days
    price_days = unit_days = estimated_days = 0
    for start, end, count, estimated in segment.runs:
        days = (end - start).days
        price_days += price_of(count, price=price, terms=terms) * days
        unit_days += count * days
        if estimated:
            estimated_days += days
    amount = prorated(price_days, days_in_period=days_in_period, minor_digits=terms.minor_digits)
    working = working_of(UnitChanges.PRORATE_DAILY, terms=terms, price=price)
    working["days_in_period"] = days_in_period
    working["runs"] = shown_runs(segment.runs)
    working["amount"] = amount
    return RatedLine(
        kind=LineKind.RECURRING,
        discounted=None,
        effective_on=segment.effective_on,
        amount=amount,
        units=segment.runs[-1].units,
        unit_days=unit_days,
        unit_price=shown_price(price),
        days_in_period=days_in_period,
        estimated_days=estimated_days,
        working=working,
    )
