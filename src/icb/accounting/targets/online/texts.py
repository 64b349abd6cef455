"""Texts as they are sent: nothing in them that another program would act on unseen."""

from __future__ import annotations

import unicodedata

CUT = "…"
# Format characters are left out as well: overrides of direction show a text as another one.
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn")
_JOINERS = ("\u200c", "\u200d")  # letters of some languages and many emoji need them


def plain_lines(text: str, *, longest: int) -> str:
    """`text` without control and format characters but line breaks, cut to `longest`."""
    lines = (_seen(line) for line in text.splitlines())
    return cut("\n".join(lines).strip(), longest=longest)


def plain_line(text: str, *, longest: int) -> str:
    """`text` in one line without control and format characters, cut to `longest`."""
    return cut(" ".join(_seen(text).split()), longest=longest)


def cut(text: str, *, longest: int) -> str:
    """`text`, its end replaced by … where it is longer. Counted as UTF-16 counts, as both do."""
    if _length(text) <= longest:
        return text
    kept = text[: longest - len(CUT)]
    while _length(kept) > longest - len(CUT):
        kept = kept[:-1]
    return kept.rstrip() + CUT


def _length(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def _seen(line: str) -> str:
    return "".join(_kept(character) for character in line)


def _kept(character: str) -> str:
    if character in _JOINERS or unicodedata.category(character) not in _UNSEEN:
        return character
    return " " if character.isspace() else ""
