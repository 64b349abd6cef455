"""Billed in arrears: segments, holes, one count for all days, figures of a month, one-time."""

from datetime import date

from tests.rating.worked import amounts, day, month, prices, rated, run, terms, units_of

from icb.kernel.period import Period
from icb.rating import CountingRule, PricingKind, UnitChanges, rate_service

JUNE = month("2025-06")
AT_END = UnitChanges.ADJUST_AT_PERIOD_END
PERIOD_VALUE = {"counting": CountingRule.PERIOD_VALUE, "unit_changes": AT_END}


def test_no_covered_day_makes_no_line() -> None:
    assert rated(terms("5"), JUNE) == []


def test_a_recurring_line_of_nothing_is_made() -> None:
    (line,) = rated(terms("5"), JUNE, run("2025-06-01", "2025-06-30", 0))
    assert (line.amount, line.unit_days) == (0, 0)


def test_what_a_line_says_about_its_units() -> None:
    (line,) = rated(
        terms("3"),
        JUNE,
        run("2025-06-05", "2025-06-09", "2.5"),
        run("2025-06-20", "2025-06-20", 4, estimated=True),
    )
    assert line.effective_on == day("2025-06-01")
    assert line.units == 4_000_000
    assert line.unit_days == 16_500_000
    assert line.unit_price == 3_000_000
    assert line.estimated_days == 1
    assert line.discounted is None


def test_prices_that_change_outside_the_covered_days_cut_nothing() -> None:
    dated = prices("1", from_2025_05_10="2", from_2025_06_03="3", from_2025_07_01="4")
    (line,) = rated(terms(dated), JUNE, run("2025-06-10", "2025-06-19", 6))
    assert (line.effective_on, line.amount) == (day("2025-06-01"), 600)


def test_a_price_that_stays_the_same_cuts_nothing() -> None:
    dated = prices("3", from_2025_06_10="3")
    (line,) = rated(terms(dated), JUNE, run("2025-06-01", "2025-06-30", 7))
    assert (line.amount, line.unit_days) == (2100, 210_000_000)


def test_a_price_of_uncovered_days_cuts_nothing() -> None:
    dated = prices("3", from_2025_06_10="9", from_2025_06_12="3")
    (line,) = rated(
        terms(dated), JUNE, run("2025-06-01", "2025-06-09", 10), run("2025-06-12", "2025-06-30", 10)
    )
    assert line.amount == 2800


def test_a_segment_is_keyed_by_the_day_its_price_begins() -> None:
    dated = prices("3", from_2025_06_10="6")
    lines = rated(
        terms(dated), JUNE, run("2025-06-01", "2025-06-05", 10), run("2025-06-21", "2025-06-30", 10)
    )
    assert [(line.effective_on.day, line.amount) for line in lines] == [(1, 500), (10, 2000)]


def test_the_last_count_holds_for_each_segment() -> None:
    agreed = terms(prices("3", from_2025_06_21="6"), unit_changes=AT_END)
    lines = rated(
        agreed,
        JUNE,
        run("2025-06-01", "2025-06-28", 90, estimated=True),
        run("2025-06-29", "2025-06-30", 10),
    )
    assert amounts(lines) == [2000, 2000]
    assert [line.unit_days for line in lines] == [200_000_000, 100_000_000]
    assert [line.units for line in lines] == [10_000_000, 10_000_000]
    assert [line.estimated_days for line in lines] == [20, 8]


def test_a_carried_count_makes_no_peak() -> None:
    agreed = terms(prices("3", from_2025_06_16="6"), unit_changes=UnitChanges.PEAK)
    lines = rated(
        agreed,
        JUNE,
        run("2025-06-01", "2025-06-05", 10),
        run("2025-06-06", "2025-06-10", 50, estimated=True),
        run("2025-06-11", "2025-06-30", 12),
    )
    assert amounts(lines) == [1800, 3600]
    assert [line.units for line in lines] == [12_000_000, 12_000_000]


