"""What the activity log says already, for whoever adds to it; a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from icb.foundation.bulk import fetch, ids_in
from icb.mapping.log_rows import Told

_KEYS = """
SELECT a.module_organization_id, a.billing_type_id, a.day, a.units_before, a.units_after, a.status
FROM activity a
WHERE a.connection_id = %s AND a.day >= %s AND {chosen} AND a.billing_type_id IS NOT NULL
ORDER BY a.id
"""
_SYNCS = """
SELECT a.connection_id, a.day FROM activity a
WHERE {chosen} AND a.day >= %s AND a.billing_type_id IS NULL
"""
_LAST = """
SELECT a.connection_id, MAX(a.day) AS "day [date]" FROM activity a
WHERE {chosen} AND a.billing_type_id IS NULL GROUP BY a.connection_id
"""


def told_keys(
    connection: int, *, module_organizations: Iterable[int], since: date
) -> dict[tuple[int, int], dict[date, Told]]:
    """By (module organization, billing type) and day, what the latest row says, from a day on."""
    condition, params = ids_in("a.module_organization_id", ids=module_organizations)
    found: dict[tuple[int, int], dict[date, Told]] = defaultdict(dict)
    for organization, kind, day, *told in fetch(
        _KEYS.format(chosen=condition), [connection, since, *params]
    ):
        found[organization, kind][day] = Told(*told)
    return found


def told_syncs(connections: Iterable[int], *, since: date) -> set[tuple[int, date]]:
    """(connection, day) from a day on that have a row about the whole sync."""
    condition, params = ids_in("a.connection_id", ids=connections)
    rows = fetch(_SYNCS.format(chosen=condition), [*params, since])
    return {(row[0], row[1]) for row in rows}


def last_told_days(connections: Iterable[int]) -> dict[int, date]:
    """By connection the newest day with a row about the whole sync."""
    condition, params = ids_in("a.connection_id", ids=connections)
    return {row[0]: row[1] for row in fetch(_LAST.format(chosen=condition), params)}
