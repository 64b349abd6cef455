"""A language that is not one: every message that is translated comes out between ⟦ and ⟧.

And pages read as a person meets them: texts, and the attributes that are shown or read aloud.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import NamedTuple

import pytest

OPEN, CLOSE = "⟦", "⟧"
_UNSEEN = {"script", "style"}
_CODE = {"code", "kbd", "pre"}
_VOID = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "wbr",
}
_READ = ("aria-label", "aria-description", "placeholder", "title", "alt")
_ASKED = ("data-confirm", "data-none", "data-offline")
_LATIN = re.compile(r"[A-Za-z]")


def mark_translations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every gettext of Python and of templates, lazy or not, answers with a marked message.

    They all ask one object for the four functions that read a catalogue; these are replaced.
    """

    def marked(message: str) -> str:
        text = str(message)
        return f"{OPEN}{text}{CLOSE}" if text else text

    def of_number(singular: str, plural: str, number: int) -> str:
        return marked(singular if number == 1 else plural)

    readers: dict[str, Callable[..., str]] = {
        "gettext": marked,
        "ngettext": of_number,
        "pgettext": lambda _where, text: marked(text),
        "npgettext": lambda _where, one, many, number: of_number(one, many, number),
    }
    for name, reader in readers.items():
        monkeypatch.setattr(f"django.utils.translation._trans.{name}", reader, raising=False)


class Said(NamedTuple):
    """What a page says outside of any message, and where: `td`, `button title`."""

    where: str
    text: str


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.inside: list[str] = []
        self.depth = 0
        self.said: list[Said] = []
        self.leads_to: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self.inside.append(tag)
        given = {name: value or "" for name, value in attrs}
        is_button = tag == "input" and given.get("type") in ("submit", "button", "reset")
        for name in (*_READ, *_ASKED, *(["value"] if is_button else [])):
            self.said += [Said(f"{tag} {name}", text) for text in unmarked(given.get(name, ""))]
        self.leads_to += [given[name] for name in ("href", "hx-get") if given.get(name)]

    def handle_endtag(self, tag: str) -> None:
        if tag in self.inside:
            while self.inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if _UNSEEN & set(self.inside) or _CODE & set(self.inside):
            return
        where = self.inside[-1] if self.inside else ""
        outside, self.depth = _split(data, depth=self.depth)
        self.said += [Said(where, text) for text in outside]


class Read(NamedTuple):
    """A page as it was read: what stands outside of messages, and where its links lead."""

    said: list[Said]
    leads_to: list[str]
    is_balanced: bool


def read(content: bytes) -> Read:
    """What a page says outside of messages, with Latin letters; and where it leads to."""
    reader = _Reader()
    reader.feed(content.decode())
    reader.close()
    return Read(reader.said, reader.leads_to, reader.depth == 0)


def unmarked(text: str) -> list[str]:
    """The parts of a text that stand outside of messages and have Latin letters."""
    return _split(text, depth=0)[0]


def _split(text: str, *, depth: int) -> tuple[list[str], int]:
    outside = []
    for part in re.split(f"([{OPEN}{CLOSE}])", text):
        if part == OPEN:
            depth += 1
        elif part == CLOSE:
            depth -= 1
        elif depth == 0 and _LATIN.search(part):
            outside.append(" ".join(part.split()))
    return outside, depth
