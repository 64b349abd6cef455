"""Jobs: what is at work now, what comes next, and what became of the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from icb.foundation.access import page
from icb.foundation.actor import allowed
from icb.foundation.job_actions import retry_job
from icb.foundation.job_queries import job_kinds, job_page, jobs_at_work
from icb.foundation.jobs import JobRow, cancel_job
from icb.foundation.permissions import Permission
from icb.kernel import clock
from icb.kernel.errors import NotFound, Refused, without_commands
from icb.operations.syncing.standing import standings
from icb.web.lists.answer import answer_list
from icb.web.lists.columns import Bulk, Column, Empty, Listing, Look
from icb.web.shell.going_back import back_address
from icb.web.shell.navigation import Words

_KINDS: dict[str, Words] = {
    "bill": gettext_lazy("Run billing"),
    "deliver": gettext_lazy("Send messages"),
    "issue": gettext_lazy("Issue documents"),
    "post": gettext_lazy("Approve and post"),
    "reconcile": gettext_lazy("Look at what was transferred"),
    "transfer": gettext_lazy("Transfer to accounting"),
    "sync": gettext_lazy("Sync"),
    "test": gettext_lazy("Test a connection"),
    "follow": gettext_lazy("Carry counts on"),
    "folders": gettext_lazy("Take files from folders"),
}
_STATES = (
    ("waiting", gettext_lazy("Waiting")),
    ("running", gettext_lazy("Running")),
    ("done", gettext_lazy("Done")),
    ("failed", gettext_lazy("Failed")),
    ("cancelled", gettext_lazy("Cancelled")),
)
_NEXT_SHOWN = 12
_MOST_AT_ONCE = 250


class Shown(NamedTuple):
    """A job at work as the page shows it; `done` of `total` where its progress says so."""

    row: JobRow
    kind: str
    about: str
    words: str
    done: int | None
    total: int | None
    is_late: bool  # waits for a later time


def about(row: JobRow) -> str:
    """What a job is about, in a few words: its payload without names, or what it says itself."""
    if "about" in row.payload:
        return str(row.payload["about"])
    return " · ".join(str(value) for _name, value in sorted(row.payload.items()))


def kind_of(row: JobRow) -> str:
    """What a kind of job does, in words."""
    return str(_KINDS.get(row.kind) or row.kind.replace("_", " ").capitalize())


def _kinds() -> list[tuple[str, Words]]:
    return [(kind, _KINDS.get(kind, kind.replace("_", " ").capitalize())) for kind in job_kinds()]


JOBS = Listing(
    key="jobs",
    title=gettext_lazy("Jobs"),
    rows=job_page,
    sort="-id",
    search=gettext_lazy("Search kind or message"),
    template="modules/jobs.html",
    row_id=lambda row: str(row.id),
    bulk=(
        Bulk(
            label=gettext_lazy("Retry"),
            address="/jobs/retry",
            permission=Permission.RECORD_COUNTS,
        ),
        Bulk(
            label=gettext_lazy("Cancel"),
            address="/jobs/cancel",
            permission=Permission.RECORD_COUNTS,
            is_danger=True,
        ),
    ),
    columns=(
        Column(
            key="id",
            label=gettext_lazy("Job"),
            value=lambda row: row.id,
            look=Look.NUMBER,
            link=lambda row: reverse("job", kwargs={"id": row.id}),
        ),
        Column(key="kind", label=gettext_lazy("Kind"), value=kind_of, choices=_kinds),
        Column(
            key="about",
            label=gettext_lazy("About"),
            value=about,
            is_sorted=False,
            is_filtered=False,
        ),
        Column(
            key="state",
            label=gettext_lazy("State"),
            value=lambda row: row.state,
            look=Look.STATE,
            choices=_STATES,
        ),
        Column(
            key="message",
            label=gettext_lazy("Message"),
            value=lambda row: without_commands(row.message),
        ),
        Column(
            key="attempts",
            label=gettext_lazy("Attempts"),
            value=lambda row: row.attempts,
            look=Look.NUMBER,
            is_shown=False,
        ),
        Column(
            key="created",
            label=gettext_lazy("Asked for"),
            value=lambda row: row.created_at,
            look=Look.MOMENT,
        ),
        Column(key="by", label=gettext_lazy("By"), value=lambda row: row.requested_by),
        Column(
            key="ended",
            label=gettext_lazy("Ended"),
            value=lambda row: row.finished_at,
            look=Look.MOMENT,
        ),
        Column(
            key="next",
            label=gettext_lazy("Due"),
            value=lambda row: row.run_after,
            look=Look.MOMENT,
            is_shown=False,
        ),
    ),
    empty=Empty(
        title=gettext_lazy("No jobs yet"),
        text=gettext_lazy(
            "Long work, such as a sync, is done as a job: it goes on when you leave the page."
        ),
    ),
)


@page()
def jobs(request: HttpRequest) -> HttpResponseBase:
    """What is at work, what comes next, and all jobs."""
    if request.headers.get("HX-Target") == "list-jobs" or "as" in request.GET:
        return answer_list(request, JOBS)
    return answer_list(request, JOBS, **_now(), next_runs=_next_runs())


@page()
def now(request: HttpRequest) -> HttpResponseBase:
    """What is at work: what the page asks for again and again."""
    return render(request, "modules/jobs_now.html", _now())


@require_POST
@page(Permission.RECORD_COUNTS)
def cancel(request: HttpRequest) -> HttpResponseBase:
    """Cancel jobs that wait or run."""
    _do_to_each(request, cancel_job, done=_("%(count)s cancelled."))
    if request.headers.get("HX-Request"):
        return render(request, "modules/jobs_now.html", _now())
    return redirect(back_address(request, usual=reverse("jobs")))


@require_POST
@page(Permission.RECORD_COUNTS)
def retry(request: HttpRequest) -> HttpResponseBase:
    """Begin jobs anew that failed or were cancelled."""
    _do_to_each(request, retry_job, done=_("%(count)s begun anew."))
    return redirect(back_address(request, usual=reverse("jobs")))


def _do_to_each(request: HttpRequest, act: Callable[[int], object], *, done: str) -> None:
    """Act on every picked job; what is refused is told, and stops no other."""
    count, refusals = 0, []
    for text in request.POST.getlist("row")[:_MOST_AT_ONCE]:
        try:
            act(int(text) if text.isdecimal() else 0)
            count += 1
        except (Refused, NotFound) as error:
            refusals.append(without_commands(error.message))
    if count and not request.headers.get("HX-Request"):
        messages.success(request, done % {"count": count})
    for refusal in refusals[:3]:
        messages.error(request, refusal)


def _now() -> dict[str, Any]:
    rows = [shown_job(row) for row in jobs_at_work()]
    return {"at_work": rows, "may_stop": Permission.RECORD_COUNTS in allowed()}


def shown_job(row: JobRow) -> Shown:
    """A job as the pages show it."""
    progress = row.progress
    done, total = progress.get("done"), progress.get("total")
    is_measured = isinstance(done, int) and isinstance(total, int) and total > 0
    return Shown(
        row=row,
        kind=kind_of(row),
        about=about(row),
        words=str(progress.get("words", "")),
        done=done if is_measured else None,
        total=total if is_measured else None,
        is_late=row.state == "waiting" and row.run_after > clock.now(),
    )


def _next_runs() -> list[tuple[str, str, Any]]:
    """The next syncs, soonest first: name, address and instant."""
    found = [
        (one.name, reverse("module", kwargs={"connection": one.key}), one.next_at)
        for one in standings()
        if one.next_at is not None
    ]
    return sorted(found, key=lambda run: run[2])[:_NEXT_SHOWN]
