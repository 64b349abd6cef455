"""Insights: what needs attention, with the money at stake, and putting it aside."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.foundation.listing import Asked, Kind, Page, Wanted, page_of_rows
from icb.foundation.providers import current_provider, local_today
from icb.insights.actions import dismiss, reopen, snooze
from icb.insights.kinds import KINDS
from icb.insights.queries import InsightRow, insight, insights, money_at_stake
from icb.kernel.errors import IcbError
from icb.web.errors import add_error
from icb.web.home.fixes import fix_address
from icb.web.lists.answer import answer_list
from icb.web.lists.columns import Column, Empty, Listing, Look
from icb.web.shell.going_back import back_address

_STATES = {
    "open": gettext_lazy("Open"),
    "snoozed": gettext_lazy("Snoozed"),
    "dismissed": gettext_lazy("Dismissed"),
}
_SNOOZES = ((7, gettext_lazy("For a week")), (30, gettext_lazy("For a month")))
_ASKED = {
    "title": Asked("kind", Kind.CHOICE, is_searched=True),
    "subject": Asked("subject", is_searched=True),
    "text": Asked("text", is_searched=True),
    "until": Asked("until_day", Kind.DAY),
}


class ShownInsight(NamedTuple):
    """An insight as its list shows it; `address` leads to where it is mended."""

    id: int
    kind: str
    title: str
    subject: str
    text: str
    amounts: dict[str, str]
    state: str
    until_day: date | None
    reason: str
    said_by: str
    address: str


def stake_of(row: InsightRow | ShownInsight) -> tuple[Decimal, str] | None:
    """The money at stake a month that a list shows: the provider's currency before others."""
    if not row.amounts:
        return None
    own = current_provider().currency
    currency = own if own in row.amounts else min(row.amounts)
    return Decimal(row.amounts[currency]), currency


def address_of(row: InsightRow) -> str:
    """Where the insight is mended."""
    return fix_address(row.page, facts=row.facts)


_LISTING = Listing(
    key="insights",
    title=gettext_lazy("Insights"),
    rows=lambda wanted: Page([], 0),
    search=gettext_lazy("Search insights"),
    columns=(
        Column(
            key="title",
            label=gettext_lazy("Insight"),
            value=lambda row: row.title,
            note=lambda row: row.text,
            choices=[(kind, words.title) for kind, words in KINDS.items()],
        ),
        Column(
            key="stake",
            label=gettext_lazy("At stake a month"),
            value=lambda row: stake[0] if (stake := stake_of(row)) else None,
            currency=lambda row: stake[1] if (stake := stake_of(row)) else "",
            look=Look.MONEY,
            is_sorted=False,
            is_filtered=False,
        ),
        Column(
            key="subject",
            label=gettext_lazy("About"),
            value=lambda row: row.subject,
            is_shown=False,
        ),
    ),
    actions="home/insight_actions.html",
    template="home/insights.html",
    empty=Empty(
        title=gettext_lazy("Nothing needs attention"),
        text=gettext_lazy("Insights are found again after every sync."),
    ),
)
_ASIDE = (
    Column(
        key="until",
        label=gettext_lazy("Until"),
        value=lambda row: row.until_day,
        look=Look.DAY,
    ),
    Column(
        key="reason",
        label=gettext_lazy("Reason"),
        value=lambda row: row.reason,
        note=lambda row: row.said_by,
        is_sorted=False,
        is_filtered=False,
    ),
)


@page()
def show_insights(request: HttpRequest) -> HttpResponseBase:
    """The insights of a state, most money first."""
    state = request.GET.get("state", "open")
    state = state if state in _STATES else "open"
    found = insights(state=state)
    shown = [_shown(row) for row in found]

    def rows(wanted: Wanted) -> Page[ShownInsight]:
        return page_of_rows(shown, wanted=wanted, columns=_ASKED)

    listing = replace(_LISTING, rows=rows)
    if state != "open":
        listing = replace(
            listing,
            columns=(*_LISTING.columns, *_ASIDE),
            empty=Empty(title=_("Nothing was put aside")),
        )
    here = reverse("insights")
    return answer_list(
        request,
        listing,
        state=state,
        snoozes=_SNOOZES,
        totals=money_at_stake(found),
        tabs=[(label, f"{here}?state={name}", name == state) for name, label in _STATES.items()],
    )


def _shown(row: InsightRow) -> ShownInsight:
    said = row._asdict()
    return ShownInsight(
        **{name: said[name] for name in ShownInsight._fields if name in said},
        address=address_of(row),
    )


@require_POST
@page(Permission.DECIDE)
def snooze_insight(request: HttpRequest, *, number: int, days: int) -> HttpResponseBase:
    """Put an insight aside for some days."""
    until = local_today() + timedelta(days=days)
    snooze(number, until=until)
    messages.success(request, _("Put aside. It comes back then, or when its facts change."))
    return redirect(back_address(request, usual=reverse("insights")))


@require_POST
@page(Permission.DECIDE)
def reopen_insight(request: HttpRequest, *, number: int) -> HttpResponseBase:
    """Take back that an insight was put aside."""
    reopen(number)
    messages.success(request, _("It is open again."))
    return redirect(back_address(request, usual=reverse("insights")))


class DismissForm(forms.Form):
    """Why an insight needs no attention."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Kept with the insight, and in the audit log."),
    )


@page(Permission.DECIDE)
def dismiss_insight(request: HttpRequest, *, number: int) -> HttpResponseBase:
    """Ask for the reason, and put an insight aside for good."""
    row = insight(number)
    form = DismissForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            dismiss(number, reason=form.cleaned_data["reason"])
        except IcbError as error:
            add_error(form, error=error)
        else:
            messages.success(request, _("Dismissed. It comes back only when its facts change."))
            return redirect("insights")
    status = 422 if form.is_bound else 200
    return render(request, "home/dismiss.html", {"row": row, "form": form}, status=status)
