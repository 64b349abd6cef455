"""Reads for the page on which many organizations are mapped at once, by organization.

A fixed number of statements for a page of any length.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q
from rapidfuzz import fuzz, process

from icb.foundation.bulk import fetch, ids_in
from icb.foundation.listing import Asked, Kind, Page, Wanted, page_of
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.hub.queries import connection_named
from icb.mapping.models import OrganizationMapping
from icb.mapping.suggestions import (
    LEAST,
    Known,
    Suggestion,
    Unmapped,
    compared_by,
    normalised,
    suggest,
)
from icb.mapping.versions import NEVER_MAPPED, version_of
from icb.organizations.models import UNMAPPABLE_TYPES, Organization
from icb.organizations.queries import organizations

OPTIONS = 20
"""So many module organizations are offered for what is typed."""
_MAPPED, _FREE = "mapped", "unmapped"


class GridRow(NamedTuple):
    """An organization of the page; one that is not `is_open` takes no further mappings."""

    id: int
    key: str
    name: str
    type: str
    is_open: bool


class MappedHere(NamedTuple):
    """A module organization that is mapped to an organization today or from a later day on.

    `seen` is the state of its mappings, to be given back with a change of them.
    """

    organization: str
    module: str
    id: str
    name: str
    starts_on: date | None
    ends_on: date | None
    seen: str


class Option(NamedTuple):
    """A module organization that may be chosen; `organization` has it now, if one does."""

    id: str
    name: str
    parent: str
    organization: str
    is_ignored: bool
    seen: str


class SuggestedHere(NamedTuple):
    """The best suggestion for an unmapped module organization, for an organization of the page;
    or, where several are equally good, none and a warning."""

    organization: str
    module: str
    id: str
    name: str
    score: int
    reason: str
    warning: str
    seen: str


_ASKED = {
    "name": Asked("name", is_searched=True),
    "key": Asked("key", is_searched=True),
    "domain": Asked("domain", is_searched=True),
    "type": Asked("type", Kind.CHOICE),
}


def grid_page(wanted: Wanted) -> Page[GridRow]:
    """Organizations that can be mapped to, by name; others only while something is mapped to them.

    The condition `status` narrows to those with a mapping (mapped) or without one (unmapped),
    `open` to those that can be mapped to.
    """
    today = local_today()
    standing = OrganizationMapping.objects.filter(organization=OuterRef("pk")).exclude(
        ends_on__lt=today
    )
    is_open = ~Q(type__in=UNMAPPABLE_TYPES)
    is_shown = is_open if wanted.conditions.get("open") else is_open | Exists(standing)
    found = Organization.objects.filter(is_shown)
    status = wanted.conditions.get("status", "")
    if status in (_MAPPED, _FREE):
        found = found.filter(Exists(standing) if status == _MAPPED else ~Exists(standing))
    return page_of(
        found.order_by("name", "pk"),
        wanted=wanted,
        columns=_ASKED,
        fields=("pk", "key", "name", "type"),
        make=lambda row: GridRow._make((*row, row[3] not in UNMAPPABLE_TYPES)),
    )


def mapped_to(organization_ids: Iterable[int]) -> list[MappedHere]:
    """What is mapped to these organizations today or later, by organization and as entered."""
    chosen, params = ids_in("om.organization_id", ids=organization_ids)
    rows = fetch(
        f"""
        SELECT m.id, o.key, c.key, m.external_id, m.name, om.starts_on, om.ends_on
        FROM organization_mapping om
        JOIN organization o ON o.id = om.organization_id
        JOIN module_organization m ON m.id = om.module_organization_id
        JOIN module_connection c ON c.id = m.connection_id
        WHERE {chosen} AND (om.ends_on IS NULL OR om.ends_on >= %s)
        ORDER BY o.id, c.id, om.id
        """,
        [*params, local_today()],
    )
    seen = versions(row[0] for row in rows)
    return [MappedHere._make((*row[1:], seen[row[0]])) for row in rows]


def versions(module_organization_ids: Iterable[int]) -> dict[int, str]:
    """The state of the mappings of each of these module organizations."""
    wanted = sorted(set(module_organization_ids))
    chosen, params = ids_in("module_organization_id", ids=wanted)
    rows: dict[int, list[tuple[int, date | None, date | None]]] = defaultdict(list)
    for owner, *mapping in fetch(
        "SELECT module_organization_id, id, starts_on, ends_on FROM organization_mapping "
        f"WHERE {chosen}",
        params,
    ):
        rows[owner].append((mapping[0], mapping[1], mapping[2]))
    return {owner: version_of(rows.get(owner, ())) for owner in wanted}


def options(module: str, *, words: str) -> list[Option]:
    """Module organizations whose name or id holds all the words: free ones first, then by name.

    Raises NotFound for a module that is not connected.
    """
    connection = connection_named(module)
    day = local_today()
    where, params = "", []
    for word in words.casefold().split()[:8]:
        part = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        where += (
            " AND (LOWER(m.name) LIKE %s ESCAPE '\\' OR LOWER(m.external_id) LIKE %s ESCAPE '\\')"
        )
        params += [part, part]
    rows = fetch(
        f"""
        SELECT m.id, m.external_id, m.name, COALESCE(p.name, ''), COALESCE(o.name, ''),
               CASE WHEN om.id IS NOT NULL AND o.id IS NULL THEN 1 ELSE 0 END
        FROM module_organization m
        LEFT JOIN module_organization p
          ON p.connection_id = m.connection_id AND p.external_id = m.parent_external_id
        LEFT JOIN organization_mapping om ON om.module_organization_id = m.id
             AND (om.starts_on IS NULL OR om.starts_on <= %s)
             AND (om.ends_on IS NULL OR om.ends_on >= %s)
        LEFT JOIN organization o ON o.id = om.organization_id
        WHERE m.connection_id = %s {where}
        ORDER BY CASE WHEN om.id IS NULL THEN 0 ELSE 1 END, LOWER(m.name), m.id
        LIMIT %s
        """,
        [day, day, connection.pk, *params, OPTIONS],
    )
    seen = versions(row[0] for row in rows)
    return [Option._make((*row[1:5], bool(row[5]), seen[row[0]])) for row in rows]


def suggested_to(keys: Sequence[str]) -> list[SuggestedHere]:
    """The best suggestion for each unmapped module organization that goes to one of these
    organizations, and the warnings that name one of them. Nothing is saved.

    Of the module organizations only those are compared with all organizations that share something
    with one of the page, or are called nearly like it.
    """
    among = [row for row in organizations() if row.type not in UNMAPPABLE_TYPES]
    known = [Known(row.key, row.name, row.domain) for row in among]
    here = [one for one in known if one.key in set(keys)]
    free = _unmapped()
    near = _near(here, [one for _, one in free])
    ids = {(one.module, one.id): id_ for id_, one in free}
    best: dict[tuple[str, str], Suggestion] = {}
    for found in suggest(near, among=known):
        best.setdefault((found.unmapped.module, found.unmapped.id), found)
    shown = {
        place: one
        for place, one in best.items()
        if one.organization in set(keys) or (one.warning and set(one.equals) & set(keys))
    }
    seen = versions(ids[place] for place in shown)
    return [
        SuggestedHere(
            one.organization,
            *place,
            one.unmapped.name,
            one.score,
            one.reason,
            one.warning,
            seen.get(ids[place], NEVER_MAPPED),
        )
        for place, one in shown.items()
    ]


def _unmapped() -> list[tuple[int, Unmapped]]:
    """The module organizations of enabled modules that nobody has today."""
    day = local_today()
    rows = fetch(
        """
        SELECT m.id, c.key, m.external_id, m.name, m.domain, m.hint
        FROM module_organization m
        JOIN module_connection c ON c.id = m.connection_id
        WHERE m.provider_id = %s AND c.is_enabled AND NOT EXISTS (
          SELECT 1 FROM organization_mapping om WHERE om.module_organization_id = m.id
          AND (om.starts_on IS NULL OR om.starts_on <= %s)
          AND (om.ends_on IS NULL OR om.ends_on >= %s))
        ORDER BY c.id, m.id
        """,
        [provider_id(), day, day],
    )
    return [(row[0], Unmapped(*row[1:])) for row in rows]


def _near(here: Sequence[Known], free: Sequence[Unmapped]) -> list[Unmapped]:
    """Those that share an id, domain or name with an organization, or have nearly its name."""
    shared = {
        value for one in here for value in compared_by(one.key, domain=one.domain, name=one.name)
    }
    names = [normalised(one.name) for one in free]
    chosen = {
        index
        for index, one in enumerate(free)
        if shared & compared_by(one.id, domain=one.domain, name=one.name)
        or shared & compared_by(one.hint)
    }
    for one in here:
        name = normalised(one.name)
        found = process.extract(name, names, scorer=fuzz.ratio, score_cutoff=LEAST, limit=None)
        chosen |= {index for _, _, index in found} if name else set()
    return [free[index] for index in sorted(chosen)]


def mappable_organizations(words: str, *, limit: int = OPTIONS) -> list[GridRow]:
    """Organizations that can be mapped to and whose name, key or domain holds all the words."""
    page = grid_page(Wanted(search=words, conditions={"open": "yes"}, size=limit))
    return list(page.rows)
