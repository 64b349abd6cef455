"""`icb demo`: a provider, a year of counts from CSV files, and the main job month by month."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from icb.demo.cast import OWNER
from icb.demo.folder import claim, finish


def run(*, open_books: Callable[[], None], fresh: bool = False) -> None:
    """Load the demo unless it is there, and print what came of it.

    `open_books` loads the apps and opens the database in the folder that is then set, made new
    where it is not there. Raises Refused for a folder that is not a demo's (see `folder.claim`).
    """
    folder, is_there = claim(fresh=fresh)
    os.environ["ICB_USER"] = OWNER
    open_books()
    from icb.demo.play import play
    from icb.demo.summary import print_summary

    seconds = None if is_there else play(folder)
    if not is_there:
        finish(folder)
    print_summary(folder=_shown(folder), seconds=seconds)


def _shown(folder: Path) -> Path:
    """The folder as a person would type it."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder
