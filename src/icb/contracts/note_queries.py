"""Which changes of units are noted already; a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from icb.contracts.unit_notes import Units
from icb.foundation.bulk import fetch, ids_in

_NOTED = """
SELECT n.contract_service_id, n.day, n.units_before, n.units_after FROM contract_note n
WHERE {chosen} AND n.day >= %s ORDER BY n.id
"""
_NAMES = "SELECT s.id, s.contract_id, s.key FROM contract_service s WHERE {chosen}"


def noted_units(services: Iterable[int], *, since: date) -> dict[int, dict[date, Units]]:
    """By contract service and day, from `since` on, what its newest note says."""
    condition, params = ids_in("n.contract_service_id", ids=services)
    found: dict[int, dict[date, Units]] = defaultdict(dict)
    for service, day, before, after in fetch(_NOTED.format(chosen=condition), [*params, since]):
        found[service][day] = Units(before, after)
    return found


def service_places(services: Iterable[int]) -> dict[int, tuple[int, str]]:
    """By contract service its contract and its key there."""
    condition, params = ids_in("s.id", ids=services)
    return {row[0]: (row[1], row[2]) for row in fetch(_NAMES.format(chosen=condition), params)}
