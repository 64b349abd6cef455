"""Makes the first migration of every app anew from its models: `python -m dev.first_migrations`.

Before the first release no database has to be brought forward, so a change of a model is written
into the first migration. Afterwards this tool is of no use: changes are migrations of their own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import django
from django.apps import apps
from django.core.management import call_command
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddConstraint, AddField, AddIndex, CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.writer import MigrationWriter

from icb.foundation.table_making import CreateTables

ROOT = Path(__file__).resolve().parent.parent
FIRST = "0001_initial"


def main() -> int:
    """Make them; one whose content stays keeps its file as it is."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "icb.config.settings")
    os.environ.setdefault("ICB_DATA_DIR", tempfile.mkdtemp())
    django.setup()
    labels = [config.label for config in apps.get_app_configs() if is_ours(config.name)]
    before = {label: _file(label).read_text() for label in labels if _file(label).exists()}
    try:
        for label in before:
            _file(label).unlink()
        call_command("makemigrations", *labels, skip_checks=True, verbosity=0)
        made = MigrationLoader(None).disk_migrations
        for label in labels:
            if (label, FIRST) in made:
                _write(made[label, FIRST])
    except BaseException:
        for label, text in before.items():
            _file(label).write_text(text)
        raise
    for label, text in before.items():
        if _without_date(_file(label).read_text()) == _without_date(text):
            _file(label).write_text(text)
    return 0


def is_ours(name: str) -> bool:
    """Whether an app is one of the project's, with tables of its own."""
    return (
        name.startswith("icb.") and (ROOT / "src" / Path(*name.split(".")) / "models.py").is_file()
    )


def tables_of(operations: Iterable[Operation]) -> list[CreateModel]:
    """The tables that the steps of a first migration come to, each whole."""
    tables: dict[str, CreateModel] = {}
    for step in operations:
        if isinstance(step, CreateModel):
            tables[step.name_lower] = step
            continue
        assert isinstance(step, AddConstraint | AddIndex | AddField), step
        table = tables[step.model_name_lower]
        if isinstance(step, AddField):
            table.fields = [*table.fields, (step.name, step.field)]
            continue
        kind, new = (
            ("constraints", step.constraint)
            if isinstance(step, AddConstraint)
            else ("indexes", step.index)
        )
        table.options = {**table.options, kind: [*table.options.get(kind, ()), new]}
    return list(tables.values())


def _write(migration: Migration) -> None:
    steps = [CreateTables(tables=tables_of(migration.operations))]
    vars(migration)["operations"] = steps
    path = _file(migration.app_label)
    path.write_text(MigrationWriter(migration).as_string())
    for command in (["format", "-q"], ["check", "-q", "--fix"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, str(path)], check=True, cwd=ROOT)


def _file(label: str) -> Path:
    return Path(apps.get_app_config(label).path) / "migrations" / f"{FIRST}.py"


def _without_date(text: str) -> str:
    return text.split("\n", 1)[1]


if __name__ == "__main__":
    sys.exit(main())
