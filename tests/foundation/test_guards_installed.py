"""The guards of the database are those that are declared, or the program does not run."""

from __future__ import annotations

import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

from icb.foundation.guards import (
    check_guards,
    declared_guards,
    guard_differences,
    install_guards,
)
from icb.kernel.errors import Broken

GUARDED = {guard.table for guard in declared_guards()}


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def drop(name: str, table: str) -> None:
    on = f' ON "{table}"' if connection.vendor == "postgresql" else ""
    run(f'DROP TRIGGER "{name}"{on}')


def test_a_migrated_database_has_all_guards(db: None) -> None:
    assert len(declared_guards()) > 25
    assert len(GUARDED) > 15
    assert guard_differences() == []
    check_guards()


@pytest.mark.parametrize("guard", declared_guards(), ids=lambda guard: guard.name)
def test_a_removed_guard_is_found_and_comes_back(db: None, guard: object) -> None:
    (chosen,) = [each for each in declared_guards() if each == guard]
    for trigger in chosen.triggers():
        drop(trigger.name, chosen.table)
        assert [trigger.name in words for words in guard_differences()] == [True]
        with pytest.raises(Broken, match=trigger.name):
            check_guards()
        install_guards()
        assert guard_differences() == []


def test_a_guard_that_was_made_harmless_is_found(db: None) -> None:
    name = "guard_billing_item_is_final"
    if connection.vendor == "postgresql":
        run(
            f'CREATE OR REPLACE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS '
            "$$ BEGIN RETURN NEW; END $$"
        )
    else:
        drop(f"{name}_update", "billing_item")
        run(f'CREATE TRIGGER "{name}_update" BEFORE UPDATE ON billing_item BEGIN SELECT 1; END')
    assert len(guard_differences()) == 1
    install_guards()
    assert guard_differences() == []


def test_a_guard_that_was_switched_off_is_found(db: None) -> None:
    if connection.vendor == "postgresql":
        run("ALTER TABLE posting DISABLE TRIGGER guard_posting_is_final_row")
        assert len(guard_differences()) == 1
        install_guards()
    assert guard_differences() == []


def test_a_trigger_that_nobody_declared_is_found(db: None) -> None:
    if connection.vendor == "postgresql":
        run(
            "CREATE FUNCTION stranger() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RETURN NULL; END $$"
        )
        run(
            "CREATE TRIGGER stranger BEFORE INSERT ON billing_item FOR EACH ROW "
            "EXECUTE FUNCTION stranger()"
        )
    else:
        run("CREATE TRIGGER stranger BEFORE INSERT ON billing_item BEGIN SELECT 1; END")
    assert guard_differences() == ["stranger on billing_item is not declared"]


def test_guards_outlive_the_rebuilding_of_their_table(committed: str) -> None:
    """SQLite rebuilds a table to alter a column, and its triggers go without a word."""
    from django.apps import apps
    from django.db.models.signals import post_migrate

    before = ProjectState.from_apps(apps)
    after = before.clone()
    wider = migrations.AlterField("AuditEvent", "subject", models.CharField(max_length=300))
    wider.state_forwards("foundation", after)
    with connection.schema_editor() as editor:
        wider.database_forwards("foundation", editor, before, after)
    lost = guard_differences()
    assert bool(lost) == (connection.vendor == "sqlite")
    config = apps.get_app_config("foundation")
    post_migrate.send(sender=config, app_config=config, using="default")
    assert guard_differences() == []
