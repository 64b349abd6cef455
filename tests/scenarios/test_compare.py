"""Comparing what came out with what was expected."""

from __future__ import annotations

from typing import Any

import pytest

from icb.scenarios.compare import differences

JUNE = {"start": "2026-06-01", "end": "2026-07-01"}
ITEMS: list[dict[str, Any]] = [
    {"amount": "2.10", "kind": "correction", "period": JUNE},
    {"amount": "273.00", "kind": "recurring", "period": JUNE},
]
AGREES: list[list[dict[str, Any]]] = [
    ITEMS,
    ITEMS[::-1],
    [{}, {}],
    [{"kind": "recurring"}, {}],
    [{"amount": "273"}, {"amount": "2.1"}],
    [{"amount": "+2.100"}, {"amount": "2.73e2"}],
    [{"period": {"start": "2026-06-01"}}, {"kind": "correction"}],
]
DIFFERS: list[list[dict[str, Any]]] = [
    [],
    [{}],
    [{}, {}, {}],
    [{"amount": "2.11"}, {}],
    [{"kind": "recurring"}, {"kind": "recurring"}],
    [{"period": {"start": "2026-06-02"}}, {}],
    [{"amount": None}, {}],
    [{"kind": "Recurring"}, {}],
]


@pytest.mark.parametrize("wanted", AGREES)
def test_order_is_free_and_only_named_fields_count(wanted: list[dict[str, Any]]) -> None:
    assert differences({"items": wanted}, actual={"items": ITEMS}) == []


@pytest.mark.parametrize("wanted", DIFFERS)
def test_a_list_must_be_complete_and_agree(wanted: list[dict[str, Any]]) -> None:
    assert differences({"items": wanted}, actual={"items": ITEMS})


def test_a_vague_entry_leaves_the_only_fitting_one_to_a_precise_entry() -> None:
    actual = [{"a": "1", "b": "1"}, {"a": "1", "b": "2"}, {"a": "2", "b": "2"}]
    wanted = [{"a": 1}, {"b": 2}, {"a": "1", "b": "1"}]
    assert differences({"items": wanted}, actual={"items": actual}) == []


def test_more_alike_entries_than_calls_may_nest_are_paired() -> None:
    rows = [{"status": "accepted"}] * 1100
    assert differences({"snapshots": rows}, actual={"snapshots": rows}) == []


def test_null_and_nested_lists_are_compared() -> None:
    taxes = [{"rate": "20", "tax": "1.00"}, {"rate": "5", "tax": "2"}]
    actual = {"invoices": [{"credits_left": None, "taxes": taxes}]}
    agrees = {"credits_left": None, "taxes": [{"tax": 2}, {}]}
    assert not differences({"invoices": [agrees]}, actual=actual)
    assert differences({"invoices": [{"taxes": [{"tax": 2}]}]}, actual=actual)
    assert differences({"invoices": [{"credits_left": "0"}]}, actual=actual)


def test_the_difference_names_the_field_and_the_nearest_entry() -> None:
    lines = differences(
        {"items": [{"kind": "recurring", "amount": "270"}, {}]}, actual={"items": ITEMS}
    )
    assert lines[0] == "items: 2 expected, 2 came out"
    assert "  expected  {kind: recurring, amount: 270}" in lines
    assert "            amount: expected 270, nearest is 273.00" in lines
