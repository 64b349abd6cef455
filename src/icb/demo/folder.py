"""Where the demo lives: a folder with a mark, so that it is never laid over real books."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from icb.foundation.environment import read_environment
from icb.kernel.errors import Refused

DEFAULT = "demo-data"
_MARK = "icb-demo.json"


def claim(*, fresh: bool) -> tuple[Path, bool]:
    """The folder of the demo, and whether a finished demo is in it.

    ICB_DATA_DIR where set, else ./demo-data. An unfinished demo, and with `fresh` a finished one,
    is removed to start over. Raises Refused for a folder that holds anything but a demo, and
    where a database outside the folder is set.
    """
    os.environ.setdefault("ICB_DATA_DIR", DEFAULT)
    environment = read_environment()
    if environment.database_url:
        raise Refused(
            "demo_needs_its_folder",
            "The demo keeps its own database in its folder, but ICB_DATABASE_URL names another. "
            "Nothing was done. Unset ICB_DATABASE_URL for this command.",
        )
    folder = environment.data_dir
    state = _state(folder)
    if state is None and folder.exists() and any(folder.iterdir()):
        raise Refused(
            "not_a_demo_folder",
            f"{folder} is not empty and holds no demo. Nothing was changed. Name an empty or new "
            "folder in ICB_DATA_DIR.",
        )
    if state == "finished" and not fresh:
        return folder, True
    if state is not None:
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _set_state(folder, "begun")
    return folder, False


def is_marked(folder: Path) -> bool:
    """Whether a demo lives, or is being made, in the folder."""
    return (folder / _MARK).is_file()


def finish(folder: Path) -> None:
    """Say that the demo is whole."""
    _set_state(folder, "finished")


def _state(folder: Path) -> str | None:
    try:
        return str(json.loads((folder / _MARK).read_text(encoding="utf-8"))["demo"])
    except FileNotFoundError:
        return None


def _set_state(folder: Path, state: str) -> None:
    path = folder / _MARK
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps({"demo": state}) + "\n", encoding="utf-8")
    draft.replace(path)
