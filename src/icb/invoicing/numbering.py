"""How document numbers are written (rules, section 7): a prefix, then the sequence in digits.

A prefix never ends in a digit, so a number is read back in one way only, and it is a safe file
name, because renderings are kept under their number.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from icb.kernel.errors import InvalidInput

LONGEST_PREFIX = 20
MOST_DIGITS = 12
_PREFIX = re.compile(r"(?=[A-Za-z0-9])[A-Za-z0-9._-]*[A-Za-z._-]", re.ASCII)


class Numbering(NamedTuple):
    """How the numbers of one kind of document look."""

    prefix: str
    digits: int


FIRST_NUMBERING = {"invoice": Numbering("INV-", 6), "credit_note": Numbering("CN-", 6)}
"""What a series looks like until somebody sets it."""


def document_number(numbering: Numbering, *, sequence: int) -> str:
    """The number a document prints. A sequence with more digits than set is not cut.

    >>> document_number(Numbering("INV-", 6), sequence=42)
    'INV-000042'
    """
    return f"{numbering.prefix}{sequence:0{numbering.digits}d}"


def check_numbering(numbering: Numbering, *, other_prefix: str) -> None:
    """InvalidInput where a series cannot be written so.

    `other_prefix` is the prefix of the other kind of document: two series that look alike would
    print the same number twice.
    """
    prefix, digits = numbering
    if len(prefix) > LONGEST_PREFIX or not _PREFIX.fullmatch(prefix):
        raise _invalid(
            "prefix",
            prefix,
            f"{prefix!r} is no prefix. Give 1 to {LONGEST_PREFIX} letters, digits, hyphens, dots "
            "or underscores that start with a letter or digit and do not end in a digit",
        )
    if prefix.casefold() == other_prefix.casefold():
        raise _invalid(
            "prefix",
            prefix,
            f"{prefix!r} is the prefix of the other kind of document. Give each its own",
        )
    if not 1 <= digits <= MOST_DIGITS:
        raise _invalid(
            "digits", digits, f"{digits} is out of range. Give 1 to {MOST_DIGITS} digits"
        )


def sequence_of(number: str) -> int | None:
    """The sequence where only that was typed ("42"), None where a whole number was.

    >>> sequence_of("42"), sequence_of("INV-000042")
    (42, None)
    """
    return int(number) if number.isascii() and number.isdigit() else None


def _invalid(field: str, value: object, problem: str) -> InvalidInput:
    return InvalidInput(
        field=field, value=value, message=f"{field}: {problem}. Nothing was stored."
    )
