"""Lines without a covered-days factor: a figure of the vendor's own month, and one-time items."""

from datetime import date

from icb.kernel.days import ONE_DAY
from icb.kernel.quantity import MICRO, Micro
from icb.rating.line import LineKind, RatedLine, Working, shown_price, working_of
from icb.rating.pricing import price_of
from icb.rating.proration import prorated
from icb.rating.terms import CountingRule, Price, ServiceTerms, price_on
from icb.rating.units import PeriodUnits, UnitRun, estimated_days


def period_value_lines(terms: ServiceTerms, *, units: PeriodUnits) -> list[RatedLine]:
    """One recurring line: f(sum of the last value of each vendor month in the covered days).

    The vendor's own period is the calendar month; the last covered day closes a month that is
    not over. Where such a month goes on in the next billing period, the value that was already
    billed (`units_before`) is taken off, so that no unit is billed twice.
    """
    closing = _closing_values(units.runs)
    already = _already_billed(units)
    values = [value for _, value in closing]
    values[0] = max(values[0] - already, 0)
    total = sum(values)
    price = price_on(terms.prices, day=closing[-1][0])
    working = working_of(CountingRule.PERIOD_VALUE, terms=terms, price=price)
    working["values"] = [[day.isoformat(), value] for day, value in closing]
    working["already_billed"] = already
    working["estimated_days"] = estimated_days(units.runs)
    return [_line(terms, units, units_priced=total, price=price, working=working)]


def one_time_lines(terms: ServiceTerms, *, units: PeriodUnits) -> list[RatedLine]:
    """One recurring line: f(1 unit), at the price of the day it happened."""
    happened_on = units.runs[0].start
    price = price_on(terms.prices, day=happened_on)
    working = working_of(CountingRule.ONE_TIME, terms=terms, price=price)
    working["on"] = happened_on.isoformat()
    working["estimated_days"] = estimated_days(units.runs)
    return [_line(terms, units, units_priced=MICRO, price=price, working=working)]


def _closing_values(runs: tuple[UnitRun, ...]) -> list[tuple[date, Micro]]:
    """For each calendar month with a covered day: its last covered day, and the value on it."""
    closing: dict[tuple[int, int], tuple[date, Micro]] = {}
    for run in runs:
        day = run.start
        while day < run.end:
            month_end = date(day.year + day.month // 12, day.month % 12 + 1, 1)
            last = min(month_end, run.end) - ONE_DAY
            closing[(day.year, day.month)] = (last, run.units)
            day = month_end
    return list(closing.values())


def _already_billed(units: PeriodUnits) -> Micro:
    """What the period before has billed of the vendor's month that goes on in this one."""
    start, first = units.period.start, units.runs[0].start
    goes_on = start.day > 1 and (start.year, start.month) == (first.year, first.month)
    return units.units_before if goes_on and units.units_before is not None else 0


def _line(
    terms: ServiceTerms, units: PeriodUnits, *, units_priced: Micro, price: Price, working: Working
) -> RatedLine:
    amount = prorated(
        price_of(units_priced, price=price, terms=terms),
        days_in_period=1,
        minor_digits=terms.minor_digits,
    )
    working["units"] = units_priced
    working["amount"] = amount
    return RatedLine(
        kind=LineKind.RECURRING,
        discounted=None,
        effective_on=units.period.start,
        amount=amount,
        units=units_priced,
        unit_days=units_priced,
        unit_price=shown_price(price),
        days_in_period=units.period.days,
        estimated_days=working["estimated_days"],
        working=working,
    )
