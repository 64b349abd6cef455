"""Finding a value in an answer by a path such as `data.0.organization.id`."""

from __future__ import annotations

from enum import Enum
from typing import Final


class _Missing(Enum):
    MISSING = "missing"


MISSING: Final = _Missing.MISSING
"""What a path leads to where nothing is: not even null."""


def at_path(value: object, *, path: str) -> object:
    """What is at the path in a value of JSON; the value itself where the path is empty."""
    if not path:
        return value
    if isinstance(value, dict) and path in value:
        found: object = value[path]
        return found
    name, _, rest = path.partition(".")
    if isinstance(value, dict) and name in value:
        return at_path(value[name], path=rest)
    if isinstance(value, list) and name.isascii() and name.isdigit() and int(name) < len(value):
        return at_path(value[int(name)], path=rest)
    return MISSING
