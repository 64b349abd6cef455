"""What a contract service has agreed: how its units are counted, priced and billed.

Quantities and unit prices are `Micro` (millionths); see rules, sections 3 and 8.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from icb.kernel.errors import InvalidInput, Refused
from icb.kernel.quantity import MICRO, Micro, format_micro

WHOLE_PERCENTAGE = 100 * MICRO
_MOST_MINOR_DIGITS = 4


class UnitChanges(StrEnum):
    """How a change of the unit count inside a period is billed."""

    PRORATE_DAILY = "prorate_daily"
    ADJUST_AT_PERIOD_END = "adjust_at_period_end"
    PEAK = "peak"


class Billing(StrEnum):
    """Whether a period is billed after it has ended or before it begins."""

    IN_ARREARS = "in_arrears"
    IN_ADVANCE = "in_advance"


class PricingKind(StrEnum):
    """How a number of units becomes the price of one whole period."""

    PER_UNIT = "per_unit"
    FLAT = "flat"
    PACKAGE = "package"
    GRADUATED = "graduated"
    VOLUME = "volume"


class CountingRule(StrEnum):
    """What the counts of the billing type mean.

    `level`: a state on each day (gauge, look-back, storage, true/false). `period_value`: a figure
    that grows over the vendor's own month (cumulative, unique in the period, high water, unit
    days). `one_time`: something that happens once.
    """

    LEVEL = "level"
    PERIOD_VALUE = "period_value"
    ONE_TIME = "one_time"


class Tier(NamedTuple):
    """Units up to and with `up_to` (None: without end) at `price` each."""

    up_to: Micro | None
    price: Micro


class Price(NamedTuple):
    """The price of a unit, a package or the flat fee; with graduated and volume pricing, tiers."""

    unit_price: Micro
    tiers: tuple[Tier, ...] = ()


class PriceFrom(NamedTuple):
    """A price and the first day it is in force. The first entry is in force from ever."""

    from_day: date
    price: Price


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTerms:
    """Everything agreed that decides what one period of a contract service costs.

    `discount` is a percentage (15 % is 15_000_000). `minimum` and `included` are quantities,
    `minimum_amount` is money in millionths of the major unit. `minor_digits` are those of the
    contract's currency.
    """

    billing: Billing
    unit_changes: UnitChanges
    counting: CountingRule
    pricing: PricingKind
    prices: tuple[PriceFrom, ...]
    minor_digits: int
    minimum: Micro = 0
    included: Micro = 0
    package_size: Micro = MICRO
    discount: Micro = 0
    minimum_amount: Micro | None = None

    def validate(self) -> None:
        """Refuse terms that no period can be rated with.

        Raises Refused (`peak_in_advance`, `policy_not_for_shape`) for a choice the rules exclude
        and InvalidInput, naming the field, for an impossible value.
        """
        check_policy(counting=self.counting, billing=self.billing, unit_changes=self.unit_changes)
        self._check_quantities()
        if not self.prices:
            raise _invalid("prices", "there is no price")
        days = [entry.from_day for entry in self.prices]
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise _invalid("prices", "two prices begin on one day, or are not in order")
        for entry in self.prices:
            self._check_price(entry.price)

    def _check_quantities(self) -> None:
        for name in ("minimum", "included", "minimum_amount"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise _invalid(name, "it is below 0", value=format_micro(value))
        if self.package_size <= 0:
            raise _invalid(
                "package_size", "it is not above 0", value=format_micro(self.package_size)
            )
        if not 0 <= self.discount <= WHOLE_PERCENTAGE:
            raise _invalid(
                "discount", "it is not from 0 to 100 %", value=format_micro(self.discount)
            )
        if not 0 <= self.minor_digits <= _MOST_MINOR_DIGITS:
            raise _invalid("minor_digits", "no currency has that many", value=self.minor_digits)

    def _check_price(self, price: Price) -> None:
        if price.unit_price < 0:
            raise _invalid(
                "unit_price", "it is below 0; use a discount", value=format_micro(price.unit_price)
            )
        if self.pricing in (PricingKind.GRADUATED, PricingKind.VOLUME):
            check_tiers(price.tiers)
        elif price.tiers:
            raise _invalid("tiers", f"{self.pricing} pricing has none")


def check_policy(*, counting: CountingRule, billing: Billing, unit_changes: UnitChanges) -> None:
    """Refuse a way of billing that does not fit what is counted (rules, section 3).

    A peak is known only when the period is over. A figure that grows over the vendor's month is
    billed in arrears, at period end. Something that happens once has no peak.
    """
    if unit_changes == UnitChanges.PEAK and billing == Billing.IN_ADVANCE:
        raise Refused(
            "peak_in_advance",
            "A peak is known only after the period, so it cannot be billed in advance. Nothing "
            "was stored. Bill the contract in arrears, or choose another way of unit changes.",
        )
    if counting == CountingRule.LEVEL:
        return
    if counting == CountingRule.ONE_TIME:
        fits = unit_changes != UnitChanges.PEAK
        wanted = "is billed once and has no peak"
    else:
        at_period_end = unit_changes == UnitChanges.ADJUST_AT_PERIOD_END
        fits = at_period_end and billing == Billing.IN_ARREARS
        wanted = "is billed in arrears, adjusted at period end"
    if not fits:
        raise Refused(
            "policy_not_for_shape",
            f"This billing type {wanted}; {unit_changes} {billing} does not fit it. "
            "Nothing was stored. Choose the way that fits.",
            counting=counting,
            billing=billing,
            unit_changes=unit_changes,
        )


def check_tiers(tiers: tuple[Tier, ...]) -> None:
    """Refuse tiers that are not ascending, leave units without a price, or have negative prices."""
    if not tiers or tiers[-1].up_to is not None:
        raise _invalid("tiers", "the last tier must be open, so that every unit has a price")
    reached = 0
    for tier in tiers[:-1]:
        if tier.up_to is None or tier.up_to <= reached:
            raise _invalid("tiers", "each tier must end above the one before it")
        reached = tier.up_to
    for tier in tiers:
        if tier.price < 0:
            raise _invalid(
                "tiers", "a price is below 0; use a discount", value=format_micro(tier.price)
            )


def price_on(prices: tuple[PriceFrom, ...], *, day: date) -> Price:
    """The price in force on `day`."""
    found = prices[0].price
    for from_day, price in prices[1:]:
        if from_day > day:
            break
        found = price
    return found


def _invalid(field: str, problem: str, *, value: object = None) -> InvalidInput:
    shown = "" if value is None else f" {value}"
    return InvalidInput(
        field=field,
        value=value,
        message=f"{field}{shown}: {problem}. Nothing was stored. Correct the terms.",
    )
