"""What several keys read together on each day of a range. Pure.

A day on which some keys are held, carried or awaited says so, with how many they are: its units are
a number all the same, and how far it can be trusted stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from icb.hub.reading import KeyRun, Reading
from icb.kernel.days import ONE_DAY, DayRange
from icb.kernel.quantity import Micro

STATES = {
    Reading.HELD: "held",
    Reading.CARRIED: "carried",
    Reading.WAITING: "waiting",
    Reading.COUNTED: "counted",
}
"""By how far they can be trusted, the least first: a day is as its least trusted key."""


class DayUnits(NamedTuple):
    """One day: `units` of all keys together, None where nothing is known of any.

    `state` is held, carried, waiting or counted, empty where nothing is known; `doubted` of the
    `keys` are in it, where it is not counted. `reason` is that of a hold.
    """

    day: date
    units: Micro | None
    state: str = ""
    doubted: int = 0
    keys: int = 0
    reason: str = ""


def within(runs: Iterable[KeyRun], *, ranges: Sequence[DayRange]) -> list[KeyRun]:
    """The parts of the runs that lie in one of the ranges."""
    found = []
    for run in runs:
        for days in ranges:
            shared = days.intersect(DayRange(run.start, run.end))
            if shared:
                found.append(run._replace(start=shared.start, end=shared.end))
    return found


def day_series(
    runs_of: Iterable[Sequence[KeyRun]], *, first: date, last: date, merge: str
) -> list[DayUnits]:
    """Each day from `first` to `last` of keys that are merged by sum, or, or max."""
    count = (last - first).days + 1
    counted: list[list[Micro]] = [[] for _ in range(count)]
    states: list[dict[Reading, int]] = [{} for _ in range(count)]
    reasons: list[str] = [""] * count
    for runs in runs_of:
        for run in runs:
            begin = max((run.start - first).days, 0)
            for index in range(begin, min((run.end - first).days, count)):
                counted[index].append(run.units)
                states[index][run.status] = states[index].get(run.status, 0) + 1
                reasons[index] = reasons[index] or run.reason
    return [
        _day(
            first + index * ONE_DAY,
            counted=counted[index],
            states=states[index],
            reason=reasons[index],
            merge=merge,
        )
        for index in range(count)
    ]


def _day(
    day: date, *, counted: Sequence[Micro], states: dict[Reading, int], reason: str, merge: str
) -> DayUnits:
    if not counted:
        return DayUnits(day, None)
    units = sum(counted) if merge == "sum" else max(counted)
    worst = next(state for state in STATES if state in states)
    doubted = 0 if worst is Reading.COUNTED else states[worst]
    said = reason if worst is Reading.HELD else ""
    return DayUnits(day, units, STATES[worst], doubted, len(counted), said)
