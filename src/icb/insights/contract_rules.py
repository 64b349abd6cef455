"""What needs attention about contracts: prices below cost, and ends that come near. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from icb.insights.finding import Finding, MonthlyPrice, at_stake
from icb.insights.situation import Service, Situation
from icb.kernel.quantity import MICRO, Micro, format_micro

ENDS_WITHIN = timedelta(days=30)


def below_cost(situation: Situation) -> Iterator[Finding]:
    """A unit is sold for less than it costs, in the provider's own currency."""
    units = _units(situation)
    for service in situation.services.values():
        price, cost = service.price, service.cost
        if price is None or cost is None or price.currency != situation.currency:
            continue
        own = MonthlyPrice(cost, 1, 0, price.currency)
        many = 1000 * MICRO  # a thousand units: the difference of one may be less than a cent
        if price.of(many) >= own.of(many):
            continue
        lost = own.of(units[service.id]) - price.of(units[service.id])
        yield Finding(
            "price_below_cost",
            f"{service.contract}/{service.key}",
            {
                "contract": service.contract,
                "service": service.key,
                "price": format_micro(price.unit_price),
                "months": price.months,
                "discount": format_micro(price.discount),
                "cost": format_micro(cost),
                "currency": price.currency,
            },
            {"units": format_micro(units[service.id]), "organization": service.organization},
            {price.currency: lost} if lost > 0 else {},
        )


def ending(situation: Situation) -> Iterator[Finding]:
    """A contract ends within thirty days: what is counted afterwards is billed to nobody."""
    units = _units(situation)
    services: dict[str, list[Service]] = defaultdict(list)
    for service in situation.services.values():
        if service.ends_on is not None and service.ends_on <= situation.today + ENDS_WITHIN:
            services[service.contract].append(service)
    for contract, rows in services.items():
        ends_on = rows[0].ends_on
        yield Finding(
            "contract_ending",
            contract,
            {
                "contract": contract,
                "organization": rows[0].organization,
                "ends_on": ends_on and ends_on.isoformat(),
            },
            {"unpriced": sorted(row.key for row in rows if row.price is None)},
            at_stake((units[row.id], row.price) for row in rows),
        )


def _units(situation: Situation) -> dict[int, Micro]:
    """By contract service what is counted for it today, else what was typed."""
    counted: dict[int, Micro] = defaultdict(int)
    for usage in situation.usage:
        for id in usage.services:
            counted[id] += usage.units
    for service in situation.services.values():
        if service.id not in counted:
            counted[service.id] = service.typed or 0
    return counted
