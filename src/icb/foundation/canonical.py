"""One text per value: the form that is hashed, sealed and compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any


def canonical_json(value: Any) -> str:
    """`value` as JSON text: keys sorted, no spaces, decimals as text, dates and instants as ISO.

    Equal decimals give equal text (1.50 and 1.5 both "1.5"); instants are given in UTC. Raises
    TypeError for a float, which has no exact text, and for anything else JSON does not know.
    """
    _check(value)
    return _ENCODER.encode(value)


def digest(text: str) -> str:
    """The SHA-256 of the text in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def exact_text(number: Decimal) -> str:
    """The shortest plain notation of a decimal: no exponent, no trailing zeros, no minus zero."""
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _known(value: Any) -> str:
    if isinstance(value, Decimal):
        return exact_text(value)
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no canonical text")


def _instant(value: datetime) -> str:
    if value.tzinfo is None:
        raise TypeError("an instant without a time zone has no canonical text")
    return value.astimezone(UTC).isoformat(timespec="microseconds")


_TEXT = frozenset({str})
# What a document has most of, told by type alone: the walk below visits none of it.
_PLAIN = frozenset({str, int, bool, type(None)})


def _check(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("a float has no canonical text; give a Decimal or a text")
    if isinstance(value, dict):
        if not _TEXT.issuperset(map(type, value)):
            _check_keys(value)
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        return
    if not _PLAIN.issuperset(map(type, value)):
        for item in value:
            if type(item) not in _PLAIN:
                _check(item)


def _check_keys(keys: Iterable[Any]) -> None:
    for key in keys:
        if not isinstance(key, str):
            raise TypeError(f"a key must be a text, not {type(key).__name__}")


_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_known
)
