"""The forms in which usage is pushed, read into what the hub takes (pure).

Whatever is missing or of another kind becomes a problem with its row and field; a body with
problems is not taken at all. Counts are only turned from text into numbers: whether a number can be
a count, the hub judges.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from icb.hub.inputs import Answer, CountRow, Problem
from icb.hub.push_inputs import NewEvent, NewPart

EVENT_TYPE = "icb.usage.count.v1"
MOST_ROWS = 20_000
MOST_PARTS = 50
OLDEST_DAYS = 3653  # ten years; before them, a day is a slip of the pen
_DAY_FIELDS = {"day", "complete", "counts", "snapshot", "part", "parts"}
_ROW_FIELDS = {"organization", "billing_type", "count"}
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
_WHOLE = re.compile(r"-?[0-9]{1,30}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST = 200
_LONGEST_SNAPSHOT = 120


class BadBody(Exception):
    """Why a body is not taken: its problems."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems[0].message)
        self.problems = problems


class TooManyRows(Exception):
    """More rows than one request may hold."""


def read_day(body: object, *, today: date) -> Answer | NewPart:
    """A day's counts, or one part of them; BadBody where they are not as documented."""
    reader = _Reader(today)
    said = reader.fields(body, row=0, allowed=_DAY_FIELDS)
    day = reader.day(said.get("day"), row=0)
    is_complete = reader.flag(said.get("complete", False), field="complete")
    rows, names = reader.counts(said.get("counts"))
    part = reader.part(said)
    reader.end()
    answer = Answer(day=day, rows=rows, is_complete=is_complete, names=names)
    if part is None:
        return answer
    snapshot, number, parts = part
    return NewPart(snapshot=snapshot, part=number, parts=parts, answer=answer)


def read_events(body: object, *, today: date) -> list[NewEvent]:
    """One CloudEvent, or a list of them; BadBody where they are not as documented."""
    bodies = body if isinstance(body, list) else [body]
    if len(bodies) > MOST_ROWS:
        raise TooManyRows
    reader = _Reader(today)
    if not bodies:
        reader.problem(0, "events", "missing", "The batch holds no event.")
    events = [reader.event(one, row=row) for row, one in enumerate(bodies, 1)]
    reader.end()
    return [event for event in events if event is not None]


