"""Quantities, unit prices and percentages as exact integers in millionths.

`Micro` is the unit of every quantity and price inside the core: one unit is 1_000_000.
"""

import re
from decimal import Decimal

from icb.kernel.errors import InvalidInput

Micro = int
MICRO = 1_000_000
PLACES = 6
LARGEST = 2**63 - 1
"""The largest scaled value that a 64-bit column stores."""

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_LONGEST_TEXT = 60
_KINDS = {"bool": "a true/false value", "float": "a binary floating-point number"}


def to_micro(
    value: str | int | Decimal,
    *,
    field: str,
    places: int = PLACES,
    whole: bool = False,
    minimum: Micro | None = None,
) -> Micro:
    """`value` in millionths, exactly, or InvalidInput that names `field`.

    Takes plain decimal text, whole numbers and Decimals. Refuses floats, true/false, NaN and
    infinity, more than `places` decimals that are not zero, with `whole` any fraction, a value
    below `minimum` (in millionths) and a value that 64 bits do not hold.
    """
    micro = scaled(value, field=field, places=PLACES)
    step = MICRO if whole else 10 ** (PLACES - places)
    if micro % step:
        allowed = "a whole number" if whole else f"at most {places} decimals"
        raise _invalid(field, value, problem=f"has too many decimals; it takes {allowed}")
    if minimum is not None and micro < minimum:
        raise _invalid(field, value, problem=f"is too small; the least is {format_micro(minimum)}")
    return micro


def format_micro(value: Micro) -> str:
    """The shortest plain decimal text of `value`: 14_000_000 is "14", 2_500_000 is "2.5"."""
    whole, fraction = divmod(abs(value), MICRO)
    text = f"{whole}.{fraction:06d}".rstrip("0").rstrip(".")
    return f"-{text}" if value < 0 else text


def micro_to_decimal(value: Micro) -> Decimal:
    """`value` as an exact Decimal in units."""
    return Decimal(format_micro(value))


def scaled(value: object, *, field: str, places: int) -> int:
    """`value` x 10^places as an exact integer; InvalidInput where digits would be lost."""
    number = _exact_decimal(value, field)
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        raise _invalid(field, value, problem="is not a finite number")
    if not any(digits):
        return 0
    shift = exponent + places
    if len(digits) + shift > len(str(LARGEST)):
        raise _invalid(field, value, problem="is too large")
    magnitude, rest = divmod(int("".join(map(str, digits))), int(10 ** max(-shift, 0)))
    if rest:
        raise _invalid(field, value, problem=f"has too many decimals; it takes at most {places}")
    magnitude *= int(10 ** max(shift, 0))
    if magnitude > LARGEST:
        raise _invalid(field, value, problem="is too large")
    return -magnitude if sign else magnitude


def _exact_decimal(value: object, field: str) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if not isinstance(value, str):
        given = _KINDS.get(type(value).__name__, f"a {type(value).__name__}")
        raise _invalid(field, value, problem=f"is {given}, not exact decimal text")
    if len(value) > _LONGEST_TEXT or not _NUMBER.fullmatch(value):
        raise _invalid(field, value[:_LONGEST_TEXT], problem="is not a number")
    return Decimal(value)


def _invalid(field: str, value: object, *, problem: str) -> InvalidInput:
    return InvalidInput(
        field=field,
        value=value,
        message=f"{field}: {value!s} {problem}. Nothing was stored. Correct the value.",
    )
