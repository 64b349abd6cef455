"""How the two databases are opened: safe against a power cut, alike in what they accept."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from icb.kernel.errors import Broken, InvalidInput

BUSY_SECONDS = 20
# A connection serves the requests of its thread for so long: opening one reads the whole schema
# and begins with an empty cache.
KEPT_SECONDS = 60

# FULL: a commit that was answered survives a power cut (NORMAL loses it in WAL mode).
# recursive_triggers: without it INSERT OR REPLACE passes the guards unseen.
SQLITE_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "recursive_triggers": 1,
    "foreign_keys": 1,
    "temp_store": 2,
    "cache_size": -65536,
}

DURABLE_SETTINGS = ("fsync", "full_page_writes", "synchronous_commit")

_POSTGRESQL_SCHEMES = ("postgresql", "postgres")


def database_settings(url: str, *, data_dir: Path) -> dict[str, Any]:
    """Django's description of the database that `url` names; empty: SQLite in the data folder.

    Raises InvalidInput for a URL of another kind.
    """
    if not url:
        return _sqlite(str(data_dir / "icb.sqlite3"))
    parts = urlsplit(url)
    if parts.scheme == "sqlite" and not parts.netloc and len(parts.path) > 1:
        # sqlite:///name is relative to the working folder, sqlite:////name is not.
        return _sqlite(unquote(parts.path[1:]))
    if parts.scheme in _POSTGRESQL_SCHEMES and len(parts.path) > 1:
        return _postgresql(url)
    raise InvalidInput(
        field="ICB_DATABASE_URL",
        message="ICB_DATABASE_URL: this names neither an SQLite file nor a PostgreSQL database. "
        "Nothing was started. Write sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME.",
    )


def _sqlite(name: str) -> dict[str, Any]:
    pragmas = "".join(f"PRAGMA {name} = {value};" for name, value in SQLITE_PRAGMAS.items())
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "CONN_MAX_AGE": KEPT_SECONDS,
        "OPTIONS": {
            # Writers queue at the start of a transaction; a reader that turned into a writer
            # halfway would fail at once instead.
            "transaction_mode": "IMMEDIATE",
            "timeout": BUSY_SECONDS,
            "init_command": pragmas,
        },
    }


def _postgresql(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    host = query.pop("host", "") or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or query.pop("user", "")),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or query.pop("port", "")),
        "CONN_MAX_AGE": KEPT_SECONDS,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**query, "options": "-c synchronous_commit=on -c timezone=UTC"},
    }


def durability_problems() -> list[str]:
    """What this connection lacks to keep, through a power cut, whatever it said it stored."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            wanted = {name: str(value) for name, value in SQLITE_PRAGMAS.items()}
            ask = "PRAGMA {}"
        else:
            wanted = dict.fromkeys(DURABLE_SETTINGS, "on")
            ask = "SELECT current_setting('{}')"
        found = {}
        for name in wanted:
            cursor.execute(ask.format(name))
            found[name] = str(cursor.fetchone()[0])
    return [
        f"{name} is {found[name]}, not {value}"
        for name, value in wanted.items()
        if found[name] != value
    ]


def check_durability() -> None:
    """Raise Broken where the database may lose what it said it stored."""
    problems = durability_problems()
    if problems:
        raise Broken(
            "not_durable",
            f"The database could lose what it stored: {'; '.join(problems)}. Nothing was changed. "
            "Set it so on the database server, or open the data folder on a local disk.",
        )
