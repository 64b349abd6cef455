"""Move the fragments of changelog.d into CHANGELOG.md.

Called as `python -m dev.changelog 0.2.0 2026-12-31`. Each kind becomes a heading and
each fragment a point under it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("added", "changed", "fixed", "removed", "security")
PLACE = "<!-- releases -->\n"


def main(arguments: Sequence[str]) -> int:
    """Write the section of one version and delete its fragments."""
    version, day = arguments
    fragments = sorted(path for path in (ROOT / "changelog.d").glob("*.md") if is_fragment(path))
    if not fragments:
        print("changelog.d holds no fragment: there is nothing to release")
        return 1
    texts = {path.name: path.read_text("utf-8") for path in fragments}
    changelog = ROOT / "CHANGELOG.md"
    new = released(
        changelog.read_text("utf-8"), texts=texts, version=version, day=date.fromisoformat(day)
    )
    changelog.write_text(new, "utf-8")
    for path in fragments:
        path.unlink()
    return 0


def is_fragment(path: Path) -> bool:
    """Whether a file is a fragment: named `<what-changed>.<kind>.md`."""
    parts = path.name.split(".")
    return len(parts) == 3 and parts[1] in KINDS


def released(changelog: str, *, texts: dict[str, str], version: str, day: date) -> str:
    """The changelog with one more version on top; `texts` maps fragment names to their text."""
    sections = [f"## {version} ({day.isoformat()})\n"]
    for kind in KINDS:
        lines = [text for name, text in sorted(texts.items()) if name.split(".")[1] == kind]
        if lines:
            points = "\n".join("- " + "\n  ".join(text.strip().splitlines()) for text in lines)
            sections.append(f"### {kind.capitalize()}\n\n{points}\n")
    before, place, after = changelog.partition(PLACE)
    if not place:
        raise ValueError(f"CHANGELOG.md has lost its line {PLACE.strip()}: put it back")
    return before + place + "\n" + "\n".join(sections) + after


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
