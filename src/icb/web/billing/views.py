"""Drafts, what waits for each organization, posted items, and one item with its explanation."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from icb.billing.draft_queries import Total, shown_item, totals_of
from icb.billing.explain import explain_item
from icb.billing.queries import item_sources
from icb.foundation.access import page
from icb.kernel.errors import InvalidInput
from icb.web.billing.listing import (
    BY_ORGANIZATION,
    DRAFTS,
    KINDS,
    MANUAL,
    POSTED,
    STATES,
    state_note,
    title_of,
    why_of,
)
from icb.web.billing.tabs import tabs
from icb.web.lists.answer import answer_list
from icb.web.lists.asked import wanted_of


@page()
def approve_and_post(request: HttpRequest) -> HttpResponseBase:
    """All drafts, with what those that fit the filter come to."""
    totals: Sequence[Total]
    try:
        totals = totals_of(wanted_of(DRAFTS, query=request.GET))
    except InvalidInput:
        totals = ()  # the list says what cannot be read
    return answer_list(
        request,
        DRAFTS,
        tabs=tabs("approve-and-post"),
        totals=by_currency(totals),
        ready=sum(one.items for one in totals if one.state in ("ready", "estimated")),
        query=request.GET.urlencode(),
    )


@page()
def drafts_by_organization(request: HttpRequest) -> HttpResponseBase:
    """What waits for each organization, each currency by itself."""
    totals = by_currency(totals_of(wanted_of(DRAFTS, query=request.GET.__class__())))
    shown = tabs("drafts-by-organization")
    return answer_list(request, BY_ORGANIZATION, tabs=shown, totals=totals)


@page()
def posted_items(request: HttpRequest) -> HttpResponseBase:
    """Posted items that are on no document yet."""
    return answer_list(request, POSTED, tabs=tabs("posted-items"))


@page()
def manual_items(request: HttpRequest) -> HttpResponseBase:
    """Manual items that are drafts."""
    return answer_list(request, MANUAL, tabs=tabs("manual-items"))


@page()
def billing_item(request: HttpRequest, *, id: int) -> HttpResponseBase:
    """What one item says, how its amount comes about, and where its counts came from."""
    row = shown_item(id)
    context = {
        "row": row,
        "title": title_of(row),
        "kind": dict(KINDS)[row.kind],
        "state": dict(STATES).get(row.state, ""),
        "state_note": state_note(row),
        "why": why_of(row),
        "working": explain_item(row.working, currency=row.currency, reason=row.reason),
        "sources": item_sources(id),
    }
    return render(request, "billing/item.html", context)


def by_currency(totals: Sequence[Total]) -> list[tuple[str, list[tuple[str, Total]]]]:
    """Totals for each currency, with the words of their states in the order of STATES."""
    found = {(one.currency, one.state): one for one in totals}
    codes = sorted({one.currency for one in totals})
    return [
        (
            code,
            [(str(label), found[code, state]) for state, label in STATES if (code, state) in found],
        )
        for code in codes
    ]
