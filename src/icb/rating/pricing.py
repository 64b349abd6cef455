"""f(units): what a number of units costs for one whole period (rules, sections 3 and 8).

Results are exact, in 10^-12 of the currency's major unit: quantity and price are both millionths.
"""

from icb.kernel.quantity import MICRO, Micro
from icb.rating.terms import Price, PricingKind, ServiceTerms, Tier


def price_of(units: Micro, *, price: Price, terms: ServiceTerms) -> int:
    """The exact price of `units` for one whole period.

    The quantity is max(minimum, units - included, 0), priced by unit, by started package or by
    tiers. A flat fee ignores the quantity: any units at all cost the fee, none cost nothing.
    """
    pricing = terms.pricing
    if pricing == PricingKind.FLAT:
        return price.unit_price * MICRO if units > 0 else 0
    quantity = charged_quantity(units, terms=terms)
    if pricing == PricingKind.PER_UNIT:
        return quantity * price.unit_price
    if pricing == PricingKind.PACKAGE:
        return started_packages(quantity, terms=terms) * price.unit_price * MICRO
    if pricing == PricingKind.GRADUATED:
        return sum(part * tier.price for part, tier in graduated_parts(quantity, tiers=price.tiers))
    return quantity * volume_tier(quantity, tiers=price.tiers).price


def charged_quantity(units: Micro, *, terms: ServiceTerms) -> Micro:
    """The units that are priced: without the included ones, and at least the minimum."""
    return max(terms.minimum, units - terms.included, 0)


def started_packages(quantity: Micro, *, terms: ServiceTerms) -> int:
    """How many packages `quantity` needs; a started one is a whole one."""
    return -(-quantity // terms.package_size)


def graduated_parts(quantity: Micro, *, tiers: tuple[Tier, ...]) -> list[tuple[Micro, Tier]]:
    """How much of `quantity` falls into each tier that it reaches."""
    parts = []
    reached = 0
    for tier in tiers:
        top = quantity if tier.up_to is None else min(quantity, tier.up_to)
        if top > reached:
            parts.append((top - reached, tier))
            reached = top
    return parts


def volume_tier(quantity: Micro, *, tiers: tuple[Tier, ...]) -> Tier:
    """The tier that `quantity` reaches; `up_to` still belongs to its tier."""
    for tier in tiers[:-1]:
        if tier.up_to is not None and quantity <= tier.up_to:
            return tier
    return tiers[-1]
