"""What counts do to the services of one contract: their units on a day, and why units changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from icb.contracts.note_queries import UnitNoteRow, unit_note_page
from icb.contracts.queries import ContractRow
from icb.foundation.bulk import fetch, ids_in
from icb.foundation.listing import Page, Wanted
from icb.foundation.providers import local_today
from icb.hub.queries import readings
from icb.kernel.days import ONE_DAY, DayRange
from icb.kernel.quantity import Micro
from icb.mapping.units import Feed, ServiceRun, combine, feed_runs


class DrivenService(NamedTuple):
    """A contract service that counts drive on a day, and by what.

    `units` is None while nothing was counted yet; `status` is counted, estimated, held, waiting,
    expected (the day lies ahead) or empty. A driver is named such as "Datto RMM - Devices".
    """

    units: Micro | None
    status: str
    drivers: list[str]


class UnitChangeRow(NamedTuple):
    """A change of units with what caused it, such as "Datto RMM - Devices"; empty where unknown."""

    note: UnitNoteRow
    causes: list[str]


_DRIVERS = """
SELECT sm.contract_service_id, n.name, t.id, t.name, t.merge, k.id
FROM service_mapping sm
JOIN contract c ON c.id = sm.contract_id
JOIN billing_type t ON t.id = sm.billing_type_id
JOIN module_connection n ON n.id = t.connection_id
LEFT JOIN organization_mapping om ON om.organization_id = c.organization_id
  AND (om.starts_on IS NULL OR om.starts_on <= %s) AND (om.ends_on IS NULL OR om.ends_on >= %s)
LEFT JOIN count_key k ON k.module_organization_id = om.module_organization_id
  AND k.billing_type_id = t.id
WHERE sm.contract_id = %s AND sm.contract_service_id IS NOT NULL
  AND (sm.starts_on IS NULL OR sm.starts_on <= %s) AND (sm.ends_on IS NULL OR sm.ends_on >= %s)
ORDER BY sm.id, k.id
"""
_CAUSES = """
SELECT DISTINCT a.contract_service_id, a.day, n.name, t.name
FROM activity a
JOIN module_connection n ON n.id = a.connection_id
JOIN billing_type t ON t.id = a.billing_type_id
WHERE {services} AND a.day >= %s AND a.day <= %s
ORDER BY n.name, t.name
"""


def driven_services(contract: ContractRow, *, day: date) -> dict[int, DrivenService]:
    """By contract service id what drives it on a day, for those that are driven."""
    drivers: dict[int, dict[str, None]] = defaultdict(dict)
    feeds: dict[int, dict[int, Feed]] = defaultdict(dict)
    days = DayRange(min(day, local_today()), day + ONE_DAY)
    for service, module, kind, name, merge, key in fetch(
        _DRIVERS, [day, day, contract.id, day, day]
    ):
        drivers[service][f"{module} - {name}"] = None
        if key is not None:
            feeds[service][key] = Feed(service, key, kind, merge, (days,))
    units = _units(feeds, day)
    return {
        service: DrivenService._make((*units.get(service, (None, "")), list(names)))
        for service, names in drivers.items()
    }


def unit_change_page(wanted: Wanted, *, contract: str) -> Page[UnitChangeRow]:
    """One page of the changes that counts made to a contract's units, newest first, with causes."""
    page = unit_note_page(wanted, contract=contract)
    causes = _causes(page.rows)
    rows = [
        UnitChangeRow(note, causes.get((note.contract_service, note.day), [])) for note in page.rows
    ]
    return Page(rows, page.total)


def _causes(notes: Sequence[UnitNoteRow]) -> dict[tuple[int, date], list[str]]:
    if not notes:
        return {}
    chosen, params = ids_in(
        "a.contract_service_id", ids=sorted({note.contract_service for note in notes})
    )
    days = [note.day for note in notes]
    found: dict[tuple[int, date], list[str]] = defaultdict(list)
    for service, day, module, name in fetch(
        _CAUSES.format(services=chosen), [*params, min(days), max(days)]
    ):
        found[service, day].append(f"{module} - {name}")
    return found


def _units(feeds: Mapping[int, Mapping[int, Feed]], day: date) -> dict[int, tuple[Micro, str]]:
    """By contract service its units on the day; a day ahead is told from the last known one."""
    known_until, until = local_today() + ONE_DAY, day + ONE_DAY
    keys = [key for each in feeds.values() for key in each]
    found = readings(keys, start=min(day, local_today()), end=min(until, known_until))
    units = {}
    for service, each in feeds.items():
        runs = combine(
            [
                (
                    feed,
                    feed_runs(
                        feed,
                        readings=found.get(feed.count_key, []),
                        known_until=known_until,
                        until=until,
                    ),
                )
                for feed in each.values()
            ]
        )
        for run in runs:
            if run.start <= day < run.end:
                units[service] = (run.units, _status(run))
    return units


def _status(run: ServiceRun) -> str:
    if not run.known:
        return "expected"
    if run.held:
        return "held"
    if run.waiting:
        return "waiting"
    return "estimated" if run.estimated else "counted"
