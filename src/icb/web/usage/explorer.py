"""The usage explorer: by organization, module, billing type and days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from icb.foundation.access import page
from icb.foundation.listing import Page, Wanted
from icb.foundation.providers import local_today
from icb.kernel.errors import InvalidInput, without_commands
from icb.kernel.quantity import Micro, micro_to_decimal
from icb.mapping.day_series import DayUnits
from icb.mapping.usage_queries import Part, Series, UsageFilter, counted_types, usage_series
from icb.organizations.queries import organizations
from icb.web.lists.columns import Column, Empty, Listing, Look
from icb.web.lists.files import CSV, XLSX, as_file
from icb.web.shell import formats
from icb.web.usage.chart import Point, small_chart, step_chart, words_of

_USUAL_DAYS = 30
_RANGES = (30, 90, 365)
_LONGEST = 200
_SHOWN_PARTS = 100


class DayRow(NamedTuple):
    """One day of the table beside the chart."""

    day: date
    units: Micro | None
    change: str
    state: str
    words: str
    note: str
    snapshot: int | None


class SeriesRow(NamedTuple):
    """One series in the list of an organization's."""

    series: Series
    address: str
    chart: SafeString
    last: DayUnits
    change: str


class PartRow(NamedTuple):
    """One module organization of a series."""

    part: Part
    address: str
    last: DayUnits
    chart: SafeString


@page()
def usage(request: HttpRequest) -> HttpResponseBase:
    """What is counted at all, what one organization is counted by, or one series day by day."""
    wanted, problem = _wanted(request)
    types = counted_types()
    context: dict[str, Any] = {
        "wanted": wanted,
        "problem": problem,
        "modules": list(dict.fromkeys((one.module, one.module_name) for one in types)),
        "types": [one for one in types if one.module == wanted.module],
        "ranges": _ranges(wanted),
    }
    series: list[Series] = []
    is_one = bool(wanted.module and wanted.billing_type)
    if not problem and (is_one or wanted.organization):
        try:
            series = usage_series(wanted, parts=_SHOWN_PARTS if is_one else 0)
        except InvalidInput as error:
            context["problem"] = without_commands(error.message)
    context["organization_name"] = _name_of(wanted.organization, series)
    if is_one and series:
        if request.GET.get("as") in (CSV, XLSX):
            return _file(series[0], wanted, kind=request.GET["as"])
        context |= _one_series(series[0], wanted)
    elif not is_one and wanted.organization:
        context["listed"] = [_listed(one, wanted) for one in series]
    elif not is_one:
        context["counted"] = [
            (one, _address(wanted, module=one.module, type=one.billing_type))
            for one in types
            if wanted.module in ("", one.module)
        ]
    return render(request, "usage/usage.html", context)


def _wanted(request: HttpRequest) -> tuple[UsageFilter, str]:
    """What the address asks for, and what of it cannot be read."""
    today, query, problem = local_today(), request.GET, ""
    days = {"from": today - timedelta(days=_USUAL_DAYS - 1), "to": today}
    for name in days:
        text = query.get(name, "").strip()[:_LONGEST]
        try:
            days[name] = date.fromisoformat(text) if text else days[name]
        except ValueError:
            problem = _("%(name)s: %(text)s is not a day. Give one as 2026-01-31.") % {
                "name": name, "text": text
            }  # fmt: skip
    texts = {
        name: query.get(name, "").strip()[:_LONGEST]
        for name in ("organization", "module", "type", "id")
    }
    wanted = UsageFilter(
        first=days["from"],
        last=days["to"],
        organization=texts["organization"],
        module=texts["module"],
        billing_type=texts["type"] if texts["module"] else "",
        module_organization=texts["id"],
    )
    return wanted, problem


def _name_of(key: str, series: Sequence[Series]) -> str:
    """What the organization is called: by what is mapped to it, else by its own record."""
    parts = (part for one in series for part in one.parts if part.organization_key == key)
    if not key or (part := next(parts, None)):
        return part.organization if key and part else ""
    found = organizations(keys=[key])
    return found[0].name if found else key


def _address(wanted: UsageFilter, **changes: str) -> str:
    """The page of the same, with some of it replaced."""
    asked = {
        "organization": wanted.organization,
        "module": wanted.module,
        "type": wanted.billing_type,
        "id": wanted.module_organization,
        "from": wanted.first.isoformat(),
        "to": wanted.last.isoformat(),
        **changes,
    }
    return f"{reverse('usage')}?{urlencode({name: text for name, text in asked.items() if text})}"


def _ranges(wanted: UsageFilter) -> list[tuple[str, str, bool]]:
    """Label, address and whether it is asked for, of each usual range up to today."""
    today = local_today()
    found = []
    for days in _RANGES:
        first = today - timedelta(days=days - 1)
        address = _address(wanted, **{"from": first.isoformat(), "to": today.isoformat()})
        is_here = (wanted.first, wanted.last) == (first, today)
        found.append((_("%(days)s days") % {"days": days}, address, is_here))
    return found


