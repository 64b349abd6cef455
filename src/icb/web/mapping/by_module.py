""" "Map by Module Organization": pick a module, and say whose each of its organizations is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.foundation.listing import Page, Wanted
from icb.hub.queries import connection_named, modules
from icb.mapping.grid_queries import mappable_organizations
from icb.mapping.module_organization_queries import (
    LastCount,
    ModuleOrganizationLine,
    module_organization_page,
    standing_counts,
    suggestions_for,
)
from icb.web.lists.answer import answer_list
from icb.web.lists.asked import without_conditions
from icb.web.lists.columns import Bulk, Column, Empty, Listing, Look
from icb.web.mapping.tabs import tabs
from icb.web.shell import formats

_SHOWN_COUNTS = 1
_LONGEST = 200
_STATES = (
    ("unmapped", gettext_lazy("Unmapped")),
    ("new", gettext_lazy("New")),
    ("mapped", gettext_lazy("Mapped")),
    ("ignored", gettext_lazy("Ignored")),
)


@page()
def first_module(request: HttpRequest) -> HttpResponseBase:
    """The module with most to map; without any module, what to do."""
    enabled = [row.key for row in modules() if row.is_enabled]
    if not enabled:
        return render(request, "mapping/no_module.html", {"tabs": tabs("module")})
    counts = standing_counts(enabled)
    most = max(enabled, key=lambda key: counts.get(key, (0, 0))[1])
    return redirect("organization-mapping-by-module", module=most)


@page()
def module_organizations(request: HttpRequest, *, module: str) -> HttpResponseBase:
    """The organizations and sites of one module, with suggestions where they are asked for."""
    is_suggesting = bool(request.GET.get("suggested"))
    enabled = [row for row in modules() if row.is_enabled or row.key == module]
    counts = standing_counts([row.key for row in enabled])
    here = next((row for row in enabled if row.key == module), None) or connection_named(module)
    listing = _listing(module, is_suggesting=is_suggesting)
    more = {
        "tabs": tabs("module"),
        "module": here,
        "choices": [
            (row.name, reverse("organization-mapping-by-module", kwargs={"module": row.key}),
             row.key == module, counts.get(row.key, (0, 0))[1])
            for row in enabled
        ],
        "states": _STATES,
        "state": request.GET.get("f.status", ""),
        "is_suggesting": is_suggesting,
        "all_address": without_conditions(request.GET, keys=["status"]),
    }  # fmt: skip
    return answer_list(request, listing, **more)


@page()
def organization_choices(request: HttpRequest) -> HttpResponseBase:
    """Organizations for what is typed; none of those that cannot be mapped to."""
    found = mappable_organizations(request.GET.get("q", "")[:_LONGEST])
    return JsonResponse(
        [{"value": row.key, "text": row.name, "note": row.key} for row in found], safe=False
    )


def _listing(module: str, *, is_suggesting: bool) -> Listing:
    decide = reverse("mapping-decide", kwargs={"module": module})
    rows = _Suggesting(module) if is_suggesting else module_organization_page
    bulk = [
        Bulk(label=gettext_lazy("Map…"), address=f"{decide}?what=map", permission=Permission.MAP),
        Bulk(
            label=gettext_lazy("Ignore…"),
            address=f"{decide}?what=ignore",
            permission=Permission.MAP,
        ),
        Bulk(label=gettext_lazy("End…"), address=f"{decide}?what=end", permission=Permission.MAP),
        Bulk(
            label=gettext_lazy("Create the organization…"),
            address=f"{decide}?what=create",
            permission=Permission.MANAGE_ORGANIZATIONS,
        ),
    ]
    columns = [*_COLUMNS]
    if is_suggesting:
        columns.insert(2, rows.column if isinstance(rows, _Suggesting) else _COLUMNS[0])
        save = Bulk(
            label=gettext_lazy("Map as suggested…"),
            address=f"{decide}?what=suggested",
            permission=Permission.MAP,
        )
        bulk.insert(0, save)
    name = replace(_COLUMNS[0], link=lambda row: f"{decide}?what=map&row={row.id}")
    columns[0] = name
    return Listing(
        key="module-organizations",
        title=_("Module organizations"),
        rows=rows,
        columns=columns,
        row_id=lambda row: row.id,
        bulk=bulk,
        search=_("Search name, id, domain or organization"),
        extra={"module": module},
        empty=Empty(
            title=_("This module has reported no organization yet"),
            text=_("They come with the first sync, push or file of counts."),
        ),
        template="mapping/by_module.html",
    )


class _Suggesting:
    """The rows of a page, and the column that says what is suggested for them."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._said: dict[str, list[str]] = {}
        self.column = Column(
            key="suggested",
            label=gettext_lazy("Suggested"),
            value=lambda row: "; ".join(self._said.get(row.id, [])[:1]),
            note=lambda row: "; ".join(self._said.get(row.id, [])[1:]),
            is_sorted=False,
            is_filtered=False,
        )

    def __call__(self, wanted: Wanted) -> Page[ModuleOrganizationLine]:
        found = module_organization_page(wanted)
        for one in suggestions_for(found.rows, module=self._module):
            said = one.warning or _("%(key)s · %(score)s of 100 · %(reason)s") % {
                "key": one.organization, "score": one.score, "reason": one.reason
            }  # fmt: skip
            self._said.setdefault(one.unmapped.id, []).append(said)
        return found


def count_words(counts: Sequence[LastCount]) -> str:
    """The last counts in a line: the first ones, and how many more there are."""
    parts = [f"{formats.micro(one.units)} {one.billing_type}" for one in counts[:_SHOWN_COUNTS]]
    if len(counts) > _SHOWN_COUNTS:
        parts.append(_("%(count)s more") % {"count": len(counts) - _SHOWN_COUNTS})
    return " · ".join(parts)


def _name(row: ModuleOrganizationLine) -> str:
    return f"↳ {row.name}" if row.parent else row.name


def _name_note(row: ModuleOrganizationLine) -> str:
    return _("site of %(name)s") % {"name": row.parent} if row.parent else ""


def _days_note(row: ModuleOrganizationLine) -> str:
    first, last = row.days
    if row.status not in ("mapped", "ignored") or (first is None and last is None):
        return ""
    said = _("from %(day)s") % {"day": formats.day(first)} if first else ""
    until = _("to %(day)s") % {"day": formats.day(last)} if last else ""
    return " ".join(part for part in (said, until) if part)


_COLUMNS: tuple[Column, ...] = (
    Column(key="name", label=gettext_lazy("Module organization"), value=_name, note=_name_note),
    Column(
        key="organization",
        label=gettext_lazy("Organization"),
        value=lambda row: row.organization_name,
        note=_days_note,
    ),
    Column(
        key="status",
        label=gettext_lazy("Status"),
        value=lambda row: row.status,
        look=Look.STATE,
        choices=_STATES,
    ),
    Column(
        key="count",
        label=gettext_lazy("Last count"),
        value=lambda row: count_words(row.counts),
        is_sorted=False,
        is_filtered=False,
    ),
    Column(
        key="first_seen",
        label=gettext_lazy("First seen"),
        value=lambda row: row.first_seen_on,
        look=Look.DAY,
    ),
    Column(key="id", label=gettext_lazy("Id"), value=lambda row: row.id, is_shown=False),
    Column(
        key="parent", label=gettext_lazy("Site of"), value=lambda row: row.parent, is_shown=False
    ),
    Column(
        key="domain", label=gettext_lazy("Domain"), value=lambda row: row.domain, is_shown=False
    ),
)
