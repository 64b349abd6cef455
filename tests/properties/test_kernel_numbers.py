"""What must hold for every number: rounding, splitting, text in and out."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from icb.kernel.currency import MINOR_DIGITS
from icb.kernel.money import format_minor, to_minor
from icb.kernel.quantity import format_micro, micro_to_decimal, to_micro
from icb.kernel.rounding import round_ratio, split_by_largest_remainder

STORED = st.integers(-(2**63) + 1, 2**63 - 1)


@given(st.integers(), st.integers(min_value=1))
def test_rounding_is_nearest_and_symmetric(numerator: int, denominator: int) -> None:
    rounded = round_ratio(numerator, denominator)
    distance = abs(Fraction(numerator, denominator) - rounded)
    assert distance <= Fraction(1, 2)
    assert round_ratio(-numerator, denominator) == -rounded
    if distance == Fraction(1, 2):
        assert abs(rounded) > abs(Fraction(numerator, denominator))


@given(st.integers(), st.lists(st.integers(-1000, 10**12), min_size=1).filter(sum))
def test_the_parts_of_a_split_add_up_and_are_near_their_share(
    total: int, weights: list[int]
) -> None:
    parts = split_by_largest_remainder(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    assert all(
        abs(part - Fraction(total * weight, whole)) < 1
        for part, weight in zip(parts, weights, strict=True)
    )
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)
    assert split_by_largest_remainder(-total, weights) == [-part for part in parts]


@given(STORED)
def test_a_quantity_comes_back_from_its_text(micro: int) -> None:
    assert to_micro(format_micro(micro), field="units") == micro
    assert to_micro(micro_to_decimal(micro), field="units") == micro
    assert Fraction(format_micro(micro)) == Fraction(micro, 10**6)


@given(STORED, st.sampled_from(sorted(MINOR_DIGITS)))
def test_an_amount_comes_back_from_its_text(minor: int, currency: str) -> None:
    text = format_minor(minor, currency)
    assert to_minor(text, currency) == minor
    assert to_minor(Decimal(text), currency) == minor
