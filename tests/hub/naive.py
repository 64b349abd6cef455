"""The plainest store there is: a cell per key and day. What the change points must agree with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from icb.hub.inputs import Answer

Place = tuple[str, str]
Rank = tuple[int, int, int]


@dataclass
class Cell:
    """What is in force for one key on one day."""

    state: str
    value: int = 0
    reason: str = ""
    kept: int | None = None
    rank: Rank = (0, 0, 0)

    @property
    def accepted(self) -> int | None:
        return self.value if self.state == "counted" else self.kept


@dataclass
class NaiveTable:
    """Takes answers with whole counts, none contradicted or impossible, and judges them."""

    cells: dict[tuple[Place, date], Cell] = field(default_factory=dict)
    complete: dict[date, Rank] = field(default_factory=dict)
    said: dict[date, object] = field(default_factory=dict)
    own: dict[tuple[Place, date], object] = field(default_factory=dict)
    places: set[Place] = field(default_factory=set)
    had_rows: bool = False
    receipts: int = 0

    def at(self, place: Place, day: date) -> Cell | None:
        """The cell of a proven day; None where the day is a gap."""
        cell = self.cells.get((place, day))
        if cell is None and day in self.complete:
            return Cell("absent", rank=self.complete[day])
        return cell

    def before(self, place: Place, day: date) -> int | None:
        """The newest accepted count of that day, else of the nearest earlier day."""
        days = [d for p, d in self.cells if p == place and d <= day]
        for earlier in sorted(days, reverse=True):
            accepted = self.cells[place, earlier].accepted
            if accepted is not None:
                return accepted
        return None

    def receive(self, answer: Answer) -> str:
        self.receipts += 1
        stamp = answer.stamp
        rank = (0 if stamp is None else 1, stamp or 0, self.receipts)
        counts = {(row[0], row[1]): int(str(row[2])) for row in answer.rows}
        day = answer.day
        if answer.is_complete:
            return self._complete(counts, day, rank)
        return self._partial(counts, day, rank)

    def _complete(self, counts: dict[Place, int], day: date, rank: Rank) -> str:
        overruled = [p for p in self.places if (p, day) in self.own and self._rank(p, day) < rank]
        if self.said.get(day) == counts and not overruled:
            if rank[0]:
                self.complete[day] = max(self.complete[day], rank)
                for place in self.places:
                    if (place, day) not in self.own and (place, day) in self.cells:
                        cell = self.cells[place, day]
                        cell.rank = max(cell.rank, rank)
            return "duplicate"
        if day in self.complete and rank < self.complete[day]:
            return "superseded"
        if not counts and self.had_rows:
            return "quarantined"
        above = [p for p in self.places if (self.before(p, day) or 0) > 0]
        zeros = [p for p in above if counts.get(p) == 0]
        if len(above) >= 5 and 2 * len(zeros) > len(above):
            return "quarantined"
        self.places |= counts.keys()
        new = {p: self._judged(p, day, counts[p], rank) for p in counts}
        for place in self.places:
            if (place, day) in self.own and self._rank(place, day) > rank:
                continue
            self.own.pop((place, day), None)
            self.cells[place, day] = new.get(place) or self._left_out(place, day, rank)
        self.complete[day], self.said[day] = rank, counts
        self.had_rows = self.had_rows or bool(counts)
        return "accepted"

    def _partial(self, counts: dict[Place, int], day: date, rank: Rank) -> str:
        same = [p for p in counts if self.own.get((p, day)) == counts]
        others = [p for p in counts if p not in same]
        if same and not any(self._rank(p, day) < rank for p in others):
            for place in same if rank[0] else []:
                self.cells[place, day].rank = max(self.cells[place, day].rank, rank)
            return "duplicate"
        winning = {p for p in counts if self._rank(p, day) < rank}
        if not winning and (counts or self.complete.get(day, (0, 0, 0)) > rank):
            return "superseded"
        if not counts and self.had_rows:
            return "quarantined"
        above = [p for p in counts if (self.before(p, day) or 0) > 0]
        zeros = [p for p in above if counts[p] == 0]
        if len(above) >= 5 and 2 * len(zeros) > len(above):
            return "quarantined"
        self.places |= counts.keys()
        for place in winning:
            self.cells[place, day] = self._judged(place, day, counts[place], rank)
            self.own[place, day] = counts
        self.had_rows = self.had_rows or bool(counts)
        return "accepted"

    def _rank(self, place: Place, day: date) -> Rank:
        cell = self.at(place, day)
        return cell.rank if cell else (-1, 0, 0)

    def _judged(self, place: Place, day: date, value: int, rank: Rank) -> Cell:
        before = self.before(place, day)
        there = self.at(place, day)
        if before is not None:
            fell, rose = before - value, value - before
            reason = ""
            if fell > 20 and fell * 2 > before:
                reason = "fall"
            if rose > 50 and rose > before:
                reason = "rise"
            if reason:
                return Cell("held", value, reason, there.accepted if there else None, rank)
        return Cell("counted", value, rank=rank)

    def _left_out(self, place: Place, day: date, rank: Rank) -> Cell:
        """Absent; held, where this day's own older answer is all that ever counted the key."""
        there = self.cells.get((place, day))
        kept = there.accepted if there else None
        if kept is None or self.before(place, day - timedelta(days=1)) is not None:
            return Cell("absent", rank=rank)
        return Cell("held", 0, "absent", kept, rank)

    def readings(
        self, place: Place, *, first: date, last: date, gap_days: int
    ) -> dict[date, tuple[int, str]]:
        """(units, status) by day, worked out a day at a time."""
        found: dict[date, tuple[int, str]] = {}
        gap: list[date] = []
        units: int | None = None

        def close() -> None:
            if len(gap) <= gap_days:
                for open_day in gap:
                    found[open_day] = (found[open_day][0], "carried")
            gap.clear()

        day = first
        while day <= last:
            cell = self.at(place, day)
            if cell is not None and cell.accepted is not None:
                close()
                units = cell.accepted
            if units is not None:
                if cell is None or cell.state == "absent":
                    gap.append(day)
                    found[day] = (units, "gap" if cell is None else "absent")
                else:
                    found[day] = (units, cell.reason or "counted")
            day += timedelta(days=1)
        close()
        return found
