"""Tiers as they are typed: one a line, the last unit of the tier and the price of a unit in it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _

from icb.contracts.inputs import NewTier
from icb.kernel.errors import InvalidInput

_REST = "*"


def tiers_of(text: str) -> list[NewTier]:
    """The tiers behind a text such as "10 = 5.00" and "* = 4.50"; InvalidInput for other lines."""
    tiers: list[NewTier] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        up_to, sign, price = (part.strip() for part in line.partition("="))
        if not sign or not up_to or not price:
            raise InvalidInput(
                field="tiers",
                value=line,
                message=_(
                    "tiers: %(line)s cannot be read. Nothing was stored. Write one a line, such "
                    "as 10 = 5.00, and * = 4.50 for the rest."
                )
                % {"line": line[:80]},
            )
        tiers.append((None if up_to == _REST else up_to, price))
    return tiers


def tiers_text(tiers: Iterable[tuple[Decimal | None, Decimal]]) -> str:
    """Stored tiers as they would be typed."""
    return "\n".join(
        f"{_REST if up_to is None else format(up_to.normalize(), 'f')} = {price.normalize():f}"
        for up_to, price in tiers
    )
