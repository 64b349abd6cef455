"""Which counts are impossible, contradicted, or moved too far to be believed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.hub.books import Module, june

from icb.hub.inputs import Answer, CountRow
from icb.hub.judging import (
    Guards,
    TypeRule,
    hold_reason,
    is_other_identity,
    is_whole_fall,
    read_answer,
    read_count,
)
from icb.kernel.errors import Refused
from icb.kernel.quantity import MICRO


@pytest.mark.parametrize(
    ("value", "kind", "units"),
    [
        (0, "whole", 0),
        (10**9, "whole", 10**9),
        (Decimal("7.000"), "whole", 7),
        (Decimal("1E+3"), "whole", 1000),
        (Decimal("0.000001"), "decimal", Decimal("0.000001")),
        (3, "decimal", 3),
        (True, "boolean", 1),
        (False, "boolean", 0),
        (1, "boolean", 1),
        (True, "any", 1),
        (Decimal("2.5"), "any", Decimal("2.5")),
        (Decimal("-0"), "whole", 0),
    ],
)
def test_a_count_is_read_exactly(value: object, kind: str, units: int | Decimal) -> None:
    assert read_count(value, kind=kind) == units * MICRO


@pytest.mark.parametrize(
    ("value", "kind", "code"),
    [
        (-1, "whole", "negative"),
        (Decimal("-0.5"), "decimal", "negative"),
        (Decimal("1.5"), "whole", "fractional"),
        (Decimal("NaN"), "decimal", "not_finite"),
        (Decimal("sNaN"), "decimal", "not_finite"),
        (Decimal("Infinity"), "whole", "not_finite"),
        (Decimal("-Infinity"), "whole", "not_finite"),
        (10**9 + 1, "whole", "too_large"),
        (Decimal("1E+999999"), "decimal", "too_large"),
        (Decimal("1000000000.000001"), "decimal", "too_large"),
        (Decimal("0.0000001"), "decimal", "too_many_decimals"),
        (Decimal("1E-999999"), "decimal", "too_many_decimals"),
        ("10", "whole", "not_a_number"),
        ("", "whole", "not_a_number"),
        (None, "whole", "not_a_number"),
        ([3], "any", "not_a_number"),
        (1.0, "decimal", "not_a_number"),
        (True, "whole", "true_or_false"),
        (False, "decimal", "true_or_false"),
        (2, "boolean", "not_true_or_false"),
    ],
)
def test_an_impossible_count_is_refused(value: object, kind: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_count(value, kind=kind)
    assert refused.value.code == code


def test_the_row_of_an_impossible_count_is_named() -> None:
    rows = [CountRow("7", "devices", 3), CountRow("8", "devices", -1)]
    problem = read_answer(rows, day=june(1), types={"devices": TypeRule("whole")}).refused[0]
    assert (problem.row, problem.field, problem.code) == (2, "value", "negative")
    assert "row 2 (8, devices)" in problem.message


def test_exact_duplicates_count_once_and_contradictions_are_found() -> None:
    rows = [CountRow("7", "devices", 3), CountRow("7", "devices", Decimal("3.0"))]
    assert read_answer(rows, day=june(1), types={}).counts == {("7", "devices"): 3 * MICRO}
    assert read_answer(rows, day=june(1), types={}).contradicted == []
    found = read_answer([*rows, CountRow("7", "devices", 4)], day=june(1), types={})
    assert [problem.row for problem in found.contradicted] == [3]


def test_a_type_that_was_retired_before_the_day_is_refused() -> None:
    types = {"devices": TypeRule("whole", retired_on=june(5))}
    rows = [CountRow("7", "devices", 3)]
    assert read_answer(rows, day=june(5), types=types).refused == []
    assert read_answer(rows, day=june(6), types=types).refused[0].code == "retired"


@pytest.mark.parametrize("id", ["", "  ", None, 7, ["7"], "a\x00b", "x" * 201])
def test_an_id_is_text(id: Any) -> None:
    answer = Answer(day=june(2), rows=[CountRow("8", "devices", 1), CountRow(id, "devices", 1)])
    receipt = Module().answer(answer)
    assert receipt.state == "refused"
    assert [(problem.row, problem.code) for problem in receipt.problems] == [(2, "not_an_id")]


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (None, 1000, ""),
        (40, 20, ""),  # exactly half, and only 20
        (42, 21, ""),  # more than 20, but not more than half
        (42, 20, "fall"),
        (41, 20, "fall"),
        (40, 19, "fall"),
        (30, 10, ""),  # more than half, but only 20
        (100, 0, "fall"),
        (20, 0, ""),
        (50, 100, ""),
        (50, 101, "rise"),
        (51, 102, ""),  # exactly doubled
        (51, 103, "rise"),
        (10, 60, ""),  # more than doubled, but only 50
        (0, 50, ""),
        (0, 51, "rise"),
        (7, 7, ""),
    ],
)
def test_a_count_that_moves_too_far_is_held(before: int | None, after: int, reason: str) -> None:
    known = None if before is None else before * MICRO
    assert hold_reason(known, after=after * MICRO, guards=Guards()) == reason


def test_the_guards_are_settings() -> None:
    narrow = Guards(fall_percent=10, fall_units=1, rise_percent=10, rise_units=1)
    assert hold_reason(20 * MICRO, after=17 * MICRO, guards=narrow) == "fall"
    assert hold_reason(20 * MICRO, after=23 * MICRO, guards=narrow) == "rise"


@pytest.mark.parametrize(
    ("above", "zeros", "whole"),
    [(4, 4, False), (5, 2, False), (5, 3, True), (6, 3, False), (6, 4, True), (0, 0, False)],
)
def test_a_snapshot_falls_as_a_whole(above: int, zeros: int, whole: bool) -> None:
    assert is_whole_fall(above, now_zero=zeros) is whole


@pytest.mark.parametrize(
    ("known_created", "name", "created", "other"),
    [
        (june(1), "Beta", june(9), True),
        (june(1), "Beta", june(1), False),  # a rename
        (june(1), "Beta", None, False),
        (None, "Beta", june(9), False),  # nothing is known to differ from
        (june(1), "Acme", june(9), False),
        (june(1), None, june(9), False),
    ],
)
def test_another_identity_needs_another_name_and_another_creation_date(
    known_created: date | None, name: str | None, created: date | None, other: bool
) -> None:
    found = is_other_identity("Acme", known_created=known_created, name=name, created=created)
    assert found is other
