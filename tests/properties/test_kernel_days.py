"""What must hold for every range of days, period and change of zone."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from icb.kernel.days import DayRange, ProviderDays, subtract
from icb.kernel.period import Anchor, PeriodLength, period_containing, periods

DATES = st.dates(date(2000, 1, 1), date(2060, 12, 31))
SHORT = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(
    lambda pair: DayRange(*(date(2025, 1, 1) + timedelta(days=day) for day in sorted(pair)))
)
ZONES = st.sampled_from(["UTC", "Europe/Warsaw", "America/New_York", "Asia/Tokyo", "Asia/Kolkata"])


def days_of(ranges: list[DayRange]) -> list[date]:
    """Every day of the ranges, in their order."""
    return [span.start + timedelta(days=n) for span in ranges for n in range(span.days)]


@given(SHORT, st.lists(SHORT, max_size=5))
def test_taking_out_holes_leaves_the_other_days(whole: DayRange, holes: list[DayRange]) -> None:
    removed = set(days_of(holes))
    left = subtract(whole, holes)
    assert days_of(left) == [day for day in days_of([whole]) if day not in removed]
    assert all(part.days > 0 for part in left)


@given(SHORT, SHORT)
def test_what_two_ranges_share_are_the_days_in_both(one: DayRange, other: DayRange) -> None:
    shared = one.intersect(other)
    both = [day for day in days_of([one]) if other.contains(day)]
    assert days_of([shared] if shared else []) == both


@given(DATES, DATES, st.sampled_from(PeriodLength), st.sampled_from(Anchor))
def test_a_day_lies_in_exactly_one_period(
    day: date, starts_on: date, length: PeriodLength, anchor: Anchor
) -> None:
    period = period_containing(day, starts_on=starts_on, length=length, anchor=anchor)
    assert period.contains(day)
    neighbours = periods(
        starts_on=starts_on,
        length=length,
        anchor=anchor,
        first=period.start - timedelta(days=1),
        until=period.end + timedelta(days=1),
    )
    assert neighbours[1] == period
    assert [span.end for span in neighbours[:2]] == [span.start for span in neighbours[1:]]
    months = {"monthly": 1, "quarterly": 3, "semi_annual": 6, "yearly": 12}[length]
    assert 28 * months <= period.days <= 31 * months


@given(DATES, DATES, st.sampled_from(PeriodLength))
def test_an_anniversary_begins_on_its_day_or_the_last_of_the_month(
    day: date, starts_on: date, length: PeriodLength
) -> None:
    anchor = Anchor.ANNIVERSARY
    start = period_containing(day, starts_on=starts_on, length=length, anchor=anchor).start
    assert start.day == starts_on.day or (start + timedelta(days=1)).day == 1
    assert start.day <= starts_on.day


@given(ZONES, ZONES, st.dates(date(2025, 1, 10), date(2025, 12, 10)))
def test_a_change_of_zone_counts_every_day_once(old: str, new: str, from_day: date) -> None:
    days = ProviderDays(((None, old), (from_day, new)))
    begin = datetime(from_day.year, from_day.month, from_day.day, tzinfo=UTC) - timedelta(days=3)
    seen = [days.day_of(begin + timedelta(minutes=30 * step)) for step in range(6 * 48)]
    assert seen == sorted(seen)
    assert len(set(seen)) == (seen[-1] - seen[0]).days + 1
    for day in sorted(set(seen)):
        assert days.noon_after(day - timedelta(days=1)).tzinfo is UTC
        assert days.day_of(days.noon_after(day - timedelta(days=1))) == day
