"""The arithmetic of the worked scenarios, line by line."""

import pytest
from tests.rating.worked import (
    amounts,
    day,
    month,
    prices,
    rated,
    run,
    terms,
    tiered,
    units_of,
)
from tests.support.taxes import taxes

from icb.kernel.period import Anchor, PeriodLength, periods
from icb.rating import Billing, PricingKind, UnitChanges, rate_service

AT_END = UnitChanges.ADJUST_AT_PERIOD_END
ADVANCE = Billing.IN_ADVANCE


def test_seats_grow_and_shrink_in_november() -> None:
    (line,) = rated(
        terms("8.40"),
        month("2025-11"),
        run("2025-11-01", "2025-11-11", 14),
        run("2025-11-12", "2025-11-25", 17),
        run("2025-11-26", "2025-11-30", 16),
    )
    assert line.unit_days == 472_000_000
    assert line.days_in_period == 30
    assert line.amount == 13216


def test_the_count_at_the_end_of_the_month_decides_in_advance() -> None:
    agreed = terms("5.25", billing=ADVANCE, unit_changes=AT_END)
    february = rated(
        agreed,
        month("2025-02"),
        run("2025-02-01", "2025-02-11", 40),
        run("2025-02-12", "2025-02-26", 46),
        run("2025-02-27", "2025-02-28", 44),
    )
    march = rate_service(
        agreed, units_of(month("2025-03"), run("2025-03-01", "2025-03-31", 44), before=44)
    )
    assert amounts(february + march) == [21000, 23100]


def test_the_count_at_the_end_of_the_month_decides_in_arrears() -> None:
    lines = rated(
        terms("4.20", unit_changes=AT_END),
        month("2025-02"),
        run("2025-02-08", "2025-02-26", 30),
        run("2025-02-27", "2025-02-28", 36),
    )
    assert amounts(lines) == [11340]


def test_two_seats_more_after_march_was_invoiced() -> None:
    agreed = terms("23.50", billing=ADVANCE)
    first_seen = rated(agreed, month("2025-03"), run("2025-03-01", "2025-03-31", 6))
    known_later = rated(
        agreed,
        month("2025-03"),
        run("2025-03-01", "2025-03-18", 6),
        run("2025-03-19", "2025-03-31", 8),
    )
    april = rate_service(
        agreed, units_of(month("2025-04"), run("2025-04-01", "2025-04-30", 8), before=8)
    )
    assert amounts(first_seen) == [14100]
    assert amounts(known_later) == [14100, 1971]
    assert known_later[1].effective_on == day("2025-03-19")
    assert amounts(april) == [18800]


def test_a_month_that_begins_on_the_31st() -> None:
    found = periods(
        starts_on=day("2025-08-31"),
        length=PeriodLength.MONTHLY,
        anchor=Anchor.ANNIVERSARY,
        first=day("2025-08-31"),
        until=day("2025-11-30"),
    )
    runs = [
        [run("2025-08-31", "2025-09-29", 4)],
        [run("2025-09-30", "2025-10-14", 4), run("2025-10-15", "2025-10-30", 5)],
        [run("2025-10-31", "2025-11-29", 5)],
    ]
    lines = [
        line
        for period, of_period in zip(found, runs, strict=True)
        for line in rated(terms("17"), period, *of_period)
    ]
    assert [line.days_in_period for line in lines] == [30, 31, 30]
    assert amounts(lines) == [6800, 7677, 8500]


def test_a_count_of_august_corrected_in_september() -> None:
    corrected = rated(
        terms("13"),
        month("2025-08"),
        run("2025-08-01", "2025-08-19", 21),
        run("2025-08-20", "2025-08-20", 26),
        run("2025-08-21", "2025-08-31", 21),
    )
    posted = rated(terms("13"), month("2025-08"), run("2025-08-01", "2025-08-31", 21))
    assert amounts(posted) == [27300]
    assert amounts(corrected) == [27510]


def test_five_seats_less_weigh_more_than_the_next_month() -> None:
    lines = rate_service(
        terms("26", billing=ADVANCE),
        units_of(
            month("2025-04"),
            run("2025-04-01", "2025-04-06", 8),
            run("2025-04-07", "2025-04-30", 3),
            before=8,
        ),
    )
    assert amounts(lines) == [20800, -10400]
    assert lines[1].effective_on == day("2025-04-07")


