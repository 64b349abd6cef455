"""What is left of an invoice, and what a credit note takes of it (rules, sections 7 and 8).

Amounts are in the currency's minor unit. What is left is positive for a charge; what a credit
note takes is given as its own lines print it: with the sign turned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from icb.kernel.errors import InvalidInput, Refused
from icb.kernel.money import Minor, format_minor
from icb.kernel.quantity import format_micro
from icb.kernel.rounding import split_by_largest_remainder
from icb.rating.tax import DocumentTaxes, LineTax, TaxKey, document_taxes, keys_of


class LineLeft(NamedTuple):
    """A line of the invoice and how much of it no live credit note has taken."""

    position: int
    tax: LineTax | None
    left: Minor


class Left(NamedTuple):
    """What is left of an invoice: its lines, its tax by group, both signed as on the invoice."""

    number: str
    currency: str
    lines: Sequence[LineLeft]
    tax: Mapping[TaxKey, Minor]

    @property
    def net(self) -> Minor:
        """What is left before tax."""
        return sum(line.left for line in self.lines)

    @property
    def gross(self) -> Minor:
        """What is left, tax included: no credit note may take more."""
        return self.net + sum(self.tax.values())


class CreditLine(NamedTuple):
    """A line of a credit note: the invoice's line it credits, and its amount (with its sign)."""

    position: int
    tax: LineTax | None
    amount: Minor


class Credit(NamedTuple):
    """A credit note to be: its lines, its taxes, and what each line has of them."""

    lines: Sequence[CreditLine]
    taxes: DocumentTaxes

    @property
    def net(self) -> Minor:
        """The credit note before tax; below 0."""
        return sum(line.amount for line in self.lines)

    @property
    def gross(self) -> Minor:
        """The total of the credit note; below 0."""
        return self.net + sum(total.tax for total in self.taxes.totals)


def credit(
    left: Left, *, positions: Sequence[int] | None = None, net: Minor | None = None
) -> Credit:
    """The credit note that takes all that is left, or the named lines, or an amount before tax.

    An amount is shared among the lines (all, or the named ones) in proportion to what is left of
    each, and they must have one tax. The last credit of a group takes what is left of its tax.
    Raises InvalidInput for an unknown line and an amount not above 0; Refused with
    `nothing_left`, `several_tax_rates` or `credit_exceeds`.
    """
    open_lines = _open_lines(left, positions)
    amounts = [line.left for line in open_lines] if net is None else _share(left, open_lines, net)
    lines = [
        CreditLine(line.position, line.tax, -amount)
        for line, amount in zip(open_lines, amounts, strict=True)
        if amount
    ]
    made = Credit(lines, _tax_of(left, lines))
    _refuse_what_exceeds(left, made)
    return made


def _open_lines(left: Left, positions: Sequence[int] | None) -> list[LineLeft]:
    """The lines to credit, in their order; each has something left."""
    if positions is None:
        chosen = [line for line in left.lines if line.left]
        if not chosen:
            raise Refused(
                "nothing_left",
                f"{left.number} is credited in full already. Nothing was stored.",
            )
        return chosen
    by_position = {line.position: line for line in left.lines}
    for position in positions:
        if position not in by_position:
            raise InvalidInput(
                field="lines",
                value=position,
                message=f"lines: {left.number} has no line {position}; it has lines 1 to "
                f"{len(left.lines)}. Nothing was stored. Name lines that it has.",
            )
        if not by_position[position].left:
            raise Refused(
                "nothing_left",
                f"Nothing is left to credit of line {position} of {left.number}. Nothing was "
                "stored. Leave that line out.",
            )
    if not positions:
        raise InvalidInput(
            field="lines",
            message="lines: the list is empty. Nothing was stored. Name at least one line, or "
            "leave the list out to credit everything.",
        )
    return [line for line in left.lines if line.position in set(positions)]


def _share(left: Left, lines: Sequence[LineLeft], net: Minor) -> list[Minor]:
    """`net` in parts for the lines, in proportion to what is left of each."""
    if net <= 0:
        raise InvalidInput(
            field="net",
            value=format_minor(net, left.currency),
            message="net: the amount to credit must be above 0. Nothing was stored.",
        )
    taxes = {_what_is_charged(line.tax) for line in lines}
    if len(taxes) > 1:
        named = ", ".join(sorted({_named(line.tax) for line in lines}))
        raise Refused(
            "several_tax_rates",
            f"The lines of {left.number} have several tax rates ({named}), so an amount does not "
            "say which tax to credit. Nothing was stored. Name the lines to credit.",
        )
    available = sum(line.left for line in lines)
    if net > available:
        raise _exceeds(left, "before tax", wanted=net, available=available)
    return split_by_largest_remainder(net, [line.left for line in lines])


def _what_is_charged(tax: LineTax | None) -> tuple[object, ...]:
    """The same for two lines where it makes no difference which of them is credited."""
    return (tax.category, tax.parts) if tax else ()


def _named(tax: LineTax | None) -> str:
    if tax is None:
        return "no tax"
    category = "" if tax.percent else f" {tax.category}"
    return f"{format_micro(tax.percent)} %{category}"


def _tax_of(left: Left, lines: Sequence[CreditLine]) -> DocumentTaxes:
    """The credit's taxes. A group whose lines are all used up gives back the rest of its tax."""
    amounts = {line.position: line.amount for line in lines}
    before: dict[TaxKey, Minor] = dict.fromkeys(left.tax, 0)
    after: dict[TaxKey, Minor] = dict.fromkeys(left.tax, 0)
    used_up = dict.fromkeys(left.tax, True)
    for line in left.lines:
        rest = line.left + amounts.get(line.position, 0)
        for key in keys_of(line.tax):
            before[key] += line.left
            after[key] += rest
            used_up[key] &= rest == 0

    def settle(key: TaxKey, tax: Minor) -> Minor:
        if used_up[key]:
            return -left.tax[key]
        return _within(tax, left.tax[key], before[key], after[key])

    return document_taxes([(line.tax, line.amount) for line in lines], settle=settle)


def _within(tax: Minor, tax_left: Minor, net_before: Minor, net_after: Minor) -> Minor:
    """The tax of a partial credit, held to what is left of the group's tax.

    Rounding each of many small credits up could take more tax than was charged. Where the group's
    net changes its sign (a charge is credited that a credit on the same invoice outweighs), what
    is left of the tax rightly does the same.
    """
    if net_before >= 0 and net_after >= 0:
        return max(tax, -tax_left)
    if net_before <= 0 and net_after <= 0:
        return min(tax, -tax_left)
    return tax


def _refuse_what_exceeds(left: Left, made: Credit) -> None:
    net = -made.net
    if net > left.net:
        raise _exceeds(left, "before tax", wanted=net, available=left.net)
    if -made.gross > left.gross:
        raise _exceeds(left, "tax included", wanted=-made.gross, available=left.gross)
    if made.gross >= 0:
        raise Refused(
            "credit_adds",
            f"These lines of {left.number} come to {format_minor(-made.gross, left.currency)} "
            f"{left.currency}: crediting them would not lower what is owed. Nothing was stored. "
            "Name lines that come to more than 0.",
        )


def _exceeds(left: Left, which: str, *, wanted: Minor, available: Minor) -> Refused:
    return Refused(
        "credit_exceeds",
        f"A credit of {format_minor(wanted, left.currency)} {left.currency} {which} exceeds what "
        f"is left of {left.number}: {format_minor(available, left.currency)} {left.currency}. "
        "Nothing was stored. Credit no more than that.",
        left=format_minor(available, left.currency),
    )
