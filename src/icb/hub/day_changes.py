"""What changed for a key from one day to the next: the days worth a word. Pure.

A day on which a key reads as on the day before has none. That is so for every day without an
answer too: it carries the units, and is told of for the whole connection.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple, Protocol

from icb.hub.change_points import ABSENT, COUNTED, HELD, REJECTED
from icb.kernel.days import ONE_DAY, DayRange
from icb.kernel.quantity import Micro


class Change(StrEnum):
    """How a day differs from the day before."""

    NEW = "new"
    INCREASED = "increased"
    DECREASED = "decreased"
    RETURNED = "returned"
    UNCHANGED = "unchanged"
    ABSENT = "absent"
    HELD = "held"
    DEPARTED = "departed"


class Said(NamedTuple):
    """A change point: what the key's answers say from this proven day on, and by which answer."""

    day: date
    state: str
    reason: str
    snapshot: int


class DayChange(NamedTuple):
    """A day, the units before and on it (None: none), and why; `snapshot` where an answer said so.

    `reason` is that of a hold, or `rejected`.
    """

    day: date
    before: Micro | None
    after: Micro | None
    change: Change
    reason: str = ""
    snapshot: int | None = None


class Run(Protocol):
    """Days [start, end) with the same units."""

    @property
    def start(self) -> date: ...
    @property
    def end(self) -> date: ...
    @property
    def units(self) -> Micro: ...


class Step(NamedTuple):
    """From this day on the units are these; None: none."""

    day: date
    units: Micro | None


def unit_steps(runs: Sequence[Run], *, until: date) -> list[Step]:
    """The runs by their units alone, up to `until` (exclusive)."""
    steps: list[Step] = []
    end = None
    for run in runs:
        if end is not None and end < run.start:
            steps.append(Step(end, None))
        if not steps or steps[-1].units != run.units:
            steps.append(Step(run.start, run.units))
        end = run.end
    if end is not None and end < until:
        steps.append(Step(end, None))
    return steps


def units_on(steps: Sequence[Step], *, day: date) -> Micro | None:
    """The units of a day; None before the first step."""
    index = bisect_right(steps, day, key=_day)
    return steps[index - 1].units if index else None


def day_changes(
    runs: Sequence[Run], *, said: Sequence[Said], days: DayRange, first: date | None
) -> list[DayChange]:
    """The changed days of a key among `days`, oldest first.

    `runs` are its readings from the day before the first of them on, `said` its change points from
    the last one before it on; both sorted. `first` is the first day that it was ever counted.
    """
    steps = unit_steps(runs, until=days.end)
    candidates = {step.day for step in steps} | {point.day for point in said}
    return [
        change._replace(change=Change.RETURNED)
        if change.change is Change.NEW and first is not None and first < day
        else change
        for day in sorted(candidates)
        if days.contains(day)
        for change in _changes(day, steps=steps, said=said)
    ]


def _changes(day: date, *, steps: Sequence[Step], said: Sequence[Said]) -> Iterator[DayChange]:
    before, after = units_on(steps, day=day - ONE_DAY), units_on(steps, day=day)
    index = bisect_right(said, day, key=_day)
    point = said[index - 1] if index else None
    is_fresh = point is not None and point.day == day
    was = said[index - 2].state if is_fresh and index > 1 else point.state if point else ""
    change = _kind(before, after=after, state=point.state if is_fresh and point else "", was=was)
    if change is None:
        return
    reason = snapshot = None
    if is_fresh and point is not None:
        snapshot = point.snapshot
        reason = "rejected" if point.state == REJECTED else point.reason
    yield DayChange(day, before, after, change, reason or "", snapshot)


def _kind(before: Micro | None, *, after: Micro | None, state: str, was: str) -> Change | None:
    """What a day is called; `state` is that of a point on it, empty where there is none."""
    if after is None and before is not None:
        return Change.DEPARTED
    if state == HELD:
        return Change.HELD
    if after is None:
        return None
    if state == ABSENT:
        return Change.ABSENT
    if before is None:
        return Change.NEW
    if after != before:
        return Change.INCREASED if after > before else Change.DECREASED
    if state == REJECTED:
        return Change.UNCHANGED
    return Change.RETURNED if state == COUNTED and was != COUNTED else None


def _day(row: Step | Said) -> date:
    return row.day
