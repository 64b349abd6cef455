"""Stores placed mappings of both kinds: what was closed, what was taken away, what is new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from icb.foundation import audit
from icb.foundation.actor import current_actor
from icb.foundation.bulk import execute, execute_many, ids_in, insert_rows, to_db_instant
from icb.foundation.canonical import canonical_json, digest
from icb.kernel import clock
from icb.mapping.models import OrganizationMapping, ServiceMapping
from icb.mapping.placing import Slot

LOCK = "mapping"
"""Held by every action that maps, so that two at once see each other's mappings."""
_TOLD = 20


def store(
    model: type[OrganizationMapping | ServiceMapping],
    *,
    slots: Iterable[Slot],
    columns: Sequence[str],
    values: Mapping[int, Sequence[Any]],
) -> None:
    """Write the slots that are new, changed or removed; what was closed first.

    `columns` and `values` (by the id of a new slot) are those that the two kinds do not share.
    """
    table = model._meta.db_table
    ended, removed, added = [], [], []
    stamp = (current_actor(), to_db_instant(clock.now()))
    for slot in slots:
        if slot.is_removed and not slot.is_new:
            removed.append(slot.id)
        elif slot.is_new and not slot.is_removed:
            days = (slot.starts_on, slot.ends_on)
            added.append((slot.id, *values[slot.id], *days, slot.reason, *stamp))
        elif slot.is_changed and not slot.is_new:
            ended.append((slot.ends_on, slot.id))
    if removed:
        chosen, params = ids_in("id", ids=removed)
        execute(f"DELETE FROM {table} WHERE {chosen}", params)
    execute_many(f"UPDATE {table} SET ends_on = %s WHERE id = %s", ended)
    shared = ("starts_on", "ends_on", "reason", "actor", "recorded_at")
    insert_rows(model, columns=("id", *columns, *shared), rows=added)


def record(
    action: str,
    *,
    subjects: Sequence[str],
    fields: Sequence[str],
    rows: Sequence[Sequence[Any]],
) -> None:
    """One audit event: a few mappings in full, many as their number and a digest."""
    if len(rows) <= _TOLD:
        data: dict[str, Any] = {"mappings": [dict(zip(fields, row, strict=True)) for row in rows]}
    else:
        data = {"count": len(rows), "digest": digest(canonical_json(rows))}
    audit.record(action, subject=", ".join(subjects[:_TOLD])[:200], data=data)
