"""Watched folders: a file of counts that was put there and stopped growing is taken.

A taken file is moved to `taken/`, a refused one to `refused/` with a text that says why. Until it
was moved it stays where it is; taking it twice changes nothing.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from icb.exchange.count_files.actions import take_file
from icb.exchange.count_files.sheets import LARGEST_FILE, BadFile, bad_file
from icb.foundation.jobs import JobContext, JobRow
from icb.hub.actions import FileRefused
from icb.hub.queries import watched_sources
from icb.kernel import clock
from icb.kernel.errors import IcbError

QUIET_SECONDS = 10
TAKEN, REFUSED = "taken", "refused"
_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")

Signature = tuple[int, int]
_seen: dict[Path, Signature] = {}


class Polled(NamedTuple):
    """What became of a file in a watched folder: taken, unchanged, refused or waiting."""

    connection: str
    name: str
    state: str
    message: str = ""


def poll_folders(
    *, quiet_seconds: int = QUIET_SECONDS, seen: dict[Path, Signature] | None = None
) -> list[Polled]:
    """Take what lies in the provider's watched folders; what became of each file, by name.

    A file is taken when it was not written to for `quiet_seconds` and is what it was at the last
    look; `seen` holds those looks. What cannot be done now is left for the next time.
    """
    looks = _seen if seen is None else seen
    found: list[Polled] = []
    for source in watched_sources():
        folder = Path(source.folder)
        if not folder.is_dir():
            missing = f"The folder {folder} is not there. Make it, or name another one."
            found.append(Polled(source.connection, folder.name, "waiting", missing))
            continue
        for path in _files(folder):
            if _is_settled(path, looks=looks, quiet_seconds=quiet_seconds):
                found.append(_take(source.connection, path))
                looks.pop(path, None)
    return found


def run_folders(job: JobRow, *, context: JobContext) -> None:
    """The job that looks into the watched folders of a provider."""
    found = poll_folders()
    states = Counter(one.state for one in found)
    context.progress({**states})


def watch_once() -> list[Polled]:
    """Look at the folders once, for people: what was not written to for a moment is taken."""
    seen = {
        path: _signature(path)
        for source in watched_sources()
        if Path(source.folder).is_dir()
        for path in _files(Path(source.folder))
    }
    return poll_folders(seen=seen, quiet_seconds=1)


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        is_hidden = path.name.startswith((".", "~"))
        if is_hidden or path.name.lower().endswith(_UNFINISHED) or path.is_symlink():
            continue
        if path.is_file():
            yield path


def _signature(path: Path) -> Signature:
    found = path.stat()
    return (found.st_size, found.st_mtime_ns)


def _is_settled(path: Path, *, looks: dict[Path, Signature], quiet_seconds: int) -> bool:
    try:
        signature = _signature(path)
    except OSError:
        return False
    before, looks[path] = looks.get(path), signature
    age = int(clock.now().timestamp()) - signature[1] // 1_000_000_000
    return before == signature and age >= quiet_seconds


def _take(connection: str, path: Path) -> Polled:
    """Take a copy, so that nobody writes to what is read; then move the file away."""
    with tempfile.TemporaryDirectory(prefix="icb-") as folder:
        copy = Path(folder) / path.name
        try:
            before = _signature(path)
            if before[0] > LARGEST_FILE:
                raise bad_file(
                    path.name, message=f"it has {before[0]:,} bytes; at most {LARGEST_FILE:,}"
                )
            shutil.copyfile(path, copy)
            if _signature(path) != before:
                return Polled(connection, path.name, "waiting", "It is still being written.")
            outcome = take_file(connection, path=copy)
        except (BadFile, FileRefused) as refused:
            _refuse(path, refused)
            return Polled(connection, path.name, REFUSED, refused.message)
        except (IcbError, OSError) as error:
            # Not the file's fault: no profile yet, no permission, a busy database, a full disk.
            return Polled(connection, path.name, "waiting", str(error))
    _move(path, to=TAKEN)
    return Polled(connection, path.name, outcome.state)


def _refuse(path: Path, refused: BadFile | FileRefused) -> None:
    moved = _move(path, to=REFUSED)
    lines = [refused.message, *(f"- {problem}" for problem in _in_words(refused))]
    moved.with_name(f"{moved.name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _in_words(refused: BadFile | FileRefused) -> list[str]:
    if isinstance(refused, BadFile):
        return [str(problem) for problem in refused.found]
    return [problem.message for problem in refused.found]


def _move(path: Path, *, to: str) -> Path:
    """Move a file into a folder beside it, under a name that is free there."""
    folder = path.parent / to
    folder.mkdir(exist_ok=True)
    target, number = folder / path.name, 1
    while target.exists() or target.with_name(f"{target.name}.txt").exists():
        number += 1
        target = folder / f"{path.stem}-{number}{path.suffix}"
    return path.rename(target)
