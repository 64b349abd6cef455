"""Brings a backup back, into an installation that is empty.

Everything is unpacked and checked beside the data folder's files first. The database comes last:
as long as it is not in its place, nothing was restored.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from icb.foundation import audit
from icb.foundation.accounts import end_every_session
from icb.foundation.actor import acting_as_system
from icb.foundation.guards import check_guards
from icb.foundation.providers import providers
from icb.foundation.scope import in_provider
from icb.kernel.errors import Refused
from icb.operations.archive import sync_folder, unpack
from icb.operations.backup import FOLDERS, KEY_FILES, key_names
from icb.operations.database_copy import POSTGRESQL_NAME, SQLITE_NAME, run_program

_LOCK = "UPDATE provider SET issuing_locked = true"


class Restored(NamedTuple):
    """What was restored. `last_numbers` are the last numbers known, per provider and series."""

    made_at: str
    is_demo: bool
    last_numbers: dict[str, dict[str, int]]


def restore(path: Path) -> Restored:
    """Bring a backup back into this installation, which must be empty; issuing is then locked.

    Numbers that were issued after the backup are not known any more. A person enters the last
    number of each series to go on (`unlock_issuing`), and the numbers between are recorded as
    lost. Raises Refused where the installation is not empty, the backup is broken, of an unknown
    version or of another database, or keys are missing. Then nothing was restored.
    """
    _refuse_non_empty()
    root = Path(settings.DATA_DIR)
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=root) as name:
        staged = Path(name)
        facts = unpack(path, into=staged)
        _check_fits(facts, staged)
        if connection.vendor == "sqlite":
            _lock_sqlite(staged / SQLITE_NAME)
        _put_files(staged, root)
        if connection.vendor == "sqlite":
            _put_sqlite(staged / SQLITE_NAME)
        else:
            _load_postgresql(staged)
    _bring_up_to_date()
    end_every_session()
    _record(facts)
    return Restored(
        facts["made_at"],
        facts["is_demo"],
        {each["key"]: each["last_numbers"] for each in facts["providers"]},
    )


def _refuse_non_empty() -> None:
    documents = Path(settings.DATA_DIR, "documents")
    has_documents = any(file.is_file() for file in documents.rglob("*"))
    if has_documents or not _is_empty_database():
        what = f"there are files in {documents}" if has_documents else "its database has tables"
        raise Refused(
            "not_empty",
            f"A backup is restored into an empty installation only, and here {what}. Nothing was "
            "changed. Name a new data folder with ICB_DATA_DIR and, on PostgreSQL, a new database "
            "with ICB_DATABASE_URL.",
        )


def _is_empty_database() -> bool:
    if connection.vendor == "sqlite":
        file = Path(connection.settings_dict["NAME"])
        if not file.exists() or file.stat().st_size == 0:
            return True
    return not connection.introspection.table_names()


def _check_fits(facts: Mapping[str, Any], staged: Path) -> None:
    """Refused where this program, database or set of keys cannot work with the backup."""
    if facts["vendor"] != connection.vendor:
        raise Refused(
            "other_database",
            f"The backup is of {facts['vendor']} and this installation uses {connection.vendor}. "
            "Nothing was restored. Set ICB_DATABASE_URL to the same kind of database.",
        )
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    unknown = [name for name in facts["migrations"] if name not in known]
    if unknown:
        raise Refused(
            "newer_backup",
            f"The backup was made by ICB {facts['version']}, which has tables that this version "
            f"does not know ({unknown[0]}). Nothing was restored. Install that version or a later "
            "one.",
        )
    _check_keys(facts, staged)
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(staged / SQLITE_NAME)) as database:
            said = database.execute("PRAGMA quick_check").fetchall()
        if said != [("ok",)]:
            raise Refused(
                "broken_database",
                "The database in the backup is damaged, and was so when it was backed up. Nothing "
                "was restored. Use an older backup.",
            )


def _check_keys(facts: Mapping[str, Any], staged: Path) -> None:
    """The keys that sealed the secrets are in the backup, or given by the environment."""
    if not settings.ENVIRONMENT.data_keys and (staged / "keys" / "data-keys").is_file():
        return
    missing = sorted(set(facts["key_names"]) - set(key_names()))
    if missing:
        raise Refused(
            "keys_missing",
            f"The secrets in the backup are sealed with {', '.join(missing)}, which is not among "
            "the keys here. Nothing was restored. Give the same ICB_DATA_KEYS that the backed up "
            "installation had.",
        )


def _put_files(staged: Path, root: Path) -> None:
    for folder in FOLDERS:
        for file in _files(staged / folder):
            _put(file, root / file.relative_to(staged))
    for name in KEY_FILES:
        kept = staged / "keys" / name
        if kept.is_file():
            _put(kept, root / name)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _put(source: Path, target: Path) -> None:
    """Move a file to its place, so that it is there whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.stat().st_dev != target.parent.stat().st_dev:
        near = target.with_name(f".{target.name}.restored")
        with source.open("rb") as read, near.open("wb") as written:
            shutil.copyfileobj(read, written)
            written.flush()
            os.fsync(written.fileno())
        source = near
    source.replace(target)
    sync_folder(target.parent)


def _lock_sqlite(database: Path) -> None:
    with closing(sqlite3.connect(database)) as restored:
        restored.execute(_LOCK)
        restored.commit()


def _put_sqlite(database: Path) -> None:
    target = Path(connection.settings_dict["NAME"])
    connection.close()
    for beside in ("-wal", "-shm"):
        target.with_name(target.name + beside).unlink(missing_ok=True)
    _put(database, target)


def _load_postgresql(staged: Path) -> None:
    """One transaction: the tables, their rows and the lock, or nothing."""
    script = staged / "database.sql"
    run_program(
        "pg_restore",
        "--no-owner",
        "--no-privileges",
        f"--file={script}",
        str(staged / POSTGRESQL_NAME),
        on_database=False,
    )
    run_program(
        "psql",
        "--no-psqlrc",
        "--quiet",
        "--set=ON_ERROR_STOP=1",
        "--single-transaction",
        f"--file={script}",
        "--command=RESET search_path",
        f"--command={_LOCK}",
    )


def _bring_up_to_date() -> None:
    """Tables of an older version become those of this one; the guards are those declared."""
    call_command("migrate", verbosity=0, interactive=False)
    check_guards()


def _record(facts: Mapping[str, Any]) -> None:
    for provider in providers():
        with in_provider(provider.id), acting_as_system("restore"):
            audit.record(
                "restore",
                subject=provider.key,
                data={"backup_of": facts["made_at"], "version": facts["version"]},
            )