def test_where_every_count_is_carried_the_highest_is_the_peak() -> None:
    (line,) = rated(
        terms("3", unit_changes=UnitChanges.PEAK),
        JUNE,
        run("2025-06-01", "2025-06-05", 10, estimated=True),
        run("2025-06-06", "2025-06-30", 8, estimated=True),
    )
    assert (line.amount, line.estimated_days) == (3000, 30)


def test_the_last_value_of_each_month_is_added_up() -> None:
    quarter = Period(date(2025, 10, 1), date(2026, 1, 1))
    (line,) = rated(
        terms("0.01", **PERIOD_VALUE),
        quarter,
        run("2025-10-20", "2025-10-30", 70),
        run("2025-10-31", "2025-11-02", 100),
        run("2025-11-03", "2025-12-30", 250, estimated=True),
        run("2025-12-31", "2025-12-31", 400),
    )
    assert line.units == line.unit_days == 750_000_000
    assert line.amount == 750
    assert line.estimated_days == 58
    assert line.effective_on == quarter.start


def test_the_last_covered_day_closes_the_month_without_a_factor() -> None:
    dated = prices("1", from_2025_06_10="2", from_2025_06_25="9")
    (line,) = rated(terms(dated, **PERIOD_VALUE), JUNE, run("2025-06-01", "2025-06-20", 30))
    assert line.amount == 6000


def test_a_month_over_two_billing_periods_is_billed_once() -> None:
    agreed = terms("1", **PERIOD_VALUE)
    first = Period(date(2025, 10, 15), date(2025, 11, 15))
    second = Period(date(2025, 11, 15), date(2025, 12, 15))
    lines = rate_service(
        agreed,
        units_of(first, run("2025-10-15", "2025-10-31", 80), run("2025-11-01", "2025-11-14", 30)),
    ) + rate_service(
        agreed,
        units_of(
            second,
            run("2025-11-15", "2025-11-30", 90),
            run("2025-12-01", "2025-12-14", 20),
            before=30,
        ),
    )
    assert amounts(lines) == [11000, 8000]


def test_a_figure_that_fell_takes_nothing_from_the_next_month() -> None:
    period = Period(date(2025, 11, 15), date(2025, 12, 15))
    runs = (run("2025-11-15", "2025-11-30", 10), run("2025-12-01", "2025-12-14", 20))
    lines = rate_service(terms("1", **PERIOD_VALUE), units_of(period, *runs, before=30))
    assert amounts(lines) == [2000]


def test_a_month_that_is_over_has_nothing_billed_before() -> None:
    agreed = terms("1", **PERIOD_VALUE)
    runs = (run("2025-06-01", "2025-06-30", 90),)
    assert amounts(rate_service(agreed, units_of(JUNE, *runs, before=500))) == [9000]
    later = Period(date(2025, 11, 15), date(2025, 12, 15))
    runs = (run("2025-12-01", "2025-12-14", 90),)
    assert amounts(rate_service(agreed, units_of(later, *runs, before=500))) == [9000]


def test_a_one_time_item_costs_one_unit_at_the_price_of_its_day() -> None:
    dated = prices("50", from_2025_06_10="60")
    agreed = terms(dated, counting=CountingRule.ONE_TIME)
    (line,) = rated(agreed, JUNE, run("2025-06-12", "2025-06-12", 1))
    assert (line.amount, line.units, line.estimated_days) == (6000, 1_000_000, 0)
    assert line.effective_on == day("2025-06-01")


def test_a_flat_fee_is_prorated_by_the_days_with_units() -> None:
    (line,) = rated(
        terms("30", pricing=PricingKind.FLAT),
        JUNE,
        run("2025-06-01", "2025-06-10", 3),
        run("2025-06-11", "2025-06-30", 0),
    )
    assert line.amount == 1000
