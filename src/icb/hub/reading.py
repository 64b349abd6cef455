"""The daily reading of a key: what counts on a day, and how far it can be trusted.

Every day from the first counted one on has a reading, except after a departure. A day with an
accepted count is counted. Any other carries the last accepted count: while it is awaited, as an
estimate over a short gap, or held for a decision (rules, section 5).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from enum import IntEnum
from typing import NamedTuple

from icb.hub.change_points import ABSENT, COUNTED, HELD, REJECTED, Entry
from icb.kernel.days import ONE_DAY
from icb.kernel.quantity import Micro

PROVEN, OPEN, WAITING = "proven", "open", "waiting"
_GAP_REASONS = {OPEN: "gap", ABSENT: "absent"}


class Reading(IntEnum):
    """How far the units of a day can be trusted."""

    COUNTED = 0
    CARRIED = 1  # estimated: the last accepted count
    HELD = 2
    WAITING = 3
    DEPARTED = 4  # counted, although a person said that the organization has departed


class KeyRun(NamedTuple):
    """Days [start, end) that read alike. `units`: the count, or the last accepted one."""

    start: date
    end: date
    units: Micro
    status: Reading
    reason: str = ""


class Span(NamedTuple):
    """Days [start, end) of a connection: proven, open (no answer will come) or waiting for one."""

    start: date
    end: date
    kind: str


class Decided(NamedTuple):
    """Days [start, end) on which a decision holds; `end` is None while it lasts."""

    start: date
    end: date | None
    is_departure: bool


class Piece(NamedTuple):
    """Days [start, end) on which a key says one thing, before anything is carried."""

    start: date
    end: date
    kind: str
    entry: Entry


def spans(
    proven: Iterable[date], *, start: date, end: date, failed: Collection[date], waits_from: date
) -> list[Span]:
    """The days [start, end) by what proves them. `proven` is sorted.

    From `waits_from` on an answer may still come, unless the day's sync is among the `failed`.
    """
    found: list[Span] = []
    day = start
    for proven_day in proven:
        if proven_day < start or proven_day >= end:
            continue
        found.extend(_unproven(day, end=proven_day, failed=failed, waits_from=waits_from))
        found.append(Span(proven_day, proven_day + ONE_DAY, PROVEN))
        day = proven_day + ONE_DAY
    found.extend(_unproven(day, end=end, failed=failed, waits_from=waits_from))
    return _joined(found)


def with_own_days(calendar: Sequence[Span], *, days: Iterable[date]) -> list[Span]:
    """The calendar of a key that has proven days of its own, besides its connection's."""
    own = sorted(days)
    found: list[Span] = []
    for span in calendar:
        start = span.start
        if span.kind != PROVEN:
            for day in own[bisect_left(own, span.start) : bisect_left(own, span.end)]:
                if start < day:
                    found.append(Span(start, day, span.kind))
                found.append(Span(day, day + ONE_DAY, PROVEN))
                start = day + ONE_DAY
        if start < span.end:
            found.append(Span(start, span.end, span.kind))
    return _joined(found)


def key_runs(
    points: Sequence[tuple[date, Entry]],
    *,
    calendar: Sequence[Span],
    gap_days: int,
    decided: Sequence[Decided] = (),
    with_departed: bool = False,
) -> list[KeyRun]:
    """The readings of one key over its calendar, from its first accepted count on.

    `points` are its change points up to the calendar's end, sorted; the last accepted one before
    the calendar's start is among them. A gap that began before the calendar is not seen whole: the
    calendar begins with a day that has an accepted count, or before the first one. Days of a
    departure are left out, unless `with_departed` asks for those with an accepted count.
    """
    walk = _Walk(gap_days, with_departed=with_departed)
    for piece in _cut(_pieces(points, calendar), decided):
        walk.step(piece)
    walk.close()
    return _merged(walk.runs)


def clipped(runs: Iterable[KeyRun], *, start: date, end: date) -> list[KeyRun]:
    """The parts of the runs that lie in [start, end)."""
    return [
        run
        if start <= run.start and run.end <= end
        else run._replace(start=max(run.start, start), end=min(run.end, end))
        for run in runs
        if run.start < end and start < run.end
    ]


