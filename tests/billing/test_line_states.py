"""Days of a period by the worst state of the lines that cover them."""

from tests.billing.facts import day, days

from icb.billing.line_states import LineState, Segment, segments
from icb.billing.usage import Standing

JUNE = days("06-01", "06-30")
BILLED, HELD, WAIVED, DEFERRED = (
    Standing.BILLED,
    Standing.HELD,
    Standing.WAIVED,
    Standing.DEFERRED,
)


def line(first: str, standing: Standing, amount: int = 0, *, is_change: bool = False) -> LineState:
    return LineState(day(first), is_change, standing, amount)


def test_without_a_line_the_period_waits() -> None:
    assert segments([], period=JUNE) == [Segment(JUNE, Standing.WAITING, None)]


def test_each_price_segment_in_arrears_has_a_state_of_its_own() -> None:
    lines = [line("06-01", HELD, 100), line("06-11", BILLED, 200)]
    assert segments(lines, period=JUNE) == [
        Segment(days("06-01", "06-10"), HELD, 100),
        Segment(days("06-11", "06-30"), BILLED, 200),
    ]


def test_a_held_change_holds_only_the_days_from_its_date_on() -> None:
    lines = [line("06-01", BILLED), line("06-21", HELD, -6000, is_change=True)]
    assert segments(lines, period=JUNE) == [
        Segment(days("06-01", "06-20"), BILLED, 0),
        Segment(days("06-21", "06-30"), HELD, -6000),
    ]


def test_under_a_held_base_no_change_is_billed() -> None:
    lines = [line("06-01", HELD, 300), line("06-21", BILLED, 50, is_change=True)]
    assert [part.standing for part in segments(lines, period=JUNE)] == [HELD, HELD]


def test_a_change_that_was_put_off_or_given_up_shows_until_the_end() -> None:
    lines = [
        line("06-01", BILLED),
        line("06-05", WAIVED, 10, is_change=True),
        line("06-09", DEFERRED, 20, is_change=True),
    ]
    assert [part.standing for part in segments(lines, period=JUNE)] == [BILLED, WAIVED, DEFERRED]


def test_a_line_that_begins_before_the_period_covers_it_whole() -> None:
    assert segments([line("05-20", HELD, 5)], period=JUNE) == [Segment(JUNE, HELD, 5)]


def test_days_before_the_first_base_stand_with_it() -> None:
    lines = [line("06-10", HELD, 5), line("06-20", BILLED, is_change=True)]
    assert [part.standing for part in segments(lines, period=JUNE)] == [HELD, HELD, HELD]
