"""Which encoding and separator a file has, found from the file itself or refused in words."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from icb.kernel.errors import InvalidInput

_CHUNK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEPARATORS = ",;\t"
_UTF8_LETTERS = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}")
WINDOWS = "cp1252"


class Dialect(NamedTuple):
    """How a file is written. `first_line` is the line that holds the header, from 1."""

    encoding: str
    separator: str
    first_line: int

    @property
    def decimal_comma(self) -> bool:
        """Whether its numbers may have a decimal comma."""
        return self.separator != ","

    @property
    def note(self) -> str:
        """What a person should know about the guess; empty where there was none."""
        if self.encoding == WINDOWS:
            return "read as Windows-1252; check names with accents, or save it as CSV UTF-8"
        return ""


def dialect_of(path: Path) -> Dialect:
    """The encoding and separator of a file; InvalidInput where they cannot be told."""
    encoding = _encoding_of(path)
    with path.open(encoding=encoding, newline="") as lines:
        first = lines.readline(_CHUNK).rstrip("\r\n")
        if first.lower().startswith("sep=") and len(first) == 5:
            return Dialect(encoding, _known_separator(path, first[4]), 2)
    return Dialect(encoding, _separator_in(first), 1)


def _encoding_of(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(_CHUNK)
        for mark, encoding in _MARKS:
            if start.startswith(mark):
                return _checked(path, encoding)
        if b"\x00" in start:
            raise _unreadable(path, "looks like UTF-16 without its byte order mark, or no text")
    try:
        return _checked(path, "utf-8")
    except InvalidInput as not_utf8:
        # Letters that are UTF-8 beside bytes that are not: reading all as Windows-1252 would
        # spoil the good ones without a word.
        if _has_utf8_letters(path):
            raise not_utf8
        return _checked(path, WINDOWS)


def _has_utf8_letters(path: Path) -> bool:
    with path.open("rb") as file:
        return any(_UTF8_LETTERS.search(line) for line in file)


def _checked(path: Path, encoding: str) -> str:
    """`encoding`, after the whole file has been read with it once."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            found = f"is not readable as {encoding}: byte {error.object[error.start]:#04x}"
            raise _unreadable(path, found) from None
    return encoding


def _separator_in(header: str) -> str:
    counts = Counter(character for character in header if character in _SEPARATORS)
    return max(_SEPARATORS, key=lambda separator: counts[separator])


def _known_separator(path: Path, separator: str) -> str:
    if separator not in _SEPARATORS:
        raise _unreadable(path, f"names the separator {separator!r}; use comma, semicolon or tab")
    return separator


def _unreadable(path: Path, problem: str) -> InvalidInput:
    return InvalidInput(
        message=f"{path.name} {problem}. Nothing was stored. Save it as CSV UTF-8 and try again."
    )
