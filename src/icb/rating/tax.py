"""Tax of a document: per rate, on the sum of that rate's lines (rules, section 1).

A line's tax has one part, or several ("GST" and "QST"). A part that is compound is computed on the
net and the parts before it. Lines whose parts agree in place, category, percentage and name make a
group; a group's tax is rounded once, and shared among its lines so that they add up to it.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from icb.kernel.money import Minor
from icb.kernel.quantity import Micro
from icb.kernel.rounding import round_ratio, round_together
from icb.rating.terms import WHOLE_PERCENTAGE

STANDARD = "S"
CATEGORIES = (STANDARD, "Z", "E", "AE", "K", "G", "O")
"""The categories of EN 16931: standard, zero rate, exempt, reverse charge, supply within the EU,
export, not subject to tax. All but the first carry no tax."""


class TaxPart(NamedTuple):
    """One part of a tax: its percentage (in millionths), and whether it is computed on the parts
    before it as well."""

    name: str
    percent: Micro
    is_compound: bool = False


class LineTax(NamedTuple):
    """The tax of a line: the key of its code (empty where an exemption took its place), the
    category, the parts, and why no tax is charged."""

    code: str
    category: str
    parts: tuple[TaxPart, ...]
    reason: str = ""

    @property
    def percent(self) -> Micro:
        """The percentages of all parts together."""
        return sum(part.percent for part in self.parts)


class TaxKey(NamedTuple):
    """What the lines of a group have in common; `part` is the place of the part, from 1."""

    part: int
    category: str
    percent: Micro
    name: str


class TaxTotal(NamedTuple):
    """A group: its key, the base, the tax, the codes in it, and why no tax is charged."""

    key: TaxKey
    net: Minor
    tax: Minor
    codes: tuple[str, ...] = ()
    reason: str = ""


class DocumentTaxes(NamedTuple):
    """The groups of a document, and each line's share of the tax of each of its parts."""

    totals: list[TaxTotal]
    shares: list[tuple[Minor, ...]]


TaxedLine = tuple[LineTax | None, Minor]
"""A line's tax, None where it carries none, and its amount."""
Settle = Callable[[TaxKey, Minor], Minor]
"""Gives the tax that a group is to have, from what its base and percentage come to."""


def document_taxes(lines: Sequence[TaxedLine], *, settle: Settle | None = None) -> DocumentTaxes:
    """The groups of a document's lines, and how their tax is shared among the lines.

    By place of the part, then category, then the highest percentage first, then name. A line
    without tax is in no group; a percentage of 0 has a group of its own, with tax 0.
    """
    totals: list[TaxTotal] = []
    shares: list[tuple[Minor, ...]] = [()] * len(lines)
    for place in range(max((len(tax.parts) for tax, _ in lines if tax), default=0)):
        for key, members in _groups(lines, place).items():
            bases = [_base(lines[index], shares[index], place) for index in members]
            net = sum(bases)
            tax = round_ratio(net * key.percent, WHOLE_PERCENTAGE)
            if settle is not None:
                tax = settle(key, tax)
            numerators = [base * key.percent for base in bases]
            parts = round_together(numerators, denominator=WHOLE_PERCENTAGE, total=tax)
            for index, part in zip(members, parts, strict=True):
                shares[index] = (*shares[index], part)
            totals.append(_total(key, net, tax, [lines[index][0] for index in members]))
    return DocumentTaxes(sorted(totals, key=_order), shares)


def key_of(tax: LineTax, *, place: int) -> TaxKey:
    """The group that the part at a place (from 0) of a line's tax belongs to."""
    part = tax.parts[place]
    return TaxKey(place + 1, tax.category, part.percent, part.name)


def keys_of(tax: LineTax | None) -> list[TaxKey]:
    """The groups that the parts of a line's tax belong to."""
    return [key_of(tax, place=place) for place in range(len(tax.parts))] if tax else []


def _groups(lines: Sequence[TaxedLine], place: int) -> dict[TaxKey, list[int]]:
    """The places of the lines in each group of parts at a place."""
    found: dict[TaxKey, list[int]] = defaultdict(list)
    for index, (tax, _) in enumerate(lines):
        if tax is not None and place < len(tax.parts):
            found[key_of(tax, place=place)].append(index)
    return found


def _base(line: TaxedLine, earlier: tuple[Minor, ...], place: int) -> Minor:
    tax, net = line
    return net + sum(earlier) if tax is not None and tax.parts[place].is_compound else net


def _total(key: TaxKey, net: Minor, tax: Minor, members: Sequence[LineTax | None]) -> TaxTotal:
    taxes = [one for one in dict.fromkeys(members) if one is not None]
    codes = dict.fromkeys(one.code for one in taxes if one.code)
    reasons = dict.fromkeys(one.reason for one in taxes if one.reason)
    return TaxTotal(key, net, tax, tuple(codes), "; ".join(reasons))


def _order(total: TaxTotal) -> tuple[int, int, Micro, str]:
    key = total.key
    return key.part, CATEGORIES.index(key.category), -key.percent, key.name
