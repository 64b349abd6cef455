"""What lines say: arithmetic only where it holds, words that need no manual."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.invoicing.items import posted

from icb.invoicing.description import days_text, describe, price_text

JUNE_10 = date(2026, 6, 10)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # 321 unit-days x 12.00 / 30 = 128.40
        (
            {"amount": 12840, "unit_days": 321_000_000},
            "Managed workstation · 1–30 Jun 2026 · 321 unit-days × 12.00 / 30 days",
        ),
        ({"amount": 12000}, "Managed workstation · 1–30 Jun 2026 · 10 × 12.00"),
        (
            {"amount": 12000, "unit_days": 0, "estimated_days": 1},
            "Managed workstation · 1–30 Jun 2026 · 10 × 12.00 · 1 day estimated",
        ),
        # Minimum or included units decided: the arithmetic of the units would not give 99.00.
        (
            {"amount": 9900, "unit_days": 200_000_000, "estimated_days": 3},
            "Managed workstation · 1–30 Jun 2026 · 200 unit-days · 3 days estimated",
        ),
        (
            {"amount": 9900, "unit_days": 0, "units": 1_000_000},
            "Managed workstation · 1–30 Jun 2026 · 1 unit",
        ),
        (
            {"amount": 9900, "unit_days": 0, "unit_price": None},
            "Managed workstation · 1–30 Jun 2026 · 10 units",
        ),
        # -5 x 26.00 x 21 / 30 = -91.00
        (
            {
                "kind": "adjustment",
                "amount": -9100,
                "units": -5_000_000,
                "unit_days": 0,
                "unit_price": 26_000_000,
                "effective_on": JUNE_10,
            },
            (
                "Managed workstation · Change of units or price · 10–30 Jun 2026 · "
                "−5 × 26.00 × 21 / 30 days"
            ),
        ),
        (
            {"amount": 8400, "unit_days": 210_000_000, "effective_on": JUNE_10},
            (
                "Managed workstation · 1–30 Jun 2026 · from 10 Jun 2026 · "
                "210 unit-days × 12.00 / 30 days"
            ),
        ),
        # -12 unit-days x 12.00 / 30 = -4.80
        (
            {"kind": "correction", "amount": -480, "units": 0, "unit_days": -12_000_000},
            "Managed workstation · Correction · 1–30 Jun 2026 · −12 unit-days × 12.00 / 30 days",
        ),
        (
            {"kind": "discount", "amount": -1200, "units": 0, "unit_days": 0},
            "Managed workstation · Discount · 1–30 Jun 2026",
        ),
        (
            {"kind": "discount", "amount": -1200, "effective_on": JUNE_10},
            "Managed workstation · Discount · 1–30 Jun 2026 · from 10 Jun 2026",
        ),
        (
            {"kind": "minimum", "amount": 500, "service_name": "", "contract_name": "Care plan"},
            "Care plan · Up to the agreed minimum · 1–30 Jun 2026",
        ),
        (
            {"kind": "minimum", "amount": 500, "service_name": ""},
            "acme-1 · Up to the agreed minimum · 1–30 Jun 2026",
        ),
        (
            {"kind": "manual", "reason": "Extra day on site", "days_in_period": 0},
            "Extra day on site · Managed workstation",
        ),
        (
            {"kind": "manual", "reason": "Extra day", "service_name": "", "days_in_period": 0},
            "Extra day",
        ),
        # A size: 1,204.5 GB x 0.0525 = 63.23625
        (
            {
                "amount": 6324,
                "units": 1_204_500_000,
                "unit_days": 1_204_500_000,
                "unit_price": 52_500,
            },
            "Managed workstation · 1–30 Jun 2026 · 1,204.5 × 0.0525",
        ),
        (
            {"amount": 980, "currency": "JPY", "unit_price": 98_000_000},
            "Managed workstation · 1–30 Jun 2026 · 10 × 98",
        ),
    ],
)
def test_a_line_says_what_it_is_for(changes: dict[str, Any], expected: str) -> None:
    amount = changes.pop("amount", 0)
    assert str(describe(posted(1, amount, **changes))) == expected


def test_days_are_told_as_short_as_they_can_be() -> None:
    assert days_text(date(2026, 6, 1), end=date(2026, 6, 2)) == "1 Jun 2026"
    assert days_text(date(2026, 6, 15), end=date(2026, 7, 15)) == "15 Jun – 14 Jul 2026"
    assert days_text(date(2026, 1, 1), end=date(2027, 1, 1)) == "1 Jan – 31 Dec 2026"
    assert days_text(date(2026, 7, 1), end=date(2027, 7, 1)) == "1 Jul 2026 – 30 Jun 2027"


def test_prices_have_the_decimals_of_their_currency_at_least() -> None:
    assert price_text(12_500_000, currency="KWD") == "12.500"
    assert price_text(-12_000_000, currency="USD") == "−12.00"
