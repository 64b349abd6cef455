"""The counts of a bundle or of the database, compact, and the days on which the two differ.

A count stands as one range of days in arrays of whole numbers, so that millions of them fit into
memory. Days are proleptic ordinals in here; values are millionths.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import NamedTuple

from icb.kernel.quantity import Micro

_NOTHING_KEPT = -1

CountedThing = tuple[str, str, str]
"""Module, module organization and billing type: what a count is of."""


class Said(IntEnum):
    """What is said to a count already. NOTHING: the hub judges it as if it came today.

    FALL, RISE and IDENTITY: a guard holds it, for that reason. ABSENT: a newer answer of the day
    left it out, and what was counted before is kept until a person decides.
    """

    NOTHING = 0
    COUNTED = 1
    FALL = 2
    RISE = 3
    IDENTITY = 4
    REJECTED = 5
    ABSENT = 6


class DayState(IntEnum):
    """What a module's answer for a day was, where it is not an ordinary complete one."""

    COMPLETE = 0
    PARTIAL = 1
    MISSING = 2
    FAILED = 3


class Reading(NamedTuple):
    """What is counted on a day, in millionths, and what is said to it.

    `kept` is the day's own accepted count, where a correction of it is held.
    """

    micro: Micro
    said: Said
    kept: Micro | None = None

    def agrees_with(self, stored: Reading | None) -> bool:
        """Whether the database has this count already; what is said to it is said by people."""
        return stored is not None and self.micro == stored.micro


class CountRange(NamedTuple):
    """One row: equal counts from `first` to `last`, both included, and the line it stands in."""

    key: int
    first: int
    last: int
    reading: Reading
    line: int


@dataclass
class CountTable:
    """Ranges of counts by number, with the things they count."""

    keys: list[CountedThing] = field(default_factory=list)
    _index: dict[CountedThing, int] = field(default_factory=dict)
    _key: array[int] = field(default_factory=lambda: array("q"))
    _first: array[int] = field(default_factory=lambda: array("q"))
    _last: array[int] = field(default_factory=lambda: array("q"))
    _micro: array[int] = field(default_factory=lambda: array("q"))
    _said: array[int] = field(default_factory=lambda: array("b"))
    _kept: array[int] = field(default_factory=lambda: array("q"))
    _line: array[int] = field(default_factory=lambda: array("q"))
    _readings: dict[tuple[int, int, int], Reading] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._key)

    def key_of(self, thing: CountedThing) -> int:
        """The number of a counted thing; a new one gets the next."""
        found = self._index.get(thing)
        if found is None:
            found = self._index[thing] = len(self.keys)
            self.keys.append(thing)
        return found

    def append(self, count: CountRange) -> None:
        """Take in one range."""
        self._key.append(count.key)
        self._first.append(count.first)
        self._last.append(count.last)
        self._micro.append(count.reading.micro)
        self._said.append(count.reading.said)
        kept = count.reading.kept
        self._kept.append(_NOTHING_KEPT if kept is None else kept)
        self._line.append(count.line)

    def __getitem__(self, number: int) -> CountRange:
        first, last = self._first[number], self._last[number]
        return CountRange(
            self._key[number], first, last, self.reading_of(number), self._line[number]
        )

    def thing_of(self, number: int) -> CountedThing:
        """What a range counts."""
        return self.keys[self._key[number]]

    def days_of(self, number: int) -> tuple[int, int]:
        """The first and the last day of a range."""
        return self._first[number], self._last[number]

    def reading_of(self, number: int) -> Reading:
        """What a range says; equal ones are one object."""
        place = (self._micro[number], self._said[number], self._kept[number])
        found = self._readings.get(place)
        if found is None:
            micro, said, kept = place
            reading = Reading(micro, Said(said), None if kept == _NOTHING_KEPT else kept)
            found = self._readings[place] = reading
        return found

    def overlaps(self) -> Iterator[tuple[CountRange, CountRange]]:
        """Each range that begins before the one before it, of the same thing, has ended."""
        latest, latest_key, latest_last = 0, -1, 0
        for packed in sorted(self._packed(range(len(self)))):
            number = packed & _ROW_MASK
            key, last = self._key[number], self._last[number]
            if key == latest_key and self._first[number] <= latest_last:
                yield self[latest], self[number]
            if key != latest_key or last > latest_last:
                latest, latest_key, latest_last = number, key, last

    def of_module(self, module: str) -> list[int]:
        """The numbers of the ranges of one module."""
        wanted = {number for number, thing in enumerate(self.keys) if thing[0] == module}
        return [number for number, key in enumerate(self._key) if key in wanted]

    def modules(self) -> list[str]:
        """The modules that have counts, in order of first mention."""
        return list(dict.fromkeys(thing[0] for thing in self.keys))

    def _packed(self, numbers: range) -> Iterator[int]:
        for number in numbers:
            yield (self._key[number] << 84) | (self._first[number] << 60) | number


