"""What must hold whatever is agreed and counted."""

import json
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.properties.rating_oracle import cost_of, daily_counts, days_in
from tests.properties.rating_strategies import (
    DAYS,
    QUANTITIES,
    some_cases,
    some_prices,
    some_runs,
)
from tests.support.effort import examples
from tests.support.taxes import taxes

from icb.kernel.period import Period
from icb.rating import (
    Billing,
    CountingRule,
    LineKind,
    PeriodUnits,
    PricingKind,
    RatedLine,
    ServiceTerms,
    UnitChanges,
    UnitRun,
    explain,
    rate_service,
)

CAREFUL = settings(max_examples=examples(150), deadline=None)
JUNE = Period(date(2024, 6, 1), date(2024, 7, 1))


def bare(lines: list[RatedLine]) -> list[RatedLine]:
    """Lines without their working, which tells the runs as they were given."""
    return [line._replace(working={}) for line in lines]


def cut_at(runs: tuple[UnitRun, ...], day: date) -> tuple[UnitRun, ...]:
    """The same counts, with a run that holds `day` cut in two."""
    parts: list[UnitRun] = []
    for run in runs:
        if run.start < day < run.end:
            parts += [run._replace(end=day), run._replace(start=day)]
        else:
            parts.append(run)
    return tuple(parts)


@CAREFUL
@given(some_cases(), st.integers(0, 366))
def test_cutting_a_run_moves_nothing(case: tuple[ServiceTerms, PeriodUnits], after: int) -> None:
    terms, units = case
    cut = units._replace(runs=cut_at(units.runs, units.period.start + timedelta(days=after)))
    assert bare(rate_service(terms, cut)) == bare(rate_service(terms, units))


@CAREFUL
@given(some_cases(), st.integers(0, 366))
def test_cutting_the_covered_days_moves_no_unit_day(
    case: tuple[ServiceTerms, PeriodUnits], after: int
) -> None:
    terms, units = case
    terms = level(terms, Billing.IN_ARREARS)
    day = units.period.start + timedelta(days=after)
    runs = cut_at(units.runs, day)
    early = units._replace(runs=tuple(run for run in runs if run.start < day))
    late = units._replace(runs=tuple(run for run in runs if run.start >= day))
    whole, parts = (
        rate_service(terms, units),
        (rate_service(terms, early) + rate_service(terms, late)),
    )
    assert sum(line.unit_days for line in whole) == sum(line.unit_days for line in parts)
    # Each line is off its exact value by half a minor unit at most.
    gap = sum(line.amount for line in whole) - sum(line.amount for line in parts)
    assert 2 * abs(gap) <= len(whole) + len(parts)


@CAREFUL
@given(some_cases())
def test_billing_in_advance_and_in_arrears_come_to_the_same(
    case: tuple[ServiceTerms, PeriodUnits],
) -> None:
    terms, units = case
    terms = level(terms, Billing.IN_ADVANCE)
    days = daily_counts(units)
    exact = sum(cost_of(count.units, terms, day) for day, count in days.items())
    wanted = exact / days_in(units) * 10**terms.minor_digits
    lines = rate_service(terms, units)
    # The base and each possible change are off by half a minor unit at most.
    changes = 2 * len(units.runs) + len(terms.prices)
    assert 2 * abs(sum(line.amount for line in lines) - wanted) <= 1 + changes


@CAREFUL
@given(QUANTITIES, QUANTITIES, st.integers(1, 29), st.data())
def test_a_change_and_its_return_net_to_nothing(
    low: int, high: int, after: int, data: st.DataObject
) -> None:
    pricing = data.draw(st.sampled_from(PricingKind))
    prices = data.draw(some_prices(period=JUNE, pricing=pricing))[:1]
    terms = ServiceTerms(
        billing=Billing.IN_ADVANCE,
        unit_changes=UnitChanges.PRORATE_DAILY,
        counting=CountingRule.LEVEL,
        pricing=pricing,
        prices=prices,
        minor_digits=2,
    )
    day = JUNE.start + timedelta(days=after)
    assert change(terms, low, high, day) == -change(terms, high, low, day)
    assert change(terms, low, low, day) == 0


