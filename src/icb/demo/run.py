"""`icb demo`: a provider, a year of counts from CSV files, and the main job month by month."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

from icb.demo.folder import claim, finish

# The one wiring place stands above the demo and is therefore named, as Django's settings are.
_WIRING = "icb.config.setup"
OWNER = "demo"


def run(*, fresh: bool = False, serve: bool = False) -> None:
    """Load the demo unless it is there, and print what came of it.

    Raises Refused for a folder that is not a demo's (see `folder.claim`). With `serve` answers on
    the network afterwards.
    """
    folder, is_there = claim(fresh=fresh)
    os.environ["ICB_USER"] = OWNER
    wiring = importlib.import_module(_WIRING)
    wiring.setup()
    wiring.open_database()
    from icb.demo.play import play
    from icb.demo.summary import print_summary

    seconds = None if is_there else play(folder)
    if not is_there:
        finish(folder)
    print_summary(folder=_shown(folder), seconds=seconds)
    if serve:
        importlib.import_module("icb.cli.serve").serve()


def _shown(folder: Path) -> Path:
    """The folder as a person would type it."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder
