"""What a message's own words may name: a fixed list, put in as plain text and read only once.

Nothing here is a language: `{name}` of the list becomes its value, everything else stays as it is.
A value that looks like a placeholder itself is not looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from icb.kernel.errors import InvalidInput

_PLACEHOLDER = re.compile(r"\{([^{}\n]*)\}")
LINK = "link"


class Placeholder(NamedTuple):
    """A name that stands for something, and the kinds of messages that may hold it."""

    name: str
    kinds: tuple[str, ...]


_EVERY = ("invoice", "credit_note", "statement", "reminder")
_OF_DOCUMENT = ("invoice", "credit_note", "reminder")
PLACEHOLDERS = (
    Placeholder("organization", _EVERY),
    Placeholder("provider", _EVERY),
    Placeholder("provider_email", _EVERY),
    Placeholder("provider_phone", _EVERY),
    Placeholder("number", _OF_DOCUMENT),
    Placeholder("issued_on", _OF_DOCUMENT),
    Placeholder("total", _OF_DOCUMENT),
    Placeholder("due_on", ("invoice", "reminder")),
    Placeholder("credited", ("credit_note",)),
    Placeholder("open", ("reminder", "statement")),
    Placeholder("until", ("statement",)),
    Placeholder(LINK, _OF_DOCUMENT),
)


def names_for(kind: str) -> list[str]:
    """The names that a message of this kind may hold."""
    return [one.name for one in PLACEHOLDERS if kind in one.kinds]


def check_placeholders(text: str, *, kind: str, field: str) -> None:
    """InvalidInput, with the whole list, where a text names something that is not in it."""
    known = names_for(kind)
    wrong = [name for name in used_names(text) if name not in known]
    if wrong:
        listed = ", ".join(f"{{{name}}}" for name in known)
        raise InvalidInput(
            field=field,
            value=wrong[0],
            message=f"{field}: {{{wrong[0]}}} stands for nothing. Nothing was stored. Use one of "
            f"{listed}.",
        )


def used_names(text: str) -> list[str]:
    """The names between braces, in their order."""
    return _PLACEHOLDER.findall(text)


def fill(text: str, *, values: Mapping[str, str]) -> str:
    """The text with each name of `values` replaced, once; other braces stay."""

    def value(found: re.Match[str]) -> str:
        return values.get(found[1], found[0])

    return _PLACEHOLDER.sub(value, text)
