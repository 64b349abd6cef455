"""Tax of a document: per rate, on the sum of that rate's lines (rules, section 1)."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from icb.kernel.money import Minor
from icb.kernel.quantity import Micro
from icb.kernel.rounding import round_ratio
from icb.rating.terms import WHOLE_PERCENTAGE


class TaxTotal(NamedTuple):
    """One tax rate (percent in millionths), the net it applies to, and the tax."""

    rate: Micro
    net: Minor
    tax: Minor


def taxes(lines: Iterable[tuple[Micro | None, Minor]]) -> list[TaxTotal]:
    """The tax totals of a document's (rate, amount) lines, highest rate first.

    Each rate is rounded once, on its sum. A line with the rate None carries no tax; a rate of 0
    has a total of its own, with tax 0.
    """
    net_by_rate: dict[Micro, Minor] = defaultdict(int)
    for rate, amount in lines:
        if rate is not None:
            net_by_rate[rate] += amount
    return [
        TaxTotal(rate, net, round_ratio(net * rate, WHOLE_PERCENTAGE))
        for rate, net in sorted(net_by_rate.items(), reverse=True)
    ]
