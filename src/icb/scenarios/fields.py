"""The kinds of fields a scenario has, and records made of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from icb.kernel.days import ONE_DAY, DayRange
from icb.scenarios.malformed import MalformedScenario
from icb.scenarios.places import Place, closest

Field = Callable[[Place], Any]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


def record(
    place: Place, *, fields: Mapping[str, Field], required: Iterable[str] = ()
) -> dict[str, Any]:
    """The values of the fields that the file gives; null counts as not given.

    Raises MalformedScenario for a field that is unknown, missing or of another kind.
    """
    given = place.fields()
    for name, value in given.items():
        if name not in fields:
            allowed = ", ".join(fields) or "no fields"
            value.fail(f"unknown field.{closest(name, known=fields)} Allowed: {allowed}")
    values = {name: fields[name](value) for name, value in given.items() if not value.is_null}
    for name in required:
        if name not in values:
            missing = f"{place.path}.{name}" if place.path else name
            raise MalformedScenario(
                "the field is missing and needs a value", line=place.line, field=missing
            )
    return values


def text(place: Place) -> str:
    """Any text; numbers and dates without quotes are text as well."""
    return place.text()


def key(place: Place) -> str:
    """A text that names something: not empty."""
    value = place.text()
    if not value.strip():
        place.fail("a key must not be empty")
    return value


def number(place: Place) -> Decimal:
    """A decimal number, with or without quotes, exact."""
    value = place.text()
    if not _NUMBER.fullmatch(value):
        place.fail(f"a number belongs here, not {place.described()}")
    return Decimal(value)


def integer(place: Place) -> int:
    """A whole number that is not negative."""
    value = place.text()
    if not re.fullmatch(r"\d{1,18}", value, re.ASCII):
        place.fail(f"a whole number belongs here, not {place.described()}")
    return int(value)


def flag(place: Place) -> bool:
    """A plain true or false."""
    if not place.is_boolean:
        place.fail(f"true or false belongs here, not {place.described()}")
    return bool(place.node.value == "true")


def day(place: Place) -> date:
    """A calendar date, YYYY-MM-DD."""
    return _date_of(place, place.text())


def days(place: Place) -> DayRange:
    """One day `D`, or `D..D` with both ends; half-open in code."""
    first, dots, last = place.text().partition("..")
    start = _date_of(place, first)
    end = _date_of(place, last) if dots else start
    if end < start:
        place.fail(f"the range ends on {end}, before it begins on {start}")
    return DayRange(start, end + ONE_DAY)


def instant(place: Place) -> datetime:
    """A date and time with an offset, as an instant in UTC."""
    value = place.text()
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        place.fail(f"a date-time with offset belongs here, not {place.described()}")
    if found.tzinfo is None:
        place.fail(f'"{value}" has no offset; write it, as in 2026-06-01T08:30:00+02:00')
    return found.astimezone(UTC)


def day_or_instant(place: Place) -> date | datetime:
    """A date, or a date-time with offset. (A datetime is a date to Python: test for it first.)"""
    return day(place) if _DAY.fullmatch(place.text()) else instant(place)


def choice(words: type[StrEnum] | Iterable[str]) -> Field:
    """One of these words."""
    allowed = [str(word) for word in words]

    def read(place: Place) -> str:
        value = place.text()
        if value not in allowed:
            place.fail(f'"{value}" is none of {", ".join(allowed)}')
        return value

    return read


def many(field: Field) -> Field:
    """A list of such values, as a tuple."""
    return lambda place: tuple(field(item) for item in place.items())


def named(field: Field) -> Field:
    """Such values by name."""
    return lambda place: {name: field(value) for name, value in place.fields().items()}


def raw_count(place: Place) -> Any:
    """A count as a vendor's answer would carry it: the hub judges it, not the reader.

    A plain number is a number, true and false are booleans, and what stands in quotes is text,
    as in JSON.
    """
    if place.is_mapping() or place.is_list():
        place.fail(f"a count belongs here, not {place.described()}")
    if place.is_null:
        return None
    if place.is_boolean:
        return place.node.value == "true"
    value = place.text()
    if not place.is_plain or not _NUMBER.fullmatch(value):
        return value
    return int(value) if re.fullmatch(r"[+-]?\d{1,18}", value, re.ASCII) else Decimal(value)


def _date_of(place: Place, value: str) -> date:
    try:
        if not _DAY.fullmatch(value):
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        place.fail(f'a date belongs here (YYYY-MM-DD), not "{value}"')
