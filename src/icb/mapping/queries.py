"""Reads of mappings for lists: what is mapped, what is not, what is suggested, what overlaps.

A fixed number of statements for any number of rows.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import NamedTuple

from icb.contracts.queries import contract_named
from icb.foundation.bulk import fetch
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.mapping.models import OrganizationMapping, ServiceMapping
from icb.mapping.overlap import MappedType, both_mapped
from icb.mapping.suggestions import Known, Unmapped, suggest
from icb.organizations.models import UNMAPPABLE_TYPES
from icb.organizations.queries import organizations

MAPPED, IGNORED, UNMAPPED, NEW = "mapped", "ignored", "unmapped", "new"
NEW_FOR = timedelta(days=7)
"""So long after it was first seen, what nobody has mapped yet is new."""


class OrganizationMappingRow(NamedTuple):
    """A module organization on some days; without an organization it is ignored."""

    module: str
    id: str
    name: str
    organization: str
    status: str
    starts_on: date | None
    ends_on: date | None
    reason: str
    actor: str


class ServiceMappingRow(NamedTuple):
    """A billing type on a contract on some days; without a service it is ignored."""

    contract: str
    module: str
    billing_type: str
    service: str
    status: str
    starts_on: date | None
    ends_on: date | None
    also: bool
    reason: str
    actor: str


class ModuleOrganizationRow(NamedTuple):
    """A module organization and whose it is on a day: mapped, ignored, unmapped or new."""

    module: str
    id: str
    name: str
    parent: str
    domain: str
    hint: str  # the organization's id in our own books, where the module was told it
    first_seen_on: date | None
    organization: str
    status: str


class MappableTypeRow(NamedTuple):
    """A billing type that a contract's organization is counted by, and what it drives there."""

    module: str
    billing_type: str
    name: str
    unit: str
    shape: str
    service: str
    status: str


class SuggestionRow(NamedTuple):
    """A suggested organization; or, where several are equally good, none and a warning."""

    module: str
    id: str
    name: str
    organization: str
    score: int
    reason: str
    warning: str


class OverlapRow(NamedTuple):
    """Two billing types, mapped on one contract, that count some things twice."""

    contract: str
    module: str
    total: str
    part: str


def organization_mappings() -> list[OrganizationMappingRow]:
    """All organization mappings, as entered."""
    rows = OrganizationMapping.objects.order_by("pk").values_list(
        "module_organization__connection__key",
        "module_organization__external_id",
        "module_organization__name",
        "organization__key",
        "starts_on",
        "ends_on",
        "reason",
        "actor",
    )
    return [
        OrganizationMappingRow._make((*row[:3], row[3] or "", _status(row[3]), *row[4:]))
        for row in rows
    ]


def service_mappings(*, contract: str | None = None) -> list[ServiceMappingRow]:
    """All service mappings, or those of one contract, as entered."""
    found = ServiceMapping.objects.order_by("pk")
    if contract is not None:
        found = found.filter(contract_id=contract_named(contract).id)
    rows = found.values_list(
        "contract__key",
        "billing_type__connection__key",
        "billing_type__key",
        "contract_service__key",
        "starts_on",
        "ends_on",
        "is_also",
        "reason",
        "actor",
    )
    return [
        ServiceMappingRow._make((*row[:3], row[3] or "", _status(row[3]), *row[4:])) for row in rows
    ]


def module_organizations(
    *, module: str = "", status: str = "", as_of: date | None = None
) -> list[ModuleOrganizationRow]:
    """Module organizations with whose they are on a day (by default today), as entered.

    `status` narrows to mapped, ignored, unmapped or new; new ones are unmapped ones that were
    first seen lately, or not at all yet.
    """
    day = as_of or local_today()
    rows = fetch(
        f"""
        SELECT c.key, m.external_id, m.name, m.parent_external_id, m.domain, m.hint,
               m.first_seen_on, o.key, om.id
        FROM module_organization m
        JOIN module_connection c ON c.id = m.connection_id
        LEFT JOIN organization_mapping om ON om.module_organization_id = m.id
             AND {_on_the_day("om")}
        LEFT JOIN organization o ON o.id = om.organization_id
        WHERE m.provider_id = %s AND (%s = '' OR c.key = %s)
        ORDER BY m.id
        """,
        [day, day, provider_id(), module, module],
    )
    found = []
    for *facts, organization, mapping in rows:
        is_new = facts[6] is None or facts[6] > day - NEW_FOR
        missing = NEW if is_new else UNMAPPED
        said = missing if mapping is None else _status(organization)
        found.append(ModuleOrganizationRow._make((*facts, organization or "", said)))
    return [row for row in found if status in ("", row.status)]


