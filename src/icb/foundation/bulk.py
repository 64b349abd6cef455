"""Set-based reads and writes that go past the ORM, inside the current transaction.

Values are the database's own: millionths and ten-thousandths as whole numbers, texts, dates,
booleans. Both databases answer alike: a plain date or boolean column comes back as a `date` or
`bool`. An expression over dates (min, max, coalesce) must be named for it, on both:
`min(day) AS "first [date]"`. Instants are written with `to_db_instant`, read through the ORM.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import connection, models

from icb.foundation.fields import AMOUNT_SCALE, MICRO_SCALE
from icb.foundation.scope import ScopedModel, provider_id

# SQLite compiles once and steps per row, PostgreSQL streams: the size only bounds memory.
CHUNK_ROWS = 10_000
MOST_PARAMETERS = 30_000  # of one statement; SQLite takes 32,766 of them, PostgreSQL 65,535


def fetch(sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query with %s placeholders. A percent sign in the SQL is written %%."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params))
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def execute(sql: str, params: Sequence[Any] = ()) -> int:
    """Run one writing statement with %s placeholders; how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params))
        touched: int = cursor.rowcount
    return touched


def execute_many(sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run one writing statement for each row of parameters, in as few round trips as can be."""
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(sql, rows)


def execute_values(sql: str, *, rows: Sequence[Sequence[Any]]) -> None:
    """Run `INSERT … VALUES {values} …` for all rows, as many to a statement as SQLite's parameters
    allow.

    For inserts that may meet a row that is there (ON CONFLICT). One row to a statement would be far
    slower in a nested transaction: SQLite keeps what each such statement touched until the outer
    one ends.
    """
    if not rows:
        return
    one = f"({', '.join(['%s'] * len(rows[0]))})"
    at_once = MOST_PARAMETERS // len(rows[0])
    with connection.cursor() as cursor:
        for at in range(0, len(rows), at_once):
            chunk = rows[at : at + at_once]
            values = ", ".join([one] * len(chunk))
            cursor.execute(sql.format(values=values), [cell for row in chunk for cell in row])


def insert_rows(
    model: type[models.Model], *, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Insert rows of database values for the columns named; how many there were.

    `provider_id` is filled from the scope and must not be among the columns. Every other column
    without a database default must be; model defaults do not apply.
    """
    names = [_column(model, name) for name in columns]
    is_scoped = issubclass(model, ScopedModel)
    if is_scoped and "provider_id" in names:
        raise ValueError("provider_id comes from the scope; leave it out of the columns")
    provider = provider_id() if is_scoped else None
    write = _copy if connection.vendor == "postgresql" else _insert_each
    source, count = iter(rows), 0
    while chunk := list(islice(source, CHUNK_ROWS)):
        write(model._meta.db_table, names, rows=chunk, provider=provider)
        count += len(chunk)
    return count


@contextmanager
def keys_checked_meanwhile() -> Iterator[None]:
    """Let PostgreSQL check the foreign keys of what was written while the block computes.

    It would do so at the commit, one row after the other, with nobody doing anything else. The
    block must not ask the database for anything. A key that does not hold raises
    where it ends, or before it begins where the server is that quick.
    """
    if connection.vendor != "postgresql":
        yield
        return
    # In a pipeline the driver sends and does not wait; it does where the block ends.
    with connection.wrap_database_errors, connection.connection.pipeline():
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        yield


def reserve_ids(model: type[models.Model], *, count: int) -> Sequence[int]:
    """Ids for `count` new rows, ascending, that nobody else will be given.

    To be taken in the transaction that uses them. They have gaps where others insert meanwhile.
    """
    table = model._meta.db_table
    if count < 1:
        return range(0)
    if connection.vendor == "postgresql":
        sequence = "pg_get_serial_sequence(%s, 'id')"
        found = fetch(f"SELECT nextval({sequence}) FROM generate_series(1, %s)", [table, count])
        return sorted(row[0] for row in found)
    if not execute("UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s", [count, table]):
        execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, count])
    last = fetch("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])[0][0]
    return range(last - count + 1, last + 1)


def count_rows_anew() -> None:
    """Let the database look at its tables, after very much was written in one transaction.

    PostgreSQL plans by how many rows it found last. What it looked at during the transaction was
    without the new ones, and a plan for an empty table can take hours on a full one. SQLite plans
    without that.
    """
    if connection.vendor == "postgresql":
        execute("ANALYZE")


def ids_in(column: str, *, ids: Iterable[int]) -> tuple[str, list[Any]]:
    """A condition that `column` is one of the ids, and its parameters; any number of ids."""
    numbers = list(ids)
    if connection.vendor == "postgresql":
        # As text: the driver takes each number of a list in hand, ten thousand of them at 5 µs.
        return f"{column} = ANY(%s::bigint[])", [f"{{{str(numbers)[1:-1]}}}"]
    return f"{column} IN (SELECT value FROM json_each(%s))", [str(numbers)]


def texts_in(column: str, *, texts: Iterable[str]) -> tuple[str, list[Any]]:
    """A condition that `column` is one of the texts, and its parameters; any number of texts."""
    wanted = list(texts)
    if connection.vendor == "postgresql":
        return f"{column} = ANY(%s::text[])", [wanted]
    return f"{column} IN (SELECT value FROM json_each(%s))", [json.dumps(wanted)]


def to_db_micro(value: Decimal | int | str) -> int:
    """A count, unit, price or percentage as its column holds it: whole millionths."""
    return _scaled(value, scale=MICRO_SCALE)


def to_db_amount(value: Decimal | int | str) -> int:
    """An amount of money as its column holds it: whole ten-thousandths."""
    return _scaled(value, scale=AMOUNT_SCALE)


def _column(model: type[models.Model], name: str) -> str:
    field = model._meta.get_field(name)
    if not isinstance(field, models.Field) or field.column is None:
        raise ValueError(f"{model.__name__} has no column {name}")
    return field.column


def to_db_instant(value: datetime) -> Any:
    """An instant as its column holds it."""
    return connection.ops.adapt_datetimefield_value(value)


def _scaled(value: Decimal | int | str, *, scale: int) -> int:
    scaled = Decimal(value).scaleb(scale)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{value} has more than {scale} decimals")
    return int(scaled)


def _insert_each(
    table: str, names: Sequence[str], *, rows: list[Sequence[Any]], provider: int | None
) -> None:
    quoted = [f'"{name}"' for name in names]
    places = ["%s"] * len(names)
    if provider is not None:
        # A whole number of our own, written into the statement: no row is copied for it.
        quoted.append('"provider_id"')
        places.append(str(int(provider)))
    with connection.cursor() as cursor:
        cursor.executemany(
            f'INSERT INTO "{table}" ({", ".join(quoted)}) VALUES ({", ".join(places)})', rows
        )


def _copy(
    table: str, names: Sequence[str], *, rows: list[Sequence[Any]], provider: int | None
) -> None:
    columns = [*names, "provider_id"] if provider is not None else names
    quoted = ", ".join(f'"{name}"' for name in columns)
    into = f'COPY "{table}" ({quoted}) FROM STDIN'
    # Unlike execute, copy is the driver's own and raises the driver's own errors.
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(into) as copy:
        for row in rows:
            copy.write_row(row if provider is None else (*row, provider))
