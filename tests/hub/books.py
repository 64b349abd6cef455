"""Short words for tests of the pure rules: answers, books, and what a key reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from icb.hub.book import Book
from icb.hub.change_points import Entry
from icb.hub.inputs import Answer, CountRow, Receipt
from icb.hub.judging import TypeRule
from icb.hub.reading import Decided, KeyRun, key_runs, spans, with_own_days
from icb.hub.receiving import Receiver
from icb.kernel.quantity import MICRO

JUNE = date(2026, 6, 1)
FAR = date(9999, 1, 1)


def june(number: int) -> date:
    """A day counted from 1 June 2026 = 1."""
    return JUNE + timedelta(days=number - 1)


def rows(counts: Mapping[str, Mapping[str, object]]) -> list[CountRow]:
    """{organization: {billing type: value}} as rows."""
    return [
        CountRow(organization, billing_type, value)
        for organization, types in counts.items()
        for billing_type, value in types.items()
    ]


Points = list[tuple[int, Entry]]
"""Change points with the day as its number in June."""


class Module:
    """A connection without a database: answers go in, entries and readings come out."""

    def __init__(self, **types: TypeRule) -> None:
        self.book = Book(types=types)
        self.snapshots = 0

    def answer(self, answer: Answer, *, is_decided: bool = False) -> Receipt:
        self.snapshots += 1
        receiver = Receiver(self.book, answer=answer, snapshot=self.snapshots)
        return receiver.receive(is_decided=is_decided)

    def say(
        self,
        day: int,
        counts: Mapping[str, Mapping[str, object]],
        *,
        is_complete: bool = True,
        stamp: int | None = None,
    ) -> Receipt:
        said = Answer(day=june(day), rows=rows(counts), is_complete=is_complete, stamp=stamp)
        return self.answer(said)

    def entry(self, day: int, organization: str = "7", billing_type: str = "devices") -> Entry:
        return self.book.keys[organization, billing_type].history.at(june(day))

    def points(self, organization: str = "7", billing_type: str = "devices") -> Points:
        history = self.book.keys[organization, billing_type].history
        return [((point.day - JUNE).days + 1, point.entry) for point in history.points]

    def runs(
        self,
        first: int,
        last: int,
        *,
        place: tuple[str, str] = ("7", "devices"),
        gap_days: int = 3,
        decided: Sequence[Decided] = (),
    ) -> list[KeyRun]:
        key = self.book.keys[place]
        calendar = spans(
            self.book.proven_days,
            start=june(first),
            end=june(last + 1),
            failed=(),
            waits_from=FAR,
        )
        if key.proofs:
            calendar = with_own_days(calendar, days=key.proofs)
        points = [(point.day, point.entry) for point in key.history.points]
        return key_runs(points, calendar=calendar, gap_days=gap_days, decided=decided)


def counted(units: int) -> Entry:
    return Entry("counted", units * MICRO)
