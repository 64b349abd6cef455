"""What writing the same rows costs: the measure that the stages of the benchmark are held to.

A yardstick writes once more what a stage has written: the same rows with all their columns, with
executemany on SQLite and COPY on PostgreSQL, in as many durable transactions as the stage had.
It does so twice: into tables of the same schema (types, checks, keys, indexes, references to
other tables), which lack only the guards; and into bare ones, which have nothing but columns.

Rows that a stage changed, removed, or wrote and removed again are not written again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection, models
from django.db.transaction import atomic

from icb.foundation.bulk import CHUNK_ROWS, execute, fetch

_TIMES = 3
_PREFIX = "yardstick_"

Ids = dict[str, list[int]]


class Yardstick(NamedTuple):
    """How many rows a stage wrote, and the seconds to write them again."""

    rows: int
    same_schema: float
    bare: float


def newest_ids() -> dict[str, int]:
    """The highest id in each table now."""
    tables = [
        model._meta.db_table
        for model in apps.get_models()
        if isinstance(model._meta.pk, models.IntegerField)
    ]
    return {table: fetch(f'SELECT COALESCE(MAX(id), 0) FROM "{table}"')[0][0] for table in tables}


def measure_again(*, before: Mapping[str, int], commits: int) -> Yardstick:
    """Write again what was written since `before` (as `newest_ids`), in so many transactions."""
    written = {
        table: [
            row[0]
            for row in fetch(f'SELECT id FROM "{table}" WHERE id > %s ORDER BY id', [before[table]])
        ]
        for table, newest in newest_ids().items()
        if newest > before[table]
    }
    return Yardstick(
        rows=sum(map(len, written.values())),
        same_schema=_median(written, commits, bare=False),
        bare=_median(written, commits, bare=True),
    )


def _median(written: Ids, commits: int, *, bare: bool) -> float:
    return median(_seconds(written, commits, bare=bare) for _ in range(_TIMES))


def _seconds(written: Ids, commits: int, *, bare: bool) -> float:
    """How long the writing takes; reading the rows beforehand, some at a time, is not counted."""
    parts, reading = max(commits, 1), 0.0
    with ExitStack() as stack:
        for table in written:
            stack.enter_context(_copy_of(table, bare=bare))
        began = time.perf_counter()
        for part in range(parts):
            with atomic():
                for table, first, last in _spans(written, part, parts):
                    asked = time.perf_counter()
                    rows = fetch(
                        f'SELECT * FROM "{table}" WHERE id BETWEEN %s AND %s ORDER BY id',
                        [first, last],
                    )
                    reading += time.perf_counter() - asked
                    _write(table, rows)
        return time.perf_counter() - began - reading


def _spans(written: Ids, part: int, parts: int) -> Iterator[tuple[str, int, int]]:
    """The rows of one of so many parts: tables with a first and a last id, some rows at a time."""
    for table, ids in written.items():
        own = ids[part * len(ids) // parts : (part + 1) * len(ids) // parts]
        for at in range(0, len(own), CHUNK_ROWS):
            chunk = own[at : at + CHUNK_ROWS]
            yield table, chunk[0], chunk[-1]


@contextmanager
def _copy_of(table: str, *, bare: bool) -> Iterator[None]:
    """An empty table beside `table`, of the same schema or with nothing but the columns."""
    if bare:
        statements = [f'CREATE TABLE "{_PREFIX}{table}" AS SELECT * FROM "{table}" WHERE id < 0']
    elif connection.vendor == "postgresql":
        statements = list(_postgresql_schema(table))
    else:
        statements = list(_sqlite_schema(table))
    for statement in statements:
        execute(statement)
    try:
        yield
    finally:
        execute(f'DROP TABLE "{_PREFIX}{table}"')


def _sqlite_schema(table: str) -> Iterator[str]:
    """The statements that made the table and its indexes, under other names."""
    for kind, name, sql in fetch(
        "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL "
        "AND type IN ('table', 'index') ORDER BY type DESC",
        [table],
    ):
        named = (
            sql if kind == "table" else re.sub(rf'"?{name}"?', f'"{_PREFIX}{name}"', sql, count=1)
        )
        yield re.sub(rf'(TABLE|ON) "?{table}"?', rf'\1 "{_PREFIX}{table}"', named, count=1)


def _postgresql_schema(table: str) -> Iterator[str]:
    yield f'CREATE TABLE "{_PREFIX}{table}" (LIKE "{table}" INCLUDING ALL)'
    for (reference,) in fetch(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = %s::regclass AND contype = 'f'",
        [f'"{table}"'],
    ):
        yield f'ALTER TABLE "{_PREFIX}{table}" ADD {reference}'


def _write(table: str, rows: list[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{_PREFIX}{table}" FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(rows[0]))
            cursor.executemany(f'INSERT INTO "{_PREFIX}{table}" VALUES ({places})', rows)
