"""What a rule has found: facts, money at stake, and what makes it another finding. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from icb.kernel.currency import minor_digits
from icb.kernel.money import Minor
from icb.kernel.quantity import MICRO, Micro
from icb.kernel.rounding import round_ratio

_HUNDRED = 100 * MICRO


class MonthlyPrice(NamedTuple):
    """What a unit costs: in a period of so many months, less a discount in per cent."""

    unit_price: Micro
    months: int
    discount: Micro
    currency: str

    def of(self, units: Micro) -> Minor:
        """What so many units cost in one month, in the currency's minor unit."""
        exact = units * self.unit_price * (_HUNDRED - self.discount)
        scale = MICRO * MICRO * _HUNDRED * self.months
        return round_ratio(exact * 10 ** minor_digits(self.currency), scale)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that needs attention.

    `facts` are what was found: where they change, it is something else, and whoever put it aside
    sees it again. `shown` goes along to be told, and changes nothing. `amounts` are what is at
    stake per month, by currency; none where no price is known.
    """

    kind: str
    subject: str
    facts: Mapping[str, Any]
    shown: Mapping[str, Any] = field(default_factory=dict)
    amounts: Mapping[str, Minor] = field(default_factory=dict)


def at_stake(parts: Iterable[tuple[Micro, MonthlyPrice | None]]) -> dict[str, Minor]:
    """What units cost at their prices, by currency; those without a price are left out."""
    found: dict[str, Minor] = defaultdict(int)
    for units, price in parts:
        if price is not None:
            found[price.currency] += price.of(units)
    return {currency: amount for currency, amount in sorted(found.items()) if amount}
