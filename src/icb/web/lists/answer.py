"""The answer of a page that is a list: the page, the part of it that changed, or a file."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from icb.foundation.actor import allowed
from icb.foundation.listing import UNCOUNTED, Page, Wanted
from icb.foundation.preferences import preferences
from icb.kernel.errors import InvalidInput, without_commands
from icb.web.lists.asked import (
    SIZES,
    address,
    conditions_of,
    shown_columns,
    wanted_of,
    without_conditions,
)
from icb.web.lists.columns import Column, Listing, Look
from icb.web.lists.files import CSV, XLSX, as_file
from icb.web.shell import formats
from icb.web.templatetags.icb import state

_CLASSES = {
    Look.NUMBER: "num",
    Look.MONEY: "num",
    Look.PRICE: "num",
    Look.DAY: "day",
    Look.MOMENT: "moment",
}
_RANGES = {
    Look.DAY: "date",
    Look.MOMENT: "date",
    Look.NUMBER: "text",
    Look.MONEY: "text",
    Look.PRICE: "text",
}


class Cell(NamedTuple):
    """One value of a row as the table shows it."""

    text: str | SafeString
    css: str
    link: str
    note: str


class ShownRow(NamedTuple):
    """One row as the table shows it."""

    id: str
    cells: list[Cell]
    source: Any


class Head(NamedTuple):
    """The head of a column: where sorting by it leads, and how it is sorted now."""

    label: str
    css: str
    address: str
    order: str  # ascending, descending or empty


class Filter(NamedTuple):
    """The field that narrows a column, filled with what is asked now."""

    key: str
    label: str
    input: str  # the kind of field: text, date, choice, yes_no
    is_range: bool
    value: str
    first: str
    last: str
    choices: list[tuple[str, str]]
    source: str


class Chip(NamedTuple):
    """A condition in force, and the address without it."""

    text: str
    address: str


def answer_list(request: HttpRequest, listing: Listing, **more: Any) -> HttpResponseBase:
    """Answer with the list that the address asks for; `more` goes to the template.

    Raises InvalidInput for a condition that cannot be read, on the page itself.
    """
    stored = preferences([f"columns:{listing.key}", f"views:{listing.key}"])
    remembered = stored.get(f"columns:{listing.key}", [])
    columns = shown_columns(listing, query=request.GET, remembered=remembered)
    wanted = wanted_of(listing, query=request.GET)
    kind = request.GET.get("as", "")
    if kind in (CSV, XLSX):
        return as_file(listing, wanted=wanted, columns=columns, kind=kind)
    problem = ""
    try:
        page = listing.rows(wanted)
    except InvalidInput as error:
        page, problem = Page([], 0), without_commands(error.message)
    context = {
        "listing": listing,
        "problem": problem,
        **_table(request, listing, page=page, columns=columns),
        **_tools(request, listing, wanted=wanted, columns=columns),
        **_place(request, wanted, page),
        "views": stored.get(f"views:{listing.key}", []),
        **more,
    }
    is_part = request.headers.get("HX-Target") == f"list-{listing.key}"
    response = render(request, "lists/list.html" if is_part else listing.template, context)
    # The same address answers with a page or with a part of it: the back button must not mix them.
    response["Vary"] = "HX-Request"
    return response


def _table(
    request: HttpRequest, listing: Listing, *, page: Page[Any], columns: Sequence[Column]
) -> dict[str, Any]:
    sort = wanted_of(listing, query=request.GET).sort
    permissions = allowed()
    bulk = [action for action in listing.bulk if action.permission in permissions]
    row_id = listing.row_id or (lambda row: "")
    return {
        "heads": [_head(request, column, sort=sort) for column in columns],
        "rows": [
            ShownRow(str(row_id(row)), [cell_of(column, row=row) for column in columns], row)
            for row in page.rows
        ],
        "bulk": bulk,
    }


def cell_of(column: Column, *, row: Any) -> Cell:
    """What a column shows of a row."""
    value = column.value(row)
    return Cell(
        text=_shown(column, row, value=value),
        css=_CLASSES.get(column.look, ""),
        link=column.link(row) if column.link and value not in (None, "") else "",
        note=column.note(row) if column.note else "",
    )


def _shown(column: Column, row: Any, *, value: Any) -> str | SafeString:
    if column.look is Look.MONEY and isinstance(value, Decimal):
        currency = column.currency(row) if column.currency else ""
        shown = formats.amount(value, currency=currency)
        return format_html('{} <span class="currency">{}</span>', shown, currency)
    if column.look is Look.PRICE and isinstance(value, Decimal):
        return formats.price(value, currency=column.currency(row) if column.currency else "")
    if column.look is Look.STATE and value:
        label = dict(_choices(column)).get(str(value), "")
        return state(str(value), label=label, tone=column.tone(row) if column.tone else "")
    return formats.text(value)


def _head(request: HttpRequest, column: Column, *, sort: str) -> Head:
    css = _CLASSES.get(column.look, "")
    if not column.is_sorted:
        return Head(str(column.label), css, "", "")
    order = ""
    if sort.lstrip("-") == column.key:
        order = "descending" if sort.startswith("-") else "ascending"
    following = f"-{column.key}" if order == "ascending" else column.key
    where = address(request.GET, sort=following, page=None, at=None)
    return Head(str(column.label), css, where, order)


def _tools(
    request: HttpRequest, listing: Listing, *, wanted: Wanted, columns: Sequence[Column]
) -> dict[str, Any]:
    conditions = conditions_of(listing.columns, query=request.GET)
    filters = [
        _filter(column, text=conditions.get(column.key, ""))
        for column in listing.columns
        if column.is_filtered and column.key not in listing.extra
    ]
    shown = {column.key for column in columns}
    return {
        "wanted": wanted,
        "filters": filters,
        "chips": _chips(request, filters),
        "is_narrowed": bool(conditions or wanted.search),
        "clear_address": request.path,
        "choosable": [
            (column.key, column.label, column.key in shown) for column in listing.columns
        ],
        "csv_address": address(request.GET, **{"as": CSV}),
        "xlsx_address": address(request.GET, **{"as": XLSX}),
    }


def _filter(column: Column, *, text: str) -> Filter:
    first, is_range, last = text.partition("..")
    choices = [(str(value), str(label)) for value, label in _choices(column)]
    kind = _RANGES.get(column.look, "text")
    if column.look is Look.YES_NO:
        kind, choices = "choice", [("yes", _("Yes")), ("no", _("No"))]
    elif choices:
        kind = "choice"
    return Filter(
        key=column.key,
        label=str(column.label),
        input=kind,
        is_range=column.look in _RANGES,
        value=text,
        first=first,
        last=last if is_range else first,
        choices=choices,
        source=column.source,
    )


def _chips(request: HttpRequest, filters: Sequence[Filter]) -> list[Chip]:
    chips = []
    for one in filters:
        if not one.value:
            continue
        words = dict(one.choices)
        said = ", ".join(words.get(part, part) for part in one.value.split(","))
        if one.is_range:
            said = f"{one.first or '…'} – {one.last or '…'}" if one.first != one.last else one.first
        chips.append(Chip(f"{one.label}: {said}", without_conditions(request.GET, keys=[one.key])))
    return chips


def _place(request: HttpRequest, wanted: Wanted, page: Page[Any]) -> dict[str, Any]:
    sizes = [(size, address(request.GET, size=size, page=None, at=None)) for size in SIZES]
    if page.total == UNCOUNTED:
        return {
            "is_counted": False,
            "previous_address": address(request.GET, at=page.before) if page.before else "",
            "next_address": address(request.GET, at=page.after) if page.after else "",
            "sizes": sizes,
        }
    number = wanted.start // wanted.size + 1
    last = max((page.total - 1) // wanted.size + 1, 1)
    return {
        "is_counted": True,
        "total": page.total,
        "first_shown": min(wanted.start + 1, page.total),
        "last_shown": wanted.start + len(page.rows),
        "page_number": number,
        "last_page": last,
        "previous_address": address(request.GET, page=number - 1) if number > 1 else "",
        "next_address": address(request.GET, page=number + 1) if number < last else "",
        "sizes": sizes,
    }


def _choices(column: Column) -> Sequence[tuple[str, Any]]:
    return column.choices() if callable(column.choices) else column.choices
