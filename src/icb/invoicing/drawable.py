"""Text that can be drawn: nothing in it steers, hides or reorders what stands beside it. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

_LONGEST_WORD: Final = 24
_BREAK: Final = "\u200b"
# Joiners belong to letters of some scripts; what else has no form only steers.
_KEPT = {"\n", "\u200c", "\u200d", "\u00ad"}
_NO_FORM = {"Cc", "Cf", "Cs", "Co", "Cn"}
_LONG_WORD = re.compile(rf"[^\s{_BREAK}]{{{_LONGEST_WORD + 1},}}")


def drawable(text: str) -> str:
    """The text without control characters and marks of direction; lines end in a line feed.

    A very long word may be broken, so that it stays on the paper.
    """
    lines = text.replace("\r\n", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    spaced = lines.replace("\r", "\n").replace("\t", " ")
    shown = "".join(
        letter
        for letter in spaced
        if letter in _KEPT or unicodedata.category(letter) not in _NO_FORM
    )
    return _LONG_WORD.sub(_broken, shown)


def drawable_tree(value: Any) -> Any:
    """The same for every text in lists and mappings; a `code` is a drawing and stays as it is."""
    if isinstance(value, str):
        is_plain = value.isascii() and value.isalnum() and len(value) <= _LONGEST_WORD
        return value if is_plain else drawable(value)
    if isinstance(value, list):
        return [drawable_tree(one) for one in value]
    if isinstance(value, dict):
        return {key: one if key == "code" else drawable_tree(one) for key, one in value.items()}
    return value


def _broken(found: re.Match[str]) -> str:
    word = found.group()
    return _BREAK.join(word[at : at + _LONGEST_WORD] for at in range(0, len(word), _LONGEST_WORD))
