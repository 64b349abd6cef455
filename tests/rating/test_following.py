"""Lines that follow from rounded lines, and tax per rate."""

import pytest
from tests.rating.worked import amounts, month, rated, run, terms
from tests.support.taxes import TaxTotal, taxes

from icb.kernel.quantity import MICRO
from icb.rating import LineKind, discount_line, minimum_line

JUNE = month("2025-06")


def test_a_discount_is_taken_from_the_rounded_amount() -> None:
    # 1 unit x 0.67 on 11 days of 30 is 0.24566..., rounded 0.25; half of it 0.125, rounded 0.13.
    lines = rated(terms("0.67", discount=50 * MICRO), JUNE, run("2025-06-01", "2025-06-11", 1))
    assert amounts(lines) == [25, -13]


@pytest.mark.parametrize("discount", [0, 1_000_000])
def test_a_discount_of_nothing_is_not_made(discount: int) -> None:
    (line,) = rated(terms("0.30"), JUNE, run("2025-06-01", "2025-06-30", 1))
    assert discount_line(line, discount=discount) is None
    (only,) = rated(terms("0.30", discount=discount), JUNE, run("2025-06-01", "2025-06-30", 1))
    assert only == line


@pytest.mark.parametrize(
    ("covered", "net", "top_up"),
    [(30, 12_000, 3_000), (30, 15_000, None), (30, 15_001, None), (7, 0, 3_500), (0, 0, None)],
)
def test_a_minimum_amount_is_topped_up(covered: int, net: int, top_up: int | None) -> None:
    line = minimum_line(150 * MICRO, period=JUNE, covered_days=covered, net=net, minor_digits=2)
    assert (None if line is None else line.amount) == top_up


def test_what_a_minimum_line_says() -> None:
    line = minimum_line(100 * MICRO, period=JUNE, covered_days=13, net=-50, minor_digits=2)
    assert line is not None
    assert line.amount == 4333 + 50
    assert line.kind == LineKind.MINIMUM
    assert line.effective_on == JUNE.start
    assert line.days_in_period == 30


def test_no_minimum_amount_no_line() -> None:
    assert minimum_line(None, period=JUNE, covered_days=30, net=0, minor_digits=2) is None


def test_tax_is_rounded_once_per_rate() -> None:
    # Line by line 3 x 0.05 x 21 % would be 3 x 0.01.
    assert taxes([(21 * MICRO, 5)] * 3) == [TaxTotal(21 * MICRO, 15, 3)]
    assert taxes([(10 * MICRO, 4)] * 3) == [TaxTotal(10 * MICRO, 12, 1)]


def test_rates_are_listed_from_the_highest_and_none_carries_no_tax() -> None:
    lines = [(9 * MICRO, 8995), (None, 5000), (21 * MICRO, 24030), (0, 700), (9 * MICRO, -995)]
    assert taxes(lines) == [
        TaxTotal(21 * MICRO, 24030, 5046),
        TaxTotal(9 * MICRO, 8000, 720),
        TaxTotal(0, 700, 0),
    ]


def test_the_tax_of_a_credit_is_negative_and_rounds_away_from_zero() -> None:
    assert taxes([(50 * MICRO, -5)]) == [TaxTotal(50 * MICRO, -5, -3)]
    assert taxes([]) == []
