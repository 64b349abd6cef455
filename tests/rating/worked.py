"""Short words for terms, units and lines in the tests of rating."""

from datetime import date
from typing import Any

from icb.kernel.period import Period
from icb.kernel.quantity import MICRO, to_micro
from icb.rating import (
    Billing,
    CountingRule,
    PeriodUnits,
    Price,
    PriceFrom,
    PricingKind,
    RatedLine,
    ServiceTerms,
    Tier,
    UnitChanges,
    UnitRun,
    rate_service,
)

FROM_EVER = date(2000, 1, 1)
MAILBOX_TIERS = (
    Tier(15 * MICRO, 3_200_000),
    Tier(30 * MICRO, 2_800_000),
    Tier(None, 2_500_000),
)


def day(text: str) -> date:
    """A date from its ISO text."""
    return date.fromisoformat(text)


def month(text: str) -> Period:
    """The calendar month of "2025-11"."""
    start = day(f"{text}-01")
    return Period(start, date(start.year + start.month // 12, start.month % 12 + 1, 1))


def prices(first: str, **later: str) -> tuple[PriceFrom, ...]:
    """Unit prices: the first from ever, later ones by date, as from_2025_06_22="2.35"."""
    entries = [(FROM_EVER, first)]
    for name, price in later.items():
        entries.append((day(name.removeprefix("from_").replace("_", "-")), price))
    return tuple(PriceFrom(on, Price(to_micro(price, field="price"))) for on, price in entries)


def terms(price: str | tuple[PriceFrom, ...] = "1", **given: Any) -> ServiceTerms:
    """Terms in USD, in arrears, prorated daily, per unit, unless given otherwise."""
    values: dict[str, Any] = {
        "billing": Billing.IN_ARREARS,
        "unit_changes": UnitChanges.PRORATE_DAILY,
        "counting": CountingRule.LEVEL,
        "pricing": PricingKind.PER_UNIT,
        "prices": prices(price) if isinstance(price, str) else price,
        "minor_digits": 2,
    }
    return ServiceTerms(**{**values, **given})


def tiered(kind: PricingKind, tiers: tuple[Tier, ...] = MAILBOX_TIERS) -> ServiceTerms:
    """Terms with tiers."""
    return terms((PriceFrom(FROM_EVER, Price(0, tiers)),), pricing=kind)


def run(first: str, last: str, units: int | str, *, estimated: bool = False) -> UnitRun:
    """The same units from the first to, and with, the last day."""
    end = date.fromordinal(day(last).toordinal() + 1)
    return UnitRun(day(first), end, to_micro(units, field="units"), estimated)


def units_of(
    period: Period, *runs: UnitRun, before: int | None = None, estimated: bool = False
) -> PeriodUnits:
    """The units of a period."""
    micro = None if before is None else before * MICRO
    return PeriodUnits(period, runs, micro, estimated)


def rated(agreed: ServiceTerms, period: Period, *runs: UnitRun) -> list[RatedLine]:
    """The lines of terms that are possible, with nothing counted before the period."""
    agreed.validate()
    return rate_service(agreed, units_of(period, *runs))


def amounts(lines: list[RatedLine]) -> list[int]:
    """The amounts of lines, in minor units."""
    return [line.amount for line in lines]
