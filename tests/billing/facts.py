"""Contracts built by hand for the pure tests of billing."""

from datetime import date
from typing import Any

from icb.billing.facts import ContractFacts, ServiceFacts
from icb.kernel.days import DayRange
from icb.kernel.period import Anchor, PeriodLength
from icb.kernel.quantity import MICRO
from icb.mapping.units import FAR, ServiceFeeds, ServiceRun
from icb.rating.terms import (
    Billing,
    CountingRule,
    Price,
    PriceFrom,
    PricingKind,
    UnitChanges,
)

SERVICE = 100


def day(text: str) -> date:
    """An ISO date of the year 2025: "05-31"."""
    return date.fromisoformat(f"2025-{text}")


def days(first: str, last: str | None = None) -> DayRange:
    """Days of 2025, both inclusive; open without a last one."""
    end = FAR if last is None else date.fromordinal(day(last).toordinal() + 1)
    return DayRange(day(first), end)


def run(first: str, last: str | None, units: int, **flags: Any) -> ServiceRun:
    """A run of whole units on days of 2025, both inclusive."""
    return ServiceRun(*days(first, last), units * MICRO, **flags)


def service(
    *runs: ServiceRun,
    price: int = 2,
    unit_changes: UnitChanges = UnitChanges.PRORATE_DAILY,
    counting: CountingRule = CountingRule.LEVEL,
    conflicts: tuple[DayRange, ...] = (),
    **terms: Any,
) -> ServiceFacts:
    """A mapped service at a price in whole units of money; `terms` are more of its fields."""
    facts = ServiceFacts(
        id=SERVICE,
        key="seat",
        pricing=PricingKind.PER_UNIT,
        minimum=0,
        included=0,
        package_size=MICRO,
        discount=0,
        minimum_amount=None,
        tax=None,
        prices=(PriceFrom(day("01-01"), Price(price * MICRO)),),
        unit_changes=[(date(2020, 1, 1), unit_changes)],
        feeds=ServiceFeeds([DayRange(date(2020, 1, 1), FAR)], counting, [], list(conflicts)),
        runs=list(runs),
    )
    for name, value in terms.items():
        setattr(facts, name, value)
    return facts


def contract(
    *services: ServiceFacts,
    billing: Billing = Billing.IN_ARREARS,
    starts: str = "01-01",
    ends: str | None = None,
    minimum_amount: int | None = None,
) -> ContractFacts:
    """A monthly calendar contract in USD."""
    facts = ContractFacts(
        id=10,
        key="acme-1",
        organization=1,
        starts_on=day(starts),
        ends_on=None if ends is None else day(ends),
        length=PeriodLength.MONTHLY,
        anchor=Anchor.CALENDAR,
        billing=billing,
        currency="USD",
        minor_digits=2,
        minimum_amount=minimum_amount,
        tax=None,
        settled_until=None,
    )
    for number, entry in enumerate(services):
        entry.id = SERVICE + number
        facts.services[entry.id] = entry
    return facts
