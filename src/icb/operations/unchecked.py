"""Which modules the standing drafts rely on, and which of their days no whole answer has checked.

A day is checked where a whole answer is in force for it, or a later answer of their own for all
keys that matter. Days before the first one that is expected of a module, and today, count for
nothing: the first was never promised, the second is not over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from icb.foundation.bulk import fetch, ids_in
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.kernel.days import ONE_DAY, DayRange
from icb.mapping.feeds import days_between

# What bills a contract relies on everything that is mapped there: a service that has no draft has
# none because nothing was counted for it.
_RELIED_ON = """
SELECT DISTINCT t.connection_id, {key}, d.period_start, d.period_end, c.starts_on, c.ends_on,
  sm.starts_on, sm.ends_on, om.starts_on, om.ends_on
FROM (SELECT DISTINCT contract_id, period_start, period_end FROM draft_item
      WHERE provider_id = %s AND line <> 'manual') d
JOIN contract c ON c.id = d.contract_id
JOIN service_mapping sm ON sm.contract_id = c.id AND sm.contract_service_id IS NOT NULL
JOIN billing_type t ON t.id = sm.billing_type_id
JOIN organization_mapping om ON om.organization_id = c.organization_id
JOIN module_organization m ON m.id = om.module_organization_id
  AND m.connection_id = t.connection_id
{more}
"""
_KEYS = """
JOIN count_key k ON k.module_organization_id = m.id AND k.billing_type_id = t.id
WHERE {chosen}
"""
_CONNECTIONS = """
SELECT n.id, n.key, COALESCE(n.expected_from,
  (SELECT MIN(p.day) FROM proven_day p WHERE p.connection_id = n.id)) AS "first [date]"
FROM module_connection n WHERE n.provider_id = %s ORDER BY n.id
"""


class Checked(NamedTuple):
    """A module that drafts rely on: on how many days, and the stretches that were not checked.

    Both ends of a stretch are inclusive.
    """

    module: str
    first: date
    last: date
    days: int
    unchecked: tuple[tuple[date, date], ...]


def checked_modules() -> list[Checked]:
    """Each module that the standing drafts rely on, as entered; reads only."""
    relied_on = _days_by(_RELIED_ON.format(key="0", more=""), [provider_id()])
    found = []
    for id, key, first in fetch(_CONNECTIONS, [provider_id()]):
        needed = {day for day in relied_on.get((id, 0), ()) if first is not None and day >= first}
        if first is None and (id, 0) in relied_on:
            needed = relied_on[id, 0]
        if not needed:
            continue
        open_days = needed - _proven(id, since=min(needed))
        open_days = _without_own_proofs(id, open_days) if open_days else open_days
        stretches = tuple(_stretches(sorted(open_days)))
        found.append(Checked(key, min(needed), max(needed), len(needed), stretches))
    return found


def _days_by(sql: str, params: Sequence[Any]) -> dict[tuple[int, int], set[date]]:
    """By connection and key the days up to yesterday that are mapped, covered and billed."""
    today = local_today()
    found: dict[tuple[int, int], set[date]] = defaultdict(set)
    for connection, key, start, end, *dates in fetch(sql, params):
        days: DayRange | None = DayRange(start, min(end, today)) if start < today else None
        for at in (0, 2, 4):
            days = days and days.intersect(days_between(*dates[at : at + 2]))
        if days:
            found[connection, key].update(_each(days))
    return found


def _proven(connection: int, *, since: date) -> set[date]:
    rows = fetch(
        "SELECT day FROM proven_day WHERE connection_id = %s AND day >= %s", [connection, since]
    )
    return {row[0] for row in rows}


def _without_own_proofs(connection: int, days: set[date]) -> set[date]:
    """Those of the days on which some key that matters has no answer of its own either."""
    alone: dict[int, set[date]] = defaultdict(set)
    for key, day in fetch(
        "SELECT p.count_key_id, p.day FROM proven_count p JOIN count_key k "
        "ON k.id = p.count_key_id WHERE k.connection_id = %s AND p.day >= %s",
        [connection, min(days)],
    ):
        alone[key].add(day)
    if not alone:
        return days
    chosen, params = ids_in("k.connection_id", ids=[connection])
    keys = _days_by(
        _RELIED_ON.format(key="k.id", more=_KEYS.format(chosen=chosen)), [provider_id(), *params]
    )
    return {
        day
        for (_, key), needed in keys.items()
        for day in needed & days
        if day not in alone.get(key, ())
    }


def _each(days: DayRange) -> Iterable[date]:
    return (days.start + ONE_DAY * number for number in range((days.end - days.start).days))


def _stretches(days: Sequence[date]) -> Iterable[tuple[date, date]]:
    start: date | None = None
    for index, day in enumerate(days):
        start = start or day
        if index + 1 == len(days) or days[index + 1] != day + ONE_DAY:
            yield start, day
            start = None
