"""Reads of the mappings of one organization: what is mapped to it, what could be, what counts.

A fixed number of statements, whatever else the provider has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from rapidfuzz import fuzz

from icb.foundation.bulk import fetch, ids_in
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.hub.models import ModuleOrganization
from icb.hub.queries import readings
from icb.hub.reading import KeyRun, Reading
from icb.kernel.days import ONE_DAY, DayRange
from icb.kernel.errors import NotFound
from icb.kernel.quantity import Micro
from icb.mapping.feeds import days_between
from icb.mapping.models import OrganizationMapping
from icb.mapping.suggestions import LEAST, Known, Unmapped, normalised, suggest
from icb.organizations.queries import OrganizationRow, organizations


class MappedRow(NamedTuple):
    """A module organization that is, was or will be mapped to an organization.

    `status` is mapped, ended or planned on the day asked about.
    """

    module: str
    id: str
    name: str
    first_seen_on: date | None
    starts_on: date | None
    ends_on: date | None
    status: str
    actor: str
    recorded_at: datetime
    reason: str


class ChoiceRow(NamedTuple):
    """A module organization to choose; `organization` is whose it is today, empty for nobody's."""

    pk: int
    module: str
    id: str
    name: str
    organization: str
    is_ignored: bool


class ForOneRow(NamedTuple):
    """A module organization that is probably one organization's: how sure of 100, and why."""

    module: str
    id: str
    name: str
    score: int
    reason: str
    first_seen_on: date | None


class UsageRow(NamedTuple):
    """What one billing type at one module organization read on each of the days, oldest first.

    A unit count is in millionths; None: there was no reading, or it was not mapped on that day.
    """

    module: str
    billing_type: str
    unit: str
    module_organization: str
    id: str
    units: list[Micro | None]
    statuses: list[str]  # counted, estimated, held, waiting or empty


def mapped_modules(organization: str, *, as_of: date | None = None) -> list[MappedRow]:
    """Everything mapped to an organization on any day: what holds today first, then by module."""
    day = as_of or local_today()
    rows = OrganizationMapping.objects.filter(organization__key=organization).values_list(
        "module_organization__connection__key",
        "module_organization__external_id",
        "module_organization__name",
        "module_organization__first_seen_on",
        "starts_on",
        "ends_on",
        "actor",
        "recorded_at",
        "reason",
    )
    found = [
        MappedRow._make((*row[:6], _status(row[4], row[5], day), *row[6:]))
        for row in rows.order_by("module_organization__connection__key", "pk")
    ]
    return sorted(found, key=lambda row: ("mapped", "planned", "ended").index(row.status))


def module_organization_choices(search: str, *, limit: int = 20) -> list[ChoiceRow]:
    """Module organizations of which every word typed is in the name or id, by name."""
    today = local_today()
    found = ModuleOrganization.objects.order_by("name", "pk")
    for word in search.split():
        found = found.filter(name__icontains=word) | found.filter(external_id__icontains=word)
    rows = list(found.values_list("pk", "connection__key", "external_id", "name")[:limit])
    condition, params = ids_in("om.module_organization_id", ids=[row[0] for row in rows])
    owners: dict[int, str] = {
        owned: key or ""
        for owned, key in fetch(
            f"""
            SELECT om.module_organization_id, o.key FROM organization_mapping om
            LEFT JOIN organization o ON o.id = om.organization_id
            WHERE {condition} AND {_IN_FORCE}
            """,
            [*params, today, today],
        )
    }
    return [
        ChoiceRow._make((*row, owners.get(row[0], ""), row[0] in owners and not owners[row[0]]))
        for row in rows
    ]


def module_organization_of(pk: str) -> tuple[str, str]:
    """(module, id) of the module organization with this number; NotFound where there is none."""
    found = ModuleOrganization.objects.filter(pk=pk) if pk.isdecimal() else None
    row = found and found.values_list("connection__key", "external_id").first()
    if not row:
        raise NotFound(
            "unknown_module_organization",
            "module_organization: choose one of those that are offered. Nothing was stored.",
            field="module_organization",
        )
    return row[0], row[1]


