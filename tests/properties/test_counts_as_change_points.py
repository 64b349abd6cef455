"""The change points agree with a table that has a cell per key and day, whatever arrives."""

from __future__ import annotations

from datetime import date
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.hub.books import Module, june
from tests.hub.naive import NaiveTable, Place
from tests.support.effort import examples

from icb.hub.book import first_proven
from icb.hub.change_points import ABSENCE, History
from icb.hub.decision_actions import accepted_entry
from icb.hub.inputs import Answer, CountRow
from icb.hub.reading import Reading
from icb.kernel.quantity import MICRO

PLACES: list[Place] = [(org, kind) for org in ("7", "8", "9") for kind in ("devices", "users")]
DAYS = 14
NAMES = {Reading.COUNTED: "counted", Reading.CARRIED: "carried"}


def answers(
    values: st.SearchStrategy[int], stamps: st.SearchStrategy[int | None]
) -> st.SearchStrategy[Answer]:
    counts = st.dictionaries(st.sampled_from(PLACES), values, max_size=len(PLACES))
    return st.builds(
        lambda day, said, is_complete, stamp: Answer(
            day=june(day),
            rows=[CountRow(org, kind, value) for (org, kind), value in said.items()],
            is_complete=is_complete,
            stamp=stamp,
        ),
        st.integers(1, DAYS),
        counts,
        st.sampled_from([True, True, True, False]),
        stamps,
    )


ANY_VALUES = st.sampled_from([0, 0, 1, 5, 10, 30, 40, 60, 100, 150, 400])
ANY_STAMPS = st.one_of(st.none(), st.integers(1, 4))


@settings(max_examples=examples(600), deadline=None)
@given(st.lists(answers(ANY_VALUES, ANY_STAMPS), max_size=25), st.integers(0, 4))
def test_the_daily_reading_is_that_of_a_row_per_key_and_day(said: list[Answer], gap: int) -> None:
    module, naive = Module(), NaiveTable()
    for answer in said:
        assert module.answer(answer).state == naive.receive(answer)
    for place, key in module.book.keys.items():
        for day in map(june, range(1, DAYS + 1)):
            cell = naive.at(place, day)
            if cell is None:
                assert module.book.proof_of(key, day=day) is None
                continue
            entry = key.history.at(day)
            kept = None if cell.kept is None else cell.kept * MICRO
            assert entry == (cell.state, cell.value * MICRO, cell.reason, kept)
        expected = naive.readings(place, first=june(1), last=june(DAYS), gap_days=gap)
        assert read(module, place, gap=gap) == expected
        assert_canonical(key.history, proven=naive, place=place)


def read(module: Module, place: Place, *, gap: int) -> dict[date, tuple[int, str]]:
    found = {}
    for run in module.runs(1, DAYS, place=place, gap_days=gap):
        for ordinal in range(run.start.toordinal(), run.end.toordinal()):
            name = NAMES.get(run.status, run.reason)
            assert date.fromordinal(ordinal) not in found
            found[date.fromordinal(ordinal)] = (run.units // MICRO, name)
    return found


def assert_canonical(history: History, *, proven: NaiveTable, place: Place) -> None:
    """The fewest points there can be, each on a proven day."""
    before = ABSENCE
    for point in history.points:
        assert point.entry != before
        assert proven.at(place, point.day) is not None
        before = point.entry
    days = [point.day for point in history.points]
    assert days == sorted(set(days))


# Without a guard in the way, what arrives last decides nothing but by its stamp. What a revision
# left out is held only where an older one arrived before it, so that hold is answered first.
CALM_VALUES = st.integers(1, 20)


@settings(max_examples=examples(300), deadline=None)
@given(st.data())
def test_stamped_revisions_may_arrive_in_any_order(data: st.DataObject) -> None:
    said = data.draw(
        st.lists(answers(CALM_VALUES, st.none()).filter(lambda a: bool(a.rows)), max_size=12)
    )
    stamped = [
        Answer(day=a.day, rows=a.rows, is_complete=a.is_complete, stamp=number)
        for number, a in enumerate(said, 1)
    ]
    forward, shuffled = Module(), Module()
    for answer in stamped:
        forward.answer(answer)
    for answer in data.draw(st.permutations(stamped)):
        shuffled.answer(answer)
    accept_what_was_left_out(forward)
    accept_what_was_left_out(shuffled)
    for place in PLACES:
        assert points_of(forward, place) == points_of(shuffled, place)
        for day in map(june, range(1, DAYS + 1)):
            assert proof_stamp(forward, place, day) == proof_stamp(shuffled, place, day)


def accept_what_was_left_out(module: Module) -> None:
    for key in module.book.keys.values():
        assert {point.entry.reason for point in key.history.points} <= {"", "absent"}
        proven = partial(first_proven, book=module.book, key=key)
        key.history.rewrite(june(1), change=accepted_entry, next_proven=proven)


def points_of(module: Module, place: Place) -> list[tuple[int, object]]:
    return list(module.points(*place)) if place in module.book.keys else []


def proof_stamp(module: Module, place: Place, day: date) -> int | None:
    key = module.book.keys.get(place)
    proof = module.book.proof_of(key, day=day) if key else module.book.proven.get(day)
    return proof.stamp if proof else None


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(answers(ANY_VALUES, ANY_STAMPS), max_size=12), st.data())
def test_the_same_snapshot_twice_changes_nothing(said: list[Answer], data: st.DataObject) -> None:
    module = Module()
    for answer in said:
        receipt = module.answer(answer)
        before = {place: list(key.history.points) for place, key in module.book.keys.items()}
        again = module.answer(answer)
        after = {place: list(key.history.points) for place, key in module.book.keys.items()}
        assert before == after
        assert again.state != "accepted" or not answer.rows
        assert receipt.state == "accepted" or again.state == receipt.state
