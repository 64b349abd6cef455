"""A file that is undone leaves its days as they were, and all other days as they are."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from datetime import date
from typing import TypeVar

import pytest
from django.db.transaction import atomic
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.hub.books import june
from tests.hub.naive import NaiveTable, Place
from tests.hub.stored import stand_at
from tests.properties.test_counts_as_change_points import ANY_VALUES, DAYS, answers
from tests.properties.test_counts_stored import Undo, assert_reads_like
from tests.support.effort import examples

from icb.foundation.models import Provider
from icb.hub.actions import connect_modules, take_snapshots
from icb.hub.file_actions import NewCountFile, take_counts_file, undo_file
from icb.hub.inputs import Answer, NewConnection
from icb.hub.verify import count_problems
from icb.kernel.errors import Refused

Said = TypeVar("Said")
UNSTAMPED = answers(ANY_VALUES, st.none())


class Files:
    """The naive table with files: each remembers what its days said before."""

    def __init__(self) -> None:
        self.naive = NaiveTable()
        self.taken: list[tuple[NaiveTable, set[date], bool]] = []

    def answer(self, answer: Answer) -> str:
        state = self.naive.receive(answer)
        if state in ("accepted", "quarantined"):
            self.taken = [
                (before, days, is_overtaken or answer.day in days)
                for before, days, is_overtaken in self.taken
            ]
        return state

    def file(self, said: Sequence[Answer]) -> None:
        before = deepcopy(self.naive)
        states = {self.naive.receive(answer) for answer in said}
        if states != {"duplicate"}:
            self.taken.append((before, {answer.day for answer in said}, False))

    def undo(self) -> bool:
        if not self.taken or self.taken[-1][2]:
            return False
        before, days, _ = self.taken.pop()
        naive = self.naive
        put_back(naive.cells, before.cells, days)
        put_back(naive.own, before.own, days)
        put_back_days(naive.complete, before.complete, days)
        put_back_days(naive.said, before.said, days)
        return True


def put_back(
    mine: dict[tuple[Place, date], Said], before: dict[tuple[Place, date], Said], days: set[date]
) -> None:
    for key in [key for key in mine if key[1] in days]:
        del mine[key]
    mine.update({key: value for key, value in before.items() if key[1] in days})


def put_back_days(mine: dict[date, Said], before: dict[date, Said], days: set[date]) -> None:
    for day in days:
        mine.pop(day, None)
    mine.update({day: value for day, value in before.items() if day in days})


STEPS: st.SearchStrategy[tuple[str, list[Answer]]] = st.one_of(
    st.tuples(st.just("answer"), st.lists(UNSTAMPED, min_size=1, max_size=3)),
    st.tuples(
        st.just("file"),
        st.lists(UNSTAMPED, min_size=1, max_size=4, unique_by=lambda answer: answer.day),
    ),
    st.tuples(st.just("undo"), st.just([])),
)


@pytest.mark.django_db
@settings(
    max_examples=examples(80),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, min_size=2, max_size=8), gap_days=st.integers(0, 4))
def test_an_undone_file_is_as_if_it_had_not_come(
    provider: Provider, clock: object, steps: list[tuple[str, list[Answer]]], gap_days: int
) -> None:
    stand_at(june(DAYS + 40), hour=9)
    with pytest.raises(Undo), atomic():
        connect_modules([NewConnection(key="rmm", gap_days=gap_days)])
        files = Files()
        for number, (kind, said) in enumerate(steps):
            if kind == "answer":
                receipts = take_snapshots("rmm", answers=said)
                assert [r.state for r in receipts] == [files.answer(a) for a in said]
            elif kind == "file":
                files.file(said)
                new = NewCountFile(name="a.csv", content_hash=str(number), answers=said)
                take_counts_file("rmm", new=new)
            elif files.undo():
                assert undo_file("rmm") == "a.csv"
            else:
                with pytest.raises(Refused):
                    undo_file("rmm")
            assert count_problems() == []
        assert_reads_like(files.naive, window=[1, DAYS], gap_days=gap_days)
        raise Undo
