"""A stored working alone tells how its line came about."""

import json
from datetime import date

import pytest
from tests.rating.worked import (
    FROM_EVER,
    MAILBOX_TIERS,
    month,
    prices,
    rated,
    run,
    terms,
    tiered,
    units_of,
)

from icb.kernel.period import Period
from icb.kernel.quantity import MICRO
from icb.rating import (
    Billing,
    CountingRule,
    PricingKind,
    RatedLine,
    UnitChanges,
    explain,
    minimum_line,
    rate_service,
)

NOVEMBER = month("2025-11")
AT_END = UnitChanges.ADJUST_AT_PERIOD_END
GROWING = (
    run("2025-11-01", "2025-11-11", 14),
    run("2025-11-12", "2025-11-25", 17, estimated=True),
    run("2025-11-26", "2025-11-30", 16),
)


def told(line: RatedLine, currency: str = "USD") -> list[str]:
    """The explanation after the working has been stored and read again."""
    return explain(json.loads(json.dumps(line.working)), currency=currency)


def test_every_day_counts() -> None:
    (line,) = rated(terms("8.40"), NOVEMBER, *GROWING)
    assert told(line) == [
        "1 Nov - 11 Nov: 14 units x 11 days = 154 unit-days",
        "12 Nov - 25 Nov: 17 units x 14 days = 238 unit-days (estimated)",
        "26 Nov - 30 Nov: 16 units x 5 days = 80 unit-days",
        "472 unit-days x 8.40 / 30 days in the period = 132.16",
        "exact 132.160000, rounded half up to cents",
        "Estimated from the last accepted count: 14 days",
    ]


def test_included_units_and_a_minimum() -> None:
    agreed = terms("1.60", included=20 * MICRO, minimum=5 * MICRO)
    (line,) = rated(
        agreed, NOVEMBER, run("2025-11-01", "2025-11-01", 22), run("2025-11-02", "2025-11-30", 41)
    )
    assert told(line) == [
        "Included: 20 units",
        "At least 5 units charged",
        "1 Nov: 22 units, 5 charged, x 1 day = 5 unit-days",
        "2 Nov - 30 Nov: 41 units, 21 charged, x 29 days = 609 unit-days",
        "614 unit-days x 1.60 / 30 days in the period = 32.75",
        "exact 32.746666..., rounded half up to cents",
    ]


def test_graduated_tiers() -> None:
    (line,) = rated(tiered(PricingKind.GRADUATED), NOVEMBER, run("2025-11-01", "2025-11-15", 37))
    assert told(line) == [
        "Tiers, each tier at its own price: up to 15 at 3.20, up to 30 at 2.80, above at 2.50",
        "1 Nov - 15 Nov: 37 units: 15 x 3.20 + 15 x 2.80 + 7 x 2.50 = 107.50, x 15 days = 1612.50",
        "1612.50 / 30 days in the period = 53.75",
        "exact 53.750000, rounded half up to cents",
    ]


def test_no_units_in_graduated_tiers() -> None:
    (line,) = rated(tiered(PricingKind.GRADUATED), NOVEMBER, run("2025-11-01", "2025-11-30", 0))
    assert told(line)[1] == "1 Nov - 30 Nov: 0 units: 0 = 0.00, x 30 days = 0.00"


def test_volume_tiers() -> None:
    (line,) = rated(tiered(PricingKind.VOLUME), NOVEMBER, run("2025-11-01", "2025-11-30", 37))
    assert told(line)[:2] == [
        (
            "Tiers, all units at the price of the tier they reach: "
            "up to 15 at 3.20, up to 30 at 2.80, above at 2.50"
        ),
        "1 Nov - 30 Nov: 37 units: 37 x 2.50 = 92.50, x 30 days = 2775.00",
    ]


def test_packages_at_the_last_count() -> None:
    agreed = terms("30", unit_changes=AT_END, pricing=PricingKind.PACKAGE, package_size=10 * MICRO)
    (line,) = rated(agreed, NOVEMBER, *GROWING[:2], run("2025-11-28", "2025-11-30", 1))
    assert told(line) == [
        "Sold in packages of 10 units",
        "30 Nov: 1 unit, the count of the last covered day; it stands for every covered day",
        "1 unit: 1 package x 30.00 = 30.00",
        "Covered: 1 Nov - 25 Nov, 28 Nov - 30 Nov",
        "30.00 x 28 covered days / 30 days in the period = 28.00",
        "exact 28.000000, rounded half up to cents",
        "Estimated from the last accepted count: 14 days",
    ]


def test_a_peak() -> None:
    (line,) = rated(terms("6.75", unit_changes=UnitChanges.PEAK), NOVEMBER, *GROWING)
    assert told(line)[:2] == [
        "26 Nov: 16 units, the highest accepted count; it stands for every covered day",
        "16 units x 6.75 = 108.00",
    ]


