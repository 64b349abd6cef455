"""Service Mapping of one contract: a section for each module that counts its organization.

A fixed number of statements for any number of billing types.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from icb.contracts.queries import ContractRow
from icb.foundation.bulk import fetch
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.foundation.versions import version_of
from icb.hub.queries import readings
from icb.kernel.days import ONE_DAY, DayRange
from icb.kernel.quantity import Micro
from icb.mapping.overlap import MappedType, both_mapped
from icb.mapping.units import Feed, ServiceRun, combine, feed_runs


class SectionRow(NamedTuple):
    """A billing type on a contract: today's count, and what it drives there today.

    `units` is None while nothing was counted; `status` says how far it can be trusted. `service`
    is the first service that it drives, `also` the keys of the others; all empty where it drives
    none.
    """

    billing_type: str
    name: str
    unit: str
    units: Micro | None
    status: str
    service: str
    also: list[str]
    is_ignored: bool
    unit_changes: str
    starts_on: date | None


class Section(NamedTuple):
    """A module with its billing types; `overlaps` are names of totals and parts both mapped.

    `version` changes with every change of a mapping of the module on the contract.
    """

    module: str
    name: str
    rows: list[SectionRow]
    overlaps: list[tuple[str, str]]
    version: str


class Reach(NamedTuple):
    """Whether service mapping can show anything: what there is of what it needs."""

    enabled: int
    mapped: int


_TYPES = """
SELECT n.key, n.name, t.id, t.key, t.name, t.unit, t.merge, t.overlaps, k.id
FROM organization_mapping om
JOIN module_organization m ON m.id = om.module_organization_id
JOIN module_connection n ON n.id = m.connection_id
JOIN billing_type t ON t.connection_id = n.id
LEFT JOIN count_key k ON k.module_organization_id = m.id AND k.billing_type_id = t.id
WHERE om.organization_id = %s AND n.is_enabled AND t.retired_on IS NULL AND {om}
ORDER BY n.id, t.id, k.id
"""
_MAPPINGS = """
SELECT n.key, sm.id, sm.billing_type_id, s.key, s.id, sm.starts_on, sm.ends_on
FROM service_mapping sm
JOIN billing_type t ON t.id = sm.billing_type_id
JOIN module_connection n ON n.id = t.connection_id
LEFT JOIN contract_service s ON s.id = sm.contract_service_id
WHERE sm.contract_id = %s
ORDER BY sm.id
"""
_CHOICES = """
SELECT u.contract_service_id, u.id, u.from_day, u.unit_changes
FROM contract_unit_changes u JOIN contract_service s ON s.id = u.contract_service_id
WHERE s.contract_id = %s
ORDER BY u.from_day, u.id
"""
_REACH = """
SELECT COUNT(DISTINCT n.id), COUNT(DISTINCT om.id)
FROM module_connection n
LEFT JOIN module_organization m ON m.connection_id = n.id AND m.id IN (
  SELECT x.module_organization_id FROM organization_mapping x
  WHERE x.organization_id = %s)
LEFT JOIN organization_mapping om ON om.module_organization_id = m.id
  AND om.organization_id = %s AND {om}
WHERE n.provider_id = %s AND n.is_enabled
"""
_IN_FORCE = (
    "(om.starts_on IS NULL OR om.starts_on <= %s) AND (om.ends_on IS NULL OR om.ends_on >= %s)"
)


def mapping_reach(contract: ContractRow) -> Reach:
    """How many modules are enabled, and how many mappings the organization has in them today."""
    today = local_today()
    organization = contract.organization_id
    params = [organization, organization, today, today, provider_id()]
    return Reach._make(fetch(_REACH.format(om=_IN_FORCE), params)[0])


def mapping_sections(contract: ContractRow) -> list[Section]:
    """A section for each enabled module that the contract's organization is mapped in today."""
    today = local_today()
    found = fetch(_TYPES.format(om=_IN_FORCE), [contract.organization_id, today, today])
    types = list({row[2]: row[:8] for row in found}.values())
    keys = {row[8]: (row[2], row[6]) for row in found if row[8] is not None}
    counts = _counts(keys, today)
    mappings = fetch(_MAPPINGS, [contract.id])
    choices = _choices(contract)
    by_module: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
    for row in types:
        by_module[row[0], row[1]].append(row)
    return [
        _section(module, rows, known=_Known(today, counts, mappings, choices))
        for module, rows in by_module.items()
    ]


