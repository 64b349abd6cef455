"""Whether the taxes that a document says follow from its lines (pure; rules, section 1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from icb.invoicing.document_data import Data, group_in, tax_in
from icb.kernel.money import Minor, to_minor
from icb.rating.tax import LineTax, TaxKey, document_taxes, key_of


class LineSaid(NamedTuple):
    """A line as it was frozen: its amount, its tax, and its share of each part and of all."""

    amount: Minor
    tax: LineTax | None
    shares: tuple[Minor, ...]
    share: Minor


class TaxSaid(NamedTuple):
    """A group as it was frozen."""

    key: TaxKey
    net: Minor
    tax: Minor


def taxes_in(data: Data) -> tuple[list[LineSaid], list[TaxSaid]]:
    """The lines and taxes of a document's frozen data."""
    currency = data["currency"]
    lines = [
        LineSaid(
            to_minor(line["amount"], currency),
            tax_in(line),
            tuple(to_minor(part["tax"], currency) for part in line["tax_parts"]),
            to_minor(line["tax"], currency),
        )
        for line in data["lines"]
    ]
    taxes = [
        TaxSaid(group_in(tax), to_minor(tax["net"], currency), to_minor(tax["tax"], currency))
        for tax in data["taxes"]
    ]
    return lines, taxes


def follows(lines: Sequence[LineSaid], *, taxes: Sequence[TaxSaid]) -> bool:
    """Whether each group was rounded once on its base, and shared among its lines."""
    made = document_taxes([(line.tax, line.amount) for line in lines])
    said = [(total.key, total.net, total.tax) for total in made.totals]
    return said == [tuple(tax) for tax in taxes] and made.shares == [line.shares for line in lines]


def adds_up(lines: Sequence[LineSaid], *, taxes: Sequence[TaxSaid]) -> bool:
    """Whether the lines' shares of each group are its tax, and their bases its base."""
    net: dict[TaxKey, Minor] = defaultdict(int)
    tax: dict[TaxKey, Minor] = defaultdict(int)
    for line in lines:
        for place, share in enumerate(line.shares):
            if line.tax is None:
                return False
            is_compound = line.tax.parts[place].is_compound
            earlier = sum(line.shares[:place]) if is_compound else 0
            net[key_of(line.tax, place=place)] += line.amount + earlier
            tax[key_of(line.tax, place=place)] += share
        if sum(line.shares) != line.share:
            return False
    said = {one.key: (one.net, one.tax) for one in taxes}
    return len(said) == len(taxes) and said == {key: (net[key], tax[key]) for key in net}