def change(terms: ServiceTerms, before: int, after: int, day: date) -> int:
    """What a change of the count on a day of June costs."""
    runs = (UnitRun(JUNE.start, day, before), UnitRun(day, JUNE.end, after))
    lines = rate_service(terms, PeriodUnits(JUNE, runs))
    return sum(line.amount for line in lines if line.kind == LineKind.ADJUSTMENT)


@CAREFUL
@given(some_cases())
def test_the_working_is_plain_and_explains_the_amount(
    case: tuple[ServiceTerms, PeriodUnits],
) -> None:
    terms, units = case
    currency = {0: "JPY", 2: "USD", 3: "KWD"}[terms.minor_digits]
    for line in rate_service(terms, units):
        stored = json.loads(json.dumps(line.working))
        assert stored == line.working
        assert stored["amount"] == line.amount
        exact = next(text for text in explain(stored, currency=currency) if "exact " in text)
        told = exact.removeprefix("exact ").split(",")[0]
        assert rounded_text(told, digits=terms.minor_digits) == line.amount


def rounded_text(told: str, *, digits: int) -> int:
    """The exact amount of an explanation, rounded half up to minor units.

    Six decimals are shown and a half shows in fewer, so what the dots hide decides nothing.
    """
    sign = -1 if told.startswith("-") else 1
    whole, fraction = told.strip("-.").split(".")
    unit = int("1" + "0" * (6 - digits))
    return sign * ((2 * int(whole + fraction) + unit) // (2 * unit))


@CAREFUL
@given(st.data(), DAYS)
def test_a_price_entry_that_changes_nothing_changes_no_line(data: st.DataObject, day: date) -> None:
    terms, units = data.draw(some_cases())
    entries = [entry for entry in terms.prices if entry.from_day < day]
    later = [entry for entry in terms.prices if entry.from_day > day]
    same = [entries[-1]._replace(from_day=day)]
    repeated = replace(terms, prices=(*entries, *same, *later))
    plain = replace(terms, prices=(*entries, *later))
    assert bare(rate_service(repeated, units)) == bare(rate_service(plain, units))


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.sampled_from([0, 9_000_000, 21_000_000, 5_500_000])),
            st.integers(-(10**9), 10**9),
        )
    )
)
def test_the_nets_of_all_rates_are_the_taxed_lines(lines: list[tuple[int | None, int]]) -> None:
    totals = taxes(lines)
    assert sum(total.net for total in totals) == sum(net for rate, net in lines if rate is not None)
    assert [total.rate for total in totals] == sorted({total.rate for total in totals})[::-1]
    assert all(abs(total.net * total.rate - total.tax * 10**8) * 2 <= 10**8 for total in totals)
    assert taxes(lines[::-1]) == totals


@CAREFUL
@given(st.data())
def test_more_units_never_cost_less_per_unit_or_graduated(data: st.DataObject) -> None:
    pricing = data.draw(st.sampled_from([PricingKind.PER_UNIT, PricingKind.GRADUATED]))
    prices = data.draw(some_prices(period=JUNE, pricing=pricing))
    terms = ServiceTerms(
        billing=Billing.IN_ARREARS,
        unit_changes=UnitChanges.PRORATE_DAILY,
        counting=CountingRule.LEVEL,
        pricing=pricing,
        prices=prices,
        minor_digits=2,
    )
    runs = data.draw(some_runs(period=JUNE))
    more = tuple(run._replace(units=run.units + 1_000_000) for run in runs)
    fewer_lines = rate_service(terms, PeriodUnits(JUNE, runs))
    more_lines = rate_service(terms, PeriodUnits(JUNE, more))
    for less, greater in zip(fewer_lines, more_lines, strict=True):
        assert less.amount <= greater.amount


def level(terms: ServiceTerms, billing: Billing) -> ServiceTerms:
    """The same terms for a level, prorated daily, without a discount."""
    return replace(
        terms,
        counting=CountingRule.LEVEL,
        billing=billing,
        unit_changes=UnitChanges.PRORATE_DAILY,
        discount=0,
    )