def test_a_base_and_its_changes() -> None:
    agreed = terms(prices("3", from_2025_11_21="3.30"), billing=Billing.IN_ADVANCE)
    lines = rate_service(
        agreed,
        units_of(
            NOVEMBER,
            run("2025-11-01", "2025-11-20", 4),
            run("2025-11-21", "2025-11-24", 5),
            run("2025-11-26", "2025-11-30", 2),
            before=4,
            estimated=True,
        ),
    )
    assert [told(line) for line in lines] == [
        [
            "4 units in force before the period (estimated)",
            "4 units x 3.00 = 12.00",
            "Covered: 1 Nov - 24 Nov",
            "12.00 x 24 covered days / 30 days in the period = 9.60",
            "exact 9.600000, rounded half up to cents",
        ],
        [
            "From 21 Nov: 4 covered days left to 24 Nov",
            "Before: 4 units x 3.00 = 12.00",
            "After: 5 units x 3.30 = 16.50",
            "(16.50 - 12.00) x 4 days / 30 days in the period = 0.60",
            "exact 0.600000, rounded half up to cents",
        ],
        [
            "From 26 Nov: 5 covered days left to 30 Nov",
            "Before: not covered, nothing charged",
            "After: 2 units x 3.30 = 6.60",
            "(6.60 - 0.00) x 5 days / 30 days in the period = 1.10",
            "exact 1.100000, rounded half up to cents",
        ],
    ]


def test_a_change_of_tiers() -> None:
    dearer = tuple(tier._replace(price=tier.price * 2) for tier in MAILBOX_TIERS)
    agreed = tiered(PricingKind.VOLUME)
    later = agreed.prices[0]._replace(from_day=date(2025, 11, 16))
    later = later._replace(price=later.price._replace(tiers=dearer))
    agreed = terms((*agreed.prices, later), billing=Billing.IN_ADVANCE, pricing=PricingKind.VOLUME)
    lines = rated(agreed, NOVEMBER, run("2025-11-01", "2025-11-30", 10))
    assert agreed.prices[0].from_day == FROM_EVER
    assert told(lines[1])[2:4] == [
        "Before: 10 units: 10 x 3.20 = 32.00",
        "After: 10 units: 10 x 6.40 = 64.00",
    ]


def test_a_first_day_base() -> None:
    (line,) = rated(
        terms("3", billing=Billing.IN_ADVANCE), NOVEMBER, run("2025-11-01", "2025-11-30", 1)
    )
    assert told(line)[0] == "1 unit on the first covered day"


def test_figures_of_the_vendors_months() -> None:
    agreed = terms("0.015", counting=CountingRule.PERIOD_VALUE, unit_changes=AT_END)
    period = Period(date(2025, 11, 15), date(2025, 12, 15))
    units = units_of(
        period,
        run("2025-11-15", "2025-11-30", 90),
        run("2025-12-01", "2025-12-14", 20, estimated=True),
        before=30,
    )
    (line,) = rate_service(agreed, units)
    assert told(line) == [
        (
            "30 Nov: 90 units, the last value of the vendor's month, "
            "less 30 billed in the period before = 60"
        ),
        "14 Dec: 20 units, the last value of the vendor's month",
        "80 units x 0.015 = 1.20",
        "exact 1.200000, rounded half up to cents",
        "Estimated from the last accepted count: 14 days",
    ]


def test_a_one_time_item() -> None:
    agreed = terms("99.995", counting=CountingRule.ONE_TIME, pricing=PricingKind.FLAT)
    (line,) = rated(agreed, NOVEMBER, run("2025-11-05", "2025-11-05", 1))
    assert line.amount == 10000
    assert told(line) == [
        "Once, on 5 Nov",
        "1 unit: flat 99.995",
        "exact 99.995000, rounded half up to cents",
    ]


def test_a_discount() -> None:
    lines = rated(terms("8.40", discount=15 * MICRO), NOVEMBER, *GROWING)
    assert told(lines[1]) == [
        "15 % off 132.16 = -19.82",
        "exact -19.824000, rounded half up to cents",
    ]


def test_a_minimum_amount() -> None:
    line = minimum_line(100 * MICRO, period=NOVEMBER, covered_days=1, net=50, minor_digits=2)
    assert line is not None
    assert told(line) == [
        "Minimum 100.00 x 1 covered day / 30 days in the period = 3.33",
        "exact 3.333333..., rounded half up to cents",
        "3.33 less 0.50 charged for the period = 2.83",
    ]


@pytest.mark.parametrize(
    ("currency", "digits", "last"),
    [
        ("JPY", 0, "exact 11.000000, rounded half up to whole units"),
        ("KWD", 3, "exact 11.000000, rounded half up to the minor unit"),
    ],
)
def test_currencies_without_cents(currency: str, digits: int, last: str) -> None:
    (line,) = rated(terms("11", minor_digits=digits), NOVEMBER, run("2025-11-01", "2025-11-30", 1))
    amount = {"JPY": "11", "KWD": "11.000"}[currency]
    assert told(line, currency) == [
        "1 Nov - 30 Nov: 1 unit x 30 days = 30 unit-days",
        f"30 unit-days x {amount} / 30 days in the period = {amount}",
        last,
    ]
