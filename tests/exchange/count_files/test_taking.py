"""Files of counts are taken whole, shown before, and taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.exchange.count_files.workbooks import workbook

from icb.exchange.count_files.actions import (
    FileOutcome,
    confirm_profile,
    propose_profile,
    take_file,
)
from icb.exchange.count_files.sheets import BadFile
from icb.hub.actions import NewConnected, connect_module, undo_file
from icb.hub.models import CountFile, CountMark, Snapshot
from icb.hub.queries import count_files, counted_ranges
from icb.kernel.errors import InvalidInput, Refused
from icb.kernel.quantity import MICRO

pytestmark = pytest.mark.usefixtures("provider", "june")

LONG = "Day,Client ID,Client,Type,Qty\n2026-06-01,7,Acme,seats,12\n2026-06-01,8,Byte,seats,3\n"


@pytest.fixture
def june(clock: object) -> None:
    from icb.kernel import clock as kernel_clock

    kernel_clock.set_frozen(datetime(2026, 6, 20, 12, tzinfo=UTC))


@pytest.fixture(autouse=True)
def _connected(provider: object, june: None) -> None:
    connect_module(NewConnected(key="backup", adapter="files", name="Backup"))


def file(folder: Path, text: str = LONG, name: str = "report.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def taken(path: Path, *said: str, **options: Any) -> FileOutcome:
    confirm_profile("backup", data=propose_profile("backup", path=path, said=said))
    return take_file("backup", path=path, **options)


def counts() -> list[tuple[date, int, str]]:
    """First day, units and status of what is read, over all keys."""
    found = counted_ranges(date(2026, 6, 1), end=date(2026, 6, 20))
    rows = [(one.run.start, one.run.units, one.run.status.name.lower()) for one in found]
    return sorted(rows, key=str)


def test_a_long_file_is_guessed_confirmed_and_taken(tmp_path: Path) -> None:
    path = file(tmp_path)
    guess = propose_profile("backup", path=path)
    assert (guess["layout"], guess["day"], guess["organization"]) == ("long", "Day", "Client ID")
    assert (guess["name"], guess["billing_type"], guess["count"]) == ("Client", "Type", "Qty")
    outcome = taken(path)
    assert (outcome.state, outcome.counts) == ("taken", 2)
    assert outcome.new_organizations == ["7", "8"]
    assert outcome.new_billing_types == ["seats"]
    assert [row[1] for row in counts() if row[2] == "counted"] == [12 * MICRO, 3 * MICRO]


def test_without_a_confirmed_profile_nothing_is_taken(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="not known yet which column"):
        take_file("backup", path=file(tmp_path))
    assert not Snapshot.objects.exists()


def test_a_wide_file_has_a_column_for_each_type_and_an_empty_cell_says_nothing(
    tmp_path: Path,
) -> None:
    text = "day;site_id;servers;PCs\n2026-06-01;7;1,5;4\n2026-06-01;8;;2\n"
    outcome = taken(file(tmp_path, text), "type:PCs=computers")
    assert outcome.counts == 3
    assert outcome.new_billing_types == ["computers", "servers"]
    assert 1_500_000 in [row[1] for row in counts()]


def test_a_workbook_is_taken_with_exact_numbers_and_days(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Day", "Client ID", "Type", "Count"],
        [datetime(2026, 6, 1, tzinfo=UTC).replace(tzinfo=None), 7, "storage", 0.1],
        [date(2026, 6, 1), 8, "storage", 1234.56789],
        ["2026-06-01", "9", "storage", 5],
    ]
    outcome = taken(workbook(tmp_path / "a.xlsx", rows))
    assert outcome.state == "taken"
    assert {row[1] for row in counts()} >= {100_000, 1_234_567_890, 5_000_000}


def test_the_day_can_be_said_beside_the_file(tmp_path: Path) -> None:
    path = file(tmp_path, "Client ID,Type,Count\n7,seats,2\n")
    with pytest.raises(BadFile, match="no column holds the day"):
        taken(path)
    assert take_file("backup", path=path, day=date(2026, 6, 2)).days[0].day == date(2026, 6, 2)


def test_days_with_slashes_are_read_only_in_an_order_that_was_said(tmp_path: Path) -> None:
    path = file(tmp_path, "Day,Client ID,Type,Count\n05/06/2026,7,seats,2\n")
    with pytest.raises(BadFile) as caught:
        taken(path)
    assert "it could be 2026-06-05 or 2026-05-06" in str(caught.value.found[0])
    outcome = taken(path, "day_order=month/day/year")
    assert outcome.days[0].day == date(2026, 5, 6)


def test_every_problem_is_named_at_its_cell_and_nothing_is_stored(tmp_path: Path) -> None:
    text = (
        "Day,Client ID,Type,Count\n2026-06-01,7,seats,2\n2026-13-01,7,seats,2\n"
        "2026-06-01,,seats,2\n2026-06-01,7,seats,many\n2026-07-01,7,seats,2\n"
    )
    with pytest.raises(BadFile) as caught:
        taken(file(tmp_path, text))
    shown = [str(problem) for problem in caught.value.found]
    assert [problem.line for problem in caught.value.found] == [3, 4, 5, 6]
    assert "report.csv, line 5, column Count: 'many': is not a number" in shown
    assert "line 6, column Day: '2026-07-01': has not come yet" in shown[3]
    assert not Snapshot.objects.exists()
    assert [row.state for row in count_files()] == ["refused"]


def test_one_bad_day_keeps_the_whole_file_out(tmp_path: Path) -> None:
    text = LONG + "2026-06-02,7,Acme,seats,1.5\n2026-06-03,7,Acme,seats,99999999999\n"
    with pytest.raises(Refused, match="Nothing of the file was stored"):
        taken(file(tmp_path, text))
    assert not Snapshot.objects.exists()
    assert [row.state for row in count_files()] == ["refused"]


def test_a_dry_run_says_what_would_happen_and_stores_nothing(tmp_path: Path) -> None:
    outcome = taken(file(tmp_path), is_dry_run=True)
    assert (outcome.counts, outcome.is_stored) == (2, False)
    assert outcome.days[0].state == "accepted"
    assert not Snapshot.objects.exists()
    assert not CountFile.objects.exists()


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    path = file(tmp_path)
    taken(path)
    before = Snapshot.objects.count()
    assert take_file("backup", path=path).state == "unchanged"
    assert Snapshot.objects.count() == before
    renamed = file(tmp_path, LONG + "\n", name="other.csv")
    assert take_file("backup", path=renamed).state == "unchanged"
    assert [row.state for row in count_files()] == ["taken"]


def test_undo_makes_a_gap_of_a_day_that_nothing_else_proves(tmp_path: Path) -> None:
    taken(file(tmp_path))
    second = file(tmp_path, LONG.replace("06-01", "06-02").replace(",12", ",14"), "second.csv")
    take_file("backup", path=second)
    assert (date(2026, 6, 2), 14 * MICRO, "counted") in counts()
    CountMark.objects.all().delete()
    assert undo_file("backup", reason="wrong client") == "second.csv"
    assert (date(2026, 6, 2), 14 * MICRO, "counted") not in counts()
    assert not any(row[2] == "counted" and row[0] == date(2026, 6, 2) for row in counts())
    assert {mark.from_day for mark in CountMark.objects.all()} == {date(2026, 6, 2)}
    assert [row.state for row in count_files()] == ["undone", "taken"]
    undo_file("backup")
    assert counts() == []
    with pytest.raises(Refused, match="no file was taken"):
        undo_file("backup")


def test_undo_brings_back_what_a_file_replaced(tmp_path: Path) -> None:
    taken(file(tmp_path))
    before = counts()
    corrected = file(tmp_path, LONG.replace(",12", ",15"), "corrected.csv")
    take_file("backup", path=corrected)
    assert counts() != before
    undo_file("backup")
    assert counts() == before
    assert take_file("backup", path=corrected).state == "taken"


def test_a_file_that_something_newer_overtook_is_not_undone(tmp_path: Path) -> None:
    from icb.hub.actions import take_snapshot
    from icb.hub.inputs import Answer, CountRow

    taken(file(tmp_path))
    newer = Answer(day=date(2026, 6, 1), rows=[CountRow("7", "seats", 13)])
    take_snapshot("backup", answer=newer)
    with pytest.raises(Refused, match="a newer answer came for 2026-06-01 since"):
        undo_file("backup")
    assert count_files()[0].state == "taken"


def test_a_partial_file_leaves_out_what_it_does_not_name(tmp_path: Path) -> None:
    taken(file(tmp_path), "complete=no")
    more = file(tmp_path, "Day,Client ID,Client,Type,Qty\n2026-06-01,9,C,seats,1\n", "more.csv")
    take_file("backup", path=more)
    assert len([row for row in counts() if row[2] == "counted"]) == 3
    undo_file("backup")
    assert len([row for row in counts() if row[2] == "counted"]) == 2


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (("height=1",), "there is no height"),
        (("count",), "'count' is not NAME=VALUE"),
        (("day_order=guess",), "day_order one of"),
        (("complete=maybe",), "complete is yes or no"),
        (("count=",), "say which columns hold type and count"),
        (("layout=wide",), "no column is a billing type"),
    ],
)
def test_a_profile_that_cannot_be_is_refused(
    tmp_path: Path, said: tuple[str, ...], problem: str
) -> None:
    with pytest.raises(InvalidInput, match=problem):
        propose_profile("backup", path=file(tmp_path), said=said)


def test_exact_means_the_digits_of_the_cell(tmp_path: Path) -> None:
    """A third has no end in decimals: it is refused, not rounded."""
    rows: list[list[object]] = [["Day", "Id", "Type", "Count"], ["2026-06-01", 7, "gb", 1 / 3]]
    with pytest.raises(Refused, match="more than 6 decimals"):
        taken(workbook(tmp_path / "a.xlsx", rows))
