"""The test command counts honestly: what failed, what was skipped, what proved nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from dev.check import Outcome, Step, counted, parse, selected, steps, summarize

REPORT = """<testsuites><testsuite>
<testcase classname="a" name="one" />
<testcase classname="a" name="two"><failure message="x" /></testcase>
<testcase classname="a" name="three"><error message="x" /></testcase>
<testcase classname="a" name="four"><skipped message="strace is missing" /></testcase>
</testsuite></testsuites>"""


def step(name: str) -> Step:
    """A step that is only counted."""
    return Step(name, lambda _: Outcome())


def test_a_report_is_counted_case_by_case(tmp_path: Path) -> None:
    path = tmp_path / "report.xml"
    path.write_text(REPORT)
    outcome = counted(path)
    assert (outcome.passed, outcome.failed) == (1, 2)
    assert outcome.not_run == ["a.four: strace is missing"]


def test_a_missing_report_proves_nothing(tmp_path: Path) -> None:
    assert counted(tmp_path / "report.xml").passed == 0


def test_the_closing_line_adds_up(capsys: pytest.CaptureFixture[str]) -> None:
    results = [
        (step("lint"), Outcome(passed=1), 0.1),
        (step("sqlite"), Outcome(passed=5, failed=2), 3.0),
    ]
    assert summarize(results, lacking=[], strict=False) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "6 passed, 2 failed"


def test_what_did_not_run_is_listed_and_fails_only_when_strict(
    capsys: pytest.CaptureFixture[str],
) -> None:
    results = [(step("sqlite"), Outcome(passed=5, not_run=["a.four: no strace"]), 3.0)]
    assert summarize(results, lacking=["chromium is missing"], strict=False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "NOT RUN  chromium is missing" in lines
    assert "NOT RUN  a.four: no strace" in lines
    assert lines[-1] == "5 passed, 0 failed"
    assert summarize(results, lacking=["chromium is missing"], strict=True) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "5 passed, 2 failed"


def test_fast_and_only_choose_steps() -> None:
    def chosen(*arguments: str) -> list[str]:
        options = parse(arguments)
        return [each.name for each in steps() if selected(each, options=options)]

    everything = chosen()
    assert set(chosen("--fast")) < set(everything)
    assert "postgresql" in everything
    assert "postgresql" not in chosen("--fast")
    assert chosen("--only", "types") == ["types"]
