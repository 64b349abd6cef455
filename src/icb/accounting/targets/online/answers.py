"""Reads a target's answer field by field; null and absent are the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from icb.accounting.ports import TargetError

Unreadable = Callable[[str], TargetError]
"""Makes the error of an answer that cannot be read from words about what is wrong with it."""


class Part:
    """One object of an answer. `at` says where it stood; `unreadable` makes the errors."""

    def __init__(self, value: object, *, at: str, unreadable: Unreadable) -> None:
        if not isinstance(value, Mapping):
            raise unreadable(f"{at} is no object")
        self._fields = value
        self._at = at
        self._unreadable = unreadable

    def holds(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self._fields.get(name) is not None

    def text(self, name: str) -> str:
        """A text or a whole number that must be there and not be empty."""
        found = self.text_or(name)
        if not found:
            raise self._unreadable(f"{self._at}.{name} is missing")
        return found

    def text_or(self, name: str, *, otherwise: str = "") -> str:
        """A text, or a whole number as its digits; `otherwise` where it is absent."""
        value = self._fields.get(name)
        if value is None:
            return otherwise
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self._unreadable(f"{self._at}.{name} is no text")
        return str(value)

    def number(self, name: str) -> Decimal:
        """A number that must be there."""
        found = self.number_or_none(name)
        if found is None:
            raise self._unreadable(f"{self._at}.{name} is missing")
        return found

    def number_or_none(self, name: str) -> Decimal | None:
        """A number; None where it is absent."""
        value = self._fields.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self._unreadable(f"{self._at}.{name} is no number")
        return Decimal(value)

    def flag(self, name: str, *, otherwise: bool) -> bool:
        """True or false; `otherwise` where it is absent."""
        value = self._fields.get(name)
        if value is None:
            return otherwise
        if not isinstance(value, bool):
            raise self._unreadable(f"{self._at}.{name} is neither true nor false")
        return value

    def part(self, name: str) -> Part:
        """An object that must be there."""
        place = f"{self._at}.{name}"
        return Part(self._fields.get(name), at=place, unreadable=self._unreadable)

    def part_or_empty(self, name: str) -> Part:
        """An object; one without fields where it is absent."""
        return self.part(name) if self.holds(name) else self.empty(name)

    def parts(self, name: str) -> list[Part]:
        """A list of objects that must be there; it may be empty."""
        place = f"{self._at}.{name}"
        return parts(self._fields.get(name), at=place, unreadable=self._unreadable)

    def parts_or_none(self, name: str) -> list[Part]:
        """A list of objects; an empty one where it is absent."""
        return self.parts(name) if self.holds(name) else []

    def empty(self, name: str) -> Part:
        """An object without fields in the place of `name`."""
        return Part({}, at=f"{self._at}.{name}", unreadable=self._unreadable)


def parts(value: object, *, at: str, unreadable: Unreadable) -> list[Part]:
    """A list of objects; anything else is unreadable."""
    if not isinstance(value, list):
        raise unreadable(f"{at} is no list")
    return [
        Part(item, at=f"{at}[{number}]", unreadable=unreadable) for number, item in enumerate(value)
    ]
