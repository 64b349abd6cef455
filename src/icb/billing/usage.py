"""Where every counted unit-day stands: sorted by what covers, or fails to cover, its day. Pure.

A unit-day is one unit of a count key on one day. On days without a mapping it is unmapped, waived
(mapped only from a later day), ignored or out of cover; on the others it is in the state of the
line that covers it: billed, waiting, deferred, held or waived (rules, section 6).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from icb.hub.reading import KeyRun, Reading
from icb.kernel.days import DayRange, subtract
from icb.kernel.quantity import Micro

_GUARDS = ("fall", "rise", "identity")


class Standing(StrEnum):
    """In which of the states a unit-day is."""

    BILLED = "billed"
    WAITING = "waiting"
    DEFERRED = "deferred"
    HELD = "held"
    IGNORED = "ignored"
    WAIVED = "waived"
    UNMAPPED = "unmapped"
    OUT_OF_COVER = "out_of_cover"


class OwnedDays(NamedTuple):
    """A module organization's days with one organization; None: ignored."""

    days: DayRange
    organization: int | None


class MappedDays(NamedTuple):
    """A billing type's days on one contract: mapped to a service, or (None) ignored there.

    `days` lie inside the contract's `cover`.
    """

    contract: int
    cover: DayRange
    service: int | None
    days: DayRange


class Part(NamedTuple):
    """Days of a key that stand alike. `service` is set where a line covers, or would have covered,
    them; BILLED stands for "see the line": its state decides."""

    standing: Standing
    days: DayRange
    contract: int | None = None
    service: int | None = None


def sort_days(
    whole: DayRange,
    *,
    owned: Sequence[OwnedDays],
    mapped: dict[int, list[MappedDays]],
    covers: dict[int, list[DayRange]],
) -> list[Part]:
    """The days of one key, each in one part per service that takes it.

    `owned` are the organization mappings of its module organization, `mapped` the service
    mappings of its billing type and `covers` the contracts' days, both per organization.
    """
    parts: list[Part] = []
    last_start = max((entry.days.start for entry in owned), default=None)
    for free in subtract(whole, [entry.days for entry in owned]):
        parts += _before_mapping(free, last_start, _services_of(owned, mapped))
    for entry in owned:
        days = whole.intersect(entry.days)
        if days is None:
            continue
        if entry.organization is None:
            parts.append(Part(Standing.IGNORED, days))
        else:
            parts += _owned(
                days,
                mapped=mapped.get(entry.organization, []),
                covers=covers.get(entry.organization, []),
            )
    return sorted(parts, key=lambda part: (part.days.start, part.days.end, part.service or 0))


def _services_of(
    owned: Sequence[OwnedDays], mapped: dict[int, list[MappedDays]]
) -> list[MappedDays]:
    return [
        entry
        for owner in owned
        if owner.organization is not None
        for entry in mapped.get(owner.organization, [])
        if entry.service is not None
    ]


def _before_mapping(
    free: DayRange, last_start: date | None, services: Sequence[MappedDays]
) -> Iterator[Part]:
    """Days with no mapping: waived where one begins later, unmapped after the last."""
    waived = free if last_start is None else DayRange(free.start, min(free.end, last_start))
    if last_start is not None and waived.start < waived.end:
        service = services[0] if services else None
        yield Part(
            Standing.WAIVED,
            waived,
            service.contract if service else None,
            service.service if service else None,
        )
    start = free.start if last_start is None else max(free.start, last_start)
    if start < free.end:
        yield Part(Standing.UNMAPPED, DayRange(start, free.end))


def _owned(
    whole: DayRange, *, mapped: Sequence[MappedDays], covers: Sequence[DayRange]
) -> Iterator[Part]:
    """Days of an organization: the service that takes them, or why none does."""
    taken = []
    for entry in mapped:
        days = whole.intersect(entry.days)
        if days is None:
            continue
        taken.append(days)
        if entry.service is None:
            yield Part(Standing.IGNORED, days, entry.contract)
        else:
            yield Part(Standing.BILLED, days, entry.contract, entry.service)
    for rest in subtract(whole, taken):
        yield from _untaken(rest, mapped=mapped, covers=covers)


def _untaken(
    rest: DayRange, *, mapped: Sequence[MappedDays], covers: Sequence[DayRange]
) -> Iterator[Part]:
    for entry in mapped:
        before = DayRange(entry.cover.start, entry.days.start).intersect(rest)
        if entry.service is not None and before is not None:
            yield Part(Standing.WAIVED, before, entry.contract, entry.service)
            for other in subtract(rest, [before]):
                yield from _untaken(other, mapped=mapped, covers=covers)
            return
    inside = [days for cover in covers if (days := cover.intersect(rest))]
    for days in _merged(inside):
        yield Part(Standing.UNMAPPED, days)
    for days in subtract(rest, inside):
        yield Part(Standing.OUT_OF_COVER if mapped or covers else Standing.UNMAPPED, days)


def _merged(ranges: Iterable[DayRange]) -> list[DayRange]:
    found: list[DayRange] = []
    for days in sorted(ranges):
        if found and days.start <= found[-1].end:
            found[-1] = DayRange(found[-1].start, max(found[-1].end, days.end))
        else:
            found.append(days)
    return found


def unit_days(runs: Sequence[KeyRun], *, days: DayRange, on_line: bool) -> Micro:
    """The unit-days of a key in a range. A day that still waits has none; a long gap has them only
    where a line (`on_line`) carries its count."""
    total = 0
    for run in runs:
        start, end = max(run.start, days.start), min(run.end, days.end)
        if start < end and _counts(run, on_line):
            total += run.units * (end - start).days
    return total


def counted_span(runs: Sequence[KeyRun], *, days: DayRange, on_line: bool) -> DayRange | None:
    """From the first to the last day in the range with something counted; None without one."""
    parts = [
        part
        for run in runs
        if _counts(run, on_line) and (part := DayRange(run.start, run.end).intersect(days))
    ]
    return DayRange(parts[0].start, parts[-1].end) if parts else None


def _counts(run: KeyRun, on_line: bool) -> bool:
    if run.status == Reading.WAITING:
        return False
    return on_line or run.status != Reading.HELD or run.reason in _GUARDS
