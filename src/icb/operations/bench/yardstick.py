"""What writing the same rows costs bare: no rule, no guard, no index, one durable transaction."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.transaction import atomic

from icb.foundation.bulk import execute, fetch


def newest_ids(tables: Iterable[str]) -> dict[str, int]:
    """The highest id in each table now."""
    return {table: fetch(f'SELECT COALESCE(MAX(id), 0) FROM "{table}"')[0][0] for table in tables}


def write_again(table: str, *, after: int) -> float:
    """Seconds to write the table's rows with a higher id once more, into a bare copy of it.

    With executemany on SQLite and COPY on PostgreSQL, as fast as the driver can.
    """
    rows = fetch(f'SELECT * FROM "{table}" WHERE id > %s', [after])
    if not rows:
        return 0.0
    execute(f'CREATE TABLE yardstick AS SELECT * FROM "{table}" WHERE id < 0')
    try:
        began = time.perf_counter()
        with atomic():
            _write(rows)
        return time.perf_counter() - began
    finally:
        execute("DROP TABLE yardstick")


def _write(rows: list[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy("COPY yardstick FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(rows[0]))
            cursor.executemany(f"INSERT INTO yardstick VALUES ({places})", rows)