def _one_series(series: Series, wanted: UsageFilter) -> dict[str, Any]:
    known = [one.units for one in series.days if one.units is not None]
    title = _("%(name)s from %(first)s to %(last)s, day by day; the numbers are in the table.") % {
        "name": series.name,
        "first": formats.day(wanted.first),
        "last": formats.day(wanted.last),
    }
    return {
        "series": series,
        "chart": step_chart(_points(series.days), title=title, name="usage"),
        "rows": _day_rows(series),
        "highest": max(known, default=None),
        "lowest": min(known, default=None),
        "last_known": _last(series.days),
        "unsure": sum(one.state not in ("counted", "") for one in series.days),
        "without": sum(one.units is None for one in series.days),
        "parts": [_part_row(one, wanted) for one in series.parts],
        "more_parts": series.keys - len(series.parts),
        "is_part": series.keys == 1,
        "csv_address": _address(wanted, **{"as": CSV}),
        "xlsx_address": _address(wanted, **{"as": XLSX}),
        "whole_address": _address(wanted, id="") if wanted.module_organization else "",
    }


def _points(days: Sequence[DayUnits]) -> list[Point]:
    return [Point(one.day, one.units, one.state) for one in days]


def _last(days: Sequence[DayUnits]) -> DayUnits:
    """The last day that is more than waited for; else the last with any reading, else the last."""
    known = [one for one in days if one.units is not None]
    told = [one for one in known if one.state != "waiting"]
    return (told or known or list(days))[-1]


def _day_rows(series: Series) -> list[DayRow]:
    """Newest first, each with its change against the day before."""
    rows, before = [], None
    for one in series.days:
        rows.append(
            DayRow(
                one.day,
                one.units,
                _change(before, one.units),
                one.state or "none",
                words_of(one.state),
                _note(one),
                series.snapshots.get(one.day),
            )
        )
        before = one.units
    return rows[::-1]


def _change(before: Micro | None, after: Micro | None) -> str:
    if before is None or after is None or before == after:
        return ""
    sign = "+" if after > before else "−"
    return f"{sign}{formats.micro(abs(after - before))}"


def _note(one: DayUnits) -> str:
    """Why the day is held, and of several keys how many are in doubt."""
    parts = [reason_words(one.reason)] if one.reason else []
    if one.doubted and one.keys > 1:
        parts.append(_("%(doubted)s of %(keys)s") % {"doubted": one.doubted, "keys": one.keys})
    return ", ".join(parts)


def reason_words(reason: str) -> str:
    """Why something is held, in a few words."""
    return {
        "fall": _("fell too far"),
        "rise": _("rose too far"),
        "identity": _("another client under the same id"),
        "gap": _("no answer for too long"),
        "absent": _("missing from the answers"),
        "quarantined": _("the whole answer waits"),
        "double_mapping": _("two types drive one service"),
    }.get(reason, reason.replace("_", " "))


def _listed(series: Series, wanted: UsageFilter) -> SeriesRow:
    first = next((one.units for one in series.days if one.units is not None), None)
    last = _last(series.days)
    return SeriesRow(
        series,
        _address(wanted, module=series.module, type=series.billing_type),
        small_chart(_points(series.days), title=_("Course of %(name)s") % {"name": series.name}),
        last,
        _change(first, last.units),
    )


def _part_row(part: Part, wanted: UsageFilter) -> PartRow:
    return PartRow(
        part,
        _address(wanted, id=part.id),
        _last(part.days),
        small_chart(_points(part.days), title=_("Course of %(name)s") % {"name": part.name}),
    )


def _file(series: Series, wanted: UsageFilter, *, kind: str) -> HttpResponseBase:
    """The days of a series as a file."""
    rows = _day_rows(series)
    listing = Listing(
        key="usage",
        title=_("Usage"),
        columns=(
            Column(key="day", label=_("Day"), value=lambda row: row.day, look=Look.DAY),
            Column(key="units", label=_("Units"), value=_plain_units, look=Look.NUMBER),
            Column(key="state", label=_("How it is known"), value=_known),
            Column(key="snapshot", label=_("Snapshot"), value=lambda row: row.snapshot),
        ),
        rows=lambda asked: Page(rows[asked.start :] if asked.start else rows, len(rows)),
        empty=Empty(title=""),
    )
    return as_file(listing, wanted=Wanted(), columns=listing.columns, kind=kind)


def _known(row: DayRow) -> str:
    return f"{row.words}: {row.note}" if row.note else row.words


def _plain_units(row: DayRow) -> Any:
    return None if row.units is None else micro_to_decimal(row.units)
