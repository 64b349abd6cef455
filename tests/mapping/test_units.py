"""Units per contract service and day, from the readings of what feeds it (rules, section 3)."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from icb.hub.reading import KeyRun, Reading
from icb.kernel.days import DayRange
from icb.kernel.quantity import MICRO
from icb.mapping.units import FAR, Feed, ServiceRun, combine, feed_runs

JUNE = DayRange(date(2025, 6, 1), date(2025, 7, 1))
FIRST = JUNE.start.toordinal()


def on(day: int) -> date:
    """That day of June 2025; 31 is the half-open end."""
    return date.fromordinal(FIRST + day - 1)


def reading(
    first: int, end: int, units: int, status: Reading = Reading.COUNTED, reason: str = ""
) -> KeyRun:
    return KeyRun(on(first), on(end), units * MICRO, status, reason)


def feed(*ranges: DayRange, merge: str = "sum", billing_type: int = 1, key: int = 1) -> Feed:
    return Feed(100, key, billing_type, merge, ranges or (DayRange(date.min, FAR),))


def runs(
    feed_: Feed, *readings: KeyRun, known_until: int = 31, until: int = 31
) -> list[ServiceRun]:
    return feed_runs(feed_, readings=readings, known_until=on(known_until), until=on(until))


def test_a_reading_becomes_a_run_that_says_how_well_it_is_known() -> None:
    found = runs(
        feed(),
        reading(1, 5, 3),
        reading(5, 7, 3, Reading.CARRIED),
        reading(7, 9, 3, Reading.HELD, "fall"),
        reading(9, 31, 3, Reading.WAITING),
    )
    assert found == [
        ServiceRun(on(1), on(5), 3 * MICRO),
        ServiceRun(on(5), on(7), 3 * MICRO, estimated=True),
        ServiceRun(on(7), on(9), 3 * MICRO, estimated=True, held="fall"),
        ServiceRun(on(9), on(31), 3 * MICRO, estimated=True, waiting=True),
    ]


def test_only_the_mapped_days_count() -> None:
    found = runs(feed(DayRange(on(3), on(5)), DayRange(on(8), FAR)), reading(1, 31, 3))
    assert [(run.start, run.end) for run in found] == [(on(3), on(5)), (on(8), on(31))]


def test_the_last_units_go_on_into_days_that_are_not_known_yet() -> None:
    found = runs(feed(), reading(1, 11, 3), known_until=11)
    assert found[-1] == ServiceRun(on(11), on(31), 3 * MICRO, known=False)


def test_after_a_departure_nothing_goes_on() -> None:
    assert runs(feed(), reading(1, 9, 3), known_until=11) == [ServiceRun(on(1), on(9), 3 * MICRO)]


def test_nothing_was_ever_counted() -> None:
    assert runs(feed()) == []
    assert combine([(feed(), [])]) == []


def summed(*fed: tuple[Feed, list[ServiceRun]]) -> list[tuple[int, int]]:
    return [(run.start.day, run.units // MICRO) for run in combine(fed)]


def test_several_module_organizations_add_up() -> None:
    head, branch = feed(key=1), feed(key=2)
    assert summed(
        (head, runs(head, reading(1, 31, 11))),
        (branch, runs(branch, reading(5, 15, 6), reading(15, 31, 8))),
    ) == [(1, 11), (5, 17), (15, 19)]


def test_true_or_true_is_one_and_the_largest_is_the_largest() -> None:
    for merge, expected in (("or", 1), ("max", 9), ("sum", 14)):
        one, two = feed(key=1, merge=merge), feed(key=2, merge=merge)
        fed = (one, runs(one, reading(1, 31, 5))), (two, runs(two, reading(1, 31, 9)))
        assert summed(*fed) == [(1, expected)]
        alone = feed(merge=merge)
        assert summed((alone, runs(alone, reading(1, 31, 5)))) == [(1, 1 if merge == "or" else 5)]


def test_billing_types_add_up_whatever_their_merge_rule() -> None:
    one = feed(key=1, billing_type=1, merge="max")
    two = feed(key=2, billing_type=2, merge="or")
    fed = (one, runs(one, reading(1, 31, 5))), (two, runs(two, reading(1, 31, 0)))
    assert summed(*fed) == [(1, 5)]


def test_a_merged_day_is_as_uncertain_as_its_worst_count() -> None:
    one, two = feed(key=1), feed(key=2)
    (merged,) = combine(
        [
            (one, runs(one, reading(1, 31, 5, Reading.HELD, "gap"))),
            (two, runs(two, reading(1, 31, 9, Reading.HELD, "fall"))),
        ]
    )
    assert (merged.estimated, merged.held, merged.waiting) == (True, "fall,gap", False)
    (waits,) = combine([(one, [ServiceRun(on(1), on(9), 0, waiting=True)]), (two, [])])
    assert waits.waiting


COUNTS = st.lists(st.integers(0, 40), min_size=1, max_size=30)


@given(st.lists(COUNTS, min_size=1, max_size=4))
def test_merged_runs_equal_the_sum_of_every_day(counts: list[list[int]]) -> None:
    """Against a table of days: change points lose and move nothing."""
    fed = []
    for key, values in enumerate(counts):
        entry = feed(key=key)
        days = [reading(day, day + 1, units) for day, units in enumerate(values, start=1)]
        fed.append((entry, feed_runs(entry, readings=days, known_until=on(31), until=on(31))))
    merged = combine(fed)
    for day in range(1, 31):
        expected = sum(values[day - 1] for values in counts if day <= len(values))
        found = sum(run.units for run in merged if run.start <= on(day) < run.end)
        assert found == expected * MICRO
