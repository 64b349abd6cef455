"""Exact numbers inside of a fake, and plain JSON outside of it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def exact(body: bytes) -> Any:
    """A body of JSON with every number as a Decimal."""
    return json.loads(body, parse_float=Decimal, parse_int=Decimal)


def plain(value: Any) -> Any:
    """The same with numbers as JSON has them."""
    if isinstance(value, Decimal):
        return json.loads(f"{value:f}")
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value
