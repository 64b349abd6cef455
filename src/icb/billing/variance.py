"""How an item differs from the same line of the period before, and why. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple


class Measure(NamedTuple):
    """What an amount follows from."""

    amount: Decimal
    units: Decimal
    unit_days: Decimal
    unit_price: Decimal | None
    days: int


class Variance(NamedTuple):
    """The difference, in per cent of the amount before (None where that was zero; one decimal,
    towards zero), and what changed: words among units, price and days."""

    amount: Decimal
    percent: Decimal | None
    why: tuple[str, ...]


def variance(now: Measure, *, before: Measure) -> Variance:
    """What is different now, and which of its causes are."""
    difference = now.amount - before.amount
    return Variance(difference, _percent(difference, before.amount), _why(now, before))


def _percent(difference: Decimal, before: Decimal) -> Decimal | None:
    if before == 0:
        return None
    return (difference * 1000 // abs(before)).scaleb(-1)


def _why(now: Measure, before: Measure) -> tuple[str, ...]:
    if now.amount == before.amount:
        return ()
    causes = {
        "units": now.units != before.units,
        "price": now.unit_price != before.unit_price,
        "days": now.units == before.units and not _same_days(now, before),
    }
    return tuple(word for word, is_true in causes.items() if is_true)


def _same_days(now: Measure, before: Measure) -> bool:
    """Whether as much of the period was billed: the same units on the same share of its days."""
    return now.unit_days * before.days == before.unit_days * now.days