def section_version(contract: ContractRow, *, module: str) -> str:
    """The version of a module's mappings on a contract as they stand."""
    return _version(module, fetch(_MAPPINGS, [contract.id]), _choices(contract))


class _Known(NamedTuple):
    today: date
    counts: dict[int, ServiceRun]
    mappings: list[tuple[Any, ...]]
    choices: dict[int, list[tuple[int, date, str]]]


def _section(module: tuple[str, str], rows: list[tuple[Any, ...]], *, known: _Known) -> Section:
    shown: list[SectionRow] = []
    driving: list[MappedType] = []
    for _module, _name, id_, key, name, unit, _merge, overlaps in rows:
        standing = [one for one in known.mappings if one[2] == id_ and _holds(one, known.today)]
        services = [one[3] for one in standing if one[3]]
        if services:
            driving.append(
                MappedType(
                    key, name, json.loads(overlaps) if isinstance(overlaps, str) else overlaps
                )
            )
        run = known.counts.get(id_)
        first = standing[0] if standing else None
        shown.append(
            SectionRow(
                billing_type=key,
                name=name,
                unit=unit,
                units=run.units if run else None,
                status=_status(run),
                service=services[0] if services else "",
                also=services[1:],
                is_ignored=bool(standing) and not services,
                unit_changes=_word(known, first[4] if first else None),
                starts_on=first[5] if first else None,
            )
        )
    overlapping = [(total.name, part.name) for total, part in both_mapped(driving)]
    version = _version(module[0], known.mappings, known.choices)
    return Section(module[0], module[1], shown, overlapping, version)


def _word(known: _Known, service: int | None) -> str:
    """The choice that holds for a contract service, or will from the next period on."""
    choices = known.choices.get(service, []) if service else []
    return choices[-1][2] if choices else ""


def _version(
    module: str,
    mappings: Iterable[tuple[Any, ...]],
    choices: dict[int, list[tuple[int, date, str]]],
) -> str:
    own = [(row[1], row[5], row[6], row[4]) for row in mappings if row[0] == module]
    services = sorted({row[3] for row in own if row[3]})
    return version_of([own, [[one[0] for one in choices.get(id_, [])] for id_ in services]])


def _choices(contract: ContractRow) -> dict[int, list[tuple[int, date, str]]]:
    found: dict[int, list[tuple[int, date, str]]] = defaultdict(list)
    for service, *choice in fetch(_CHOICES, [contract.id]):
        found[service].append((choice[0], choice[1], choice[2]))
    return found


def _holds(mapping: tuple[Any, ...], day: date) -> bool:
    starts_on, ends_on = mapping[5], mapping[6]
    return (starts_on is None or starts_on <= day) and (ends_on is None or ends_on >= day)


def _counts(keys: Mapping[int, tuple[int, str]], today: date) -> dict[int, ServiceRun]:
    """By billing type what it counts today over its count keys (each with type and merge rule)."""
    end = today + ONE_DAY
    found = readings(list(keys), start=today, end=end)
    fed: dict[int, list[tuple[Feed, list[ServiceRun]]]] = defaultdict(list)
    for key, (kind, merge) in keys.items():
        feed = Feed(0, key, kind, merge, (DayRange(today, end),))
        runs = feed_runs(feed, readings=found.get(key, []), known_until=end, until=end)
        fed[kind].append((feed, runs))
    combined = {kind: combine(feeds) for kind, feeds in fed.items()}
    return {kind: runs[-1] for kind, runs in combined.items() if runs}


def _status(run: ServiceRun | None) -> str:
    if run is None:
        return ""
    if run.held:
        return "held"
    if run.waiting:
        return "waiting"
    return "estimated" if run.estimated else "counted"