def test_two_days_without_an_answer() -> None:
    (line,) = rated(
        terms("3.90"),
        month("2025-01"),
        run("2025-01-01", "2025-01-13", 18),
        run("2025-01-14", "2025-01-15", 18, estimated=True),
        run("2025-01-16", "2025-01-31", 19),
    )
    assert line.unit_days == 574_000_000
    assert line.estimated_days == 2
    assert line.amount == 7221


@pytest.mark.parametrize(
    ("price", "first", "last", "units", "amount"),
    [
        pytest.param("5.20", "2025-05-09", "2025-05-31", 12, 4630, id="late mapping"),
        pytest.param("7.77", "2025-10-20", "2025-10-31", 13, 3910, id="mid-month start"),
        pytest.param("19.80", "2025-06-01", "2025-06-30", 3, 5940, id="dollars"),
    ],
)
def test_one_count_on_a_part_of_the_month(
    price: str, first: str, last: str, units: int, amount: int
) -> None:
    (line,) = rated(terms(price), month(first[:7]), run(first, last, units))
    assert line.amount == amount


def test_yen_have_no_minor_unit() -> None:
    (line,) = rated(
        terms("2451", minor_digits=0), month("2025-06"), run("2025-06-20", "2025-06-30", 6)
    )
    assert line.amount == 5392


def test_twenty_included_at_least_five_charged() -> None:
    (line,) = rated(
        terms("1.60", included=20_000_000, minimum=5_000_000),
        month("2025-09"),
        run("2025-09-01", "2025-09-10", 22),
        run("2025-09-11", "2025-09-30", 41),
    )
    assert line.amount == 2507
    assert line.unit_days == (22 * 10 + 41 * 20) * 1_000_000


def test_the_highest_day_of_may() -> None:
    (line,) = rated(
        terms("6.75", unit_changes=UnitChanges.PEAK),
        month("2025-05"),
        run("2025-05-01", "2025-05-13", 9),
        run("2025-05-14", "2025-05-16", 14),
        run("2025-05-17", "2025-05-31", 11),
    )
    assert line.amount == 9450


def test_a_price_that_changes_on_22_june() -> None:
    lines = rated(
        terms(prices("2.10", from_2025_06_22="2.35")),
        month("2025-06"),
        run("2025-06-01", "2025-06-30", 33),
    )
    assert [(line.effective_on, line.amount) for line in lines] == [
        (day("2025-06-01"), 4851),
        (day("2025-06-22"), 2327),
    ]


def test_from_90_to_31_seats_over_night() -> None:
    (line,) = rated(
        terms("2.20"),
        month("2025-03"),
        run("2025-03-01", "2025-03-10", 90),
        run("2025-03-11", "2025-03-31", 31),
    )
    assert line.unit_days == 1551_000_000
    assert line.amount == 11007


@pytest.mark.parametrize(
    ("kind", "amount"), [(PricingKind.GRADUATED, 10750), (PricingKind.VOLUME, 9250)]
)
def test_graduated_and_volume_tiers(kind: PricingKind, amount: int) -> None:
    (line,) = rated(tiered(kind), month("2025-07"), run("2025-07-01", "2025-07-31", 37))
    assert line.amount == amount
    assert line.unit_price is None


def test_head_office_and_branch_on_one_contract() -> None:
    (line,) = rated(
        terms("4.65"),
        month("2025-07"),
        run("2025-07-01", "2025-07-15", 17),
        run("2025-07-16", "2025-07-31", 19),
    )
    assert line.unit_days == 559_000_000
    assert line.amount == 8385


def test_two_tax_rates_on_one_invoice() -> None:
    october = month("2025-10")
    phone = rated(terms("80.10"), october, run("2025-10-01", "2025-10-31", 3))
    manual = rated(terms("17.99"), october, run("2025-10-01", "2025-10-31", 5))
    net = sum(amounts(phone + manual))
    totals = taxes([(21_000_000, phone[0].amount), (9_000_000, manual[0].amount)])
    assert net == 33025
    assert [total.tax for total in totals] == [5046, 810]
    assert net + sum(total.tax for total in totals) == 38881
