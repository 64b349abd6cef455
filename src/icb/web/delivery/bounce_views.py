"""Addresses that do not take mail: which, why, since when; a report is taken, or cleared."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from icb.delivery.bounce_actions import clear_bounces, record_bounce
from icb.delivery.bounce_queries import bounce_page
from icb.delivery.bounces import LARGEST
from icb.foundation.access import page
from icb.foundation.actor import Permission, require
from icb.web.delivery.forms import BounceForm
from icb.web.delivery.queue_views import tabs
from icb.web.fields.attempts import attempt
from icb.web.lists.answer import answer_list
from icb.web.lists.columns import Column, Empty, Listing, Look

BOUNCES = Listing(
    key="bounces",
    title=lazy("Bounces"),
    rows=bounce_page,
    search=lazy("Search address, reason or number"),
    template="delivery/bounces.html",
    actions="delivery/bounce_actions.html",
    columns=(
        Column(key="address", label=lazy("Address"), value=lambda row: row.address),
        Column(key="status", label=lazy("Status"), value=lambda row: row.status),
        Column(key="reason", label=lazy("Reason"), value=lambda row: row.reason),
        Column(key="number", label=lazy("Document"), value=lambda row: row.number),
        Column(
            key="recorded",
            label=lazy("Reported"),
            value=lambda row: row.recorded_at,
            look=Look.MOMENT,
            is_sorted=False,
            is_filtered=False,
        ),
    ),
    empty=Empty(
        title=lazy("No address is known not to take mail"),
        text=lazy(
            "Reports of mail servers mark addresses here, and so does a server that refuses one."
        ),
    ),
)


@page()
def bounces(request: HttpRequest) -> HttpResponseBase:
    """The addresses that do not take mail; a POST takes a server's report."""
    form = BounceForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        require(Permission.DELIVER)
        marked: list[str] = []
        tried = attempt(form, act=lambda: marked.extend(_take(form)))
        if tried:
            told = ", ".join(marked) or _("nothing new")
            messages.success(request, _("Marked: %(addresses)s") % {"addresses": told})
            return redirect("bounces")
    answer = answer_list(request, BOUNCES, tabs=tabs("bounces"), form=form)
    if request.method == "POST" and hasattr(answer, "status_code"):
        answer.status_code = 422
    return answer


@require_POST
@page(Permission.DELIVER)
def clear(request: HttpRequest) -> HttpResponseBase:
    """Let an address count as reachable again."""
    clear_bounces(request.POST.get("address", ""))
    messages.success(request, _("The address counts as reachable again."))
    return redirect("bounces")


def _take(form: BounceForm) -> list[str]:
    return record_bounce(form.cleaned_data["file"].read(LARGEST + 1)).marked
