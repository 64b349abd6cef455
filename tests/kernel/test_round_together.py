"""Numbers that are rounded so that they add up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icb.kernel.errors import InvalidInput
from icb.kernel.rounding import round_ratio, round_together

NUMBERS = st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=9)
DENOMINATORS = st.integers(1, 10**8)


@given(NUMBERS, DENOMINATORS)
def test_parts_add_up_and_none_is_off_by_one(numbers: list[int], denominator: int) -> None:
    total = round_ratio(sum(numbers), denominator)
    parts = round_together(numbers, denominator=denominator, total=total)
    assert sum(parts) == total
    for number, part in zip(numbers, parts, strict=True):
        assert abs(number - part * denominator) < denominator
        assert part * number >= 0


@given(NUMBERS, DENOMINATORS, st.integers(-(10**6), 10**6))
def test_parts_add_up_to_whatever_is_asked(
    numbers: list[int], denominator: int, total: int
) -> None:
    assert sum(round_together(numbers, denominator=denominator, total=total)) == total


def test_the_largest_remainders_go_first_and_the_first_of_equal_ones() -> None:
    assert round_together([66, 66, 66], denominator=10, total=20) == [7, 7, 6]
    assert round_together([11, 19, 10], denominator=10, total=4) == [1, 2, 1]
    assert round_together([-66, -66, -66], denominator=10, total=-20) == [-7, -7, -6]


def test_of_nothing_nothing_is_shared() -> None:
    assert round_together([], denominator=1, total=0) == []
    with pytest.raises(InvalidInput):
        round_together([], denominator=1, total=1)