def suggestions_for(organization: OrganizationRow) -> list[ForOneRow]:
    """What is unmapped today and probably this organization's, best first. Nothing is saved.

    One that fits several organizations equally well is suggested for none of them.
    """
    today = local_today()
    unmapped = fetch(
        f"""
        SELECT c.key, m.external_id, m.name, m.domain, m.hint, m.first_seen_on
        FROM module_organization m JOIN module_connection c ON c.id = m.connection_id
        WHERE m.provider_id = %s AND NOT EXISTS (
          SELECT 1 FROM organization_mapping om
          WHERE om.module_organization_id = m.id AND {_IN_FORCE})
        ORDER BY m.id
        """,
        [provider_id(), today, today],
    )
    near = [row for row in unmapped if _may_be(row, organization)]
    if not near:
        return []
    seen = {(row[0], row[1]): row[5] for row in near}
    among = [Known(row.key, row.name, row.domain) for row in organizations()]
    found = [
        one
        for one in suggest([Unmapped(*row[:5]) for row in near], among=among)
        if one.organization == organization.key
    ]
    return sorted(
        (
            ForOneRow(
                one.unmapped.module,
                one.unmapped.id,
                one.unmapped.name,
                one.score,
                one.reason,
                seen[one.unmapped.module, one.unmapped.id],
            )
            for one in found
        ),
        key=lambda row: -row.score,
    )


def organization_usage(organization: str, *, first: date, last: date) -> list[UsageRow]:
    """The daily units of everything that counts an organization, by module and billing type."""
    rows = fetch(
        """
        SELECT k.id, c.key, t.name, t.unit, m.name, m.external_id, om.starts_on, om.ends_on
        FROM organization o
        JOIN organization_mapping om ON om.organization_id = o.id
        JOIN module_organization m ON m.id = om.module_organization_id
        JOIN module_connection c ON c.id = m.connection_id
        JOIN count_key k ON k.module_organization_id = m.id
        JOIN billing_type t ON t.id = k.billing_type_id
        WHERE o.provider_id = %s AND o.key = %s
          AND (om.starts_on IS NULL OR om.starts_on <= %s)
          AND (om.ends_on IS NULL OR om.ends_on >= %s)
        ORDER BY c.key, t.name, m.name, k.id
        """,
        [provider_id(), organization, last, first],
    )
    owned: dict[int, list[DayRange]] = defaultdict(list)
    for key, *_names, starts_on, ends_on in rows:
        owned[key].append(days_between(starts_on, ends_on))
    found = readings(list(owned), start=first, end=last + ONE_DAY)
    days = [first + ONE_DAY * number for number in range((last - first).days + 1)]
    names = {row[0]: row[1:6] for row in rows}
    return [
        UsageRow._make((*names[key], *_daily(days, runs=found.get(key, []), owned=ranges)))
        for key, ranges in owned.items()
    ]


_IN_FORCE = (
    "(om.starts_on IS NULL OR om.starts_on <= %s) AND (om.ends_on IS NULL OR om.ends_on >= %s)"
)
_WORDS = {
    Reading.COUNTED: "counted",
    Reading.CARRIED: "estimated",
    Reading.HELD: "held",
    Reading.WAITING: "waiting",
    Reading.DEPARTED: "departed",
}


def _status(starts_on: date | None, ends_on: date | None, day: date) -> str:
    if ends_on is not None and ends_on < day:
        return "ended"
    return "planned" if starts_on is not None and starts_on > day else "mapped"


def _may_be(row: tuple[Any, ...], organization: OrganizationRow) -> bool:
    _module, id_, name, domain, hint, _seen = row
    key = organization.key.casefold()
    if key in (id_.casefold(), hint.casefold()):
        return True
    if domain and organization.domain and _plain(domain) == _plain(organization.domain):
        return True
    return fuzz.ratio(normalised(name), normalised(organization.name)) >= LEAST


def _plain(domain: str) -> str:
    return domain.strip().casefold().removeprefix("www.").rstrip(".")


def _daily(
    days: Sequence[date], *, runs: Sequence[KeyRun], owned: Sequence[DayRange]
) -> tuple[list[Micro | None], list[str]]:
    units: list[Micro | None] = []
    statuses: list[str] = []
    for day in days:
        run = next((one for one in runs if one.start <= day < one.end), None)
        if run is None or not any(part.contains(day) for part in owned):
            units.append(None)
            statuses.append("")
        else:
            units.append(run.units)
            statuses.append(_WORDS[run.status])
    return units, statuses
