"""`icb simulate`: what it prints, and with which exit code it leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from icb.cli.main import app

SCENARIOS = Path(__file__).parent.parent / "scenarios"
EXAMPLE = SCENARIOS / "arrears-daily.yaml"


@pytest.fixture(autouse=True)
def throw_away(django_db_blocker: Any) -> Iterator[None]:
    """The command opens a database of its own; the tests' is not touched."""
    with django_db_blocker.unblock():
        yield


def _simulate(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["simulate", *map(str, arguments)])


def test_json_is_one_object_with_its_keys_in_order() -> None:
    result = _simulate(EXAMPLE, "--json")
    assert result.exit_code == 0
    output = json.loads(result.stdout)
    assert list(output) == [
        "items",
        "invoices",
        "holds",
        "unbilled",
        "refused",
        "snapshots",
        "balances",
    ]
    (item,) = output["items"]
    assert list(item)[:5] == ["organization", "contract", "service", "kind", "period"]
    assert item["amount"] == "132.16"
    assert item["period"] == {"start": "2025-11-01", "end": "2025-12-01"}
    assert _simulate(EXAMPLE, "--json").stdout == result.stdout


def test_people_get_tables_and_a_verdict() -> None:
    result = _simulate(EXAMPLE)
    assert result.exit_code == 0
    assert result.stdout.startswith("Seats grow and shrink in November")
    assert "132.16" in result.stdout
    assert "Snapshots: 30 accepted" in result.stdout
    assert result.stdout.rstrip().endswith("As expected.")


def test_another_outcome_is_a_difference_and_exit_code_1(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    text = EXAMPLE.read_text("utf-8").replace('days_in_period: 30, amount: "132.16"', "amount: 1")
    file.write_text(text, "utf-8")
    result = _simulate(file, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["items"][0]["amount"] == "132.16"
    assert "amount: expected 1, nearest is 132.16" in result.stderr
    assert "amount: expected 1, nearest is 132.16" in _simulate(file).stdout


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: a\ntimeline:\n  - {on: 2026-13-01, bill: {}}", "line 3, timeline.1.on"),
        (
            "timeline:\n- {on: 2026-02-01, bill: {}}\n- {on: 2026-01-01, bill: {}}",
            "line 3, timeline.2.on: bill happens at 2026-01-01 12:00 UTC",
        ),
        (
            "timeline:\n- {on: 2026-02-01, bill: {through: 2026-02-02}}",
            "line 2, timeline.1.bill.through: 2026-02-02 is after 2026-02-01",
        ),
    ],
)
def test_a_malformed_file_is_exit_code_2(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "malformed.yaml"
    file.write_text(text, "utf-8")
    result = _simulate(file)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert message in result.stderr


def test_a_missing_file_is_exit_code_2(tmp_path: Path) -> None:
    result = _simulate(tmp_path / "none.yaml")
    assert result.exit_code == 2
    assert "cannot be read: No such file or directory" in result.stderr


def test_what_the_product_refuses_is_told_and_the_story_goes_on() -> None:
    result = _simulate(SCENARIOS / "refused-entries.yaml", "--json")
    refused = json.loads(result.stdout)["refused"]
    assert [row["step"] for row in refused].count("contracts") == 3
    assert all(row["code"] and row["message"] for row in refused)
