"""What countries are called, in the languages of people and documents."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from icb.kernel.countries import COUNTRIES

_USUAL = "en"


def country_name(code: str, *, language: str) -> str:
    """The name of a country by its two letters; blank for none, the letters where it has no name.

    >>> country_name("DE", language="fr"), country_name("", language="fr")
    ('Allemagne', '')
    """
    return _names(language).get(code, code)


def countries_by_name(language: str) -> list[tuple[str, str]]:
    """Letters and name of every country, by name as the alphabet has it without accents."""
    names = _names(language)
    return sorted(((code, names[code]) for code in COUNTRIES), key=lambda one: _plain(one[1]))


@lru_cache(maxsize=16)
def _names(language: str) -> dict[str, str]:
    try:
        territories = Locale.parse(language, sep="-").territories
    except (UnknownLocaleError, ValueError):
        territories = Locale.parse(_USUAL).territories
    return {code: territories.get(code, code) for code in COUNTRIES}


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in folded if not unicodedata.combining(letter)).casefold()
