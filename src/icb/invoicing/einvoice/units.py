"""What modules count, as the codes of UN/ECE Recommendation 20 that e-invoices state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ONE: Final = "C62"
DAY: Final = "DAY"
LUMP_SUM: Final = "LS"

# Whatever is counted piece by piece (devices, users, licenses …) is "one".
_CODES: Final[Mapping[str, str]] = {
    "byte": "AD",
    "kb": "2P",
    "mb": "4L",
    "gb": "E34",
    "tb": "E35",
    "pb": "E36",
    "kilobyte": "2P",
    "megabyte": "4L",
    "gigabyte": "E34",
    "terabyte": "E35",
    "petabyte": "E36",
    "gib": "E62",
    "tib": "E61",
    "minute": "MIN",
    "min": "MIN",
    "hour": "HUR",
    "h": "HUR",
    "day": DAY,
    "month": "MON",
    "kwh": "KWH",
}


def unit_code(unit: str) -> str:
    """The code of a unit in the words of a billing type, also in the plural.

    >>> unit_code("GB"), unit_code("hours"), unit_code("mailbox"), unit_code("")
    ('E34', 'HUR', 'C62', 'C62')
    """
    word = unit.strip().casefold()
    return _CODES.get(word) or _CODES.get(word.removesuffix("s")) or ONE
