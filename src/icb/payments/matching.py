"""Whose payment a line of a bank's file is: by numbers of invoices, else by keys and names in it.

Texts are compared word by word, without case, signs or width of letters: "INV 000012", "inv-000012"
and "INV000012" are one number. A word is never found inside another: INV-00001 is not within
INV-000012.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence

_WORD = re.compile(r"[^\W_]+")
_ENDING = re.compile(r"[0-9]+$")
_LONGEST_SEQUENCE = 18
_LONGEST_NUMBER = 4
_LONGEST_NAME = 8


def words_of(text: str) -> list[str]:
    """The words of a text, as they are compared."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def number_key(number: str) -> str:
    """A number of a document as it is looked for."""
    return "".join(words_of(number))


def name_key(name: str) -> str:
    """A key or name of an organization as it is looked for."""
    return " ".join(words_of(name))


def sequences_in(text: str) -> set[int]:
    """The whole numbers in which words of a text end, as the numbers of documents do."""
    found = (_ENDING.search(word) for word in words_of(text))
    return {int(match[0]) for match in found if match and len(match[0]) <= _LONGEST_SEQUENCE}


def numbers_in(text: str, *, known: Collection[str]) -> list[str]:
    """The known number keys that a text names, in its order, each once."""
    words = words_of(text)
    found: list[str] = []
    for start in range(len(words)):
        for length in range(1, _LONGEST_NUMBER + 1):
            key = "".join(words[start : start + length])
            if key in known and key not in found:
                found.append(key)
    return found


def organizations_in(text: str, *, known: Mapping[str, Sequence[str]]) -> list[str]:
    """The organizations whose key or name a text holds; of several the ones with the longest name.

    `known` gives the organizations of each name key.
    """
    words = words_of(text)
    for length in range(min(_LONGEST_NAME, len(words)), 0, -1):
        found: list[str] = []
        for start in range(len(words) - length + 1):
            for key in known.get(" ".join(words[start : start + length]), ()):
                if key not in found:
                    found.append(key)
        if found:
            return found
    return []
