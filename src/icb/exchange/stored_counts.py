"""What the database has counted, as ranges of days, and which of its days are not ordinary.

A change point holds until the next one, over days that nothing proves as well; those are listed
as missing. On a day that is proven for single keys only, a range begins for each of them, which
tells them from the others.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import itemgetter

from icb.exchange.counts import (
    CountedThing,
    CountRange,
    CountTable,
    DayState,
    Reading,
    Said,
    Sweep,
)
from icb.exchange.stored import Cells, cell
from icb.foundation.bulk import fetch
from icb.hub.models import CountDecision, FailedSync, ModuleConnection
from icb.kernel.quantity import format_micro

_POINTS = """
SELECT k.id, o.external_id, t.key, c.day, c.state, c.value, c.reason, c.kept_value
FROM count_key k
JOIN module_organization o ON o.id = k.module_organization_id
JOIN billing_type t ON t.id = k.billing_type_id
JOIN usage_count c ON c.count_key_id = k.id AND c.replaced_at IS NULL
WHERE k.connection_id = %s
ORDER BY k.module_organization_id, k.billing_type_id, c.day
"""
_PROVEN = "SELECT day FROM proven_day WHERE connection_id = %s ORDER BY day"
_ALONE = """
SELECT p.count_key_id, p.day FROM proven_count p JOIN count_key k ON k.id = p.count_key_id
WHERE k.connection_id = %s ORDER BY p.count_key_id, p.day
"""
_SAID = {"counted": Said.COUNTED, "rejected": Said.REJECTED}


@dataclass
class StoredModule:
    """One module's counts, and how its days are proven."""

    key: str
    table: CountTable = field(default_factory=CountTable)
    proven: list[int] = field(default_factory=list)
    alone: dict[int, list[int]] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)

    @property
    def partial(self) -> set[int]:
        """The days that are proven for single keys only."""
        return {day for days in self.alone.values() for day in days} - set(self.proven)

    def odd_days(self) -> Iterator[tuple[int, DayState, str]]:
        """Every day that is not ordinary, in order: its state, and why it failed."""
        proven, partial = set(self.proven), self.partial
        covered = set(Sweep(self.table, module=self.key).days())
        for day in sorted(covered | proven | partial | self.failed.keys()):
            if day in partial:
                yield day, DayState.PARTIAL, ""
            elif day in proven:
                if day not in covered:
                    yield day, DayState.COMPLETE, ""
            elif day in self.failed:
                yield day, DayState.FAILED, self.failed[day]
            else:
                yield day, DayState.MISSING, ""


def stored_modules() -> list[str]:
    """The keys of all modules, as entered."""
    return list(ModuleConnection.objects.order_by("pk").values_list("key", flat=True))


def stored_module(key: str) -> StoredModule:
    """The counts of one module; empty where there is no such module."""
    stored = StoredModule(key)
    found = ModuleConnection.objects.filter(key=key).values_list("pk", flat=True).first()
    if found is None:
        return stored
    stored.proven = [row[0].toordinal() for row in fetch(_PROVEN, [found])]
    for count_key, day in fetch(_ALONE, [found]):
        stored.alone.setdefault(count_key, []).append(day.toordinal())
    failed = FailedSync.objects.filter(connection_id=found).order_by("pk")
    stored.failed = {day.toordinal(): reason for day, reason in failed.values_list("day", "reason")}
    _load_points(stored, found)
    return stored


def count_rows(stored: StoredModule) -> Iterator[Cells]:
    """The rows of counts.csv of one module, in the order of keys and days."""
    for number in range(len(stored.table)):
        count = stored.table[number]
        module, id_, type_ = stored.table.keys[count.key]
        first, last = date.fromordinal(count.first), date.fromordinal(count.last)
        kept = count.reading.kept
        yield (
            module,
            id_,
            type_,
            first.isoformat(),
            "" if first == last else last.isoformat(),
            format_micro(count.reading.micro),
            count.reading.said.name.lower(),
            "" if kept is None else format_micro(kept),
        )


def day_rows(stored: StoredModule) -> Iterator[Cells]:
    """The rows of count_days.csv of one module: equal days one after the other are one row."""
    odd = enumerate(stored.odd_days())
    for (_, state, reason), group in groupby(odd, key=_run_of_days):
        days = [day for _, (day, _, _) in group]
        first, last = date.fromordinal(days[0]), date.fromordinal(days[-1])
        to = "" if first == last else last.isoformat()
        yield stored.key, first.isoformat(), to, state.name.lower(), reason


def decision_rows() -> Iterator[Cells]:
    """The rows of count_decisions.csv, by key and day. Of equal ones the longest holds."""
    found = CountDecision.objects.filter(decision__in=("departed", "carry")).order_by("pk")
    names = (
        "module_organization__connection__key",
        "module_organization__external_id",
        "billing_type__key",
        "from_day",
        "decision",
    )
    longest: dict[Cells, tuple[date, str]] = {}
    for *said, until, reason in found.values_list(*names, "until_day", "reason"):
        key = tuple(map(cell, said))
        longest[key] = max(longest.get(key, (date.min, "")), (until or date.max, reason))
    for (module, id_, type_, first, decision), (until, reason) in sorted(longest.items()):
        last = "" if until == date.max else cell(until)
        yield module, id_, type_, first, last, decision, reason


def _run_of_days(numbered: tuple[int, tuple[int, DayState, str]]) -> tuple[int, DayState, str]:
    number, (day, state, reason) = numbered
    return day - number, state, reason


def _load_points(stored: StoredModule, connection: int) -> None:
    last = max([*stored.proven[-1:], *(days[-1] for days in stored.alone.values())], default=0)
    rows = fetch(_POINTS, [connection])
    proven = set(stored.proven)
    # On a complete day it does not matter which answer a count came with.
    alone = {key: [day for day in days if day not in proven] for key, days in stored.alone.items()}
    for (count_key, id_, type_), group in groupby(rows, key=itemgetter(0, 1, 2)):
        points = [(row[3].toordinal(), _reading(*row[4:])) for row in group]
        thing = (stored.key, id_, type_)
        _add_ranges(stored, thing, points=points, own=alone.get(count_key, []), last=last)


def _reading(state: str, value: int, reason: str, kept: int | None) -> Reading | None:
    if state == "absent":
        return None
    said = _SAID.get(state) or Said[reason.upper()]
    return Reading(value, said, kept)


def _add_ranges(
    stored: StoredModule,
    thing: CountedThing,
    *,
    points: list[tuple[int, Reading | None]],
    own: list[int],
    last: int,
) -> None:
    """The ranges of one key: cut at each change, and around days proven for it alone."""
    key = stored.table.key_of(thing)
    days = [day for day, _ in points]
    cuts = set(own) | {following for day in own if (following := _next_proven(stored, own, day))}
    readings: list[tuple[int, Reading | None]] = []
    for day in sorted(cuts.union(days)):
        place = bisect_right(days, day)
        reading = points[place - 1][1] if place else None
        if readings and readings[-1][1] == reading and day not in cuts:
            continue
        readings.append((day, reading))
    ends = [day - 1 for day, _ in readings[1:]] + [last]
    for (first, reading), end in zip(readings, ends, strict=True):
        if reading is not None and first <= end:
            stored.table.append(CountRange(key, first, end, reading, 0))


def _next_proven(stored: StoredModule, own: list[int], day: int) -> int | None:
    later = []
    for days in (stored.proven, own):
        place = bisect_right(days, day)
        later += days[place : place + 1]
    return min(later, default=None)
