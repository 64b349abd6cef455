"""Links between the house's documents lead somewhere, and the decisions are numbered in a row."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def targets(text: str) -> list[str]:
    """The files that a page links to."""
    outside = ("http:", "https:", "mailto:")
    return [target for target in LINK.findall(text) if not target.startswith(outside)]


def test_links_are_read() -> None:
    text = "see [a](docs/a.md#part), [b](https://example.org) and [c](b.md)"
    assert targets(text) == ["docs/a.md", "b.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file(page: Path) -> None:
    missing = [
        target for target in targets(page.read_text("utf-8")) if not (page.parent / target).exists()
    ]
    assert missing == []


def test_the_decisions_are_numbered_in_a_row() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text("utf-8")
        assert text.startswith(f"# {int(page.name[:4])}. ")
        for heading in ("**Status:**", "## The question", "## The choice", "## What it costs"):
            assert heading in text, f"{page.name} lacks {heading}"
