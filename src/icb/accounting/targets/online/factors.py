"""Quantity times price, for targets that want both and compare the product with the amount."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from icb.accounting.ports import Line
from icb.accounting.targets.online.texts import cut, plain_lines
from icb.foundation.canonical import exact_text

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Factors:
    """A quantity and a price whose product is the line's net exactly.

    `note` tells quantity and price in words where the real ones do not give the net.
    """

    quantity: Decimal
    price: Decimal
    note: str = ""


def factors(line: Line, *, places: int) -> Factors:
    """The line's own quantity and price where the target can hold them, else one and the net.

    `places` is how many decimals the target holds. An amount that was rounded, a price of tiers or
    one with more decimals is no product; there the net alone is exact. The price is not below
    zero: of a line that gives money back the quantity is.
    """
    turn = -1 if line.unit_price < 0 else 1
    quantity, price = line.quantity * turn, line.unit_price * turn
    fits = all(_places(number) <= places for number in (quantity, price))
    if fits and quantity and quantity * price == line.net:
        return Factors(quantity, price)
    one = -ONE if line.net < 0 else ONE
    is_one = (quantity, price) == (one, abs(line.net))
    note = f" ({exact_text(line.quantity)} × {exact_text(line.unit_price)})"
    return Factors(one, abs(line.net), "" if is_one else note)


def described(line: Line, *, note: str, longest: int) -> str:
    """The line's description with the note behind it; the note is never cut."""
    text = plain_lines(line.description, longest=longest)
    return cut(text, longest=longest - len(note)) + note


def _places(number: Decimal) -> int:
    text = exact_text(number)
    return len(text.partition(".")[2])
