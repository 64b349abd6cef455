"""Home."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from icb.billing.hold_queries import hold_page
from icb.foundation.access import page
from icb.foundation.listing import Wanted
from icb.insights.queries import money_at_stake
from icb.web.home.attention import checklist, held, look, waiting
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
            "waiting": waiting(today),
            "insights": top,
            "more_insights": len(found) - len(top),
            "at_stake": money_at_stake(found),
        },
    )


@page()
def home_holds(request: HttpRequest) -> HttpResponseBase:
    """The tile of what is held, read beside the page: it asks a lot of the counts. `alone`: no
    other tile is there, so that nothing held means that nothing waits."""
    tiles = held(hold_page(Wanted(size=1)).total)
    about = {"waiting": tiles, "is_alone": "alone" in request.GET}
    return render(request, "home/held.html", about)


@page()
def home_revenue(request: HttpRequest) -> HttpResponseBase:
    """The charts of revenue, read beside the page."""
    return render(request, "home/revenue.html", {"charts": revenue_charts()})
