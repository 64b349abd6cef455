"""Files in a watched folder are taken when they stopped growing, and none is lost."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from icb.exchange.count_files.actions import confirm_profile, propose_profile
from icb.exchange.count_files.folders import Signature, poll_folders
from icb.hub.actions import NewConnected, connect_module, set_enabled, undo_file, watch_folder
from icb.hub.models import Snapshot
from icb.hub.queries import count_files
from icb.kernel import clock as kernel_clock

TEXT = "Day,Client ID,Type,Count\n2026-06-01,7,seats,12\n"
NOON = datetime(2026, 6, 20, 12, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("provider", "clock")


@pytest.fixture
def folder(tmp_path: Path, provider: object, clock: object) -> Path:
    kernel_clock.set_frozen(NOON)
    watched = tmp_path / "in"
    watched.mkdir()
    connect_module(NewConnected(key="backup", adapter="files"))
    example = put(tmp_path, "example.csv")
    confirm_profile("backup", data=propose_profile("backup", path=example))
    watch_folder("backup", folder=str(watched))
    return watched


def put(folder: Path, name: str, text: str = TEXT, *, age: int = 60) -> Path:
    path = folder / name
    path.write_text(text)
    at = int(NOON.timestamp()) - age
    os.utime(path, (at, at))
    return path


def polled(seen: dict[Path, Signature]) -> list[tuple[str, str]]:
    return [(one.name, one.state) for one in poll_folders(seen=seen)]


def names(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_a_file_is_taken_at_the_second_look_and_moved(folder: Path) -> None:
    seen: dict[Path, Signature] = {}
    put(folder, "a.csv")
    assert polled(seen) == []
    assert polled(seen) == [("a.csv", "taken")]
    assert names(folder) == ["taken/a.csv"]
    assert polled(seen) == []


def test_a_file_that_grows_or_is_fresh_is_left_alone(folder: Path) -> None:
    seen: dict[Path, Signature] = {}
    put(folder, "grows.csv", TEXT[:30])
    put(folder, "fresh.csv", age=3)
    assert polled(seen) == []
    put(folder, "grows.csv", TEXT)
    assert polled(seen) == []
    assert polled(seen) == [("grows.csv", "taken")]
    assert names(folder) == ["fresh.csv", "taken/grows.csv"]


def test_unfinished_hidden_and_linked_files_are_never_read(folder: Path, tmp_path: Path) -> None:
    for name in (".a.csv", "~$a.xlsx", "a.csv.part", "a.tmp"):
        put(folder, name)
    (folder / "link.csv").symlink_to(tmp_path / "example.csv")
    seen: dict[Path, Signature] = {}
    assert polled(seen) == polled(seen) == []
    assert not Snapshot.objects.exists()


def test_a_refused_file_lies_beside_the_reason(folder: Path) -> None:
    seen: dict[Path, Signature] = {}
    put(folder, "bad.csv", TEXT + "2026-06-02,7,seats,many\n")
    put(folder, "other.pdf", "%PDF")
    polled(seen)
    assert polled(seen) == [("bad.csv", "refused"), ("other.pdf", "refused")]
    kept = ["bad.csv", "bad.csv.txt", "other.pdf", "other.pdf.txt"]
    assert names(folder) == [f"refused/{name}" for name in kept]
    why = (folder / "refused" / "bad.csv.txt").read_text()
    assert "line 3, column Count: 'many': is not a number" in why
    assert "Nothing was stored" in why
    assert not Snapshot.objects.exists()


def test_a_name_that_is_taken_gets_a_number(folder: Path) -> None:
    for number in range(3):
        seen: dict[Path, Signature] = {}
        put(folder, "a.csv", TEXT.replace("12", str(12 + number)))
        polled(seen)
        assert polled(seen) == [("a.csv", "taken")]
    assert names(folder) == ["taken/a-2.csv", "taken/a-3.csv", "taken/a.csv"]


def test_the_same_file_again_is_moved_and_changes_nothing(folder: Path) -> None:
    """As after a crash between taking and moving."""
    for state in ("taken", "unchanged"):
        seen: dict[Path, Signature] = {}
        put(folder, "a.csv")
        polled(seen)
        assert polled(seen) == [("a.csv", state)]
    assert [row.state for row in count_files()] == ["taken"]
    assert undo_file("backup") == "a.csv"


def test_what_is_not_the_files_fault_leaves_it_where_it_is(folder: Path, tmp_path: Path) -> None:
    connect_module(NewConnected(key="new", adapter="files"))
    other = tmp_path / "other"
    other.mkdir()
    watch_folder("new", folder=str(other))
    put(other, "a.csv")
    seen: dict[Path, Signature] = {}
    polled(seen)
    (found,) = poll_folders(seen=seen)
    assert found.state == "waiting"
    assert "which column means what" in found.message
    assert names(other) == ["a.csv"]


def test_a_missing_folder_is_said_and_a_disabled_connection_is_left(folder: Path) -> None:
    put(folder, "a.csv")
    set_enabled("backup", is_enabled=False)
    seen: dict[Path, Signature] = {}
    assert polled(seen) == polled(seen) == []
    set_enabled("backup", is_enabled=True)
    watch_folder("backup", folder=str(folder / "gone"))
    (found,) = poll_folders(seen=seen)
    assert found.state == "waiting"
    assert "is not there" in found.message
