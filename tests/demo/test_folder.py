"""A demo has its own folder, and is never laid over anything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from icb.demo.folder import claim, finish
from icb.kernel.errors import Refused


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that is set, not there yet; with it no other database is named."""
    monkeypatch.setenv("ICB_DATA_DIR", str(tmp_path / "here"))
    monkeypatch.delenv("ICB_DATABASE_URL", raising=False)
    return tmp_path / "here"


def test_without_a_folder_set_it_is_demo_data_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Set first, so that what the demo sets is taken back afterwards.
    monkeypatch.setenv("ICB_DATA_DIR", "")
    monkeypatch.delenv("ICB_DATA_DIR")
    monkeypatch.delenv("ICB_DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    assert claim(fresh=False) == (tmp_path / "demo-data", False)


def test_a_finished_demo_stays_until_a_fresh_one_is_asked_for(folder: Path) -> None:
    assert claim(fresh=False) == (folder, False)
    (folder / "kept").write_text("kept")
    finish(folder)
    assert claim(fresh=False) == (folder, True)
    assert (folder / "kept").exists()
    assert claim(fresh=True) == (folder, False)
    assert not (folder / "kept").exists()


def test_a_demo_that_was_ended_halfway_is_started_over(folder: Path) -> None:
    claim(fresh=False)
    (folder / "half").write_text("half")
    assert claim(fresh=False) == (folder, False)
    assert not (folder / "half").exists()


@pytest.mark.parametrize("fresh", [False, True])
def test_a_folder_that_holds_anything_else_is_refused_and_left_alone(
    folder: Path, fresh: bool
) -> None:
    folder.mkdir()
    (folder / "icb.sqlite3").write_text("real books")
    with pytest.raises(Refused, match="holds no demo") as refused:
        claim(fresh=fresh)
    assert refused.value.code == "not_a_demo_folder"
    assert [path.name for path in folder.iterdir()] == ["icb.sqlite3"]


def test_an_empty_folder_is_taken(folder: Path) -> None:
    folder.mkdir()
    assert claim(fresh=True) == (folder, False)


def test_a_database_outside_the_folder_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ICB_DATABASE_URL", "postgresql://books@localhost/books")
    with pytest.raises(Refused, match="ICB_DATABASE_URL"):
        claim(fresh=True)
    assert not folder.exists()
