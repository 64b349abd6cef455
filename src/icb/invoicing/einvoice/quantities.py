"""How a line's net amount is said as quantity x price / base quantity.

EN 16931 itself lets the three differ from the net amount, but Peppol (rule R120) and many readers
do not. So a line is stated in its own units only where that gives its amount when rounded once:
units at the unit price; else, for a prorated line, units x days with the unit price for the days of
the period as base quantity. Where neither does (tiers, minimum, included units, discounts, credits)
the line is one lump sum at its net amount; what was billed then stands in its words alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from icb.invoicing.einvoice.units import DAY, LUMP_SUM, unit_code
from icb.kernel.currency import minor_digits
from icb.kernel.money import Minor
from icb.kernel.quantity import MICRO, Micro
from icb.kernel.rounding import round_ratio


class Quantity(NamedTuple):
    """A quantity, its unit, the price (never below 0) of so many (`base`) of them."""

    quantity: Micro
    unit: str
    price: Micro
    base: int = 1


class Measured(NamedTuple):
    """What a line measured: units, units x days, the price of a unit for a whole period of so many
    days, how many days were left from its effective date on, and what a unit is, in words."""

    units: Micro
    unit_days: Micro
    unit_price: Micro | None
    days_in_period: int
    days_left: int
    unit: str = ""


def quantity_of(amount: Minor, *, measured: Measured | None, currency: str) -> Quantity:
    """How the amount is stated; the product, rounded once, is the amount exactly."""
    if measured is not None:
        for stated in _ways(measured):
            if stated.quantity and _gives(stated, currency) == amount:
                return stated
    per_unit = MICRO // 10 ** minor_digits(currency)
    sign = -1 if amount < 0 else 1
    return Quantity(sign * MICRO, LUMP_SUM, abs(amount) * per_unit)


def days_left(period: tuple[date, date], *, effective_on: date) -> int:
    """The days of a (half-open) period from a day on."""
    return max((period[1] - effective_on).days, 0)


def _ways(measured: Measured) -> Iterator[Quantity]:
    price = measured.unit_price
    if price is None:
        return
    sign = -1 if price < 0 else 1
    yield Quantity(sign * measured.units, unit_code(measured.unit), abs(price))
    if measured.days_in_period > 0:
        for days in (measured.unit_days, measured.units * measured.days_left):
            yield Quantity(sign * days, DAY, abs(price), measured.days_in_period)


def _gives(stated: Quantity, currency: str) -> Minor:
    product = stated.quantity * stated.price * 10 ** minor_digits(currency)
    return round_ratio(product, MICRO * MICRO * stated.base)
