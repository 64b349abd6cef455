"""What has to be carried on to contracts and the activity log, with all that is behind it.

A fixed number of statements for any number of answers and keys.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from icb.foundation.bulk import fetch, ids_in
from icb.foundation.providers import local_today, provider_days
from icb.foundation.scope import provider_id
from icb.hub.day_changes import Said
from icb.kernel import clock
from icb.kernel.days import ONE_DAY

_MARKS = """
SELECT f.id, f.connection_id, f.snapshot_id, f.count_key_id, f.failed_sync_id, f.from_day
FROM snapshot_to_follow f LEFT JOIN snapshot s ON s.id = f.snapshot_id
WHERE f.provider_id = %s AND (%s = 0 OR f.connection_id = %s)
AND (s.day IS NULL OR s.day <= %s)
ORDER BY f.connection_id, f.id LIMIT %s
"""
# CROSS JOIN keeps SQLite to the order written, from few rows to few; PostgreSQL finds its own.
_CHANGED = """
WITH marked AS (
  SELECT f.count_key_id AS key_id, f.from_day, f.snapshot_id FROM snapshot_to_follow f
  WHERE {chosen} AND f.count_key_id IS NOT NULL
  UNION ALL
  SELECT u.count_key_id, f.from_day, f.snapshot_id FROM snapshot_to_follow f
  CROSS JOIN usage_count u WHERE {chosen} AND u.snapshot_id = f.snapshot_id
  UNION ALL
  SELECT u.count_key_id, f.from_day, f.snapshot_id FROM snapshot_to_follow f
  CROSS JOIN usage_count u WHERE {chosen} AND u.replaced_by_id = f.snapshot_id
), earliest AS (
  SELECT key_id, MIN(from_day) AS from_day, MAX(snapshot_id) AS snapshot_id
  FROM marked GROUP BY key_id
)
SELECT k.id, k.module_organization_id, k.billing_type_id, k.first_counted_on,
  e.from_day AS "from_day [date]", e.snapshot_id
FROM earliest e
JOIN count_key k ON k.id = e.key_id
JOIN module_organization o ON o.id = k.module_organization_id
JOIN billing_type t ON t.id = k.billing_type_id
ORDER BY o.external_id, t.key
"""
# Of each key the newest point before a day, and all from there on.
_SAID = """
SELECT c.count_key_id, c.day, c.state, c.reason, c.snapshot_id
FROM count_key k CROSS JOIN usage_count c
WHERE {chosen} AND c.count_key_id = k.id AND c.replaced_at IS NULL
AND c.day >= COALESCE((
  SELECT x.day FROM usage_count x
  WHERE x.count_key_id = k.id AND x.replaced_at IS NULL AND x.day < %s
  ORDER BY x.day DESC LIMIT 1), %s)
ORDER BY c.count_key_id, c.day
"""
_ANSWERS = """
SELECT s.id, s.day, s.state, s.is_complete, s.row_count, s.reason,
  (SELECT COUNT(*) FROM usage_count u WHERE u.snapshot_id = s.id AND NOT {is_absent}),
  (SELECT COUNT(*) FROM usage_count u WHERE u.snapshot_id = s.id AND {is_absent})
FROM snapshot s WHERE {chosen} ORDER BY s.id
"""
# What an answer lacks is a gap, or held where no earlier day carries.
_IS_ABSENT = "(u.state = 'absent' OR u.reason = 'absent')"
_FAILED = "SELECT s.day, s.reason FROM failed_sync s WHERE {chosen} ORDER BY s.id"
_EXPECTED = """
SELECT m.id, COALESCE(m.expected_from,
  (SELECT MIN(p.day) FROM proven_day p WHERE p.connection_id = m.id)) AS "first [date]"
FROM module_connection m WHERE m.provider_id = %s AND m.is_enabled AND (%s = 0 OR m.id = %s)
ORDER BY m.id
"""


class FollowMark(NamedTuple):
    """One mark; see models.SnapshotToFollow."""

    id: int
    connection: int
    snapshot: int | None
    count_key: int | None
    failed_sync: int | None
    from_day: date


class ChangedKey(NamedTuple):
    """A key that may read differently from a day on; by which answer, where one did it."""

    id: int
    module_organization: int
    billing_type: int
    first_counted_on: date | None
    from_day: date
    snapshot: int | None


class AnswerRow(NamedTuple):
    """One answer. `changed` and `absent`: how many keys it let read otherwise than before."""

    id: int
    day: date
    state: str
    is_complete: bool
    rows: int
    reason: str
    changed: int
    absent: int


def marks_to_follow(connection: int | None = None, *, limit: int) -> list[FollowMark]:
    """The first marks of one connection or of all, by connection, oldest first.

    An answer for a day that has not come yet waits for it.
    """
    chosen = connection or 0
    rows = fetch(_MARKS, [provider_id(), chosen, chosen, local_today(), limit])
    return [FollowMark(*row) for row in rows]


def changed_keys(marks: Iterable[int]) -> list[ChangedKey]:
    """The keys that the marks are about, each from its earliest marked day on."""
    condition, params = ids_in("f.id", ids=marks)
    return [ChangedKey(*row) for row in fetch(_CHANGED.format(chosen=condition), params * 3)]


def said_points(keys: Iterable[int], *, since: date) -> dict[int, list[Said]]:
    """By key its change points, from the last one before `since` on."""
    condition, params = ids_in("k.id", ids=keys)
    found: dict[int, list[Said]] = defaultdict(list)
    for key, *row in fetch(_SAID.format(chosen=condition), [*params, since, date.min]):
        found[key].append(Said(*row))
    return found


def answers(snapshots: Iterable[int]) -> list[AnswerRow]:
    """What became of these answers, in order of receipt."""
    condition, params = ids_in("s.id", ids=snapshots)
    return [
        AnswerRow(*row)
        for row in fetch(_ANSWERS.format(chosen=condition, is_absent=_IS_ABSENT), params)
    ]


def failed_syncs(ids: Iterable[int]) -> list[tuple[date, str]]:
    """Day and reason of these failed syncs, as they were recorded."""
    condition, params = ids_in("s.id", ids=ids)
    return [(row[0], row[1]) for row in fetch(_FAILED.format(chosen=condition), params)]


def expected_connections(connection: int | None = None) -> dict[int, date]:
    """By enabled connection the first day that is expected of it: as set, else the first proven."""
    chosen = connection or 0
    rows = fetch(_EXPECTED, [provider_id(), chosen, chosen])
    return {row[0]: row[1] for row in rows if row[1] is not None}


def answered_or_failed(connections: Sequence[int], *, since: date) -> set[tuple[int, date]]:
    """Days from `since` on that are proven, or whose sync has finally failed."""
    condition, params = ids_in("d.connection_id", ids=connections)
    found: set[tuple[Any, ...]] = set()
    for table in ("proven_day", "failed_sync"):
        found.update(
            fetch(
                f"SELECT d.connection_id, d.day FROM {table} d WHERE {condition} AND d.day >= %s",
                [*params, since],
            )
        )
    return {(row[0], row[1]) for row in found}


def last_awaited_day() -> date:
    """The newest day for which no answer is awaited any more: noon has passed after it."""
    days, now = provider_days(), clock.now()
    yesterday = days.day_of(now) - ONE_DAY
    return yesterday if now >= days.noon_after(yesterday) else yesterday - ONE_DAY
