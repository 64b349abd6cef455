"""What changed between two invoices: every line once, and the differences add up."""

from __future__ import annotations

import json
from typing import Any

from icb.invoicing.line_changes import covered_days, line_changes


def line(position: int, amount: str, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "position": position,
        "organization": "acme",
        "contract": "acme-1",
        "service": "agents",
        "kind": "recurring",
        "title": "Managed workstation",
        "detail": "",
        "period": ["2026-06-01", "2026-07-01"],
        "units": "10",
        "unit_price": "12",
        "days_in_period": 30,
        "amount": amount,
        "working": "{}",
    }
    return found | changes


def runs(start: str, end: str) -> str:
    return json.dumps({"rule": "prorate_daily", "runs": [[start, end, 10_000_000, 0]]})


def what(now: list[dict[str, Any]], last: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    changes = line_changes(now, last_lines=last, currency="USD")
    assert sum(one.difference for one in changes) == sum(
        one.now.amount if one.now else 0 for one in changes
    ) - sum(one.last.amount if one.last else 0 for one in changes)
    assert sorted(one.position for one in changes if one.position) == [n["position"] for n in now]
    return [one.what for one in changes]


def test_a_line_that_is_the_same_has_no_cause() -> None:
    assert what([line(1, "120.00")], [line(7, "120.00")]) == [()]


def test_all_days_of_a_longer_month_are_no_change() -> None:
    july = line(1, "120.00", period=["2026-07-01", "2026-08-01"], days_in_period=31)
    assert what([july], [line(1, "120.00")]) == [()]


def test_units_price_and_days_are_told_apart() -> None:
    last = line(1, "120.00")
    assert what([line(1, "132.00", units="11")], [last]) == [("units",)]
    assert what([line(1, "130.00", unit_price="13")], [last]) == [("price",)]
    half = line(1, "60.00", working=runs("2026-06-16", "2026-07-01"))
    assert what([half], [last]) == [("days",)]
    assert what([line(1, "60.00", units="5", unit_price="6")], [last]) == [("units", "price")]
    assert what([line(1, "119.00")], [last]) == [("terms",)]


def test_new_gone_and_billed_once() -> None:
    now = [line(1, "5.00", service="new"), line(2, "1.00", kind="adjustment")]
    last = [line(1, "9.00"), line(2, "2.00", kind="manual")]
    assert what(now, last) == [("new",), ("once",), ("gone",), ("once",)]


def test_the_segments_of_a_service_go_together_in_order() -> None:
    changes = line_changes(
        [line(1, "10.00"), line(2, "20.00")], last_lines=[line(1, "10.00")], currency="USD"
    )
    assert [(one.position, one.last_position) for one in changes] == [(1, 1), (2, None)]


def test_the_days_of_a_line_are_those_of_its_working_or_else_its_period() -> None:
    assert covered_days(line(1, "1.00", working=json.dumps({"rule": "peak", "days": 12}))) == 12
    flat = json.dumps({"rule": "flat", "covered_days": 9})
    assert covered_days(line(1, "1.00", working=flat)) == 9
    assert covered_days(line(1, "1.00")) == 30
    assert covered_days(line(1, "1.00", period=None)) == 0


def test_a_correction_covers_the_days_of_what_the_line_should_be() -> None:
    inner = {"rule": "peak", "days": 12}
    said = json.dumps({"rule": "correction", "working": inner})
    assert covered_days(line(1, "1.00", working=said)) == 12
    nothing = json.dumps({"rule": "correction", "working": None})
    assert covered_days(line(1, "1.00", working=nothing)) == 30
