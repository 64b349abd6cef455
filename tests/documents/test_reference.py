"""The reference says what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from dev import reference


def test_every_page_is_what_the_code_says() -> None:
    assert reference.differences() == [], "run python -m dev.reference"


def test_a_changed_a_missing_and_a_spare_page_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference, "FOLDER", tmp_path)
    assert reference.main([]) == 0
    assert reference.differences() == []
    (tmp_path / "settings.md").write_text("# Other\n")
    (tmp_path / "bundle.md").unlink()
    (tmp_path / "spare.md").touch()
    assert set(reference.differences()) == {"settings.md", "bundle.md", "spare.md"}
    assert reference.main(["--check"]) == 1


def test_a_cell_may_hold_anything() -> None:
    assert reference.line(["a|b", "c\nd"]) == "| a\\|b | c d |"


def test_examples_of_a_help_text_become_one_block() -> None:
    text = "Do it.\n\nExamples:\n\n  icb a\n\n  icb b --c\n"
    assert reference.plain(text) == "Do it.\n\nExamples:\n\n    $ icb a\n    $ icb b --c"
