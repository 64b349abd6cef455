"""The counts of one key as change points: a row only where a proven day reads differently.

A history is canonical: its first point is not `absent`, and no point repeats the entry before
it. It therefore depends on what each proven day says, and not on the order in which that came.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from datetime import date
from operator import attrgetter
from typing import NamedTuple

from icb.kernel.quantity import Micro

COUNTED, ABSENT, HELD, REJECTED = "counted", "absent", "held", "rejected"


class Entry(NamedTuple):
    """What a proven day says about a key.

    `value` is what the module said. `kept` is the day's own accepted count where a correction of
    it is held: it stands until a person decides. A hold with the reason `absent` is about a
    correction that leaves the key out (`left_out`).
    """

    state: str
    value: Micro = 0
    reason: str = ""
    kept: Micro | None = None

    @property
    def accepted(self) -> Micro | None:
        """The accepted count of the day itself, None where it has none."""
        return self.value if self.state == COUNTED else self.kept


ABSENCE = Entry(ABSENT)
"""What a proven day says before the first point, and where a complete answer lacks the key."""


def left_out(kept: Micro) -> Entry:
    """A newer answer of the day lacks the key, and only an older one ever counted it: `kept`."""
    return Entry(HELD, 0, ABSENT, kept)


class Point(NamedTuple):
    """A change point: from `day` on. `source` is the snapshot it came with, `row` its stored row.

    `row` is 0 while the point is not stored.
    """

    day: date
    entry: Entry
    source: int
    row: int = 0


_DAY = attrgetter("day")


class History:
    """The change points of one key, and which stored rows are no longer in force."""

    __slots__ = ("dropped", "points")

    def __init__(self) -> None:
        # Sorted by day. One list per key and no more: a book holds tens of thousands of these.
        self.points: list[Point] = []
        self.dropped: list[tuple[int, int | None]] | None = None  # rows, and what replaced each

    @property
    def is_changed(self) -> bool:
        """Whether anything is to be stored or taken out of force."""
        return bool(self.dropped) or any(not point.row for point in self.points)

    def at(self, day: date) -> Entry:
        """The entry in force on a day, proven or not."""
        index = bisect_right(self.points, day, key=_DAY)
        return self.points[index - 1].entry if index else ABSENCE

    def accepted_at(self, day: date) -> Micro | None:
        """The newest accepted count of that day, else of the nearest earlier day."""
        for point in reversed(self.points):
            if point.day <= day:
                entry = point.entry
                accepted = entry.value if entry.state == COUNTED else entry.kept
                if accepted is not None:
                    return accepted
        return None

    def unaccepted_since(self, day: date) -> date | None:
        """The first point of the unaccepted stretch that is in force on `day`, if one is."""
        since = None
        for index in range(bisect_right(self.points, day, key=_DAY) - 1, -1, -1):
            if self.points[index].entry.accepted is not None:
                break
            since = self.points[index].day
        return since

    def put(self, day: date, *, entry: Entry, source: int, next_proven: date | None) -> bool:
        """Let a day say `entry`; the next proven day goes on saying what it said. True if changed.

        Between the two there is no proven day, hence no point.
        """
        points = self.points
        if next_proven is None and (not points or points[-1].day < day):
            # By far the most frequent: the newest day of all.
            if entry == (points[-1].entry if points else ABSENCE):
                return False
            points.append(Point(day, entry, source))
            return True
        if self.at(day) == entry:
            return False
        after = self._in_force(next_proven) if next_proven else None
        self._set(Point(day, entry, source), cause=source)
        if next_proven is not None:
            said, came = (after.entry, after.source) if after else (ABSENCE, source)
            row = self._row_at(next_proven)
            self._set(Point(next_proven, said, came, row), cause=source)
        return True

    def rewrite(
        self,
        from_day: date,
        *,
        change: Callable[[Entry], Entry],
        next_proven: Callable[[date], date | None],
    ) -> bool:
        """Change what every proven day from `from_day` on says. True if anything changed.

        `next_proven` gives the first proven day at or after a day.
        """
        before = self._in_force(from_day)
        first_later = bisect_left(self.points, from_day, key=_DAY)
        later = self.points[first_later:]
        wanted = [point._replace(entry=change(point.entry)) for point in later]
        if before is not None and before.day < from_day and change(before.entry) != before.entry:
            first = next_proven(from_day)
            if first is not None and (not later or first < later[0].day):
                wanted.insert(0, Point(first, change(before.entry), before.source))
        was = list(self.points)
        for point in wanted:
            self._set(point, cause=None)
        return was != self.points

    def replace(
        self, span: tuple[date, date], *, wanted: Sequence[Point], cause: int | None
    ) -> bool:
        """Let the proven days of a span, ends included, say what is wanted. True if changed.

        `wanted` has a point for every proven day of the span; the last of them says what it said.
        """
        low = bisect_left(self.points, span[0], key=_DAY)
        high = bisect_right(self.points, span[1], key=_DAY)
        there = {point.day: point for point in self.points[low:high]}
        before = self.points[low - 1].entry if low else ABSENCE
        kept: list[Point] = []
        for point in wanted:
            if point.entry != before:
                old = there.get(point.day)
                kept.append(old if old is not None and old.entry == point.entry else point)
                before = point.entry
        if kept == self.points[low:high]:
            return False
        rows = {point.row for point in there.values()} - {point.row for point in kept}
        self.dropped = [*(self.dropped or ()), *((row, cause) for row in sorted(rows) if row)]
        self.points[low:high] = kept
        return True

    def first_accepted_on(self) -> date | None:
        """The day of the first point with an accepted count."""
        return next((p.day for p in self.points if p.entry.accepted is not None), None)

    def _in_force(self, day: date) -> Point | None:
        index = bisect_right(self.points, day, key=_DAY)
        return self.points[index - 1] if index else None

    def _index(self, day: date) -> int:
        return bisect_left(self.points, day, key=_DAY)

    def _row_at(self, day: date) -> int:
        index = self._index(day)
        is_there = index < len(self.points) and self.points[index].day == day
        return self.points[index].row if is_there else 0

    def _set(self, point: Point, *, cause: int | None) -> None:
        """Put a point in its place, or nothing where it would repeat the entry before it."""
        points, index = self.points, self._index(point.day)
        before = points[index - 1].entry if index else ABSENCE
        if index < len(points) and points[index].day == point.day:
            there = points[index]
            if there.entry == point.entry != before:
                return
            if there.row:
                self.dropped = [*(self.dropped or ()), (there.row, cause)]
            del points[index]
        if point.entry != before:
            points.insert(index, point._replace(row=0) if point.row else point)
