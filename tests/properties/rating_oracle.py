"""What a period costs, worked out the slow way: day by day, in fractions, straight from the rules.

Shares no code with the package: its own pricing, price lookup, rounding and order of steps.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from icb.rating import PeriodUnits, PricingKind, ServiceTerms, UnitChanges

Row = tuple[str, date, int]
"""Kind, effective date and amount in minor units."""


@dataclass(frozen=True)
class Count:
    """The units of one covered day."""

    units: Fraction
    estimated: bool


def expected_rows(terms: ServiceTerms, units: PeriodUnits) -> list[Row]:
    """The lines before discounts, as rows."""
    counts = daily_counts(units)
    if not counts:
        return []
    if terms.counting == "period_value":
        return [month_figures(terms, units, counts)]
    if terms.counting == "one_time":
        cost = cost_of(Fraction(1), terms, min(counts))
        return [("recurring", units.period.start, to_minor(cost, terms))]
    if terms.billing == "in_arrears":
        return in_arrears(terms, units, counts)
    if terms.unit_changes == UnitChanges.PRORATE_DAILY:
        return in_advance_daily(terms, units, counts)
    return in_advance_at_period_end(terms, units, counts)


def daily_counts(units: PeriodUnits) -> dict[date, Count]:
    """The count of every covered day, in order."""
    return {
        day: Count(Fraction(run.units, 1_000_000), run.estimated)
        for run in units.runs
        for day in every_day(run.start, run.end)
    }


def in_arrears(terms: ServiceTerms, units: PeriodUnits, counts: dict[date, Count]) -> list[Row]:
    """One row per stretch of one price; the units of a day by the policy."""
    charged = {day: count.units for day, count in counts.items()}
    if terms.unit_changes == UnitChanges.ADJUST_AT_PERIOD_END:
        charged = dict.fromkeys(counts, counts[max(counts)].units)
    if terms.unit_changes == UnitChanges.PEAK:
        accepted = [count.units for count in counts.values() if not count.estimated]
        highest = max(accepted or [count.units for count in counts.values()])
        charged = dict.fromkeys(counts, highest)
    totals: dict[date, Fraction] = {}
    key, price_before = units.period.start, price_at(terms, min(counts))
    for day, count in charged.items():
        if price_at(terms, day) != price_before:
            key, price_before = price_begin(terms, day), price_at(terms, day)
        share = cost_of(count, terms, day) / days_in(units)
        totals[key] = totals.get(key, Fraction(0)) + share
    return [("recurring", day, to_minor(total, terms)) for day, total in totals.items()]


def in_advance_daily(
    terms: ServiceTerms, units: PeriodUnits, counts: dict[date, Count]
) -> list[Row]:
    """The base for the first unbroken stretch, then a row for each day that differs from before."""
    first = min(counts)
    base = before_or_first(units, counts)
    total = cost_of(base, terms, first) * days_left(counts, first) / days_in(units)
    rows = [("recurring", units.period.start, to_minor(total, terms))]
    in_force = cost_of(base, terms, first)
    for day, count in counts.items():
        if day != first and day - timedelta(days=1) not in counts:
            in_force = Fraction(0)
        cost = cost_of(count.units, terms, day)
        amount = to_minor((cost - in_force) * days_left(counts, day) / days_in(units), terms)
        if amount:
            rows.append(("adjustment", day, amount))
        in_force = cost
    return rows


def in_advance_at_period_end(
    terms: ServiceTerms, units: PeriodUnits, counts: dict[date, Count]
) -> list[Row]:
    """The base for all covered days; then only the price changes anything."""
    base = before_or_first(units, counts)
    in_force = cost_of(base, terms, min(counts))
    total = in_force * len(counts) / days_in(units)
    rows = [("recurring", units.period.start, to_minor(total, terms))]
    for day in counts:
        cost = cost_of(base, terms, day)
        covered = sum(1 for other in counts if other >= day)
        amount = to_minor((cost - in_force) * covered / days_in(units), terms)
        if amount:
            rows.append(("adjustment", price_begin(terms, day), amount))
        in_force = cost
    return rows


def month_figures(terms: ServiceTerms, units: PeriodUnits, counts: dict[date, Count]) -> Row:
    """The last figure of each calendar month, without what the period before has billed."""
    last_of_month = {(day.year, day.month): count.units for day, count in counts.items()}
    start = units.period.start
    month = (start.year, start.month)
    if units.units_before is not None and start.day != 1 and month in last_of_month:
        billed = Fraction(units.units_before, 1_000_000)
        last_of_month[month] = max(last_of_month[month] - billed, Fraction(0))
    cost = cost_of(sum(last_of_month.values(), Fraction(0)), terms, max(counts))
    return ("recurring", start, to_minor(cost, terms))


def before_or_first(units: PeriodUnits, counts: dict[date, Count]) -> Fraction:
    """The units of the base in advance."""
    if units.units_before is None:
        return counts[min(counts)].units
    return Fraction(units.units_before, 1_000_000)


def days_left(counts: dict[date, Count], day: date) -> int:
    """How many covered days follow without a hole, `day` included."""
    left = 0
    while day + timedelta(days=left) in counts:
        left += 1
    return left


def cost_of(units: Fraction, terms: ServiceTerms, day: date) -> Fraction:
    """f(units) at the price of that day, in major units."""
    unit_price, tiers = price_at(terms, day)
    if terms.pricing == PricingKind.FLAT:
        return unit_price if units else Fraction(0)
    included, least = Fraction(terms.included, 10**6), Fraction(terms.minimum, 10**6)
    quantity = max(units - included, least, Fraction(0))
    if terms.pricing == PricingKind.PER_UNIT:
        return quantity * unit_price
    if terms.pricing == PricingKind.PACKAGE:
        return math.ceil(quantity / Fraction(terms.package_size, 10**6)) * unit_price
    if terms.pricing == PricingKind.VOLUME:
        reached = next(price for up_to, price in tiers if up_to is None or quantity <= up_to)
        return quantity * reached
    total, below = Fraction(0), Fraction(0)
    for up_to, price in tiers:
        total += max(min(quantity, up_to or quantity) - below, Fraction(0)) * price
        below = up_to or below
    return total


Priced = tuple[Fraction, list[tuple[Fraction | None, Fraction]]]


def price_at(terms: ServiceTerms, day: date) -> Priced:
    """Unit price and tiers in force on a day, as fractions."""
    price = [entry.price for entry in terms.prices if entry.from_day <= day] or [
        terms.prices[0].price
    ]
    tiers = [
        (None if tier.up_to is None else Fraction(tier.up_to, 10**6), Fraction(tier.price, 10**6))
        for tier in price[-1].tiers
    ]
    return Fraction(price[-1].unit_price, 10**6), tiers


def price_begin(terms: ServiceTerms, day: date) -> date:
    """The day from which the price of `day` is in force."""
    return max(entry.from_day for entry in terms.prices if entry.from_day <= day)


def to_minor(amount: Fraction, terms: ServiceTerms) -> int:
    """Half up, away from zero."""
    return half_up(amount * 10**terms.minor_digits)


def half_up(amount: Fraction) -> int:
    """The nearest integer; halves away from zero."""
    nearest = math.floor(abs(amount) + Fraction(1, 2))
    return -nearest if amount < 0 else nearest


def days_in(units: PeriodUnits) -> int:
    """D: the days of the whole period."""
    return len(every_day(units.period.start, units.period.end))


def every_day(start: date, end: date) -> list[date]:
    """Each date from start up to, without, end."""
    found = []
    while start < end:
        found.append(start)
        start += timedelta(days=1)
    return found
