"""What the database itself holds about organizations (see foundation/guards.py)."""

from __future__ import annotations

from icb.foundation.guard_kinds import frozen_columns

GUARDS = [
    frozen_columns(
        "organization",
        columns=["id", "provider_id", "key"],
        says="an organization keeps its provider and its key",
    ),
]
