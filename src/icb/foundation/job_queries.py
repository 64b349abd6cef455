"""Jobs as people look through them."""

from __future__ import annotations

from icb.foundation.jobs import JobRow
from icb.foundation.listing import Asked, Kind, Page, Wanted, page_of
from icb.foundation.models import Job, JobState

_ASKED = {
    "id": Asked("id", Kind.NUMBER),
    "kind": Asked("kind", Kind.CHOICE, is_searched=True),
    "state": Asked("state", Kind.CHOICE),
    "message": Asked("message", is_searched=True),
    "by": Asked("requested_by"),
    "attempts": Asked("attempts", Kind.NUMBER),
    "created": Asked("created_at", Kind.MOMENT),
    "next": Asked("run_after", Kind.MOMENT),
    "ended": Asked("finished_at", Kind.MOMENT),
}
_OPEN = (JobState.WAITING, JobState.RUNNING)


def job_page(wanted: Wanted) -> Page[JobRow]:
    """One page of the provider's jobs, the newest first unless asked otherwise."""
    return page_of(
        Job.objects.order_by("-pk"),
        wanted=wanted,
        columns=_ASKED,
        fields=JobRow._fields,
        make=lambda row: JobRow(*row),
    )


def jobs_at_work(*, limit: int = 50) -> list[JobRow]:
    """What runs, then what waits, in the order in which it comes."""
    found = Job.objects.filter(state__in=_OPEN).order_by("state", "run_after", "pk")
    return [JobRow(*row) for row in found.values_list(*JobRow._fields)[:limit]]


def job_kinds() -> list[str]:
    """The kinds of jobs that the provider has had lately."""
    return sorted(Job.objects.values_list("kind", flat=True).distinct())
