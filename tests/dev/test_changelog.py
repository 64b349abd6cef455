"""A release takes every fragment into the changelog, under its kind."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from dev.changelog import KINDS, PLACE, is_fragment, released

ROOT = Path(__file__).resolve().parent.parent.parent


def test_a_release_stands_above_the_one_before() -> None:
    first = released(
        "# Changelog\n\n" + PLACE,
        texts={"b.fixed.md": "Repaired.\n", "a.added.md": "New,\nand good.\n"},
        version="0.1.0",
        day=date(2026, 1, 2),
    )
    second = released(first, texts={"c.added.md": "More.\n"}, version="0.2.0", day=date(2026, 2, 3))
    assert "## 0.1.0 (2026-01-02)\n\n### Added\n\n- New,\n  and good.\n\n### Fixed" in first
    assert second.index("## 0.2.0") < second.index("## 0.1.0")


def test_a_changelog_without_its_place_is_refused() -> None:
    with pytest.raises(ValueError, match="put it back"):
        released("# Changelog\n", texts={}, version="1", day=date(2026, 1, 1))


def test_every_fragment_here_has_a_kind() -> None:
    assert PLACE in (ROOT / "CHANGELOG.md").read_text("utf-8")
    others = [path for path in (ROOT / "changelog.d").iterdir() if not is_fragment(path)]
    assert [path.name for path in others] == ["README.md"], f"name it one of {KINDS}"
