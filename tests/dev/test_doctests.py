"""Worked examples in pages are run, and one that would not be run is an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from dev.doctests import run_page

RIGHT = "# Page\n\n```pycon\n>>> x = 1\n```\n\nText.\n\n```pycon\n>>> x + 1\n2\n```\n"


def test_the_examples_of_a_page_run_in_order(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(RIGHT)
    assert run_page(page) == (0, 2)


def test_a_wrong_result_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text(RIGHT.replace("2\n```", "3\n```"))
    assert run_page(page).failed == 1
    assert "Expected" in capsys.readouterr().out


def test_an_example_outside_a_fence_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text("Text.\n\n    >>> 1 + 1\n    3\n")
    assert run_page(page).failed == 1
    assert "outside a pycon fence" in capsys.readouterr().out
