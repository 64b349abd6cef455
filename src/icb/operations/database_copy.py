"""A copy of the database as of one moment, made while others write, and what stands in it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient

from icb.kernel.errors import NotFound, Refused

Ask = Callable[[str], list[tuple[Any, ...]]]

SQLITE_NAME, POSTGRESQL_NAME = "database.sqlite3", "database.pgdump"

_LAST_EVENTS = """
SELECT e.provider_id, e.sequence, e.hash FROM audit_event e
WHERE e.sequence = (SELECT MAX(x.sequence) FROM audit_event x WHERE x.provider_id = e.provider_id)
"""


class Copy(NamedTuple):
    """The copy's file, and what the backup's list says of it."""

    file: Path
    facts: dict[str, Any]


def has_tables() -> bool:
    """Whether the database was ever set up; asked without making the file of one that is not
    there."""
    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists():
        return False
    return "provider" in connection.introspection.table_names()


def copy_database(folder: Path) -> Copy:
    """Copy the database of this process into a folder.

    Raises NotFound where nothing was set up, and Refused where the programs of PostgreSQL that this
    takes are missing or fail.
    """
    if not has_tables():
        raise NotFound(
            "not_set_up",
            "Nothing is set up here yet, so there is nothing to copy. Nothing was done.",
        )
    if connection.vendor == "postgresql":
        return _dump_postgresql(folder / POSTGRESQL_NAME)
    return _copy_sqlite(folder / SQLITE_NAME)


def _copy_sqlite(target: Path) -> Copy:
    name = str(connection.settings_dict["NAME"])
    with closing(sqlite3.connect(name)) as source, closing(sqlite3.connect(target)) as copy:
        # In one step: the copy is what one reader sees, and no writer waits for it.
        source.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode = delete")  # one file, with no log beside it
        facts = _facts(lambda sql: copy.execute(sql).fetchall())
    return Copy(target, {**facts, "vendor": "sqlite", "server": sqlite3.sqlite_version})


def _dump_postgresql(target: Path) -> Copy:
    """The dump and the facts come from one snapshot."""
    reader = connection.copy()
    try:
        with reader.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SELECT pg_export_snapshot(), current_setting('server_version')")
            snapshot, version = cursor.fetchone()

            def ask(sql: str) -> list[tuple[Any, ...]]:
                cursor.execute(sql)
                rows: list[tuple[Any, ...]] = cursor.fetchall()
                return rows

            facts = {**_facts(ask), "vendor": "postgresql", "server": version}
            run_program(
                "pg_dump",
                "--format=custom",
                "--compress=0",  # the archive is compressed as a whole
                "--no-owner",
                "--no-privileges",
                f"--snapshot={snapshot}",
                f"--file={target}",
            )
    finally:
        reader.close()
    return Copy(target, facts)


def run_program(name: str, *options: str, on_database: bool = True) -> None:
    """Run a program of PostgreSQL's own, on the database of this process.

    Raises Refused where it is missing, and where it fails, with what it said.
    """
    arguments: Sequence[str] = [name]
    environment: dict[str, str] | None = None
    if on_database:
        described, environment = DatabaseClient.settings_to_cmd_args_env(
            connection.settings_dict, []
        )
        arguments = [name, *described[1:]]
    try:
        done = subprocess.run(
            [*arguments, *options],
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise Refused(
            "program_missing",
            f"{name} is not on the PATH. Nothing was done. Install PostgreSQL's client programs, "
            "of the server's version or a later one.",
        ) from error
    if done.returncode:
        raise Refused(
            "program_failed",
            f"{name} failed and nothing was done. It said: {done.stderr.strip()}",
        )


def _facts(ask: Ask) -> dict[str, Any]:
    numbers: dict[int, dict[str, int]] = {}
    for provider, kind, last in ask("SELECT provider_id, kind, next_number - 1 FROM number_series"):
        numbers.setdefault(provider, {})[kind] = last
    seals = {
        provider: {"sequence": number, "hash": seal} for provider, number, seal in ask(_LAST_EVENTS)
    }
    return {
        "is_demo": any(row[0] for row in ask("SELECT is_demo FROM installation")),
        "migrations": sorted(
            f"{app}.{name}" for app, name in ask("SELECT app, name FROM django_migrations")
        ),
        "providers": [
            {"key": key, "last_numbers": numbers.get(row, {}), "audit": seals.get(row)}
            for row, key in ask("SELECT id, key FROM provider ORDER BY id")
        ],
    }
