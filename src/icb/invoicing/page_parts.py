"""What the pages of documents and of statements have in common, ready to be drawn. Pure.

A page is plain JSON of texts in the document's language: the template (`templates/`) places them
and computes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from icb.invoicing.design import Design
from icb.invoicing.wording import Wording

Page = dict[str, Any]
Cell = str | list[str]
"""A text, or a text and the smaller print below it."""

_CITY_FIRST = {"US", "CA", "AU"}
# In points, of what mostly stands in a table: digits.
_WIDTH_OF_LETTER = 5
_WIDTH_OF_SMALL = 4
_PADDING = 10


class Column(NamedTuple):
    """A column of a table: its heading, and its parts of the width that narrow ones leave."""

    label: str
    is_number: bool = False
    is_small: bool = False
    has_subtotals: bool = False
    parts: int = 0


class Group(NamedTuple):
    """Rows under a name, with what they come to; both blank where rows are not grouped."""

    name: str
    rows: list[list[Cell]]
    subtotal: str = ""
    subtotal_label: str = ""


def table(columns: Sequence[Column], *, groups: Sequence[Group]) -> Page:
    """A table whose narrow columns are as wide as what stands in them."""
    return {
        "columns": [
            {
                "label": column.label,
                "align": "right" if column.is_number else "left",
                "is_small": column.is_small,
                "parts": column.parts,
                "points": 0 if column.parts else _points(at, column, groups),
            }
            for at, column in enumerate(columns)
        ],
        "groups": [group._asdict() for group in groups],
    }


def _points(at: int, column: Column, groups: Sequence[Group]) -> int:
    texts = [_first(row[at]) for group in groups for row in group.rows]
    if column.has_subtotals:
        texts += [group.subtotal for group in groups]
    longest = max(map(len, texts), default=0)
    letter = _WIDTH_OF_SMALL if column.is_small else _WIDTH_OF_LETTER
    return max(longest * letter, len(column.label) * _WIDTH_OF_LETTER) + _PADDING


def _first(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell[0]


def shared_page(data: Page, *, design: Design, said: Wording) -> Page:
    """What stands around every page: the paper, who sends it, the logo's place and the foot."""
    sender = data["provider"]
    footer = design.text("footer", language=data["language"])
    return {
        "kind": data["kind"],
        "number": data["number"],
        "language": data["language"],
        "accent": design.accent,
        "paper": {"a4": "a4", "letter": "us-letter"}[design.paper],
        "is_compact": design.is_compact,
        "sender": sender["name"],
        "sender_lines": address_lines(sender, other_country=data["organization"]["country"]),
        "receiver": data["organization"]["name"],
        "receiver_lines": _receiver_lines(data, said),
        "heading": design.text("heading", language=data["language"]),
        "intro": design.text("intro", language=data["language"]),
        "footer": footer.split("\n") if footer else _own_footer(sender, said),
        "page_words": _around(said.say("page", page="\n", pages="\n")),
        "demo_note": said.say("demo") if data.get("is_demo") else "",
        "mark": said.say("demo_mark") if data.get("is_demo") else "",
    }


def address_lines(party: Page, *, other_country: str) -> list[str]:
    """The lines of an address; its country only where the other party's is another one."""
    city, postal_code, region = party["city"], party["postal_code"], party["region"]
    if party["country"] in _CITY_FIRST:
        place = ", ".join(filter(None, (city, " ".join(filter(None, (region, postal_code))))))
        places = [place]
    else:
        places = [" ".join(filter(None, (postal_code, city))), region]
    country = party["country_name"] if party["country"] != other_country else ""
    return [line for line in (*party["address"].splitlines(), *places, country) if line.strip()]


def iban_text(iban: str) -> str:
    """An IBAN in groups of four."""
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))


def day_of(iso: str) -> date:
    """A day of the frozen data."""
    return date.fromisoformat(iso)


def facts(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The pairs of label and text that say something."""
    return [[label, text] for label, text in pairs if text]


def _receiver_lines(data: Page, said: Wording) -> list[str]:
    receiver = data["organization"]
    lines = address_lines(receiver, other_country=data["provider"]["country"])
    number = receiver["tax_number"]
    return [*lines, *([f"{said.say('tax_number')} {number}"] if number else [])]


def _own_footer(sender: Page, said: Wording) -> list[str]:
    first = [sender["name"], *address_lines(sender, other_country=sender["country"])]
    named = [(said.say("phone"), sender["phone"]), (said.say("tax_number"), sender["tax_number"])]
    second = [sender["email"], *(f"{label} {value}" for label, value in named if value)]
    lines = ("  ·  ".join(filter(None, part)) for part in (first, second))
    return [line for line in lines if line]


def _around(text: str) -> list[str]:
    """The words before, between and after two numbers."""
    return text.split("\n")