class _Reader:
    """Reads field by field, and gathers what is wrong."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.problems: list[Problem] = []

    def problem(self, row: int, field: str, code: str, message: str) -> None:
        """Note a problem; the most that are told are a thousand."""
        at = f"row {row}: " if row else ""
        if len(self.problems) < 1000:
            self.problems.append(Problem(row, field, code, f"{at}{message} Nothing was stored."))

    def end(self) -> None:
        """Raise BadBody where something was wrong."""
        if self.problems:
            raise BadBody(self.problems)

    def fields(self, body: object, *, row: int, allowed: set[str]) -> Mapping[str, Any]:
        """The fields of an object. One that is not known is named: it may be a slip of the pen."""
        if not isinstance(body, dict):
            self.problem(row, "", "not_an_object", "a JSON object belongs here.")
            return {}
        if body.keys() <= allowed:
            return body
        known = ", ".join(sorted(allowed))
        text = f"there is no such field; known: {known}."
        for name in sorted(body.keys() - allowed):
            self.problem(row, name[:60], "unknown_field", text)
        return body

    def day(self, value: object, *, row: int) -> date:
        """A calendar date of the last ten years; today where it is none, with a problem."""
        try:
            found = date.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            found = None
        if found is None or not isinstance(value, str) or not _DAY.fullmatch(value):
            self.problem(row, "day", "not_a_day", "day: give a date such as 2026-01-31.")
            return self.today
        if found > self.today:
            text = f"day: {found} has not come yet; give a day up to {self.today}."
            self.problem(row, "day", "in_the_future", text)
        if (self.today - found).days > OLDEST_DAYS:
            oldest = self.today - timedelta(days=OLDEST_DAYS)
            text = f"day: {found} is too long ago; give a day from {oldest} on."
            self.problem(row, "day", "too_long_ago", text)
        return found

    def flag(self, value: object, *, field: str) -> bool:
        """True or false."""
        if not isinstance(value, bool):
            self.problem(0, field, "not_true_or_false", f"{field}: give true or false.")
        return value is True

    def counts(self, value: object) -> tuple[list[CountRow], dict[str, str]]:
        """The rows of a day, and what the organizations in them are called."""
        if not isinstance(value, list):
            self.problem(0, "counts", "not_a_list", "counts: give a list, be it empty.")
            return [], {}
        if len(value) > MOST_ROWS:
            raise TooManyRows
        names: dict[str, str] = {}
        rows = [self._count_row(one, row=row, names=names) for row, one in enumerate(value, 1)]
        return rows, names

    def part(self, said: Mapping[str, Any]) -> tuple[str, int, int] | None:
        """Name of the snapshot, number of the part, how many there are; None for a whole day."""
        given = [name for name in ("snapshot", "part", "parts") if name in said]
        if not given:
            return None
        snapshot = self.text(
            said.get("snapshot"), field="snapshot", row=0, longest=_LONGEST_SNAPSHOT
        )
        numbers = []
        for name in ("part", "parts"):
            value = said.get(name)
            if type(value) is not int or not 1 <= value <= MOST_PARTS:
                text = f"{name}: give a whole number from 1 to {MOST_PARTS:,}."
                self.problem(0, name, "not_a_number", text)
                value = 1
            numbers.append(value)
        part, parts = numbers
        if part > parts:
            self.problem(0, "part", "too_large", f"part: {part} is above parts, {parts}.")
        return snapshot, part, parts

    def text(self, value: object, *, field: str, row: int, longest: int = _LONGEST) -> str:
        """A text that is there and not too long; digits of a whole number are one too."""
        if type(value) is int:
            value = str(value)
        if (
            isinstance(value, str)
            and len(value) <= longest
            and value.isprintable()
            and not (value == "" or value.isspace())
        ):
            return value
        text = f"{field}: give a text of 1 to {longest} characters, none a control character."
        self.problem(row, field, "not_a_text", text)
        return ""

    def event(self, body: object, *, row: int) -> NewEvent | None:
        """One CloudEvent of our type. Attributes that are not needed are left alone."""
        if not isinstance(body, dict):
            self.problem(row, "", "not_an_object", "a CloudEvent is a JSON object.")
            return None
        if body.get("specversion") != "1.0":
            self.problem(row, "specversion", "unknown_version", "specversion: give 1.0.")
        if body.get("type") != EVENT_TYPE:
            self.problem(row, "type", "unknown_type", f"type: give {EVENT_TYPE}.")
        data = self.fields(body.get("data"), row=row, allowed={"billing_type", "count", "day"})
        return NewEvent(
            source=self.text(body.get("source"), field="source", row=row, longest=1000),
            id=self.text(body.get("id"), field="id", row=row, longest=1000),
            organization=self.text(body.get("subject"), field="subject", row=row),
            day=self.day(data.get("day"), row=row),
            billing_type=self.text(data.get("billing_type"), field="billing_type", row=row),
            count=self.count(data, row=row),
        )

    def count(self, said: Mapping[str, Any], *, row: int) -> object:
        """The count as an exact value; what is no number stays as it came, for the hub to judge."""
        value = said.get("count")
        if value is None:
            self.problem(row, "count", "missing", "count: it is missing; a measured zero is 0.")
        elif isinstance(value, list | dict):
            self.problem(row, "count", "not_a_number", "count: give a number, or one as a text.")
        return _exact(value) if isinstance(value, str) else value

    def _count_row(self, body: object, *, row: int, names: dict[str, str]) -> CountRow:
        said = self.fields(body, row=row, allowed=_ROW_FIELDS)
        id = self._organization(said.get("organization"), row=row, names=names)
        billing_type = self.text(said.get("billing_type"), field="billing_type", row=row)
        return CountRow(id, billing_type, self.count(said, row=row))

    def _organization(self, value: object, *, row: int, names: dict[str, str]) -> str:
        """The id; a name beside it is taken over, the last one where they differ."""
        if not isinstance(value, dict):
            return self.text(value, field="organization", row=row)
        said = self.fields(value, row=row, allowed={"id", "name"})
        id = self.text(said.get("id"), field="organization.id", row=row)
        name = said.get("name")
        if name is not None:
            names[id] = self.text(name, field="organization.name", row=row)
        return id


def _exact(text: str) -> object:
    if len(text) <= 9 and text.isascii() and text.isdecimal():
        return int(text)  # nearly all of them
    if _WHOLE.fullmatch(text):
        return int(text)
    return Decimal(text) if _NUMBER.fullmatch(text) else text
