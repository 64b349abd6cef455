"""JSON from outside, taken only where it has one meaning: exact numbers, no name twice."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

LONGEST_NUMBER = 40
LARGEST_EXPONENT = 30
DEEPEST = 64
_HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")


class NoJson(ValueError):
    """Why a text is no JSON that can be taken; the message is for people."""


def read_json(body: bytes, *, deepest: int = DEEPEST) -> object:
    """The value in a body of UTF-8. Numbers with a fraction or an exponent are Decimal.

    Raises NoJson for a byte that is no UTF-8, a number beyond 40 characters or 30 powers of ten,
    NaN and Infinity, a name twice in one object, half a character, and nesting beyond `deepest`.
    """
    try:
        text = body.decode("utf-8-sig")
        value: object = json.loads(
            text,
            parse_int=_whole,
            parse_float=_fraction,
            parse_constant=_constant,
            object_pairs_hook=_object,
        )
        if _HALF_CHARACTER.search(text):
            json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeError:
        raise NoJson("it holds bytes that are no text in UTF-8") from None
    except RecursionError:
        raise _too_deep(deepest) from None
    except json.JSONDecodeError as error:
        raise NoJson(f"it is no JSON ({error.msg}, character {error.pos + 1})") from None
    _check_depth(value, deepest=deepest)
    return value


def _whole(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise NoJson(f"it holds a number of {len(text)} digits")
    return int(text)


def _fraction(text: str) -> Decimal:
    number = Decimal(text) if len(text) <= LONGEST_NUMBER else None
    if number is None or (number and abs(number.adjusted()) > LARGEST_EXPONENT):
        raise NoJson(f"it holds a number that is too large or too long: {text[:20]}")
    return number


def _constant(text: str) -> object:
    raise NoJson(f"it holds {text}, which is no number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise NoJson(f"it holds the name {twice[:40]!r} twice in one object")
    return found


def _check_depth(value: object, *, deepest: int) -> None:
    level = [value]
    for _ in range(deepest):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return
    raise _too_deep(deepest)


def _too_deep(deepest: int) -> NoJson:
    return NoJson(f"it is nested more than {deepest} deep")
