"""What of a text a file can hold (pure): no control characters, no formulas, one encoding."""

from __future__ import annotations

import re
import unicodedata

from icb.accounting.ports import TargetError, Trouble

_FORMULA = re.compile(r"'*[=+\-@|%]")
# Letters that no decomposition takes apart.
_LETTERS = str.maketrans({"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ħ": "h", "ı": "i"})


def plain(text: str) -> str:
    """The text on one line: control and invisible characters gone, white space single."""
    kept = "".join(
        " " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter
        for letter in text
        if unicodedata.category(letter) not in ("Cf", "Cs", "Co", "Cn")
    )
    return " ".join(kept.split())


def cell(text: str) -> str:
    """The text for a cell: a spreadsheet shows it and runs nothing of it."""
    shown = plain(text)
    return f"'{shown}" if _FORMULA.match(shown) else shown


def in_windows_1252(text: str, *, document: str, field: str) -> str:
    """The text in letters that Windows-1252 has; accents that it lacks are left out.

    Raises TargetError with REFUSED where letters are left that have no likeness there.
    """
    found = []
    for letter in text:
        for form in (letter, _without_accents(letter)):
            if _fits(form):
                found.append(form)
                break
        else:
            raise TargetError(
                Trouble.REFUSED,
                f"{document}: {field} holds {letter!r}, for which this format has no letter. Map "
                "it to a name in Latin letters, or change the text on the next document.",
            )
    return "".join(found)


def _without_accents(letter: str) -> str:
    parts = unicodedata.normalize("NFKD", letter.translate(_LETTERS))
    return "".join(part for part in parts if not unicodedata.combining(part))


def _fits(text: str) -> bool:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return bool(text)
