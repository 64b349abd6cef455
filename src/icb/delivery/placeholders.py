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
    """A name that stands for something of the document, and what it stands for."""

    name: str
    meaning: str
    kinds: tuple[str, ...]


_EVERY = ("invoice", "credit_note", "statement", "reminder")
_OF_DOCUMENT = ("invoice", "credit_note", "reminder")
PLACEHOLDERS = (
    Placeholder("organization", "who gets the message", _EVERY),
    Placeholder("provider", "who sends it", _EVERY),
    Placeholder("provider_email", "the provider's e-mail address", _EVERY),
    Placeholder("provider_phone", "the provider's telephone number", _EVERY),
    Placeholder("number", "the number of the document", _OF_DOCUMENT),
    Placeholder("issued_on", "the day it was issued", _OF_DOCUMENT),
    Placeholder("total", "what it comes to, with its currency", _OF_DOCUMENT),
    Placeholder("due_on", "until when it is to be paid", ("invoice", "reminder")),
    Placeholder("credited", "the number of the invoice that it credits", ("credit_note",)),
    Placeholder("open", "what is open, with its currency", ("reminder", "statement")),
    Placeholder("until", "the last day of the statement", ("statement",)),
    Placeholder(LINK, "a link to see and download the document", _OF_DOCUMENT),
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
