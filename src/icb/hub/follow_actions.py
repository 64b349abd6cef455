"""Marks of what has to be carried on to contracts and the activity log.

They are written by the action whose change they stand for, in its transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from icb.foundation.bulk import execute, ids_in, insert_rows
from icb.hub.models import SnapshotToFollow

_COLUMNS = ("connection_id", "snapshot_id", "count_key_id", "failed_sync_id", "from_day")


class ToFollow(NamedTuple):
    """What changed: by an answer, of a key, or by a sync that has finally failed; and from when."""

    connection: int
    from_day: date
    snapshot: int | None = None
    count_key: int | None = None
    failed_sync: int | None = None


def mark_to_follow(changes: Iterable[ToFollow]) -> None:
    """Keep that these changes are still to be carried on."""
    rows = [(c.connection, c.snapshot, c.count_key, c.failed_sync, c.from_day) for c in changes]
    insert_rows(SnapshotToFollow, columns=_COLUMNS, rows=rows)


def drop_followed(marks: Sequence[int]) -> None:
    """Remove the marks of what was carried on in this transaction."""
    chosen, params = ids_in("id", ids=marks)
    execute(f"DELETE FROM snapshot_to_follow WHERE {chosen}", params)
