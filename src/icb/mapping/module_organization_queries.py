"""The module organizations of one module with whose they are, page by page.

A fixed number of statements for a page of any length.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Lower

from icb.foundation.bulk import fetch, ids_in
from icb.foundation.listing import Asked, Kind, Page, Wanted, page_of
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.hub.models import ModuleOrganization
from icb.hub.queries import connection_named
from icb.kernel.quantity import Micro
from icb.mapping.grid_queries import versions
from icb.mapping.models import OrganizationMapping
from icb.mapping.queries import IGNORED, MAPPED, NEW, NEW_FOR, UNMAPPED
from icb.mapping.suggestions import Known, Suggestion, Unmapped, suggest
from icb.organizations.models import UNMAPPABLE_TYPES
from icb.organizations.queries import organizations


class LastCount(NamedTuple):
    """The last accepted count of one billing type, and the day since which it has read so."""

    billing_type: str
    units: Micro
    since: date


class ModuleOrganizationLine(NamedTuple):
    """A module organization, whose it is today, and what was counted there last.

    `parent` names the one it is a site of. `days` are the first and last of the mapping that
    stands; without one `status` is unmapped or new. `seen` is the state of its mappings.
    """

    key: int
    id: str
    name: str
    parent: str
    domain: str
    hint: str
    first_seen_on: date | None
    organization: str
    organization_name: str
    status: str
    days: tuple[date | None, date | None]
    counts: tuple[LastCount, ...] = ()
    seen: str = ""


_ASKED = {
    "name": Asked("name", is_searched=True),
    "id": Asked("external_id", is_searched=True),
    "parent": Asked("parent_name"),
    "domain": Asked("domain", is_searched=True),
    "first_seen": Asked("first_seen_on", Kind.DAY),
    "organization": Asked("owner_name", is_searched=True),
    "status": Asked("standing", Kind.CHOICE),
}
_FIELDS = (
    "pk",
    "external_id",
    "name",
    "parent_name",
    "domain",
    "hint",
    "first_seen_on",
    "owner_key",
    "owner_name",
    "standing",
    "starts_on",
    "ends_on",
)


def module_organization_page(wanted: Wanted) -> Page[ModuleOrganizationLine]:
    """One page of a module (condition `module`, its key): sites below what they belong to."""
    found = _standing(wanted.conditions.get("module", "")).order_by(
        Lower(Coalesce(F("parent_name"), F("name"))), F("parent_external_id"), Lower("name"), "pk"
    )
    page = page_of(found, wanted=wanted, columns=_ASKED, fields=_FIELDS, make=_line)
    return page._replace(rows=_with_counts(page.rows))


def lines_of(module: str, *, ids: Collection[str]) -> list[ModuleOrganizationLine]:
    """These module organizations of a module, by name; ids that it does not know are left out."""
    found = _standing(module).filter(external_id__in=ids).order_by(Lower("name"), "pk")
    return _with_counts([_line(row) for row in found.values_list(*_FIELDS)])


def suggestions_for(lines: Sequence[ModuleOrganizationLine], *, module: str) -> list[Suggestion]:
    """Suggestions for those of the lines that nobody has, best first for each."""
    wanted = [
        Unmapped(module, line.id, line.name, line.domain, line.hint)
        for line in lines
        if line.status in (UNMAPPED, NEW)
    ]
    among = [
        Known(row.key, row.name, row.domain)
        for row in organizations()
        if row.type not in UNMAPPABLE_TYPES
    ]
    return suggest(wanted, among=among)


def standing_counts(modules: Collection[str]) -> dict[str, tuple[int, int]]:
    """How many module organizations each module (by key) has, and how many nobody has today."""
    today = local_today()
    rows = fetch(
        """
        SELECT c.key, COUNT(DISTINCT m.id), COUNT(DISTINCT om.module_organization_id)
        FROM module_organization m
        JOIN module_connection c ON c.id = m.connection_id
        LEFT JOIN organization_mapping om ON om.module_organization_id = m.id
             AND (om.starts_on IS NULL OR om.starts_on <= %s)
             AND (om.ends_on IS NULL OR om.ends_on >= %s)
        WHERE m.provider_id = %s GROUP BY c.key
        """,
        [today, today, provider_id()],
    )
    return {key: (total, total - held) for key, total, held in rows if key in modules}


def _mappings(day: date) -> QuerySet[OrganizationMapping]:
    begun = Q(starts_on__isnull=True) | Q(starts_on__lte=day)
    return OrganizationMapping.objects.filter(begun).exclude(ends_on__lt=day)


def _standing(module: str) -> Any:
    """A module's organizations with whose they are today, and what they are sites of."""
    today, connection = local_today(), connection_named(module)
    held = _mappings(today).filter(module_organization=OuterRef("pk")).order_by("-pk")
    parents = ModuleOrganization.objects.filter(
        connection=OuterRef("connection"), external_id=OuterRef("parent_external_id")
    )
    found = ModuleOrganization.objects.filter(connection=connection)
    is_new = Q(first_seen_on__isnull=True) | Q(first_seen_on__gt=today - NEW_FOR)
    return found.annotate(
        parent_name=Subquery(parents.values("name")[:1]),
        owner_key=Subquery(held.values("organization__key")[:1]),
        owner_name=Subquery(held.values("organization__name")[:1]),
        starts_on=Subquery(held.values("starts_on")[:1]),
        ends_on=Subquery(held.values("ends_on")[:1]),
        standing=Case(
            When(owner_key__isnull=False, then=Value(MAPPED)),
            When(Exists(held), then=Value(IGNORED)),
            When(is_new, then=Value(NEW)),
            default=Value(UNMAPPED),
            output_field=CharField(),
        ),
    )


def _line(row: tuple[Any, ...]) -> ModuleOrganizationLine:
    *facts, starts_on, ends_on = row
    first_seen_on = facts.pop(6)
    pk, *texts = ["" if value is None else value for value in facts]
    return ModuleOrganizationLine._make(
        (pk, *texts[:5], first_seen_on, *texts[5:], (starts_on, ends_on), (), "")
    )


def _with_counts(lines: Sequence[ModuleOrganizationLine]) -> list[ModuleOrganizationLine]:
    ids = [line.key for line in lines]
    counts, seen = _last_counts(ids), versions(ids)
    return [
        line._replace(counts=tuple(counts.get(line.key, ())), seen=seen[line.key]) for line in lines
    ]


def _last_counts(module_organizations: Sequence[int]) -> dict[int, list[LastCount]]:
    chosen, params = ids_in("k.module_organization_id", ids=module_organizations)
    rows = fetch(
        f"""
        SELECT k.module_organization_id, t.name, COALESCE(c.kept_value, c.value), c.day
        FROM count_key k
        JOIN billing_type t ON t.id = k.billing_type_id
        JOIN usage_count c ON c.count_key_id = k.id AND c.replaced_at IS NULL
        WHERE {chosen} AND c.day = (
          SELECT MAX(x.day) FROM usage_count x
          WHERE x.count_key_id = k.id AND x.replaced_at IS NULL
          AND (x.state = 'counted' OR x.kept_value IS NOT NULL))
        ORDER BY t.id
        """,
        params,
    )
    found: dict[int, list[LastCount]] = defaultdict(list)
    for owner, name, units, since in rows:
        found[owner].append(LastCount(name, units, since))
    return found
