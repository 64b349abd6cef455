"""Reads counts.csv and count_days.csv: many rows, quickly, with every problem at its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NamedTuple

from icb.exchange.bundle import Bundle, unknown
from icb.exchange.counts import CountRange, CountTable, DayState, ModuleDays, Reading, Said
from icb.exchange.format import COUNT_DAYS, COUNTS
from icb.exchange.problems import CellRefused, Problems
from icb.exchange.reader import OpenFile, RawRow, opened
from icb.exchange.safety import unguarded
from icb.exchange.values import canonical_choice, read_day, read_number
from icb.kernel.quantity import MICRO

Progress = Callable[[int, int], None]
LARGEST_COUNT = 10**9
_STEP = 10_000
_TRUTH = {"true": MICRO, "yes": MICRO, "false": 0, "no": 0}
_SAID = {said.name.lower(): said for said in Said}
_HELD = (Said.FALL, Said.RISE, Said.IDENTITY, Said.ABSENT)


class TypeFacts(NamedTuple):
    """What the bundle or the database says of a billing type."""

    value: str
    retired_on: date | None


@dataclass
class CountReader:
    """Reads the counts of one file. `types` and `organizations` say what may be counted."""

    file: OpenFile
    types: Mapping[tuple[str, str], TypeFacts]
    organizations: Mapping[str, set[str]]
    today: date
    problems: Problems
    table: CountTable = field(default_factory=CountTable)
    _keys: dict[tuple[str, str, str], int] = field(default_factory=dict)
    _days: dict[str, int] = field(default_factory=dict)
    _numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    _facts: dict[int, TypeFacts] = field(default_factory=dict)

    def read(self, *, progress: Progress | None = None) -> CountTable:
        """All rows; those with a problem are noted and left out."""
        names = ("module", "id", "billing_type", "day", "count", "to", "state", "kept")
        places = [self.file.place(name) for name in names]
        for number, raw in enumerate(self.file.rows, start=1):
            texts = ["" if place is None else raw.cells[place].strip() for place in places]
            texts[1] = raw.cells[places[1] or 0]
            self._take(raw, texts)
            if progress and number % _STEP == 0:
                progress(self.file.position(), self.file.size)
        for before, after in self.table.overlaps():
            self._note(
                after.line,
                "day",
                date.fromordinal(after.first).isoformat(),
                f"is counted in line {before.line} already; keep one of the two",
            )
        return self.table

    def _take(self, raw: RawRow, texts: list[str]) -> None:
        module, id_, type_, day, count, to, state, kept = texts
        place = "module"
        try:
            key = self._key((module, id_, type_), raw.line)
            if key is None:
                return
            place = "day"
            first = self._day(day, key)
            place = "to"
            last = self._last(to, first=first, key=key)
            place = "count"
            micro = self._number(count, key)
            place = "state"
            said = _SAID[canonical_choice(state, choices=_STATES)] if state else Said.NOTHING
            place = "kept"
            reading = Reading(micro, said, self._kept(kept, said, key))
            _check_absent(reading)
        except CellRefused as refused:
            cell = texts[_PLACES.index(place)]
            self._note(raw.line, place, cell, str(refused))
            return
        self.table.append(CountRange(key, first, last, reading, raw.line))

    def _key(self, thing: tuple[str, str, str], line: int) -> int | None:
        found = self._keys.get(thing)
        if found is not None:
            return found
        module, id_, type_ = map(unguarded, thing)
        organizations = self.organizations.get(module)
        if organizations is None:
            message = unknown(module, allowed=self.organizations, file="modules")
            self._note(line, "module", module, message)
        elif id_ not in organizations:
            message = unknown(id_, allowed=organizations, file="module_organizations")
            self._note(line, "id", id_, message)
        elif (module, type_) not in self.types:
            known = [type_ for owner, type_ in self.types if owner == module]
            message = unknown(type_, allowed=known, file="billing_types")
            self._note(line, "billing_type", type_, message)
        else:
            key = self._keys[thing] = self.table.key_of((module, id_, type_))
            self._facts[key] = self.types[module, type_]
            return key
        return None

    def _day(self, text: str, key: int) -> int:
        day = self._days.get(text)
        if day is None:
            if not text:
                raise CellRefused("is empty; it takes a day")
            found = read_day(text)
            if found > self.today:
                raise CellRefused(f"lies in the future; today is {self.today}")
            day = self._days[text] = found.toordinal()
        self._check_retired(key, day)
        return day

    def _last(self, text: str, *, first: int, key: int) -> int:
        if not text:
            return first
        last = self._day(text, key)
        if last < first:
            raise CellRefused("lies before the first day; give the same day or a later one")
        return last

    def _check_retired(self, key: int, day: int) -> None:
        retired_on = self._facts[key].retired_on
        if retired_on is not None and day > retired_on.toordinal():
            type_ = self.table.keys[key][2]
            raise CellRefused(
                f"is later than {retired_on}, when {type_} was retired; leave the row out, or "
                "correct retired_on in billing_types.csv"
            )

    def _number(self, text: str, key: int) -> int:
        """The count in millionths, as its type takes it."""
        kind = self._facts[key].value
        known = self._numbers.get((text, kind))
        if known is not None:
            return known
        if not text:
            raise CellRefused("is empty; give 0 where nothing was there, or leave the row out")
        if kind == "boolean" and text.lower() in _TRUTH:
            micro = _TRUTH[text.lower()]
        else:
            micro = read_number(
                text, decimal_comma=self.file.dialect.decimal_comma, whole=kind != "decimal"
            )
            if kind == "boolean" and micro not in (0, MICRO):
                raise CellRefused("is neither true nor false; give 1 or 0")
            if micro > LARGEST_COUNT * MICRO:
                raise CellRefused(f"is above {LARGEST_COUNT:,}, the largest count")
        if len(self._numbers) < _CACHED:
            self._numbers[text, kind] = micro
        return micro

    def _kept(self, text: str, said: Said, key: int) -> int | None:
        if not text:
            return None
        if said not in _HELD:
            raise CellRefused(
                "is for a count that is held; give fall, rise, identity or absent as state"
            )
        return self._number(text, key)

    def _note(self, line: int, column: str, value: str, message: str) -> None:
        self.problems.add(COUNTS.file, message=message, line=line, column=column, value=value)


def _check_absent(reading: Reading) -> None:
    """What is left out has no count of its own, and something that it is missing."""
    if reading.said is Said.ABSENT and (reading.micro or reading.kept is None):
        raise CellRefused("absent is for a count of 0; give what was counted before it as kept")


_PLACES = ("module", "id", "billing_type", "day", "count", "to", "state", "kept")
_STATES = tuple(word for word in _SAID if word != "nothing")
_CACHED = 100_000


def counts_of(
    path: Path | None,
    *,
    facts: Callable[[OpenFile], CountReader],
    problems: Problems,
    progress: Progress | None = None,
) -> CountTable:
    """The counts of a file; an empty table where there is none, or where it cannot be read."""
    if path is None:
        return CountTable()
    with opened(path, file_format=COUNTS, problems=problems) as file:
        return CountTable() if file is None else facts(file).read(progress=progress)


def days_of(bundle: Bundle, *, problems: Problems) -> dict[str, ModuleDays]:
    """By module, the days that count_days.csv lists."""
    found: dict[str, ModuleDays] = {}
    for row in bundle.of(COUNT_DAYS):
        cells = COUNT_DAYS.named(row.cells)
        first = date.fromisoformat(cells["from"]).toordinal()
        last = date.fromisoformat(cells["to"]).toordinal() if cells["to"] else first
        if last < first:
            problems.add(
                COUNT_DAYS.file,
                message="lies before the first day; give the same day or a later one",
                line=row.line,
                column="to",
                value=cells["to"],
            )
            continue
        days = found.setdefault(cells["module"], ModuleDays({}))
        for day in _new_days(range(first, last + 1), days, row.line, problems):
            days.states[day] = DayState[cells["state"].upper()]
            days.reasons[day] = cells["reason"]
    return found


def _new_days(wanted: range, days: ModuleDays, line: int, problems: Problems) -> Iterator[int]:
    for day in wanted:
        if day in days.states:
            problems.add(
                COUNT_DAYS.file,
                message="stands in an earlier line already; keep one of the two",
                line=line,
                column="from",
                value=date.fromordinal(day).isoformat(),
            )
            return
        yield day
