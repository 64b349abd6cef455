"""Pending and posted revenue, grouped and narrowed by module, month, organization and service."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from icb.billing.revenue_queries import (
    GROUPS,
    RevenueRow,
    revenue,
    revenue_by_month,
    revenue_page,
)
from icb.foundation.access import page
from icb.foundation.listing import Wanted
from icb.hub.module_queries import modules
from icb.kernel.errors import InvalidInput, NotFound
from icb.organizations.queries import currencies_in_use
from icb.web.lists.answer import answer_list
from icb.web.lists.asked import wanted_of
from icb.web.lists.columns import Column, Empty, Listing, Look
from icb.web.reports.charts import Point, charts
from icb.web.reports.tabs import tabs

_LABELS = {
    "module": lazy("Module"),
    "month": lazy("Month"),
    "organization": lazy("Organization"),
    "service": lazy("Service"),
}
_NO_NAME = {"module": lazy("No module"), "service": lazy("No service")}


def _module_choices() -> Sequence[tuple[str, Any]]:
    return [(row.key, row.name) for row in modules()]


def _currency_choices() -> Sequence[tuple[str, Any]]:
    return [(row.currency, row.currency) for row in currencies_in_use()]


def _filter(key: str, label: Any, **more: Any) -> Column:
    """A column that only narrows what is added up."""
    return Column(
        key=key, label=label, value=lambda row: None, is_sorted=False, is_shown=False, **more
    )


def _sum(key: str, label: Any) -> Column:
    return Column(
        key=key,
        label=label,
        value=lambda row: getattr(row, key),
        currency=lambda row: row.currency,
        look=Look.MONEY,
        is_filtered=False,
    )


def _columns(by: str) -> tuple[Column, ...]:
    fixed = (
        Column(
            key="name",
            label=_LABELS[by],
            value=lambda row: row.name or str(_NO_NAME.get(by, "")),
            is_filtered=False,
        ),
        Column(
            key="currency",
            label=lazy("Currency"),
            value=lambda row: row.currency,
            choices=_currency_choices,
        ),
        Column(
            key="items",
            label=lazy("Items"),
            value=lambda row: row.items,
            look=Look.NUMBER,
            is_filtered=False,
        ),
        _sum("pending", lazy("Pending")),
        _sum("posted", lazy("Posted")),
        _sum("total", lazy("In all")),
    )
    return (
        *fixed,
        _filter("period", lazy("Periods that begin"), look=Look.DAY),
        _filter("module", _LABELS["module"], choices=_module_choices),
        _filter("organization", _LABELS["organization"]),
        _filter("service", _LABELS["service"]),
    )


def _listing(by: str) -> Listing:
    return Listing(
        key=f"revenue-{by}",
        title=lazy("Revenue"),
        rows=partial(revenue_page, by=by),
        columns=_columns(by),
        empty=Empty(
            title=lazy("No revenue in these months"),
            text=lazy("A bill run drafts what is due: pending revenue. Posting makes it final."),
        ),
        template="reports/report.html",
    )


_LISTINGS = {by: _listing(by) for by in GROUPS}


@page()
def report_revenue(request: HttpRequest, *, by: str = "module") -> HttpResponseBase:
    """The report, grouped by `by`."""
    if by not in _LISTINGS:
        raise NotFound("unknown_report", _("There is no such report. Nothing was changed."))
    listing = _LISTINGS[by]
    wanted = wanted_of(listing, query=request.GET)
    try:
        points, rows = _points(wanted, by=by), revenue(wanted, by="month")
    except InvalidInput:
        points, rows = [], []  # the list says what cannot be read
    return answer_list(
        request,
        replace(listing, title=_("Reports")),
        tabs=tabs("reports"),
        groups=[(str(label), _address(key), key == by) for key, label in _LABELS.items()],
        heading=_("Pending and posted revenue"),
        charts=charts(points, title=_("Revenue by month")),
        totals=_totals(rows),
    )


def _points(wanted: Wanted, *, by: str) -> list[Point]:
    """By module where the table is, else pending and posted."""
    if by == "module":
        return [
            Point(row.month, row.name or _("No module"), row.currency, row.pending + row.posted)
            for row in revenue_by_month(wanted, by="module")
        ]
    found = []
    for row in revenue_by_month(wanted):
        found.append(Point(row.month, _("Pending"), row.currency, row.pending))
        found.append(Point(row.month, _("Posted"), row.currency, row.posted))
    return found


def _totals(rows: Sequence[RevenueRow]) -> list[tuple[str, list[tuple[str, Decimal]]]]:
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    for row in rows:
        before = sums[row.currency]
        sums[row.currency] = [
            before[0] + row.pending,
            before[1] + row.posted,
            before[2] + row.total,
        ]
    labels = (_("Pending"), _("Posted"), _("In all"))
    return [(code, list(zip(labels, sums[code], strict=True))) for code in sorted(sums)]


def _address(by: str) -> str:
    return reverse("reports") if by == "module" else reverse("report-revenue", kwargs={"by": by})