_ROW_MASK = (1 << 60) - 1


class Sweep:
    """Walks one module's ranges day by day; `now` is what is counted on the day reached."""

    def __init__(self, table: CountTable, *, module: str) -> None:
        self._table = table
        self._begins: dict[int, list[int]] = {}
        self._ends: dict[int, list[int]] = {}
        for number in table.of_module(module):
            first, last = table.days_of(number)
            self._begins.setdefault(first, []).append(number)
            self._ends.setdefault(last + 1, []).append(number)
        self._days = sorted(self._begins.keys() | self._ends.keys())
        self._next = 0
        self.now: dict[CountedThing, Reading] = {}
        self.begun: set[CountedThing] = set()

    def days(self) -> Iterator[int]:
        """Every day on which something counts, in order, without moving the sweep."""
        open_ranges = 0
        for number, day in enumerate(self._days):
            open_ranges += len(self._begins.get(day, ())) - len(self._ends.get(day, ()))
            if open_ranges:
                yield from range(day, self._days[number + 1])

    def go_to(self, day: int) -> set[CountedThing]:
        """Move on to a later day; gives what may read otherwise than on the day before."""
        touched: set[CountedThing] = set()
        self.begun = set()
        while self._next < len(self._days) and self._days[self._next] <= day:
            at = self._days[self._next]
            self._next += 1
            for number in self._ends.get(at, ()):
                thing = self._table.thing_of(number)
                self.now.pop(thing, None)
                touched.add(thing)
            for number in self._begins.get(at, ()):
                thing = self._table.thing_of(number)
                self.now[thing] = self._table.reading_of(number)
                touched.add(thing)
                if at == day:
                    self.begun.add(thing)
        return touched


@dataclass(frozen=True)
class ModuleDays:
    """Which of a module's days are not ordinary, and why."""

    states: dict[int, DayState]
    reasons: dict[int, str] = field(default_factory=dict)

    def state(self, day: int) -> DayState:
        """What the answer of that day was."""
        return self.states.get(day, DayState.COMPLETE)


class DayAnswer(NamedTuple):
    """One module's answer of one day that the database does not have yet.

    `known` is how many counts the database has of that day, `lost` how many of these a complete
    answer lacks: they would become gaps.
    """

    day: date
    is_complete: bool
    is_new: bool
    counts: dict[CountedThing, Reading]
    known: int = 0
    lost: int = 0


@dataclass
class CountDifference:
    """What of one module's counts in a bundle the database does not have.

    `answers` must be walked once; afterwards `unchanged` says how many days were the same.
    """

    module: str
    wanted: CountTable
    stored: CountTable
    days: ModuleDays
    proven: frozenset[int]
    unchanged: int = 0

    def answers(self) -> Iterator[DayAnswer]:
        """The days that are new or read otherwise, oldest first, with all their counts."""
        wanted = Sweep(self.wanted, module=self.module)
        stored = Sweep(self.stored, module=self.module)
        differing: set[CountedThing] = set()
        for day in self._days_of(wanted):
            touched = wanted.go_to(day) | stored.go_to(day)
            for thing in touched:
                if _agree(wanted.now.get(thing), stored.now.get(thing)):
                    differing.discard(thing)
                else:
                    differing.add(thing)
            answer = self._answer(day, wanted=wanted, stored=stored, is_same=not differing)
            if answer is None:
                self.unchanged += 1
            else:
                yield answer

    def _days_of(self, wanted: Sweep) -> list[int]:
        skipped = (DayState.MISSING, DayState.FAILED)
        days = {day for day in wanted.days() if self.days.state(day) not in skipped}
        listed = {day for day, state in self.days.states.items() if state not in skipped}
        return sorted(days | listed)

    def _answer(self, day: int, *, wanted: Sweep, stored: Sweep, is_same: bool) -> DayAnswer | None:
        is_new = day not in self.proven
        if self.days.state(day) is DayState.PARTIAL:
            counts = {thing: wanted.now[thing] for thing in wanted.begun}
            is_same = all(
                _agree(reading, stored.now.get(thing))
                and not (is_new and thing not in stored.begun)
                for thing, reading in counts.items()
            )
            return None if is_same else DayAnswer(date.fromordinal(day), False, is_new, counts)
        if is_same and not is_new:
            return None
        known = {} if is_new else stored.now
        lost = len(known.keys() - wanted.now.keys())
        counts = dict(wanted.now)
        return DayAnswer(date.fromordinal(day), True, is_new, counts, len(known), lost)


def _agree(wanted: Reading | None, stored: Reading | None) -> bool:
    return stored is None if wanted is None else wanted.agrees_with(stored)
