"""One job: how far it is, what became of it, whom it left out, and where its work is seen."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from icb.foundation.access import page
from icb.foundation.actor import allowed, current_actor
from icb.foundation.job_actions import may_be_retried
from icb.foundation.jobs import JobRow, cancel_job, job_row
from icb.foundation.permissions import Permission
from icb.kernel import clock
from icb.web.modules.jobs import about, kind_of, shown_job
from icb.web.modules.overview import WAITS_LONG_SECONDS
from icb.web.shell.navigation import Words

_MOST_LEFT = 200
# What a job may say of organizations that it left out, and what that means.
_LEFT: dict[str, Words] = {
    "changed": gettext_lazy("Changed since it was looked at: look again"),
    "held": gettext_lazy("Held: decide the holds first"),
    "deferred": gettext_lazy("Deferred"),
    "estimated": gettext_lazy("Estimated days, which were not agreed to"),
    "gone": gettext_lazy("Nothing waits any more"),
}
# Where the work of a kind is seen: the first is where a person came from.
_PLACES: dict[str, tuple[tuple[str, Words], ...]] = {
    "bill": (("approve-and-post", gettext_lazy("Approve and Post")),),
    "post": (
        ("approve-and-post", gettext_lazy("Approve and Post")),
        ("posted-items", gettext_lazy("Posted items")),
    ),
    "issue": (
        ("invoices", gettext_lazy("Items to invoice")),
        ("invoices-issued", gettext_lazy("Issued")),
    ),
}


class Left(NamedTuple):
    """Organizations that a job left out for one reason: the first of them, and how many more."""

    why: Words
    keys: list[str]
    more: int


@page()
def job(request: HttpRequest, *, id: int) -> HttpResponseBase:
    """One job, asked for again while it goes on."""
    row = job_row(id)
    waited = (clock.now() - row.created_at).total_seconds()
    may_change = Permission.RECORD_COUNTS in allowed()
    context = {
        "one": shown_job(row),
        "kind": kind_of(row),
        "about": about(row),
        "left": _left(row),
        "places": _places(row),
        "waits_long": row.state == "waiting" and waited > WAITS_LONG_SECONDS,
        "may_stop": may_change or row.requested_by == current_actor(),
        # What was seen is no more: it has to be looked at again.
        "may_retry": may_change and may_be_retried(row) and not row.progress.get("changed"),
    }
    is_part = request.headers.get("HX-Request")
    response = render(request, "modules/job_now.html" if is_part else "modules/job.html", context)
    response["Vary"] = "HX-Request"
    return response


@require_POST
@page()
def stop(request: HttpRequest, *, id: int) -> HttpResponseBase:
    """Cancel a job; whoever asked for it may, too."""
    cancel_job(id)
    return redirect("job", id=id)


def _left(row: JobRow) -> list[Left]:
    found = []
    for name, why in _LEFT.items():
        keys = row.progress.get(name) or []
        if keys:
            found.append(Left(why, keys[:_MOST_LEFT], max(len(keys) - _MOST_LEFT, 0)))
    return found


def _places(row: JobRow) -> list[tuple[str, str]]:
    """Addresses and names of the pages where a job's work is seen."""
    payload: dict[str, Any] = row.payload
    if row.kind in ("sync", "test") and "connection" in payload:
        key = payload["connection"]
        found = [(reverse("module", kwargs={"connection": key}), str(key))]
        if row.kind == "test":
            of_test = {"connection": key, "job": row.id}
            found.append((reverse("module-test-answer", kwargs=of_test), _("What it found")))
        return found
    return [(reverse(view), str(label)) for view, label in _PLACES.get(row.kind, ())]
