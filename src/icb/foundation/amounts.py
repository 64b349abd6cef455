"""Amounts as their columns hold them (ten-thousandths), and in a currency's minor unit."""

from __future__ import annotations

from icb.foundation.fields import AMOUNT_SCALE
from icb.kernel.currency import minor_digits
from icb.kernel.money import Minor

_PARTS: tuple[int, ...] = tuple(10**power for power in range(AMOUNT_SCALE + 1))


def stored_parts(digits: int) -> int:
    """How many stored parts make one minor unit of a currency with so many minor digits."""
    return _PARTS[AMOUNT_SCALE - digits]


def from_stored(amount: int, currency: str) -> Minor:
    """A column's amount in the currency's minor unit. Rows are written exact, so none is lost."""
    return int(amount) // stored_parts(minor_digits(currency))


def to_stored(amount: Minor, currency: str) -> int:
    """An amount in the currency's minor unit as the column holds it."""
    return amount * stored_parts(minor_digits(currency))
