"""What the database itself holds about counts (see foundation/guards.py)."""

from __future__ import annotations

from icb.foundation.guard_kinds import Rule, changed, frozen_columns, never_deleted, refuse_update

_SNAPSHOT = [
    "id",
    "provider_id",
    "connection_id",
    "day",
    "is_complete",
    "stamp",
    "revision",
    "content_hash",
    "row_count",
    "received_at",
    "reason",
]
_COUNT = [
    "id",
    "provider_id",
    "count_key_id",
    "day",
    "state",
    "value",
    "reason",
    "kept_value",
    "snapshot_id",
]

GUARDS = [
    frozen_columns(
        "module_organization",
        columns=["id", "provider_id", "connection_id", "external_id"],
        says="a module organization keeps its connection and its id there",
    ),
    frozen_columns(
        "billing_type",
        columns=["id", "provider_id", "connection_id", "key"],
        says="a billing type keeps its connection and its key",
    ),
    frozen_columns(
        "count_key",
        columns=["id", "provider_id", "connection_id", "module_organization_id", "billing_type_id"],
        says="what a key counts never changes",
    ),
    never_deleted("snapshot", says="what a module answered is kept"),
    refuse_update(
        "snapshot_is_final",
        rule=Rule(
            table="snapshot",
            when=(
                changed(_SNAPSHOT)
                + " OR {old}.state <> 'quarantined'"
                + " OR {new}.state NOT IN ('accepted', 'rejected', 'superseded')"
            ),
            says="only a quarantined answer is still decided, once",
        ),
    ),
    never_deleted("usage_count", says="a count is replaced, never removed"),
    refuse_update(
        "usage_count_is_final",
        rule=Rule(
            table="usage_count",
            when=(
                changed(_COUNT)
                + " OR {old}.replaced_at IS NOT NULL OR {old}.replaced_by_id IS NOT NULL"
                + " OR {new}.replaced_at IS NULL"
            ),
            says="a count is replaced once, and else never changed",
        ),
    ),
]
