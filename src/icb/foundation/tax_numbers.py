"""Whether a tax number can be right, by its length and check digits alone. Pure, asks nobody.

Whoever is told of a problem may still store the number: some offices give numbers of other kinds,
and a number that fits may still belong to nobody.
"""

from __future__ import annotations

from stdnum import get_cc_module
from stdnum.eu import vat
from stdnum.exceptions import ValidationError

_KINDS = ("vat", "tin")
_GREECE, _NORTHERN_IRELAND = {"el": "gr"}, "xi"


def tax_number_problem(number: str, *, country: str) -> str:
    """What is wrong with a tax number, for a person to look at; empty where nothing is known of.

    `country` is two letters or empty. A number that begins with the letters of a country of the EU
    is checked as that country's VAT number. One without letters is checked where the country has
    one kind of number only: offices of the EU give tax numbers besides VAT numbers.
    """
    text = number.strip().upper()
    if not text:
        return ""
    led_by = _country_of(text)
    home = country.strip().lower()
    if led_by in vat.MEMBER_STATES:
        if not vat.is_valid(text):
            return (
                f"{number} is no VAT number of {led_by.upper()}: its length or check digits are "
                "wrong. Compare it with the organization's papers."
            )
        if home and led_by not in (home, _NORTHERN_IRELAND):
            return f"{number} is a VAT number of {led_by.upper()}, but the country is {country}."
        return ""
    if home in vat.MEMBER_STATES or not (home or led_by):
        return ""
    return _problem_abroad(number, home or led_by)


def _country_of(text: str) -> str:
    letters = text[:2].lower()
    return _GREECE.get(letters, letters) if letters.isascii() and letters.isalpha() else ""


def _problem_abroad(number: str, country: str) -> str:
    """Outside the EU: by the one kind of number that is known of the country."""
    for kind in _KINDS:
        module = get_cc_module(country, kind)
        if module is None:
            continue
        try:
            module.validate(number)
        except ValidationError:
            return (
                f"{number} is no tax number of {country.upper()}: its length or check digits are "
                "wrong. Compare it with the organization's papers."
            )
        return ""
    return ""
