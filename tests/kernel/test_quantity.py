"""Quantities are taken exactly or refused with the field's name."""

from decimal import Decimal
from typing import Any

import pytest

from icb.kernel.errors import InvalidInput
from icb.kernel.quantity import MICRO, format_micro, micro_to_decimal, to_micro


@pytest.mark.parametrize(
    ("value", "micro"),
    [
        ("14", 14 * MICRO),
        (14, 14 * MICRO),
        ("2.5", 2_500_000),
        ("-0.000001", -1),
        ("+.5", 500_000),
        ("5.", 5_000_000),
        ("1e3", 1000 * MICRO),
        (Decimal("1E+3"), 1000 * MICRO),
        (Decimal("0.1"), 100_000),
        ("5.00000000", 5 * MICRO),
        ("0e500", 0),
        (Decimal("-0"), 0),
        ("9223372036854.775807", 2**63 - 1),
    ],
)
def test_exact_values_are_taken(value: str | int | Decimal, micro: int) -> None:
    assert to_micro(value, field="units") == micro


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (0.1, "binary floating-point"),
        (True, "true/false"),
        (None, "NoneType"),
        ("", "not a number"),
        ("1,5", "not a number"),
        (" 1", "not a number"),
        ("1_000", "not a number"),
        ("١٢", "not a number"),
        ("NaN", "not a number"),
        ("1e9999", "not a number"),
        ("1" * 61, "not a number"),
        (Decimal("NaN"), "not a finite number"),
        (Decimal("-Infinity"), "not a finite number"),
        (Decimal("1E+999999"), "too large"),
        (Decimal("1E-999"), "too many decimals"),
        ("0.0000001", "too many decimals"),
        ("9223372036854.775808", "too large"),
        ("1e14", "too large"),
    ],
)
def test_anything_else_is_refused_by_name(value: Any, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem) as refusal:
        to_micro(value, field="units")
    assert refusal.value.code == "invalid_units"
    assert "Nothing was stored" in refusal.value.message


def test_whole_numbers_fewer_places_and_a_least_value() -> None:
    assert to_micro("3.0", field="units", whole=True) == 3 * MICRO
    assert to_micro("3.25", field="size", places=2) == 3_250_000
    assert to_micro("0", field="size", minimum=0) == 0
    with pytest.raises(InvalidInput, match="a whole number"):
        to_micro("3.5", field="units", whole=True)
    with pytest.raises(InvalidInput, match="at most 2 decimals"):
        to_micro("3.255", field="size", places=2)
    with pytest.raises(InvalidInput, match=r"the least is 0\."):
        to_micro("-1", field="size", minimum=0)


@pytest.mark.parametrize(
    ("micro", "text"),
    [(14 * MICRO, "14"), (2_500_000, "2.5"), (-1, "-0.000001"), (0, "0"), (100 * MICRO, "100")],
)
def test_text_is_plain_and_short(micro: int, text: str) -> None:
    assert format_micro(micro) == text
    assert to_micro(text, field="units") == micro
    assert micro_to_decimal(micro) == Decimal(text)
