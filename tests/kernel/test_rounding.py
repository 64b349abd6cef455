"""One rounding, half up away from zero; splits that always add up (rules, section 1)."""

import pytest

from icb.kernel.errors import InvalidInput
from icb.kernel.rounding import round_ratio, split_by_largest_remainder


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [
        (5, 2, 3),
        (-5, 2, -3),
        (7, 2, 4),
        (1, 2, 1),
        (-1, 2, -1),
        (49, 100, 0),
        (-49, 100, 0),
        (50, 100, 1),
        (10**40 + 1, 2 * 10**40, 1),
        (10**40 - 1, 2 * 10**40, 0),
        (0, 7, 0),
        (-21, 7, -3),
    ],
)
def test_halves_go_away_from_zero(numerator: int, denominator: int, rounded: int) -> None:
    assert round_ratio(numerator, denominator) == rounded


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (5, [3, 3, 1], [2, 2, 1]),
        (1, [1, 2, 2], [0, 1, 0]),
        (10, [0, 3, 0], [0, 10, 0]),
        (0, [2, 5], [0, 0]),
        (7, [-1, -1], [4, 3]),
        (10, [30, -10], [15, -5]),
    ],
)
def test_parts_follow_the_weights_and_add_up(
    total: int, weights: list[int], parts: list[int]
) -> None:
    assert split_by_largest_remainder(total, weights) == parts


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [4, -4]])
def test_weights_that_sum_to_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(InvalidInput, match="sum to 0"):
        split_by_largest_remainder(100, weights)
