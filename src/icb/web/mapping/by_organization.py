""" "Map by Organization": a row for each organization, a column for each enabled module."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from icb.foundation.access import page
from icb.foundation.listing import Wanted
from icb.foundation.preferences import preference, remember
from icb.foundation.providers import local_today
from icb.hub.queries import modules
from icb.kernel.errors import InvalidInput
from icb.mapping.grid_queries import MappedHere, grid_page, mapped_to, options, suggested_to
from icb.web.lists.asked import address
from icb.web.mapping.saving import posted
from icb.web.mapping.tabs import tabs
from icb.web.shell import formats

SIZES = (25, 50, 100, 200)
_USUAL_SIZE = 50
_COLUMNS = "mapping-columns"
_LONGEST = 200
_STATES = ("mapped", "unmapped")


class Column(NamedTuple):
    """A module as a column of the grid."""

    key: str
    name: str


class Cell(NamedTuple):
    """What is mapped of one module: the first one's name, and how many more there are."""

    module: str
    text: str
    more: int


class Line(NamedTuple):
    """One organization of the grid."""

    key: str
    name: str
    type: str
    is_open: bool
    cells: list[Cell]


@page()
def grid(request: HttpRequest) -> HttpResponseBase:
    """One page of organizations with what is mapped to each, module by module."""
    wanted = _wanted(request)
    columns = ordered_columns()
    page_of_grid = grid_page(wanted)
    rows, total = page_of_grid.rows, page_of_grid.total
    mapped = mapped_to(row.id for row in rows)
    cells = _cells(mapped)
    lines = [
        Line(
            row.key,
            row.name,
            row.type,
            row.is_open,
            [_cell(column.key, cells[row.key, column.key]) for column in columns],
        )
        for row in rows
    ]
    context = {
        "tabs": tabs("organization"),
        "columns": columns,
        "lines": lines,
        "data": _data(mapped),
        "today": local_today(),
        "status": wanted.conditions.get("status", ""),
        "search": wanted.search,
        "is_narrowed": bool(wanted.search or wanted.conditions),
        **_place(request, wanted, total),
    }
    return render(request, "mapping/grid.html", context)


@page()
def choices(request: HttpRequest, *, module: str) -> HttpResponseBase:
    """Module organizations for what is typed into a cell."""
    found = options(module, words=request.GET.get("q", "")[:_LONGEST])
    return JsonResponse(
        [
            {
                "value": one.id,
                "text": one.name,
                "note": _note(one.id, one.parent, one.organization, is_ignored=one.is_ignored),
                "owner": one.organization,
                "seen": one.seen,
            }
            for one in found
        ],
        safe=False,
    )


@page()
def suggestions(request: HttpRequest) -> HttpResponseBase:
    """Suggestions for the organizations of the page that is named as the grid's own is."""
    rows = grid_page(_wanted(request)).rows
    found = suggested_to([row.key for row in rows if row.is_open])
    return JsonResponse(
        {
            "suggestions": [one._asdict() for one in found if one.organization],
            "warnings": [
                {"name": one.name, "module": one.module, "text": one.warning}
                for one in found
                if one.warning
            ],
        }
    )


@require_POST
@page()
def order_columns(request: HttpRequest) -> HttpResponseBase:
    """Remember the order of the modules."""
    order = posted(request).get("order")
    known = {row.key for row in modules()}
    if not isinstance(order, list) or not all(isinstance(key, str) for key in order):
        raise InvalidInput(
            field="order",
            message=_("order: it is no list of modules. Nothing was stored. Load the page again."),
        )
    remember(_COLUMNS, value=[key for key in dict.fromkeys(order) if key in known])
    return JsonResponse({"message": _("The order of the columns is remembered.")})


def ordered_columns() -> list[Column]:
    """The enabled modules in the order that the person chose; new ones come last."""
    order = {key: place for place, key in enumerate(preference(_COLUMNS, default=[]))}
    enabled = [Column(row.key, row.name) for row in modules() if row.is_enabled]
    return sorted(enabled, key=lambda column: order.get(column.key, len(order)))


def _wanted(request: HttpRequest) -> Wanted:
    size = request.GET.get("size", "")
    number = request.GET.get("page", "")
    rows = int(size) if size.isdecimal() and int(size[:6]) in SIZES else _USUAL_SIZE
    first = max(int(number[:6]), 1) if number.isdecimal() else 1
    status = request.GET.get("status", "")
    return Wanted(
        search=request.GET.get("q", "").strip()[:_LONGEST],
        conditions={"status": status} if status in _STATES else {},
        start=(first - 1) * rows,
        size=rows,
    )


def _cells(mapped: Sequence[MappedHere]) -> dict[tuple[str, str], list[MappedHere]]:
    cells: dict[tuple[str, str], list[MappedHere]] = defaultdict(list)
    for one in mapped:
        cells[one.organization, one.module].append(one)
    return cells


def _cell(module: str, mapped: Sequence[MappedHere]) -> Cell:
    return Cell(module, mapped[0].name if mapped else "", max(len(mapped) - 1, 0))


def _data(mapped: Sequence[MappedHere]) -> list[dict[str, str]]:
    """What the page's element has to know of each mapping."""
    today = local_today()
    return [
        {
            "organization": one.organization,
            "module": one.module,
            "id": one.id,
            "name": one.name,
            "seen": one.seen,
            "days": _days(one, is_later=one.starts_on is not None and one.starts_on > today),
        }
        for one in mapped
    ]


def _days(one: MappedHere, *, is_later: bool) -> str:
    start = formats.day(one.starts_on) or _("the first day it was seen")
    said = _("from %(day)s") % {"day": start}
    if is_later:
        said = _("only from %(day)s") % {"day": start}
    if one.ends_on:
        said += " " + _("to %(day)s") % {"day": formats.day(one.ends_on)}
    return said


def _note(id_: str, parent: str, organization: str, *, is_ignored: bool) -> str:
    parts = [id_]
    if parent:
        parts.append(_("site of %(name)s") % {"name": parent})
    if organization:
        parts.append(_("now mapped to %(name)s") % {"name": organization})
    if is_ignored:
        parts.append(_("ignored"))
    return " · ".join(parts)


def _place(request: HttpRequest, wanted: Wanted, total: int) -> dict[str, Any]:
    number = wanted.start // wanted.size + 1
    last = max((total - 1) // wanted.size + 1, 1)
    return {
        "total": total,
        "first_shown": min(wanted.start + 1, total),
        "last_shown": min(wanted.start + wanted.size, total),
        "page_number": number,
        "last_page": last,
        "size": wanted.size,
        "previous_address": address(request.GET, page=number - 1) if number > 1 else "",
        "next_address": address(request.GET, page=number + 1) if number < last else "",
        "sizes": [(size, address(request.GET, size=size, page=None)) for size in SIZES],
        "clear_address": reverse("organization-mapping"),
    }
