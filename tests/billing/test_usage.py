"""Where unit-days stand (rules, section 6): each day of a key in one part per service."""

from collections.abc import Sequence
from datetime import date

import pytest

from icb.billing.usage import (
    MappedDays,
    OwnedDays,
    Part,
    Standing,
    counted_span,
    sort_days,
    unit_days,
)
from icb.hub.reading import KeyRun, Reading
from icb.kernel.days import DayRange
from icb.kernel.quantity import MICRO
from icb.mapping.units import FAR

ACME, OTHER = 1, 2
CONTRACT, SERVICE = 10, 100


def may(first: int, last: int | None = None) -> DayRange:
    """Days of May 2025, the last one inclusive; open without one."""
    return DayRange(date(2025, 5, first), FAR if last is None else date(2025, 5, last + 1))


WHOLE = may(1, 30)


def sort(
    owned: Sequence[OwnedDays],
    mapped: Sequence[MappedDays] = (),
    covers: Sequence[DayRange] = (),
) -> list[Part]:
    return sort_days(
        WHOLE, owned=list(owned), mapped={ACME: list(mapped)}, covers={ACME: list(covers)}
    )


def on_contract(
    days: DayRange, *, cover: DayRange | None = None, service: int | None = SERVICE
) -> MappedDays:
    return MappedDays(CONTRACT, cover or days, service, days)


def test_never_mapped_is_unmapped() -> None:
    assert sort([]) == [Part(Standing.UNMAPPED, WHOLE)]


def test_days_before_the_first_mapping_are_waived_and_those_after_the_last_unmapped() -> None:
    parts = sort([OwnedDays(may(9, 20), ACME)], [on_contract(may(1))], [may(1)])
    assert parts == [
        Part(Standing.WAIVED, may(1, 8), CONTRACT, SERVICE),
        Part(Standing.BILLED, may(9, 20), CONTRACT, SERVICE),
        Part(Standing.UNMAPPED, may(21, 30)),
    ]


def test_waived_days_of_an_organization_without_a_service_have_no_price_to_show() -> None:
    assert sort([OwnedDays(may(9), None)]) == [
        Part(Standing.WAIVED, may(1, 8)),
        Part(Standing.IGNORED, may(9, 30)),
    ]


def test_a_service_mapping_that_starts_later_than_its_contract_waives_the_days_between() -> None:
    mapped = [on_contract(may(10), cover=may(5))]
    assert sort([OwnedDays(may(1), ACME)], mapped, [may(5)]) == [
        Part(Standing.OUT_OF_COVER, may(1, 4)),
        Part(Standing.WAIVED, may(5, 9), CONTRACT, SERVICE),
        Part(Standing.BILLED, may(10, 30), CONTRACT, SERVICE),
    ]


def test_usage_after_the_contract_is_out_of_cover() -> None:
    mapped = [on_contract(may(1, 10))]
    assert sort([OwnedDays(may(1), ACME)], mapped, [may(1, 10)]) == [
        Part(Standing.BILLED, may(1, 10), CONTRACT, SERVICE),
        Part(Standing.OUT_OF_COVER, may(11, 30)),
    ]


def test_a_type_that_is_not_mapped_on_a_contract_in_force_is_unmapped() -> None:
    assert sort([OwnedDays(may(1), ACME)], [], [may(1, 20), may(15)]) == [
        Part(Standing.UNMAPPED, WHOLE)
    ]


def test_without_any_contract_usage_of_an_organization_is_unmapped() -> None:
    assert sort([OwnedDays(may(1), ACME)]) == [Part(Standing.UNMAPPED, WHOLE)]


def test_a_type_ignored_on_a_contract_is_ignored() -> None:
    mapped = [on_contract(may(1), service=None)]
    assert sort([OwnedDays(may(1), ACME)], mapped, [may(1)]) == [
        Part(Standing.IGNORED, WHOLE, CONTRACT)
    ]


def test_a_type_that_feeds_two_services_stands_once_for_each() -> None:
    mapped = [on_contract(may(1)), on_contract(may(1), service=SERVICE + 1)]
    assert [part.service for part in sort([OwnedDays(may(1), ACME)], mapped, [may(1)])] == [
        SERVICE,
        SERVICE + 1,
    ]


def test_a_mapping_of_other_days_takes_nothing_and_waives_what_came_before_it() -> None:
    june = MappedDays(CONTRACT, may(5), SERVICE, DayRange(date(2025, 6, 1), FAR))
    assert sort([OwnedDays(may(1), ACME)], [june], [may(5)]) == [
        Part(Standing.OUT_OF_COVER, may(1, 4)),
        Part(Standing.WAIVED, may(5, 30), CONTRACT, SERVICE),
    ]


def test_days_move_with_the_organization() -> None:
    parts = sort_days(
        WHOLE,
        owned=[OwnedDays(may(1, 10), ACME), OwnedDays(may(11), OTHER)],
        mapped={ACME: [on_contract(may(1))], OTHER: []},
        covers={ACME: [may(1)]},
    )
    assert parts == [
        Part(Standing.BILLED, may(1, 10), CONTRACT, SERVICE),
        Part(Standing.UNMAPPED, may(11, 30)),
    ]


def test_a_mapping_outside_the_days_in_question_changes_nothing() -> None:
    later = OwnedDays(DayRange(date(2025, 7, 1), FAR), ACME)
    assert sort([later]) == [Part(Standing.WAIVED, WHOLE)]


RUNS = [
    KeyRun(*may(1, 4), 3 * MICRO, Reading.COUNTED, ""),
    KeyRun(*may(5, 6), 3 * MICRO, Reading.CARRIED, ""),
    KeyRun(*may(7, 12), 3 * MICRO, Reading.HELD, "gap"),
    KeyRun(*may(13, 14), 3 * MICRO, Reading.HELD, "fall"),
    KeyRun(*may(15, 15), 3 * MICRO, Reading.WAITING, ""),
]


@pytest.mark.parametrize(("on_line", "days"), [(True, 14), (False, 8)])
def test_a_long_gap_counts_only_where_a_line_carries_it(on_line: bool, days: int) -> None:
    assert unit_days(RUNS, days=WHOLE, on_line=on_line) == days * 3 * MICRO


def test_the_span_of_counted_days_leaves_out_those_that_wait() -> None:
    assert counted_span(RUNS, days=WHOLE, on_line=True) == may(1, 14)
    assert counted_span(RUNS, days=may(7, 12), on_line=False) is None
