"""Make the program ready to work: Django, the data folder, the database and its guards."""

from __future__ import annotations

import os

import django


def setup() -> None:
    """Load the apps. Takes a moment, so commands call it when they need data, not for --help."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "icb.config.settings")
    django.setup()
