"""What a service's lines should be, when they are due and what holds them (rules, section 8)."""

from datetime import date
from typing import Any

import pytest
from tests.billing.facts import contract, day, days, run, service

from icb.billing.facts import ServiceFacts
from icb.billing.wanted import DOUBLE_MAPPING, PeriodState, WantedService, want_service
from icb.kernel.days import DayRange
from icb.kernel.quantity import MICRO
from icb.rating.terms import Billing, CountingRule, Price, PriceFrom, UnitChanges

MAY = days("05-01", "05-31")
JUNE = days("06-01", "06-30")


def want(
    facts: ServiceFacts, *, period: DayRange = MAY, through: str = "06-01", **terms: Any
) -> WantedService:
    agreed = contract(facts, **terms)
    return want_service(agreed, service=facts, period=period, through=day(through))


def amounts(wanted: WantedService) -> list[tuple[str, date, int]]:
    return [(line.line, line.rated.effective_on, line.rated.amount) for line in wanted.lines]


@pytest.mark.parametrize(
    ("through", "state"), [("05-31", PeriodState.NOT_DUE), ("06-01", PeriodState.DUE)]
)
def test_in_arrears_a_period_is_due_when_it_is_over(through: str, state: PeriodState) -> None:
    assert want(service(run("05-01", None, 3)), through=through).state is state


@pytest.mark.parametrize(
    ("through", "state"), [("05-20", PeriodState.NOT_DUE), ("05-21", PeriodState.DUE)]
)
def test_a_contract_that_ends_inside_is_due_the_day_after_its_last_day(
    through: str, state: PeriodState
) -> None:
    wanted = want(service(run("05-01", None, 31)), through=through, ends="05-20")
    assert wanted.state is state
    if state is PeriodState.DUE:
        assert amounts(wanted) == [("recurring", day("05-01"), 4000)]  # 31 x 2.00 x 20 / 31


def test_cover_that_ends_inside_is_due_the_day_after_its_last_day() -> None:
    facts = service(run("05-01", "05-10", 31))
    assert want(facts, through="05-10").state is PeriodState.NOT_DUE
    assert amounts(want(facts, through="05-11")) == [("recurring", day("05-01"), 2000)]


def test_a_period_without_a_covered_day_has_nothing_to_bill() -> None:
    wanted = want(service(run("06-01", None, 3)))
    assert (wanted.state, wanted.lines, wanted.net) == (PeriodState.UNCOVERED, [], 0)


def test_a_period_before_the_contract_has_nothing_to_bill() -> None:
    wanted = want(service(run("05-01", None, 3)), starts="06-01")
    assert wanted.state is PeriodState.UNCOVERED


def test_a_count_that_may_still_come_is_awaited() -> None:
    facts = service(run("05-01", "05-30", 3), run("05-31", "05-31", 3, waiting=True))
    assert want(facts).state is PeriodState.WAITING


def test_a_held_count_holds_its_line_and_shows_the_carried_amount() -> None:
    facts = service(
        run("05-01", "05-10", 31), run("05-11", "05-31", 31, estimated=True, held="fall")
    )
    wanted = want(facts)
    assert wanted.held == "fall"
    assert amounts(wanted) == [("recurring", day("05-01"), 6200)]


def test_a_held_count_holds_only_the_price_segment_it_lies_in() -> None:
    facts = service(run("05-01", "05-10", 31), run("05-11", "05-31", 31, held="gap"))
    facts.prices += (PriceFrom(day("05-06"), Price(3 * MICRO)),)
    held = {line.rated.effective_on: line.held for line in want(facts).lines}
    assert held == {day("05-01"): "", day("05-06"): "gap"}


def test_where_one_count_decides_a_held_day_holds_every_segment() -> None:
    facts = service(
        run("05-01", "05-10", 31),
        run("05-11", "05-31", 31, held="gap"),
        unit_changes=UnitChanges.PEAK,
    )
    facts.prices += (PriceFrom(day("05-06"), Price(3 * MICRO)),)
    assert [line.held for line in want(facts).lines] == ["gap", "gap"]


def test_a_billing_type_on_two_contracts_holds_the_line() -> None:
    facts = service(run("05-01", "05-31", 3), conflicts=(days("05-20"),))
    assert want(facts).held == DOUBLE_MAPPING
    earlier = service(run("05-01", "05-31", 3), conflicts=(days("04-01", "04-30"),))
    assert want(earlier).held == ""


