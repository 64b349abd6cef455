"""Each line's share of a document's tax (pure; rules, section 1).

Tax is rounded once for each rate of a document. Accounting wants it on the lines: the tax of a rate
is split over its lines by the largest remainder, so that the lines' taxes add up to the document's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from icb.kernel.money import Minor, to_minor
from icb.kernel.quantity import to_micro
from icb.kernel.rounding import split_by_largest_remainder


def line_taxes(data: Mapping[str, Any]) -> list[Minor]:
    """The tax of each line of a document's frozen data, in the order of its lines.

    Where the data says the lines' tax, that is it; otherwise the tax of each rate is split.
    """
    currency, lines = data["currency"], data["lines"]
    if all("tax" in line for line in lines):
        return [to_minor(line["tax"], currency) for line in lines]
    taxes = {
        to_micro(tax["percent"], field="percent"): to_minor(tax["tax"], currency)
        for tax in data["taxes"]
    }
    by_rate: dict[int, list[int]] = defaultdict(list)
    for place, line in enumerate(lines):
        if line["tax_percent"] is not None:
            by_rate[to_micro(line["tax_percent"], field="tax_percent")].append(place)
    found = [0] * len(lines)
    for rate, places in by_rate.items():
        weights = [to_minor(lines[place]["amount"], currency) for place in places]
        for place, part in zip(places, _split(taxes[rate], weights), strict=True):
            found[place] = part
    return found


def _split(tax: Minor, weights: list[Minor]) -> list[Minor]:
    """The parts of a rate's tax. Lines that cancel out share by size; of nothing, the first."""
    if sum(weights):
        return split_by_largest_remainder(tax, weights)
    if any(weights):
        return split_by_largest_remainder(tax, [abs(weight) for weight in weights])
    return [tax, *[0] * (len(weights) - 1)]
