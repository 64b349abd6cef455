"""Words, numbers and days of documents, in each of their languages. Pure.

Everything comes from the files in `templates/words/`: nothing here asks the locale or the clock,
so the same data gives the same text on every machine.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from icb.kernel.languages import LANGUAGES, check_language

_FOLDER = Path(__file__).parent / "templates" / "words"
MINUS: Final = "−"
_GROUP = 3


class Wording:
    """One language: its words by key, and how it writes numbers and days."""

    def __init__(self, words: dict[str, Any]) -> None:
        self._words = words

    def say(self, key: str, **values: str) -> str:
        """The words of a key, with the values in their places."""
        text: str = self._words[key]
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def number(self, plain: str) -> str:
        """A number of the frozen data as people read it: "-1234567.80" is "−1,234,567.80"."""
        whole, _, decimals = plain.removeprefix("-").partition(".")
        first = len(whole) % _GROUP
        groups = [whole[:first]] if first else []
        groups += [whole[at : at + _GROUP] for at in range(first, len(whole), _GROUP)]
        text = str(self._words["group_mark"]).join(groups)
        if decimals:
            text += self._words["decimal_mark"] + decimals
        return MINUS + text if plain.startswith("-") else text

    def long_day(self, day: date) -> str:
        """A day with the whole name of its month."""
        return self._day("long_day", day, self._words["months"])

    def day(self, day: date) -> str:
        """A day with the short name of its month."""
        return self._day("short_day", day, self._words["short_months"])

    def days(self, start: date, *, end: date) -> str:
        """A half-open range of days, by its first and last day."""
        last = end - timedelta(days=1)
        if last <= start:
            return self.day(start)
        if start.year != last.year:
            return f"{self.day(start)} – {self.day(last)}"
        if start.month != last.month:
            first = self._day("day_of_month", start, self._words["short_months"])
            return f"{first} – {self.day(last)}"
        return f"{self._day('day_alone', start, self._words['short_months'])}–{self.day(last)}"

    def _day(self, form: str, day: date, months: list[str]) -> str:
        return self.say(form, day=str(day.day), month=months[day.month - 1], year=str(day.year))


@lru_cache(maxsize=len(LANGUAGES))
def wording(language: str) -> Wording:
    """The words of a language; InvalidInput where no documents are written in it."""
    check_language(language)
    return Wording(json.loads((_FOLDER / f"{language}.json").read_text("utf-8")))


def words_of(language: str) -> dict[str, Any]:
    """All words of a language by key, to compare it with the others."""
    words: dict[str, Any] = json.loads((_FOLDER / f"{language}.json").read_text("utf-8"))
    return words
