"""What rating gives: lines, each rounded once, with the working that explains it."""

from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from icb.kernel.money import Minor
from icb.kernel.quantity import Micro
from icb.rating.terms import Price, PricingKind, ServiceTerms
from icb.rating.units import UnitRun

Working = dict[str, Any]
"""Plain integers, ISO dates and the names of rules: storable as JSON, readable by `explain`."""


class LineKind(StrEnum):
    """What a line is for."""

    RECURRING = "recurring"
    ADJUSTMENT = "adjustment"
    DISCOUNT = "discount"
    MINIMUM = "minimum"


class RatedLine(NamedTuple):
    """One amount of one contract service in one period.

    `effective_on` is the date in the line's key. `units` and `unit_days` are counted units,
    before minimum and included. `unit_price` is None where tiers decide. `discounted` is, on a
    discount line, the kind of the line it reduces.
    """

    kind: LineKind
    discounted: LineKind | None
    effective_on: date
    amount: Minor
    units: Micro
    unit_days: Micro
    unit_price: Micro | None
    days_in_period: int
    estimated_days: int
    working: Working


def working_of(rule: str, *, terms: ServiceTerms, price: Price) -> Working:
    """The start of every working: the rule and all that prices a number of units."""
    working: Working = {"rule": rule, "billing": terms.billing, "pricing": terms.pricing}
    working.update(shown_pricing(price))
    if terms.minimum:
        working["minimum"] = terms.minimum
    if terms.included:
        working["included"] = terms.included
    if terms.pricing == PricingKind.PACKAGE:
        working["package_size"] = terms.package_size
    return working


def shown_pricing(price: Price) -> Working:
    """A price as plain values: tiers where it has them, else the unit price."""
    if price.tiers:
        return {"tiers": [list(tier) for tier in price.tiers]}
    return {"price": price.unit_price}


def shown_price(price: Price) -> Micro | None:
    """The unit price a line shows: none where tiers decide."""
    return None if price.tiers else price.unit_price


def shown_runs(runs: tuple[UnitRun, ...]) -> list[list[object]]:
    """Runs as plain values: first day, half-open end, units, 1 where estimated."""
    return [
        [start.isoformat(), end.isoformat(), units, 1 if estimated else 0]
        for start, end, units, estimated in runs
    ]