class _Walk:
    """Carries the last accepted count forward and measures the gaps."""

    def __init__(self, gap_days: int, *, with_departed: bool) -> None:
        self.gap_days = gap_days
        self.with_departed = with_departed
        self.runs: list[KeyRun] = []
        self.units: Micro | None = None
        self.gap: list[int] = []  # the runs of the gap that is still growing
        self.length = 0

    def step(self, piece: tuple[Piece, str]) -> None:
        """Read the next days; the text is the decision that holds on them, if one does."""
        (start, end, kind, entry), decision = piece
        if decision == "departed":
            self.close(is_decided=True)
            if self.with_departed and kind == COUNTED and entry.accepted is not None:
                self.runs.append(KeyRun(start, end, entry.accepted, Reading.DEPARTED))
            return
        if kind in (COUNTED, HELD) and entry.accepted is not None:
            self.close()
            self.units = entry.accepted
        if self.units is None:
            return
        if kind in _GAP_REASONS:
            self._grow(start, end=end, reason=_GAP_REASONS[kind], is_decided=bool(decision))
            return
        is_carried = decision == "carry" and kind == HELD and entry.reason == ABSENT
        status = Reading.CARRIED if is_carried else _STATUS[kind]
        reason = entry.reason if status == Reading.HELD else ""
        self.runs.append(KeyRun(start, end, self.units, status, reason))

    def close(self, *, is_decided: bool = False) -> None:
        """End the gap: longer than allowed it is held, unless a person said what it was."""
        if is_decided or self.length <= self.gap_days:
            for index in self.gap:
                self.runs[index] = self.runs[index]._replace(status=Reading.CARRIED, reason="")
        self.gap, self.length = [], 0

    def _grow(self, start: date, *, end: date, reason: str, is_decided: bool) -> None:
        assert self.units is not None
        if is_decided:
            self.close()
            self.runs.append(KeyRun(start, end, self.units, Reading.CARRIED))
            return
        self.gap.append(len(self.runs))
        self.length += (end - start).days
        self.runs.append(KeyRun(start, end, self.units, Reading.HELD, reason))


_STATUS = {
    COUNTED: Reading.COUNTED,
    HELD: Reading.HELD,
    REJECTED: Reading.CARRIED,
    WAITING: Reading.WAITING,
}


def _pieces(points: Sequence[tuple[date, Entry]], calendar: Sequence[Span]) -> Iterator[Piece]:
    """The calendar, its proven days split where a point lies; what lies before the first is not."""
    index, count = 0, len(points)
    for start, end, kind in calendar:
        day = start
        while day < end:
            while index + 1 < count and points[index + 1][0] <= day:
                index += 1
            if not count or points[-1][0] <= day:
                until = end
            else:
                later = points[index + 1][0] if points[index][0] <= day else points[index][0]
                until = min(end, later)
            if count and points[index][0] <= day:
                entry = points[index][1]
                yield Piece(day, until, entry.state if kind == PROVEN else kind, entry)
            day = until


def _cut(pieces: Iterable[Piece], decided: Sequence[Decided]) -> Iterator[tuple[Piece, str]]:
    """The pieces, cut where decisions begin and end, each with the decision that holds."""
    if not decided:
        for piece in pieces:
            yield piece, ""
        return
    edges = sorted({d.start for d in decided} | {d.end for d in decided if d.end is not None})
    for piece in pieces:
        inside = [edge for edge in edges if piece.start < edge < piece.end]
        for start, end in zip([piece.start, *inside], [*inside, piece.end], strict=True):
            yield piece._replace(start=start, end=end), _decision(start, decided)


def _decision(day: date, decided: Sequence[Decided]) -> str:
    held = [d for d in decided if d.start <= day and (d.end is None or day < d.end)]
    if any(d.is_departure for d in held):
        return "departed"
    return "carry" if held else ""


def _unproven(
    start: date, *, end: date, failed: Collection[date], waits_from: date
) -> Iterator[Span]:
    """Days without a proof: open before `waits_from` and where the sync has failed."""
    if start >= end:
        return
    waiting = max(start, min(end, waits_from))
    if start < waiting:
        yield Span(start, waiting, OPEN)
    day = waiting
    while day < end:
        yield Span(day, day + ONE_DAY, OPEN if day in failed else WAITING)
        day += ONE_DAY


def _joined(found: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in found:
        if joined and joined[-1].kind == span.kind and joined[-1].end == span.start:
            joined[-1] = Span(joined[-1].start, span.end, span.kind)
        else:
            joined.append(span)
    return joined


def _merged(runs: Sequence[KeyRun]) -> list[KeyRun]:
    merged: list[KeyRun] = []
    for run in runs:
        if merged and merged[-1].end == run.start and merged[-1][2:] == run[2:]:
            merged[-1] = merged[-1]._replace(end=run.end)
        else:
            merged.append(run)
    return merged
