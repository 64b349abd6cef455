"""Billed in advance: the base, dated changes, prices, holes (rules, sections 3 and 8)."""

from tests.rating.worked import amounts, day, month, prices, rated, run, terms, units_of

from icb.rating import Billing, LineKind, RatedLine, UnitChanges, rate_service

JUNE = month("2025-06")
ADVANCE = Billing.IN_ADVANCE
AT_END = UnitChanges.ADJUST_AT_PERIOD_END


def table(lines: list[RatedLine]) -> list[tuple[str, int, int, int]]:
    """Kind, day, units and amount of each line."""
    return [
        (str(line.kind), line.effective_on.day, line.units // 1_000_000, line.amount)
        for line in lines
    ]


def test_a_base_at_the_count_before_the_period_and_a_change_on_its_first_day() -> None:
    units = units_of(JUNE, run("2025-06-01", "2025-06-30", 9), before=7)
    assert table(rate_service(terms("3", billing=ADVANCE), units)) == [
        ("recurring", 1, 7, 2100),
        ("adjustment", 1, 2, 600),
    ]


def test_a_first_period_takes_the_count_of_its_first_covered_day() -> None:
    lines = rated(
        terms("3", billing=ADVANCE),
        JUNE,
        run("2025-06-11", "2025-06-20", 9),
        run("2025-06-21", "2025-06-30", 3),
    )
    assert table(lines) == [("recurring", 1, 9, 1800), ("adjustment", 21, -6, -600)]
    assert [line.unit_days for line in lines] == [0, 0]


def test_price_and_count_on_one_day_make_one_line() -> None:
    dated = prices("3", from_2025_06_16="6")
    lines = rated(
        terms(dated, billing=ADVANCE),
        JUNE,
        run("2025-06-01", "2025-06-15", 4),
        run("2025-06-16", "2025-06-30", 5),
    )
    assert table(lines) == [("recurring", 1, 4, 1200), ("adjustment", 16, 1, 900)]
    assert lines[1].unit_price == 6_000_000


def test_a_price_alone_makes_a_line_for_the_rest_of_the_period() -> None:
    dated = prices("3", from_2025_06_21="3.30", from_2025_07_01="9")
    for unit_changes in (UnitChanges.PRORATE_DAILY, AT_END):
        lines = rated(
            terms(dated, billing=ADVANCE, unit_changes=unit_changes),
            JUNE,
            run("2025-06-01", "2025-06-30", 10),
        )
        assert table(lines) == [("recurring", 1, 10, 3000), ("adjustment", 21, 0, 100)]


def test_a_change_that_costs_nothing_makes_no_line() -> None:
    # Both counts are below the minimum; then a change too small for a cent.
    lines = rated(
        terms("0.01", billing=ADVANCE, minimum=10_000_000),
        JUNE,
        run("2025-06-01", "2025-06-10", 4),
        run("2025-06-11", "2025-06-29", 6),
        run("2025-06-30", "2025-06-30", 11),
    )
    assert table(lines) == [("recurring", 1, 4, 10)]


def test_a_base_of_nothing_is_made() -> None:
    lines = rated(terms("3", billing=ADVANCE), JUNE, run("2025-06-01", "2025-06-30", 0))
    assert table(lines) == [("recurring", 1, 0, 0)]


def test_a_stretch_after_a_hole_is_a_change_from_nothing() -> None:
    dated = prices("3", from_2025_06_15="6")
    lines = rated(
        terms(dated, billing=ADVANCE, minimum=2_000_000),
        JUNE,
        run("2025-06-01", "2025-06-10", 5),
        run("2025-06-21", "2025-06-25", 1),
        run("2025-06-26", "2025-06-30", 3),
    )
    assert table(lines) == [
        ("recurring", 1, 5, 500),
        ("adjustment", 21, 1, 400),
        ("adjustment", 26, 2, 100),
    ]


def test_at_period_end_counts_inside_the_period_make_no_line() -> None:
    units = units_of(
        JUNE,
        run("2025-06-01", "2025-06-10", 9),
        run("2025-06-16", "2025-06-30", 20),
        before=8,
    )
    agreed = terms(
        prices("3", from_2025_06_12="6", from_2025_06_26="3"), billing=ADVANCE, unit_changes=AT_END
    )
    # 25 covered days; 15 of them from the 12th on, 5 of them from the 26th on.
    assert table(rate_service(agreed, units)) == [
        ("recurring", 1, 8, 2000),
        ("adjustment", 12, 0, 1200),
        ("adjustment", 26, 0, -400),
    ]


def test_only_a_carried_base_is_estimated() -> None:
    agreed = terms("3", billing=ADVANCE)
    carried = rate_service(
        agreed,
        units_of(
            JUNE,
            run("2025-06-01", "2025-06-10", 9),
            run("2025-06-11", "2025-06-30", 12, estimated=True),
            before=8,
            estimated=True,
        ),
    )
    assert [line.estimated_days for line in carried] == [1, 0, 0]
    first_day = rated(agreed, JUNE, run("2025-06-01", "2025-06-30", 9, estimated=True))
    assert [line.estimated_days for line in first_day] == [1]
    known = rate_service(
        agreed, units_of(JUNE, run("2025-06-01", "2025-06-30", 8, estimated=True), before=8)
    )
    assert [line.estimated_days for line in known] == [0]


def test_each_line_is_followed_by_its_discount() -> None:
    lines = rated(
        terms("3", billing=ADVANCE, discount=12_500_000),
        JUNE,
        run("2025-06-01", "2025-06-20", 9),
        run("2025-06-21", "2025-06-30", 3),
    )
    assert amounts(lines) == [2700, -338, -600, 75]
    assert [line.discounted for line in lines] == [
        None,
        LineKind.RECURRING,
        None,
        LineKind.ADJUSTMENT,
    ]
    assert lines[3].effective_on == day("2025-06-21")
    assert lines[3].unit_price is None
