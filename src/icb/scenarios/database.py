"""A throw-away database in memory, filled from a cached empty one.

Making the tables takes seconds, copying them into memory a few milliseconds. The cache is keyed
by what the tables and guards are made from, so a new version makes its own.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.sqlite3.base import DatabaseWrapper

_SOURCES = ("*/migrations/*.py", "*/constraints.py", "foundation/guard*.py")
# As in use, but for the journal: a database in memory has none, and nothing survives it anyway.
_PRAGMAS = "PRAGMA recursive_triggers = 1; PRAGMA foreign_keys = 1; PRAGMA temp_store = 2;"


@contextmanager
def throw_away_database() -> Iterator[None]:
    """Run the block on an empty, migrated database that is gone afterwards.

    What the process was connected to before is untouched, and connected again at the end.
    """
    wrapper = _in_memory()
    before = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = wrapper
    try:
        _fill(wrapper)
        yield
    finally:
        wrapper.close()
        wrapper.connection = None
        connections[DEFAULT_DB_ALIAS] = before


def _in_memory() -> DatabaseWrapper:
    described = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ":memory:",
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": _PRAGMAS},
    }
    settings = connections.configure_settings({DEFAULT_DB_ALIAS: described})
    return DatabaseWrapper(settings[DEFAULT_DB_ALIAS], DEFAULT_DB_ALIAS)


def _fill(wrapper: DatabaseWrapper) -> None:
    wrapper.ensure_connection()
    name = f"empty-{_fingerprint()}.sqlite3"
    if any(_is_copied(folder / name, wrapper) for folder in _cache_folders()):
        return
    call_command("migrate", verbosity=0, interactive=False)
    _keep(wrapper, name)


def _is_copied(cached: Path, wrapper: DatabaseWrapper) -> bool:
    """Copy the cached database into memory; False where there is none, or a damaged one."""
    if not cached.is_file():
        return False
    try:
        with closing(sqlite3.connect(cached)) as source:
            source.backup(wrapper.connection)
    except sqlite3.Error:
        return False
    return True


def _keep(wrapper: DatabaseWrapper, name: str) -> None:
    """Write the empty database where the next call finds it; without a writable folder, do not."""
    for folder in _cache_folders():
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Written aside and moved into place, so that nobody ever reads half of it.
            with tempfile.TemporaryDirectory(dir=folder) as aside:
                draft = Path(aside) / name
                with closing(sqlite3.connect(draft)) as target:
                    wrapper.connection.backup(target)
                os.replace(draft, folder / name)
        except (OSError, sqlite3.Error):
            continue
        return


def _cache_folders() -> list[Path]:
    """Where the empty database may be kept: the user's cache folder, else a folder of temporaries
    that belongs to the user alone."""
    folders = []
    if base := os.environ.get("XDG_CACHE_HOME"):
        folders.append(Path(base) / "icb")
    elif home := os.environ.get("HOME"):
        folders.append(Path(home) / ".cache" / "icb")
    temporary = Path(tempfile.gettempdir()) / f"icb-{os.getuid()}"
    if not temporary.exists() or temporary.stat().st_uid == os.getuid():
        folders.append(temporary)
    return folders


def _fingerprint() -> str:
    """What the tables are made from: a digest of the migrations and guards."""
    root = Path(__file__).parent.parent
    digest = hashlib.sha256(sqlite3.sqlite_version.encode())
    for pattern in _SOURCES:
        for source in sorted(root.glob(pattern)):
            digest.update(str(source.relative_to(root)).encode())
            digest.update(source.read_bytes())
    return digest.hexdigest()[:16]
