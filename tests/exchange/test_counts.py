"""The days on which a bundle and the database differ, held equal to a table with a row per day."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from icb.exchange.counts import (
    CountDifference,
    CountedThing,
    CountRange,
    CountTable,
    DayState,
    ModuleDays,
    Reading,
    Said,
)

FIRST = date(2026, 1, 1).toordinal()
DAYS = range(FIRST, FIRST + 8)
THINGS: list[CountedThing] = [("rmm", id_, "devices") for id_ in "abc"]
Naive = dict[int, dict[CountedThing, int]]
"""By day, what is counted."""

# A grid of counts: of each thing and day a number, or None where nothing was counted.
grids = st.lists(
    st.lists(st.sampled_from((None, 0, 1, 2)), min_size=len(DAYS), max_size=len(DAYS)),
    min_size=len(THINGS),
    max_size=len(THINGS),
)
Grid = list[list[int | None]]


def table_of(grid: Grid, *, said: Said) -> tuple[CountTable, Naive]:
    """The same counts as ranges and as a naive table."""
    table, naive = CountTable(), Naive()
    for thing, row in zip(THINGS, grid, strict=True):
        key = table.key_of(thing)
        for day, count in zip(DAYS, row, strict=True):
            if count is not None:
                naive.setdefault(day, {})[thing] = count
                table.append(CountRange(key, day, day, Reading(count, said), day))
    return table, naive


@given(wanted=grids, stored=grids, proven=st.sets(st.sampled_from(DAYS)))
def test_the_days_that_differ_are_those_of_the_naive_table(
    wanted: Grid, stored: Grid, proven: set[int]
) -> None:
    wanted_table, wanted_naive = table_of(wanted, said=Said.NOTHING)
    stored_table, stored_naive = table_of(stored, said=Said.COUNTED)
    difference = CountDifference(
        "rmm", wanted_table, stored_table, ModuleDays({}), frozenset(proven)
    )
    found = {
        answer.day.toordinal(): {thing: reading.micro for thing, reading in answer.counts.items()}
        for answer in difference.answers()
    }
    assert found == {
        day: counts
        for day, counts in wanted_naive.items()
        if day not in proven or counts != stored_naive.get(day, {})
    }
    assert difference.unchanged == len(wanted_naive) - len(found)


@given(wanted=grids, missing=st.sampled_from((DayState.MISSING, DayState.FAILED)))
def test_a_day_without_an_answer_is_skipped(wanted: Grid, missing: DayState) -> None:
    table, naive = table_of(wanted, said=Said.NOTHING)
    days = ModuleDays({DAYS[3]: missing, DAYS[5]: DayState.COMPLETE})
    difference = CountDifference("rmm", table, CountTable(), days, frozenset())
    found = {answer.day.toordinal() for answer in difference.answers()}
    assert found == (naive.keys() - {DAYS[3]}) | {DAYS[5]}


def test_a_range_counts_on_each_of_its_days_and_on_a_partial_one_only_where_it_begins() -> None:
    table = CountTable()
    for thing, first, last in ((THINGS[0], 0, 4), (THINGS[1], 2, 2), (THINGS[2], 3, 4)):
        reading = Reading(7, Said.NOTHING)
        table.append(CountRange(table.key_of(thing), DAYS[first], DAYS[last], reading, 1))
    days = ModuleDays({DAYS[2]: DayState.PARTIAL})
    difference = CountDifference("rmm", table, CountTable(), days, frozenset())
    found = [(answer.is_complete, [*answer.counts]) for answer in difference.answers()]
    assert found == [
        (True, [THINGS[0]]),
        (True, [THINGS[0]]),
        (False, [THINGS[1]]),
        (True, [THINGS[0], THINGS[2]]),
        (True, [THINGS[0], THINGS[2]]),
    ]


def test_overlapping_ranges_of_one_thing_are_found() -> None:
    table = CountTable()
    for thing, first, last in (
        (THINGS[0], 0, 6),
        (THINGS[0], 1, 2),
        (THINGS[0], 5, 7),
        (THINGS[1], 0, 3),
        (THINGS[1], 4, 5),
    ):
        reading = Reading(1, Said.NOTHING)
        line = len(table) + 2
        table.append(CountRange(table.key_of(thing), DAYS[first], DAYS[last], reading, line))
    assert [(before.line, after.line) for before, after in table.overlaps()] == [(2, 3), (2, 4)]
