"""Half-open ranges of dates, and dates of instants where zones differ and change."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from icb.kernel.days import DayRange, ProviderDays, local_day, subtract, zone_named
from icb.kernel.errors import InvalidInput


def march(start: int, end: int) -> DayRange:
    """The days from `start` up to, without, `end` of March 2025."""
    return DayRange(date(2025, 3, start), date(2025, 3, end))


def test_the_end_is_not_in_the_range() -> None:
    assert march(3, 5).days == 2
    assert march(3, 5).contains(date(2025, 3, 3))
    assert not march(3, 5).contains(date(2025, 3, 5))


def test_what_two_ranges_share() -> None:
    assert march(1, 10).intersect(march(5, 20)) == march(5, 10)
    assert march(1, 10).intersect(march(10, 20)) is None


@pytest.mark.parametrize(
    ("holes", "left"),
    [
        ([], [march(5, 20)]),
        ([march(7, 9)], [march(5, 7), march(9, 20)]),
        ([march(15, 17), march(7, 9)], [march(5, 7), march(9, 15), march(17, 20)]),
        ([march(7, 12), march(9, 10), march(11, 14)], [march(5, 7), march(14, 20)]),
        ([march(1, 6), march(18, 25)], [march(6, 18)]),
        ([march(1, 25)], []),
        ([march(1, 3), march(25, 28)], [march(5, 20)]),
        ([march(5, 20)], []),
        ([march(9, 9)], [march(5, 20)]),
    ],
)
def test_holes_are_taken_out(holes: list[DayRange], left: list[DayRange]) -> None:
    assert subtract(march(5, 20), holes) == left


def test_a_day_is_a_date_in_the_zone() -> None:
    instant = datetime(2025, 3, 30, 22, 30, tzinfo=UTC)
    assert local_day(instant, "Europe/Warsaw") == date(2025, 3, 31)
    assert local_day(instant, "America/New_York") == date(2025, 3, 30)


@pytest.mark.parametrize("name", ["Europe/Nowhere", "", "../etc/passwd", "Europe"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="not a known time zone") as refusal:
        zone_named(name)
    assert refusal.value.code == "invalid_timezone"


def test_an_instant_needs_a_zone() -> None:
    with pytest.raises(InvalidInput, match="no time zone"):
        local_day(datetime.fromisoformat("2025-03-01T12:00"), "UTC")


MOVED = ProviderDays(((None, "America/New_York"), (date(2025, 6, 10), "Europe/Warsaw")))
MOVED_BACK = ProviderDays(((None, "Europe/Warsaw"), (date(2025, 6, 10), "America/New_York")))


@pytest.mark.parametrize(
    ("hour_utc", "day"),
    [
        # Midnight in Warsaw is 22:00 UTC of the 9th, 18:00 in New York.
        (datetime(2025, 6, 9, 3, 59, tzinfo=UTC), date(2025, 6, 8)),
        (datetime(2025, 6, 9, 21, 59, tzinfo=UTC), date(2025, 6, 9)),
        (datetime(2025, 6, 9, 22, 0, tzinfo=UTC), date(2025, 6, 10)),
        (datetime(2025, 6, 10, 22, 0, tzinfo=UTC), date(2025, 6, 11)),
    ],
)
def test_a_move_to_the_east_shortens_a_day(hour_utc: datetime, day: date) -> None:
    assert MOVED.day_of(hour_utc) == day


@pytest.mark.parametrize(
    ("hour_utc", "day"),
    [
        # Midnight in New York is 04:00 UTC of the 10th; Warsaw has had the 10th since 22:00 UTC.
        (datetime(2025, 6, 9, 21, 59, tzinfo=UTC), date(2025, 6, 9)),
        (datetime(2025, 6, 10, 3, 59, tzinfo=UTC), date(2025, 6, 9)),
        (datetime(2025, 6, 10, 4, 0, tzinfo=UTC), date(2025, 6, 10)),
    ],
)
def test_a_move_to_the_west_lengthens_a_day(hour_utc: datetime, day: date) -> None:
    assert MOVED_BACK.day_of(hour_utc) == day


@pytest.mark.parametrize("days", [MOVED, MOVED_BACK])
def test_no_day_comes_twice_or_is_left_out(days: ProviderDays) -> None:
    start = datetime(2025, 6, 7, tzinfo=UTC)
    seen = [days.day_of(start + timedelta(minutes=10 * step)) for step in range(6 * 24 * 6)]
    assert seen == sorted(seen)
    assert sorted(set(seen)) == [seen[0] + timedelta(days=n) for n in range(len(set(seen)))]


def test_waiting_ends_at_noon_of_the_next_day_in_its_zone() -> None:
    assert MOVED.noon_after(date(2025, 6, 7)) == datetime(2025, 6, 8, 16, tzinfo=UTC)
    assert MOVED.noon_after(date(2025, 6, 8)) == datetime(2025, 6, 9, 16, tzinfo=UTC)
    assert MOVED.noon_after(date(2025, 6, 9)) == datetime(2025, 6, 10, 10, tzinfo=UTC)


def test_a_time_that_a_short_day_does_not_reach_is_its_last_instant() -> None:
    ends = datetime(2025, 6, 9, 22, tzinfo=UTC) - timedelta(microseconds=1)
    assert MOVED.at(date(2025, 6, 9), time(18)) == ends
    assert MOVED.day_of(ends) == date(2025, 6, 9)


def test_a_day_with_a_shorter_clock_keeps_its_noon() -> None:
    warsaw = ProviderDays(((None, "Europe/Warsaw"),))
    assert warsaw.at(date(2025, 3, 29), time(12)) == datetime(2025, 3, 29, 11, tzinfo=UTC)
    assert warsaw.noon_after(date(2025, 3, 29)) == datetime(2025, 3, 30, 10, tzinfo=UTC)


def test_midnight_that_comes_twice_does_not_turn_the_day_back() -> None:
    # In St. John's the clock went from 00:01 back to 23:01 on 7 November 2010.
    days = ProviderDays(((None, "UTC"), (date(2010, 11, 7), "America/St_Johns")))
    begins = datetime(2010, 11, 7, 2, 30, tzinfo=UTC)
    assert days.day_of(begins) == date(2010, 11, 7)
    assert days.day_of(begins + timedelta(minutes=30)) == date(2010, 11, 7)


@pytest.mark.parametrize(
    ("zones", "problem"),
    [
        ((), "first time zone"),
        (((date(2025, 1, 1), "UTC"),), "first time zone"),
        (((None, "UTC"), (None, "Europe/Warsaw")), "needs its first day"),
        (
            ((None, "UTC"), (date(2025, 6, 2), "Europe/Warsaw"), (date(2025, 6, 1), "UTC")),
            "in order",
        ),
        # The new zone is a whole day ahead, so the 9th would be missing.
        (((None, "Pacific/Pago_Pago"), (date(2025, 6, 10), "Pacific/Kiritimati")), "leave out"),
    ],
)
def test_impossible_changes_are_refused(
    zones: tuple[tuple[date | None, str], ...], problem: str
) -> None:
    with pytest.raises(InvalidInput, match=problem):
        ProviderDays(zones)
