"""Backs an installation up into one file: database, documents, fonts and keys."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from icb import __version__
from icb.foundation.scope import every_provider
from icb.foundation.secrets import key_ring
from icb.invoicing.models import ElectronicFile, Rendering
from icb.kernel import clock
from icb.operations.archive import new_archive
from icb.operations.database_copy import copy_database

KEY_FILES = ("data-keys", "secret-key")
FOLDERS = ("documents", "fonts")


class BackUp(NamedTuple):
    """What a backup holds: how many files and bytes, and what it should hold and does not."""

    path: Path
    files: int
    size: int
    problems: list[str]


def back_up(path: Path) -> BackUp:
    """Write everything of this installation into a new file, while it is in use.

    The file is there when it is whole, and not before. The database is copied first, as of one
    moment; a rendering is recorded after its file was written, so every document of the copy has
    its file. Keys that the environment gives are not in the backup: whoever gave them keeps them.
    Raises Refused where the file is there already or cannot be written.
    """
    path = path.absolute()
    problems: list[str] = []
    with new_archive(path) as archive, _working_folder(path.parent) as folder:
        copy = copy_database(Path(folder))
        archive.add(copy.file.name, source=copy.file)
        for name in _kept_files(problems):
            archive.add(name, source=Path(settings.DATA_DIR, name))
        for name in _kept_keys():
            archive.add(f"keys/{name}", source=Path(settings.DATA_DIR, name))
        archive.finish({**copy.facts, **_about()})
    return BackUp(path, len(archive.files), path.stat().st_size, problems)


def key_names() -> list[str]:
    """The names of the keys that seal this installation's secrets; the keys themselves are not
    told."""
    return list(key_ring().keys)


def _about() -> dict[str, object]:
    return {
        "version": __version__,
        "made_at": clock.now().isoformat(),
        "key_names": key_names(),
    }


def _working_folder(beside: Path) -> tempfile.TemporaryDirectory[str]:
    """A folder for the copy of the database, where the backup will need the room anyway."""
    return tempfile.TemporaryDirectory(prefix=".icb-backup-", dir=beside)


def _kept_files(problems: list[str]) -> Iterator[str]:
    """The documents that are recorded, and the fonts somebody added, below the data folder."""
    root = Path(settings.DATA_DIR)
    with every_provider():
        recorded = [
            path
            for kind in (Rendering, ElectronicFile)
            for path in kind.objects.order_by("pk").values_list("path", flat=True)
        ]
    for name in recorded:
        if (root / name).is_file():
            yield name
        else:
            problems.append(f"{name} is missing from the data folder, and from the backup.")
    fonts = (path for path in sorted((root / "fonts").rglob("*")) if path.is_file())
    yield from (path.relative_to(root).as_posix() for path in fonts)


def _kept_keys() -> Iterator[str]:
    given = {
        "data-keys": settings.ENVIRONMENT.data_keys,
        "secret-key": settings.ENVIRONMENT.secret_key,
    }
    for name in KEY_FILES:
        if not given[name] and Path(settings.DATA_DIR, name).is_file():
            yield name
