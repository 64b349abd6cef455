"""Rating takes change points; the rules speak of days. Both come to the same lines."""

from fractions import Fraction

from hypothesis import event, given, settings
from tests.properties.rating_oracle import daily_counts, expected_rows, half_up
from tests.properties.rating_strategies import some_cases
from tests.support.effort import examples

from icb.rating import LineKind, PeriodUnits, ServiceTerms, rate_service

CAREFUL = settings(max_examples=examples(200), deadline=None)


@CAREFUL
@given(some_cases())
def test_lines_are_those_of_the_days(case: tuple[ServiceTerms, PeriodUnits]) -> None:
    terms, units = case
    event(f"{terms.counting} {terms.billing} {terms.unit_changes}")
    lines = rate_service(terms, units)
    rows = [
        (str(line.kind), line.effective_on, line.amount)
        for line in lines
        if line.kind != LineKind.DISCOUNT
    ]
    assert rows == expected_rows(terms, units)


@CAREFUL
@given(some_cases())
def test_every_line_is_followed_by_its_discount(case: tuple[ServiceTerms, PeriodUnits]) -> None:
    terms, units = case
    lines = rate_service(terms, units)
    rate = Fraction(terms.discount, 100 * 10**6)
    expected: list[tuple[LineKind, int, LineKind | None]] = []
    for line in lines:
        if line.kind != LineKind.DISCOUNT:
            reduction = half_up(-line.amount * rate)
            expected.append((line.kind, line.amount, None))
            if reduction:
                expected.append((LineKind.DISCOUNT, reduction, line.kind))
    assert [(line.kind, line.amount, line.discounted) for line in lines] == expected


@CAREFUL
@given(some_cases())
def test_unit_days_and_estimated_days_are_those_of_the_days(
    case: tuple[ServiceTerms, PeriodUnits],
) -> None:
    terms, units = case
    lines = rate_service(terms, units)
    counts = daily_counts(units).values()
    if terms.billing == "in_arrears" and terms.counting == "level":
        assert sum(line.estimated_days for line in lines) == sum(c.estimated for c in counts)
        if terms.unit_changes == "prorate_daily":
            total = sum(line.unit_days for line in lines)
            assert Fraction(total, 10**6) == sum(count.units for count in counts)
    if terms.billing == "in_advance" and terms.counting == "level":
        assert all(line.unit_days == 0 for line in lines)
        assert all(line.estimated_days == 0 for line in lines[1:])
