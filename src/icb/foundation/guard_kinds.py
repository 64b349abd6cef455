"""The kinds of guards, written once for both databases.

A condition says what is refused. It is SQL that both understand, with `{new}` and `{old}` for the
row; `IS [NOT] DISTINCT FROM` compares where there may be nothing. Checks of new rows run after the
insert: per row on SQLite, once per statement on PostgreSQL, over the table `fresh` of its rows, so
that they cost little on bulk writes. They must be answerable from an index.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from icb.foundation.canonical import digest
from icb.foundation.guards import Guard, Trigger


class Rule(NamedTuple):
    """What is refused: in which table, under which condition, and how that is said."""

    table: str
    when: str
    says: str


def insert_only(table: str, *, says: str) -> Guard:
    """No row of the table changes or goes: no update, delete, replace or truncate."""
    name = f"guard_{table}_is_final"
    return Guard(
        name,
        table,
        sqlite=(
            _sqlite_row(f"{name}_update", "BEFORE UPDATE", table, says=says),
            _sqlite_row(f"{name}_delete", "BEFORE DELETE", table, says=says),
        ),
        postgresql=(
            _postgresql_row(f"{name}_row", name, "BEFORE DELETE OR UPDATE", table=table),
            _postgresql_truncate(f"{name}_all", name, table=table),
        ),
        body=f"BEGIN {_raise(name, says)} END",
    )


def never_deleted(table: str, *, says: str) -> Guard:
    """Rows of the table may change, but none goes."""
    name = f"guard_{table}_stays"
    return Guard(
        name,
        table,
        sqlite=(_sqlite_row(name, "BEFORE DELETE", table, says=says),),
        postgresql=(
            _postgresql_row(f"{name}_row", name, "BEFORE DELETE", table=table),
            _postgresql_truncate(f"{name}_all", name, table=table),
        ),
        body=f"BEGIN {_raise(name, says)} END",
    )


def refuse_update(name: str, *, rule: Rule) -> Guard:
    """An update of a row is refused where the condition over {old} and {new} holds."""
    name, (table, when, says) = f"guard_{name}", rule
    return Guard(
        name,
        table,
        sqlite=(
            _sqlite_row(
                name, "BEFORE UPDATE", table, says=says, when=when.format(old="OLD", new="NEW")
            ),
        ),
        postgresql=(_postgresql_row(f"{name}_row", name, "BEFORE UPDATE", table=table),),
        body=f"BEGIN IF {when.format(old='OLD', new='NEW')} THEN {_raise(name, says)} END IF; "
        "RETURN NEW; END",
    )


def refuse_removal(name: str, *, rule: Rule) -> Guard:
    """A row does not go where the condition over {old} holds."""
    name, (table, when, says) = f"guard_{name}", rule
    when = when.format(old="OLD")
    return Guard(
        name,
        table,
        sqlite=(_sqlite_row(name, "BEFORE DELETE", table, says=says, when=when),),
        postgresql=(
            _postgresql_row(f"{name}_row", name, "BEFORE DELETE", table=table),
            _postgresql_truncate(f"{name}_all", name, table=table),
        ),
        body=(
            f"BEGIN IF TG_OP = 'TRUNCATE' THEN {_raise(name, says)} END IF; "
            f"IF {when} THEN {_raise(name, says)} END IF; RETURN OLD; END"
        ),
    )


def frozen_columns(table: str, *, columns: Sequence[str], says: str) -> Guard:
    """These columns keep the value that their row was made with."""
    return refuse_update(f"{table}_keeps_identity", rule=Rule(table, changed(columns), says))


def refuse_new_rows(name: str, *, rule: Rule, updates_too: bool = False, lock: str = "") -> Guard:
    """A new row is refused where the condition over {new} holds; it is in the table by then.

    `updates_too`: a change of a column that the condition names is checked as well. `lock` names
    an advisory lock that PostgreSQL takes first, so that two transactions that cannot see each
    other's rows check in turn; with `shared:` before the name, those that do so do not wait for
    each other.
    """
    name, (table, when, says) = f"guard_{name}", rule
    row = when.format(new="NEW")
    sqlite = [_sqlite_row(f"{name}_insert", "AFTER INSERT", table, says=says, when=row)]
    postgresql = [_postgresql_fresh(f"{name}_insert", name, "AFTER INSERT", table=table)]
    if updates_too:
        named = sorted(set(re.findall(r"\{new\}\.(\w+)", when)))
        columns = ", ".join(f'"{column}"' for column in named)
        event = f"AFTER UPDATE OF {columns}"
        sqlite.append(_sqlite_row(f"{name}_update", event, table, says=says, when=row))
        postgresql.append(_postgresql_fresh(f"{name}_update", name, "AFTER UPDATE", table=table))
    check = f"IF EXISTS (SELECT 1 FROM fresh WHERE {when.format(new='fresh')}) THEN"
    body = f"BEGIN {_waiting(lock)}{check} {_raise(name, says)} END IF; RETURN NULL; END"
    return Guard(name, table, sqlite=tuple(sqlite), postgresql=tuple(postgresql), body=body)


def changed(columns: Sequence[str]) -> str:
    """The condition that an update changes one of the columns."""
    return " OR ".join(f"{{old}}.{column} IS DISTINCT FROM {{new}}.{column}" for column in columns)


def days_overlap(one: str, *, other: str) -> str:
    """The condition that two rows' days meet: ends are inclusive, nothing means without end."""
    return (
        f"({one}.starts_on IS NULL OR {other}.ends_on IS NULL "
        f"OR {one}.starts_on <= {other}.ends_on) "
        f"AND ({other}.starts_on IS NULL OR {one}.ends_on IS NULL "
        f"OR {other}.starts_on <= {one}.ends_on)"
    )


def _sqlite_row(name: str, event: str, table: str, *, says: str, when: str = "") -> Trigger:
    # Older SQLite libraries know the comparison only under its own name.
    when = when.replace("IS NOT DISTINCT FROM", "IS").replace("IS DISTINCT FROM", "IS NOT")
    condition = f" WHEN {when}" if when else ""
    text = _quoted(f"{name}: {says}")
    return Trigger(
        name,
        f'CREATE TRIGGER "{name}" {event} ON "{table}" FOR EACH ROW{condition} '
        f"BEGIN SELECT RAISE(ABORT, {text}); END",
    )


# The statements below are written as PostgreSQL itself prints them, to be compared with that.


def _postgresql_row(name: str, function: str, event: str, *, table: str) -> Trigger:
    return Trigger(
        name, f"CREATE TRIGGER {name} {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
    )


def _postgresql_truncate(name: str, function: str, *, table: str) -> Trigger:
    return Trigger(
        name,
        f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
        f"EXECUTE FUNCTION {function}()",
    )


def _postgresql_fresh(name: str, function: str, event: str, *, table: str) -> Trigger:
    return Trigger(
        name,
        f"CREATE TRIGGER {name} {event} ON {table} REFERENCING NEW TABLE AS fresh "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
    )


def _raise(name: str, says: str) -> str:
    text = _quoted(f"{name}: {says}")
    return f"RAISE EXCEPTION USING MESSAGE = {text}, ERRCODE = 'integrity_constraint_violation';"


def _waiting(lock: str) -> str:
    if not lock:
        return ""
    taken = (
        "pg_advisory_xact_lock_shared" if lock.startswith("shared:") else "pg_advisory_xact_lock"
    )
    sealed = bytes.fromhex(digest(f"icb:guard:{lock.removeprefix('shared:')}")[:16])
    return f"PERFORM {taken}({int.from_bytes(sealed, 'big', signed=True)}); "


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
