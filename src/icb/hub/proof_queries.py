"""Which answer proves a day: where each number of a day came from."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from operator import itemgetter

from icb.foundation.bulk import fetch, ids_in


def proving_snapshots(
    connections: Collection[int], *, keys: Collection[int], first: date, last: date
) -> dict[tuple[int, date], int]:
    """The answer in force for each connection's day; where none is, the newest that proves the day
    for one of the keys alone. Days that nothing proves are left out."""
    chosen, params = ids_in("p.connection_id", ids=sorted(connections))
    in_keys, key_params = ids_in("p.count_key_id", ids=sorted(keys))
    rows = fetch(
        f"""
        SELECT p.connection_id, p.day, p.snapshot_id, 1 FROM proven_day p
        WHERE {chosen} AND p.day BETWEEN %s AND %s
        UNION ALL
        SELECT k.connection_id, p.day, MAX(p.snapshot_id), 0 FROM proven_count p
        JOIN count_key k ON k.id = p.count_key_id
        WHERE {in_keys} AND p.day BETWEEN %s AND %s GROUP BY k.connection_id, p.day
        """,
        [*params, first, last, *key_params, first, last],
    )
    # What proves the whole day comes last, and so takes the place of what proves one key of it.
    rows.sort(key=itemgetter(3))
    return {(connection, day): snapshot for connection, day, snapshot, _ in rows}
