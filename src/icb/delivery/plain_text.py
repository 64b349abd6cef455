"""Texts of others as they may stand in a message: visible characters, in lines of ours alone.

A name may hold anything. What ends a line, controls a terminal, or turns the direction of what
follows has no place in a header or a body; it is left out, so that it cannot pretend to be ours.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from icb.kernel.errors import InvalidInput

LONGEST_HEADER = 200
_LONGEST_ADDRESS, _LONGEST_LOCAL = 254, 64
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"({_LOCAL})@({_LABEL}(?:\.{_LABEL})*)")
_FILE_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_DAYS = {"de": "%d.%m.%Y", "fr": "%d/%m/%Y", "nl": "%d-%m-%Y", "es": "%d/%m/%Y"}
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_MARKS = {
    "en": (",", "."),
    "de": (".", ","),
    "fr": ("\u202f", ","),
    "nl": (".", ","),
    "es": (".", ","),
}
_ENDS, _UNSEEN = ("Cc", "Zl", "Zp"), ("Cf", "Cs")


def one_line(text: str, *, longest: int = LONGEST_HEADER) -> str:
    """A text for a header: one line without controls, cut where it is too long."""
    plain = " ".join("".join(_visible(one) for one in text).split())
    return plain if len(plain) <= longest else f"{plain[: longest - 1].rstrip()}…"


def lines(text: str) -> str:
    """A text for a body: its lines stay, controls do not."""
    found = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("".join(_visible(one) for one in line).rstrip() for line in found)


def check_address(text: str, *, field: str) -> str:
    """An e-mail address as it is used on the line; InvalidInput for anything else.

    Plain ones alone: letters of other alphabets stand in their xn-- form in the domain.
    """
    address = text.strip()
    found = _ADDRESS.fullmatch(address)
    if found is None or len(address) > _LONGEST_ADDRESS or len(found[1]) > _LONGEST_LOCAL:
        raise InvalidInput(
            field=field,
            value=one_line(text),
            message=f"{field}: {one_line(text) or 'nothing'} is no e-mail address. Nothing was "
            "stored. Write name@example.org, the domain in its xn-- form where it has other "
            "letters.",
        )
    return f"{found[1]}@{found[2].lower()}"


def is_address(text: str) -> bool:
    """Whether a text is an e-mail address that can be used."""
    try:
        check_address(text, field="address")
    except InvalidInput:
        return False
    return True


def file_name(number: str, *, ending: str) -> str:
    """The name of a file for a document, of letters and digits that every system takes."""
    stem = _FILE_NAME.sub("-", number).strip("-.") or "document"
    return f"{stem[:80]}.{ending}"


def day_text(day: date, *, language: str) -> str:
    """A day as it is written in the language."""
    if language == "en":
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return day.strftime(_DAYS.get(language, "%Y-%m-%d"))


def amount_text(amount: str, *, currency: str, language: str) -> str:
    """An amount (plain decimal text) as it is written in the language, with its currency."""
    group, point = _MARKS.get(language, (",", "."))
    sign, digits = ("-", amount[1:]) if amount.startswith("-") else ("", amount)
    whole, dot, decimals = digits.partition(".")
    grouped = re.sub(r"(?<=\d)(?=(?:\d{3})+$)", group, whole)
    return f"{sign}{grouped}{point if dot else ''}{decimals} {currency}"


def _visible(one: str) -> str:
    kind = unicodedata.category(one)
    if kind in _ENDS:
        return " "
    return "" if kind in _UNSEEN else one
