"""Reads a vendor's JSON field by field, so that a wrong type is said, and never counted.

Vendors send null for what they do not know, also where their documents do not say so: what may be
absent may be null too. Everything else raises `UnexpectedAnswer` with the place of the field.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from icb.hub.ports import UnexpectedAnswer

_LARGEST = 10**15  # beyond it a number is a mistake, and could be one of a billion digits
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Record:
    """One object of an answer. `at` says where it stood, for messages."""

    def __init__(self, value: object, *, at: str) -> None:
        if not isinstance(value, Mapping):
            raise UnexpectedAnswer(f"{at} is not an object but {_kind(value)}. Nothing was stored.")
        self._fields = value
        self._at = at

    def names(self) -> list[str]:
        """The names of all fields, in their order."""
        return list(self._fields)

    def holds(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self._fields.get(name) is not None

    def text(self, name: str) -> str:
        """A text that must be there and not be empty."""
        value = self.text_or(name)
        if not value:
            raise self._wrong(name, wanted="a text")
        return value

    def text_or(self, name: str, *, otherwise: str = "") -> str:
        """A text; `otherwise` where it is absent or null."""
        value = self._fields.get(name)
        if value is None:
            return otherwise
        if not isinstance(value, str):
            raise self._wrong(name, wanted="a text")
        return value

    def key(self, name: str) -> str:
        """An id that must be there: a text, or a whole number as its digits."""
        value = self.key_or(name)
        if not value:
            raise self._wrong(name, wanted="an id")
        return value

    def key_or(self, name: str, *, otherwise: str = "") -> str:
        """An id; `otherwise` where it is absent or null."""
        value = self._fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.text_or(name, otherwise=otherwise)

    def whole(self, name: str) -> int:
        """A whole number, zero or more, that must be there."""
        value = self.whole_or_none(name)
        if value is None:
            raise self._wrong(name, wanted="a whole number")
        return value

    def whole_or_none(self, name: str) -> int | None:
        """A whole number, zero or more; None where it is absent or null."""
        value = self._fields.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self._wrong(name, wanted="a whole number, zero or more")
        return value

    def amount(self, name: str) -> int | Decimal:
        """A number, zero or more, that must be there: whole, or with an exact fraction."""
        value = self._fields.get(name)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self._wrong(name, wanted="a number, zero or more")
        if not 0 <= value <= _LARGEST:
            raise self._wrong(name, wanted="a number from zero to a sane size")
        return int(value) if value == int(value) else value

    def flag(self, name: str, *, otherwise: bool = False) -> bool:
        """True or false; `otherwise` where it is absent or null."""
        value = self._fields.get(name)
        if value is None:
            return otherwise
        if not isinstance(value, bool):
            raise self._wrong(name, wanted="true or false")
        return value

    def instant_or_none(self, name: str) -> datetime | None:
        """An instant: ISO 8601 text, or whole milliseconds since 1970; None where it is absent."""
        value = self._fields.get(name)
        if value is None:
            return None
        try:
            if isinstance(value, str):
                return _aware(datetime.fromisoformat(value))
            return _EPOCH + timedelta(milliseconds=self.whole(name))
        except (ValueError, OverflowError):
            raise self._wrong(name, wanted="an instant") from None

    def instant_of_seconds_or_none(self, name: str) -> datetime | None:
        """An instant in seconds since 1970, exact to the microsecond; None where it is absent."""
        if self._fields.get(name) is None:
            return None
        try:
            return _EPOCH + timedelta(microseconds=int(self.amount(name) * 1_000_000))
        except OverflowError:
            raise self._wrong(name, wanted="an instant") from None

    def record(self, name: str) -> Record:
        """An object that must be there."""
        return Record(self._fields.get(name), at=f"{self._at}.{name}")

    def record_or_none(self, name: str) -> Record | None:
        """An object; None where it is absent or null."""
        return None if self._fields.get(name) is None else self.record(name)

    def records(self, name: str) -> list[Record]:
        """A list of objects that must be there; it may be empty."""
        return records(self._fields.get(name), at=f"{self._at}.{name}")

    def _wrong(self, name: str, *, wanted: str) -> UnexpectedAnswer:
        if self._fields.get(name) is None:
            return UnexpectedAnswer(f"{self._at}.{name} is missing. Nothing was stored.")
        got = _kind(self._fields[name])
        return UnexpectedAnswer(f"{self._at}.{name} is not {wanted} but {got}. Nothing was stored.")


def records(value: object, *, at: str) -> list[Record]:
    """A list of objects; UnexpectedAnswer for anything else."""
    if not isinstance(value, list):
        raise UnexpectedAnswer(f"{at} is not a list but {_kind(value)}. Nothing was stored.")
    return [Record(item, at=f"{at}[{number}]") for number, item in enumerate(value)]


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    if value is None:
        return "missing"
    return kinds.get(type(value), "a number")


def _aware(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
