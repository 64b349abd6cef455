"""Home."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from icb.billing.hold_queries import hold_page
from icb.foundation.access import page
from icb.foundation.listing import Wanted
from icb.insights.queries import money_at_stake
from icb.web.home.attention import checklist, look, waiting
from icb.web.home.insight_views import address_of, stake_of
from icb.web.home.revenue import revenue_charts

_MOST_INSIGHTS = 6


@page()
def home(request: HttpRequest) -> HttpResponseBase:
    """The checklist until it is done, then what needs attention today."""
    today = look()
    steps, found = checklist(today), today.insights
    is_new = not all(step.is_done for step in steps)
    top = [(row, stake_of(row), address_of(row)) for row in found[:_MOST_INSIGHTS]]
    return render(
        request,
        "home/home.html",
        {
            "steps": steps if is_new else [],
            "next_step": next((step for step in steps if not step.is_done), None),
            "waiting": waiting(today, holds=hold_page(Wanted(size=1)).total),
            "insights": top,
            "more_insights": len(found) - len(top),
            "at_stake": money_at_stake(found),
            "charts": revenue_charts(),
        },
    )
