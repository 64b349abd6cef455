"""Guards: triggers that hold a rule in the database itself, against every road to a row.

Each app declares its guards in `constraints.py`, built with `guard_kinds`. They are installed
after every migrate, because SQLite loses the triggers of a table that a migration rebuilds, and
compared with what is declared at start-up: a program whose guards are missing does not run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple

from django.apps import apps
from django.db import connection
from django.db.transaction import atomic

from icb.kernel.errors import Broken


class Trigger(NamedTuple):
    """A trigger's name, and the whole statement that creates it."""

    name: str
    statement: str


@dataclass(frozen=True)
class Guard:
    """One rule about one table, as triggers of both databases.

    On PostgreSQL all triggers of the guard call one function, which has its name and `body`.
    """

    name: str
    table: str
    sqlite: tuple[Trigger, ...]
    postgresql: tuple[Trigger, ...]
    body: str

    def triggers(self) -> tuple[Trigger, ...]:
        """The triggers for the database in use."""
        return self.postgresql if connection.vendor == "postgresql" else self.sqlite


class _Installed(NamedTuple):
    """What the database has: statements of triggers, and bodies of functions, by name."""

    triggers: Mapping[str, str]
    bodies: Mapping[str, str]
    tables: Mapping[str, str]  # of each trigger


_PREFIX = "guard_"
_SQLITE_INSTALLED = "SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'trigger'"
# A trigger that was switched off is not there: only O (origin) and A (always) fire.
_POSTGRESQL_INSTALLED = """
SELECT t.tgname, pg_get_triggerdef(t.oid, true), c.relname
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND n.nspname = current_schema() AND t.tgenabled IN ('O', 'A')
"""
_POSTGRESQL_BODIES = """
SELECT p.proname, p.prosrc FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = current_schema() AND p.proname LIKE 'guard\\_%'
"""


def declared_guards() -> list[Guard]:
    """The guards of all apps, in the order of the apps. Broken where two have one name."""
    found: list[Guard] = []
    for app in apps.get_app_configs():
        if find_spec(f"{app.name}.constraints") is not None:
            found.extend(import_module(f"{app.name}.constraints").GUARDS)
    names = [trigger.name for guard in found for trigger in guard.triggers()]
    if len(names) != len(set(names)):
        raise Broken("guard_names", "Two guards declare one trigger name. Rename one of them.")
    return found


def install_guards() -> None:
    """Make the database's guards what the apps declare; those of tables not made yet wait."""
    with atomic():
        tables = set(connection.introspection.table_names())
        guards = [guard for guard in declared_guards() if guard.table in tables]
        installed = _installed()
        wanted = {trigger.name for guard in guards for trigger in guard.triggers()}
        _remove(name for name in installed.triggers if name not in wanted)
        for guard in guards:
            if list(_differences(guard, installed)):
                _install(guard, installed)


def guard_differences() -> list[str]:
    """How the installed guards differ from the declared ones, in words; empty where they do not."""
    installed = _installed()
    guards = declared_guards()
    wanted = {trigger.name for guard in guards for trigger in guard.triggers()}
    found = [words for guard in guards for words in _differences(guard, installed)]
    found.extend(
        f"{name} on {installed.tables[name]} is not declared"
        for name in sorted(set(installed.triggers) - wanted)
    )
    return found


def check_guards() -> None:
    """Raise Broken where the database's guards are not the declared ones."""
    differences = guard_differences()
    if differences:
        raise Broken(
            "guards_differ",
            f"{len(differences)} guards of the database are not as declared, the first: "
            f"{differences[0]}. Nothing was changed. Run icb doctor to see them all, and "
            "icb verify once they are back: rows may have changed meanwhile.",
            differences="; ".join(differences),
        )


def _differences(guard: Guard, installed: _Installed) -> Iterator[str]:
    for name, statement in guard.triggers():
        if name not in installed.triggers:
            yield f"{name} on {guard.table} is missing or switched off"
        elif installed.triggers[name] != statement or installed.tables[name] != guard.table:
            yield f"{name} on {guard.table} is not as declared"
    if connection.vendor == "postgresql" and installed.bodies.get(guard.name) != guard.body:
        yield f"the function {guard.name} of {guard.table} is missing or not as declared"


def _installed() -> _Installed:
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute(_SQLITE_INSTALLED)
            rows, bodies = cursor.fetchall(), {}
        else:
            cursor.execute(_POSTGRESQL_INSTALLED)
            rows = cursor.fetchall()
            cursor.execute(_POSTGRESQL_BODIES)
            bodies = dict(cursor.fetchall())
    return _Installed(
        {name: statement for name, statement, _ in rows},
        bodies,
        {name: table for name, _, table in rows},
    )


def _remove(names: Iterable[str]) -> None:
    """Drop guards of ours that are declared no longer; what others made stays, and is reported."""
    ours = [name for name in names if name.startswith(_PREFIX)]
    with connection.cursor() as cursor:
        for name in ours:
            if connection.vendor == "postgresql":
                cursor.execute(f'DROP FUNCTION IF EXISTS "{name}" CASCADE')
            else:
                cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"')


def _install(guard: Guard, installed: _Installed) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f'CREATE OR REPLACE FUNCTION "{guard.name}"() RETURNS trigger LANGUAGE plpgsql '
                f"AS $guard${guard.body}$guard$"
            )
        for name, statement in guard.triggers():
            if connection.vendor == "postgresql":
                cursor.execute(f'DROP TRIGGER IF EXISTS "{name}" ON "{guard.table}"')
            elif name in installed.triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
            cursor.execute(statement)
