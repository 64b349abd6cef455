"""Amounts have the decimals of their currency; two currencies are never added."""

from decimal import Decimal
from typing import Any

import pytest

from icb.kernel.currency import MINOR_DIGITS, check_currency, minor_digits
from icb.kernel.errors import InvalidInput, Refused
from icb.kernel.money import Money, format_minor, minor_to_decimal, to_minor


@pytest.mark.parametrize(
    ("code", "digits"), [("USD", 2), ("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4)]
)
def test_minor_digits(code: str, digits: int) -> None:
    assert minor_digits(code) == digits


def test_every_code_has_three_capital_letters() -> None:
    assert len(MINOR_DIGITS) > 150
    assert all(len(code) == 3 and code.isalpha() and code.isupper() for code in MINOR_DIGITS)


@pytest.mark.parametrize("code", ["usd", "XXX", "", "EURO"])
def test_an_unknown_currency_is_refused_by_field(code: str) -> None:
    with pytest.raises(InvalidInput, match="ISO 4217") as refusal:
        check_currency(code, field="contract_currency")
    assert refusal.value.code == "invalid_contract_currency"


@pytest.mark.parametrize(
    ("text", "currency", "minor", "shown"),
    [
        ("128.40", "USD", 12840, "128.40"),
        ("128.4", "USD", 12840, "128.40"),
        ("5392", "JPY", 5392, "5392"),
        ("5392.00", "JPY", 5392, "5392"),
        ("-0.05", "EUR", -5, "-0.05"),
        ("1.005", "KWD", 1005, "1.005"),
        ("0", "USD", 0, "0.00"),
    ],
)
def test_text_in_and_out(text: str, currency: str, minor: int, shown: str) -> None:
    assert to_minor(text, currency) == minor
    assert to_minor(Decimal(text), currency) == minor
    assert format_minor(minor, currency) == shown
    assert minor_to_decimal(minor, currency=currency) == Decimal(text)


@pytest.mark.parametrize(
    ("value", "currency"), [("1.005", "USD"), ("0.5", "JPY"), ("Infinity", "USD"), (1.5, "USD")]
)
def test_digits_that_would_be_lost_are_refused(value: Any, currency: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        to_minor(value, currency, field="credit")
    assert refusal.value.code == "invalid_credit"


def test_sums_in_one_currency() -> None:
    assert Money(12840, "USD") + Money(-40, "USD") == Money(12800, "USD")
    assert Money(100, "USD") - Money(40, "USD") == Money(60, "USD")
    assert str(-Money(60, "USD")) == "-0.60 USD"


def test_two_currencies_are_never_added() -> None:
    with pytest.raises(Refused) as refusal:
        Money(1, "USD") + Money(1, "JPY")
    assert refusal.value.code == "two_currencies"
    with pytest.raises(Refused):
        Money(1, "USD") - Money(1, "JPY")


def test_money_needs_a_currency_that_exists() -> None:
    with pytest.raises(InvalidInput):
        Money(1, "ABC")