def mappable_types(contract: str, *, as_of: date | None = None) -> list[MappableTypeRow]:
    """The billing types of the modules that count the contract's organization, with what they
    drive on the contract on a day (by default today); one row for each service driven.

    Raises NotFound for an unknown contract.
    """
    row, day = contract_named(contract), as_of or local_today()
    rows = fetch(
        f"""
        SELECT c.key, t.key, t.name, t.unit, t.shape, s.key, sm.id
        FROM billing_type t
        JOIN module_connection c ON c.id = t.connection_id
        LEFT JOIN service_mapping sm ON sm.billing_type_id = t.id AND sm.contract_id = %s
             AND {_on_the_day("sm")}
        LEFT JOIN contract_service s ON s.id = sm.contract_service_id
        WHERE t.connection_id IN (
            SELECT m.connection_id
            FROM organization_mapping om
            JOIN module_organization m ON m.id = om.module_organization_id
            WHERE om.organization_id = %s AND {_on_the_day("om")})
        ORDER BY t.id, sm.id
        """,
        [row.id, day, day, row.organization_id, day, day],
    )
    return [
        MappableTypeRow._make(
            (*facts, service or "", UNMAPPED if mapping is None else _status(service))
        )
        for *facts, service, mapping in rows
    ]


def suggested_mappings(*, module: str = "") -> list[SuggestionRow]:
    """Suggestions for the module organizations that are unmapped today; best first for each.

    Nothing is saved. Organizations that cannot be mapped to are never suggested.
    """
    wanted = [
        Unmapped(row.module, row.id, row.name, row.domain, row.hint)
        for row in module_organizations(module=module)
        if row.status in (UNMAPPED, NEW)
    ]
    among = [
        Known(row.key, row.name, row.domain)
        for row in organizations()
        if row.type not in UNMAPPABLE_TYPES
    ]
    return [
        SuggestionRow(
            found.unmapped.module,
            found.unmapped.id,
            found.unmapped.name,
            found.organization,
            found.score,
            found.reason,
            found.warning,
        )
        for found in suggest(wanted, among=among)
    ]


def overlap_warnings(*, contract: str | None = None, as_of: date | None = None) -> list[OverlapRow]:
    """Where a total and a part of it both drive a service of a contract on a day (today)."""
    day = as_of or local_today()
    found = ServiceMapping.objects.filter(contract_service__isnull=False).exclude(starts_on__gt=day)
    found = found.exclude(ends_on__lt=day).order_by("pk")
    if contract is not None:
        found = found.filter(contract_id=contract_named(contract).id)
    types: dict[tuple[str, str], dict[str, MappedType]] = defaultdict(dict)
    for owner, module, *kind in found.values_list(
        "contract__key",
        "billing_type__connection__key",
        "billing_type__key",
        "billing_type__name",
        "billing_type__overlaps",
    ):
        types[owner, module][kind[0]] = MappedType(*kind)
    return [
        OverlapRow(owner, module, total.key, part.key)
        for (owner, module), mapped in types.items()
        for total, part in both_mapped(mapped.values())
    ]


def _status(target: str | None) -> str:
    return IGNORED if target is None else MAPPED


def _on_the_day(table: str) -> str:
    """The condition that a mapping is in force on a day, which is given twice."""
    return (
        f"({table}.starts_on IS NULL OR {table}.starts_on <= %s) "
        f"AND ({table}.ends_on IS NULL OR {table}.ends_on >= %s)"
    )
