"""Make the program ready to work: Django, the keys, the database and its guards."""

from __future__ import annotations

import os

import django

from icb.config.database import check_durability, durability_problems

__all__ = ["durability_problems", "open_database", "setup"]


def setup() -> None:
    """Load the apps and make the keys. Takes a moment: commands call it when they need data."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "icb.config.settings")
    django.setup()
    from django.conf import settings

    from icb.foundation.keys import make_keys

    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # and the data folder, which it is in
    make_keys(settings.ENVIRONMENT)


def open_database() -> None:
    """Bring the database to the newest tables, and refuse to go on where it is not to be trusted.

    Creates an embedded database that is not there yet. Raises Broken where a guard is missing or
    the database may lose what it said it stored.
    """
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from icb.foundation.guards import check_guards

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)
    check_durability()
    check_guards()
