"""Which answer proves a day: where each number of a day came from."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from icb.foundation.bulk import fetch, ids_in


def proving_snapshots(
    connections: Collection[int], *, keys: Collection[int], first: date, last: date
) -> dict[tuple[int, date], int]:
    """The answer in force for each connection's day; where none is, the newest that proves the day
    for one of the keys alone. Days that nothing proves are left out."""
    chosen, params = ids_in("k.connection_id", ids=sorted(connections))
    in_keys, key_params = ids_in("k.id", ids=sorted(keys))
    found = {
        (connection, day): snapshot
        for connection, day, snapshot in fetch(
            "SELECT k.connection_id, p.day, MAX(p.snapshot_id) FROM proven_count p "
            f"JOIN count_key k ON k.id = p.count_key_id WHERE {chosen} AND {in_keys} "
            "AND p.day BETWEEN %s AND %s GROUP BY k.connection_id, p.day",
            [*params, *key_params, first, last],
        )
    }
    of_days = fetch(
        f"SELECT k.connection_id, k.day, k.snapshot_id FROM proven_day k WHERE {chosen} "
        "AND k.day BETWEEN %s AND %s",
        [*params, first, last],
    )
    return found | {(connection, day): snapshot for connection, day, snapshot in of_days}
