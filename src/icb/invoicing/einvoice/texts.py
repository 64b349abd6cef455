"""Texts that XML can carry: what is not a letter there becomes a space, and nothing else changes.

Markup needs no care here: the writer escapes it. What XML 1.0 has no way to state at all (control
characters, half of a surrogate pair) would make the file unreadable, and marks that turn the
direction of writing could show a reader another amount than a program reads.
"""

from __future__ import annotations

import re

_NOT_IN_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TURNS_DIRECTION = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SPACE = re.compile(r"\s+")


def one_line(value: object) -> str:
    """A text in one line; None is blank."""
    return _SPACE.sub(" ", _stated(value)).strip()


def lines_of(value: object) -> list[str]:
    """The lines of a text, those with something in them."""
    lines = (one_line(line) for line in _stated(value).splitlines())
    return [line for line in lines if line]


def several_lines(value: object) -> str:
    """A text with its line breaks."""
    return "\n".join(lines_of(value))


def _stated(value: object) -> str:
    text = "" if value is None else str(value)
    return _TURNS_DIRECTION.sub("", _NOT_IN_XML.sub(" ", text))