def in_advance(
    facts: ServiceFacts, *, period: DayRange = JUNE, through: str = "06-01"
) -> WantedService:
    return want(facts, period=period, through=through, billing=Billing.IN_ADVANCE)


def test_in_advance_a_period_is_due_on_its_first_day() -> None:
    facts = service(run("05-01", "06-01", 6), run("06-02", None, 6, known=False))
    assert in_advance(facts, through="05-31").state is PeriodState.NOT_DUE
    assert amounts(in_advance(facts)) == [("recurring", day("06-01"), 1200)]


def test_in_advance_the_base_is_the_count_before_the_period_and_a_change_a_line() -> None:
    facts = service(run("05-01", "05-31", 6), run("06-01", "06-15", 8), run("06-16", None, 7))
    assert amounts(in_advance(facts, through="06-30")) == [
        ("recurring", day("06-01"), 1200),
        ("adjustment", day("06-01"), 400),
        ("adjustment", day("06-16"), -100),
    ]


def test_in_advance_the_first_period_waits_for_the_count_of_its_first_day() -> None:
    waits = service(run("06-10", "06-10", 6, waiting=True))
    assert in_advance(waits, through="06-10").state is PeriodState.WAITING
    unknown = service(run("06-20", None, 6, known=False))
    assert in_advance(unknown, through="06-10").state is PeriodState.WAITING
    counted = service(run("06-10", "06-10", 6), run("06-11", None, 6, known=False))
    assert amounts(in_advance(counted, through="06-11")) == [("recurring", day("06-01"), 840)]


def test_in_advance_typed_units_make_the_base_of_the_first_covered_day() -> None:
    facts = service(run("05-01", "05-31", 5, typed=True), run("06-01", None, 7, typed=True))
    assert amounts(in_advance(facts)) == [("recurring", day("06-01"), 1400)]


def test_in_advance_a_mapping_that_takes_over_from_typed_units_begins_anew() -> None:
    facts = service(run("05-01", "05-31", 5, typed=True), run("06-01", None, 7))
    assert amounts(in_advance(facts)) == [("recurring", day("06-01"), 1400)]


def test_in_advance_an_old_count_holds_the_base() -> None:
    facts = service(
        run("05-01", "05-25", 6),
        run("05-26", "06-01", 6, estimated=True, held="gap"),
        run("06-02", None, 6, known=False),
    )
    wanted = in_advance(facts)
    assert wanted.held == "gap"
    assert wanted.lines[0].rated.estimated_days == 1


def test_in_advance_a_held_count_holds_the_changes_from_its_day_on_but_not_the_base() -> None:
    facts = service(
        run("05-01", "06-05", 6),
        run("06-06", "06-10", 8),
        run("06-11", "06-12", 8, estimated=True, held="fall"),
        run("06-13", None, 9),
        discount=10 * MICRO,
    )
    held = {
        (line.line, line.rated.effective_on.day): line.held
        for line in in_advance(facts, through="06-30").lines
    }
    assert held == {
        ("recurring", 1): "",
        ("discount_recurring", 1): "",
        ("adjustment", 6): "",
        ("discount_adjustment", 6): "",
        ("adjustment", 13): "fall",
        ("discount_adjustment", 13): "fall",
    }


def test_a_one_time_type_is_billed_once_on_the_first_true_day() -> None:
    facts = service(
        run("05-03", None, 1), counting=CountingRule.ONE_TIME, first_true=day("05-07"), price=90
    )
    assert want(facts, through="05-07").state is PeriodState.NOT_DUE
    assert amounts(want(facts, through="05-08")) == [("recurring", day("05-01"), 9000)]
    assert want(facts, period=JUNE, through="07-01").state is PeriodState.UNCOVERED
    facts.first_true = None
    assert want(facts).state is PeriodState.UNCOVERED


def test_a_vendor_month_that_goes_on_in_the_next_period_is_not_billed_twice() -> None:
    facts = service(
        run("05-01", "05-15", 40), run("05-16", "05-31", 70), counting=CountingRule.PERIOD_VALUE
    )
    agreed = contract(facts)
    half = days("05-16", "06-15")
    wanted = want_service(agreed, service=facts, period=half, through=day("06-16"))
    assert amounts(wanted) == [("recurring", day("05-16"), 6000)]  # (70 - 40) x 2.00
