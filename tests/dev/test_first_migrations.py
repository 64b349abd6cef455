"""First migrations make each app's tables in one step, and say all that the models say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from dev.first_migrations import is_ours, tables_of
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddConstraint, AddField, AddIndex, CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.utils import IntegrityError

from icb.foundation.table_making import CreateTables

LIMIT = models.CheckConstraint(condition=models.Q(number__gt=0), name="some_number")
INDEX = models.Index(fields=["number"], name="some_index")


def _steps() -> Sequence[Operation]:
    fields: list[tuple[str, models.Field[Any, Any]]] = [
        ("id", models.BigAutoField(primary_key=True)),
        ("number", models.IntegerField()),
    ]
    return [
        CreateModel("Some", fields),
        CreateModel("Other", [("id", models.BigAutoField(primary_key=True))]),
        AddField("other", "some", models.ForeignKey("insights.Some", on_delete=models.PROTECT)),
        AddIndex("some", INDEX),
        AddConstraint("some", LIMIT),
    ]


def test_steps_become_whole_tables() -> None:
    some, other = tables_of(_steps())
    assert [name for name, _ in other.fields] == ["id", "some"]
    assert (some.options["indexes"], some.options["constraints"]) == ([INDEX], [LIMIT])


@pytest.mark.usefixtures("committed")
def test_tables_are_made_with_what_guards_them_and_dropped_again() -> None:
    step, before, after = CreateTables(tables_of(_steps())), ProjectState(), ProjectState()
    step.state_forwards("insights", after)
    with connection.schema_editor() as editor:
        step.database_forwards("insights", editor, before, after)
    some = after.apps.get_model("insights", "Some")
    assert some.objects.create(number=1).pk
    assert {"insights_some", "insights_other"} <= set(connection.introspection.table_names())
    with pytest.raises(IntegrityError):
        some.objects.create(number=0)
    with connection.schema_editor() as editor:
        step.database_backwards("insights", editor, after, before)
    assert "insights_some" not in connection.introspection.table_names()


def test_every_app_begins_with_one_step() -> None:
    found = MigrationLoader(None).disk_migrations
    for config in apps.get_app_configs():
        if is_ours(config.name):
            steps = found[config.label, "0001_initial"].operations
            assert [type(step) for step in steps] == [CreateTables], config.label


@pytest.mark.django_db
def test_the_migrations_say_what_the_models_say() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0, skip_checks=True)
