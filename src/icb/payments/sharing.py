"""How much of which document a sum settles.

Amounts are whole numbers of one currency, in whatever unit the caller counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Part(NamedTuple):
    """An amount, above zero, of one document or source."""

    id: int
    amount: int


def taken_in_turn(total: int, *, claims: Iterable[Part]) -> list[Part]:
    """What a total settles of claims, in the order given: each as far as the total reaches.

    Never more than a claim is open, never more than the total.
    """
    found: list[Part] = []
    left = total
    for claim in claims:
        if left <= 0:
            break
        amount = min(left, claim.amount)
        if amount > 0:
            found.append(Part(claim.id, amount))
            left -= amount
    return found
