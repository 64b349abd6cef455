"""Usage that is on no line that was billed, in money, and changes of units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from icb.billing.unbilled_report import (
    ASKED,
    Unbilled,
    UnbilledSince,
    UnbilledSum,
    open_unbilled,
    start_unbilled,
    usual_since,
)
from icb.contracts.unit_change_queries import unit_change_page, unit_changes_by_month
from icb.foundation.access import page
from icb.foundation.listing import Page, Wanted, page_of_rows
from icb.kernel.errors import InvalidInput
from icb.web.lists.answer import answer_list
from icb.web.lists.asked import wanted_of
from icb.web.lists.columns import Column, Empty, Listing, Look
from icb.web.reports.charts import Point, charts
from icb.web.reports.tabs import tabs

REASONS = (
    ("unmapped", lazy("Unmapped")),
    ("waived", lazy("Waived")),
    ("ignored", lazy("Ignored")),
    ("held", lazy("Held")),
    ("waiting", lazy("Waiting")),
    ("deferred", lazy("Deferred")),
    ("out_of_cover", lazy("Out of cover")),
)


def _no_rows(wanted: Wanted) -> Page[Unbilled]:
    """Which rows there are is said for each page that is asked for."""
    return page_of_rows((), wanted=wanted, columns=ASKED)


UNBILLED = Listing(
    key="unbilled",
    title=lazy("Reports"),
    rows=_no_rows,
    search=lazy("Search module, organization there or billing type"),
    columns=(
        Column(
            key="reason",
            label=lazy("Reason"),
            value=lambda row: row.reason,
            choices=REASONS,
            look=Look.STATE,
        ),
        Column(key="module", label=lazy("Module"), value=lambda row: row.module),
        Column(
            key="module_organization",
            label=lazy("Organization there"),
            value=lambda row: row.module_organization,
        ),
        Column(key="billing_type", label=lazy("Billing type"), value=lambda row: row.billing_type),
        Column(key="from", label=lazy("From"), value=lambda row: row.from_day, look=Look.DAY),
        Column(key="to", label=lazy("To"), value=lambda row: row.to_day, look=Look.DAY),
        Column(
            key="unit_days",
            label=lazy("Unit-days"),
            value=lambda row: row.unit_days,
            look=Look.NUMBER,
        ),
        Column(
            key="amount",
            label=lazy("Amount"),
            value=lambda row: row.amount,
            currency=lambda row: row.currency,
            look=Look.MONEY,
        ),
        Column(
            key="currency", label=lazy("Currency"), value=lambda row: row.currency, is_shown=False
        ),
    ),
    empty=Empty(
        title=lazy("All counted usage is billed"),
        text=lazy("Usage that is on no line would stand here with its reason and its money."),
    ),
    template="reports/report.html",
)

_NOT_YET = Empty(
    title=lazy("Not worked out yet"),
    text=lazy("With so many counts a job does it. It takes less than a minute, and can be left."),
)

UNIT_CHANGES = Listing(
    key="unit-changes",
    title=lazy("Reports"),
    rows=unit_change_page,
    search=lazy("Search organization, contract or service"),
    columns=(
        Column(key="day", label=lazy("From"), value=lambda row: row.day, look=Look.DAY),
        Column(
            key="organization",
            label=lazy("Organization"),
            value=lambda row: row.organization_name,
            link=lambda row: reverse("organization", kwargs={"key": row.organization}),
        ),
        Column(
            key="contract",
            label=lazy("Contract"),
            value=lambda row: row.contract,
            link=lambda row: reverse("contract", kwargs={"key": row.contract}),
        ),
        Column(key="service", label=lazy("Service"), value=lambda row: row.service),
        Column(key="before", label=lazy("Before"), value=lambda row: row.before, look=Look.NUMBER),
        Column(key="after", label=lazy("After"), value=lambda row: row.after, look=Look.NUMBER),
        Column(key="change", label=lazy("Change"), value=lambda row: row.change, look=Look.NUMBER),
        Column(key="actor", label=lazy("By"), value=lambda row: row.actor, is_shown=False),
    ),
    empty=Empty(
        title=lazy("No unit has changed yet"),
        text=lazy("Each change of units on a contract, by counts or by hand, is told here."),
    ),
    template="reports/report.html",
)


@page()
def report_unbilled(request: HttpRequest) -> HttpResponseBase:
    """Usage that is not billed, since the month before this one or the day that is asked for."""
    since = _since(request.GET.get("since", ""))
    report = UnbilledSince(since)
    listing = replace(UNBILLED, rows=report.page)
    if report.is_missing:
        listing = replace(listing, empty=_NOT_YET)
    words = {key: str(label) for key, label in REASONS}
    sums = _sums(listing, request, report)
    points = [
        Point(
            row.from_day.replace(day=1), words.get(row.reason, row.reason), row.currency, row.amount
        )
        for row in sums
    ]
    return answer_list(
        request,
        listing,
        tabs=tabs("report-unbilled"),
        heading=_("Unbilled usage"),
        charts=charts(points, title=_("Unbilled usage by month")),
        totals=_by_reason(sums, words),
        since=since,
        worked_out=report if report.is_long else None,
        job=open_unbilled(since) if report.is_long else None,
    )


@require_POST
@page()
def work_out_unbilled(request: HttpRequest) -> HttpResponseBase:
    """Let a job work the report out anew."""
    job = start_unbilled(_since(request.POST.get("since", "")))
    return redirect("job", id=job.id)


@page()
def report_unit_changes(request: HttpRequest) -> HttpResponseBase:
    """Changes of units on contracts."""
    try:
        months = unit_changes_by_month(wanted_of(UNIT_CHANGES, query=request.GET))
    except InvalidInput:
        months = []  # the list says what cannot be read
    points = []
    for row in months:
        points.append(Point(row.month, _("Added"), "", row.added))
        points.append(Point(row.month, _("Taken away"), "", row.removed))
    return answer_list(
        request,
        UNIT_CHANGES,
        tabs=tabs("report-unit-changes"),
        heading=_("Unit changes"),
        charts=charts(points, title=_("Units added and taken away by month")),
    )


def _sums(listing: Listing, request: HttpRequest, report: UnbilledSince) -> list[UnbilledSum]:
    try:
        return report.sums(wanted_of(listing, query=request.GET))
    except InvalidInput:
        return []  # the list says what cannot be read


def _by_reason(
    rows: Sequence[UnbilledSum], words: dict[str, str]
) -> list[tuple[str, list[tuple[str, Decimal]]]]:
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in rows:
        sums[row.currency][row.reason] += row.amount
    return [
        (code, [(words.get(reason, reason), total) for reason, total in sorted(of.items())])
        for code, of in sorted(sums.items())
    ]


def _since(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return usual_since()
