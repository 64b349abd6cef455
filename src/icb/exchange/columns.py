"""What a column of a bundle file takes, and the canonical text of what stands in its cells."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from icb.exchange.problems import CellRefused
from icb.exchange.values import (
    canonical_choice,
    canonical_number,
    canonical_tiers,
    canonical_truth,
    join_list,
    read_day,
    split_list,
)
from icb.foundation.provider_details import checked
from icb.kernel.countries import COUNTRIES
from icb.kernel.currency import check_currency
from icb.kernel.errors import InvalidInput


class Kind(Enum):
    """The kinds of cells."""

    TEXT = auto()
    KEY = auto()
    NUMBER = auto()
    WHOLE = auto()
    DAY = auto()
    TRUTH = auto()
    CHOICE = auto()
    CURRENCY = auto()
    COUNTRY = auto()
    IBAN = auto()
    BIC = auto()
    TIERS = auto()
    LIST = auto()


_WORDS = {
    Kind.TEXT: "text",
    Kind.KEY: "key",
    Kind.NUMBER: "number",
    Kind.WHOLE: "whole number",
    Kind.DAY: "day",
    Kind.TRUTH: "yes or no",
    Kind.CURRENCY: "currency code",
    Kind.COUNTRY: "two letters of a country",
    Kind.IBAN: "IBAN",
    Kind.BIC: "BIC",
    Kind.TIERS: "tiers",
    Kind.LIST: "list, separated by |",
}


@dataclass(frozen=True)
class Column:
    """One column: its name, what it takes, and what an empty cell means.

    An empty cell means `default`. With `stands`, on a row that is already in the database, an
    empty cell leaves what is there: the product chose it, or another file says it. With `at_first`
    the cell is only about a new row: afterwards another file says it.
    `refers_to` is the file whose keys are the allowed texts; where its key has two parts, `within`
    is the column of this file that has the first part.
    """

    name: str
    kind: Kind
    about: str
    required: bool = False
    default: str = ""
    stands: bool = False
    at_first: bool = False
    choices: tuple[str, ...] = ()
    longest: int = 0
    refers_to: str = ""
    within: str = ""

    def canonical(self, text: str, *, decimal_comma: bool) -> str:
        """The one text for what the cell means; CellRefused where it is not allowed."""
        if self.kind in (Kind.TEXT, Kind.KEY):
            return self._short_enough(text)
        text = text.strip()
        if not text:
            return self.default
        match self.kind:
            case Kind.NUMBER:
                return canonical_number(text, decimal_comma=decimal_comma)
            case Kind.WHOLE:
                return self._whole(text)
            case Kind.DAY:
                return read_day(text).isoformat()
            case Kind.TRUTH:
                return canonical_truth(text)
            case Kind.CHOICE:
                return canonical_choice(text, choices=self.choices)
            case Kind.CURRENCY:
                return _currency(text)
            case Kind.COUNTRY:
                return _country(text)
            case Kind.IBAN | Kind.BIC:
                return _account(text, kind=self.kind)
            case Kind.TIERS:
                return canonical_tiers(text, decimal_comma=decimal_comma)
        return join_list(split_list(text))

    @property
    def takes(self) -> str:
        """What the column takes, in words, for the documentation and for messages."""
        if self.kind is Kind.CHOICE:
            return ", ".join(self.choices)
        return _WORDS[self.kind]

    def _short_enough(self, text: str) -> str:
        if "\x00" in text:
            raise CellRefused("has a null character")
        if self.longest and len(text) > self.longest:
            raise CellRefused(f"has {len(text)} characters; at most {self.longest} are allowed")
        return text or self.default

    def _whole(self, text: str) -> str:
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise CellRefused("is not a whole number from 0 to 999999999")
        return str(int(text))


def _currency(text: str) -> str:
    try:
        return check_currency(text.upper())
    except InvalidInput:
        raise CellRefused("is not a currency code of ISO 4217, such as USD or EUR") from None


def _country(text: str) -> str:
    if text.upper() not in COUNTRIES:
        raise CellRefused("is not the two letters of a country, such as US or DE")
    return text.upper()


def _account(text: str, *, kind: Kind) -> str:
    try:
        return checked(kind.name.lower(), value=text)
    except InvalidInput:
        raise CellRefused(f"is not a valid {kind.name}") from None
