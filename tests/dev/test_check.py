"""The test command counts honestly: what failed, what was skipped, what proved nothing."""

from __future__ import annotations

import re
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from dev.check import (
    KNOBS,
    NIGHT,
    RECORDED,
    ROOT,
    UNRECORDED,
    Outcome,
    Step,
    counted,
    environment,
    night,
    parse,
    recorded_files,
    roomy_memory,
    selected,
    steps,
    summarize,
)
from tests.support.databases import asks_for_database
from tests.support.effort import examples, tries

from icb.foundation.models import Provider

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


def test_the_night_has_steps_of_its_own_on_both_databases() -> None:
    def chosen(*arguments: str) -> list[str]:
        options = parse(arguments)
        return [each.name for each in steps() if selected(each, options=options)]

    assert chosen("--night") == ["night-sqlite", "night-postgresql", "night-recorded"]
    assert not set(chosen("--night")) & set(chosen())
    assert not set(chosen("--night")) & set(chosen("--fast"))
    assert chosen("--only", "night-sqlite") == ["night-sqlite"]
    with pytest.raises(SystemExit):
        parse(["--night", "--fast"])


def test_the_night_runs_files_that_are_there() -> None:
    assert [path for path in NIGHT if not (ROOT / path).exists()] == []


def test_what_is_recorded_or_not_is_there() -> None:
    """A wrong name would record nothing, or leave a file to a step that does not take it."""
    for name in (*RECORDED, *UNRECORDED):
        assert (ROOT / "tests" / name).exists(), name
    files = recorded_files()
    assert len(set(files)) == len(files)
    assert {"billing/test_bill.py", "rating/test_tax.py"} <= set(files)
    assert not set(UNRECORDED) & set(files)


def test_what_asks_for_the_database_runs_on_both(
    request: pytest.FixtureRequest, provider: Provider
) -> None:
    """By a fixture, however far behind another one it stands."""
    assert asks_for_database(request.node)


def test_what_asks_for_one_of_its_own_runs_on_both(
    request: pytest.FixtureRequest, database_url: str
) -> None:
    assert asks_for_database(request.node)


def test_what_asks_for_none_runs_once(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    assert not asks_for_database(request.node)


@pytest.mark.django_db
def test_what_is_marked_asks_for_the_database(request: pytest.FixtureRequest) -> None:
    assert asks_for_database(request.node)


def test_memory_is_used_only_where_there_is_room(tmp_path: Path) -> None:
    assert roomy_memory(tmp_path / "missing") is None
    assert roomy_memory(tmp_path) in (tmp_path, None)


def test_a_night_runs_pytest_at_night_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[dict[str, str]] = []

    def run(command: list[str], *, cwd: Path, env: dict[str, str]) -> CompletedProcess[str]:
        report = next(part for part in command if part.startswith("--junitxml="))
        Path(report.partition("=")[2]).write_text(REPORT)
        started.append(env)
        return CompletedProcess(command, 1)

    monkeypatch.setattr("dev.check.subprocess.run", run)
    outcome = night("postgresql")(tmp_path)
    assert (outcome.passed, outcome.failed) == (1, 2)
    assert started[0]["ICB_TEST_NIGHT"] == "1"
    assert started[0]["ICB_TEST_DATABASE"] == "postgresql"


def test_sizes_and_seeds_reach_the_tests_and_settings_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ICB_TEST_HISTORIES", "17")
    monkeypatch.setenv("ICB_DATABASE_URL", "sqlite:////real.sqlite3")
    given = environment()
    assert given["ICB_TEST_HISTORIES"] == "17"
    assert "ICB_DATABASE_URL" not in given


def test_every_size_that_a_test_reads_is_passed_on() -> None:
    read = {
        name
        for path in (ROOT / "tests").rglob("*.py")
        for name in re.findall(r'tries\(\s*"(\w+)"', path.read_text(encoding="utf-8"))
    }
    assert read and read <= set(KNOBS)


def test_a_size_is_the_gates_the_nights_or_the_one_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KNOBS:
        monkeypatch.delenv(name, raising=False)
    assert tries("ICB_TEST_KILLS", gate=100, night=1000) == 100
    assert examples(60) == 60
    monkeypatch.setenv("ICB_TEST_NIGHT", "1")
    assert tries("ICB_TEST_KILLS", gate=100, night=1000) == 1000
    assert examples(60) > 60
    monkeypatch.setenv("ICB_TEST_KILLS", "7")
    assert tries("ICB_TEST_KILLS", gate=100, night=1000) == 7
