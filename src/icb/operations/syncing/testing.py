"""Test a connection as a job: a person asks, and the page shows the answer when it has come.

Nothing of what the vendor said is stored beyond the job: it keeps what it found, and is removed
with the other jobs.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from icb.foundation.actor import Permission, acting_as, current_actor, require
from icb.foundation.canonical import exact_text
from icb.foundation.jobs import JobContext, JobLost, JobRow, NewJob, enqueue, job_row
from icb.hub.ports import DaySnapshot
from icb.kernel.errors import IcbError, NotFound
from icb.operations.syncing.connections import lane_of
from icb.operations.syncing.fetching import TOTAL_SECONDS, Connect, Left, Words
from icb.operations.syncing.probing import Patience, Probe, asked_target, probe

KIND = "test"
SHOWN_COUNTS = 200
_SECONDS = 120
"""So long a vendor may take for the one request that proves a connection."""


class Tested(NamedTuple):
    """How far a test is, and what it found.

    `problem` says what went wrong, `code` of which kind it is. `counts` are the first that a sync
    would store, as organization, billing type and count, of `all_counts`; None where they were not
    asked for. `unknown` says of which kinds no billing type knows, and how many.
    """

    job: JobRow
    words: str
    message: str
    requests: int
    problem: str
    code: str
    counts: list[tuple[str, str, Decimal]] | None
    all_counts: int
    unknown: dict[str, int]


def start_test(connection: str, *, with_counts: bool = False) -> JobRow:
    """Ask that a connection be tested; the job.

    Raises NotFound, and Refused where there is nobody to ask, before anything is begun.
    """
    require(Permission.MANAGE_MODULES)
    target = asked_target(connection)
    return enqueue(
        NewJob(
            kind=KIND,
            payload={"about": target.key, "connection": target.key, "with_counts": with_counts},
            unique_key=f"{KIND}:{target.id}:{with_counts}:{current_actor()}",
            lane=lane_of(target),
        )
    )


def run_test(job: JobRow, *, context: JobContext, connect: Connect | None = None) -> None:
    """The job: ask the vendor as whoever asked for it, with what that person may do by now."""
    with_counts = bool(job.payload["with_counts"])
    words = Words(lambda said: context.progress({"words": said}))
    patience = Patience(
        seconds=TOTAL_SECONDS if with_counts else _SECONDS,
        is_left=lambda: context.is_cancelled() or context.is_stopping(),
        meanwhile=words.pass_on,
        tell=words.say,
    )
    with acting_as(job.requested_by):
        try:
            found = probe(
                job.payload["connection"],
                with_counts=with_counts,
                patience=patience,
                connect=connect,
            )
        except Left:
            raise JobLost("job_lost", "It was left in the middle. Nothing was stored.") from None
        except IcbError as error:
            why = error.details.get("why", error.message)
            context.progress({"problem": why, "code": error.code})
            raise
    context.progress(_kept(found))
    context.done(found.message)


def tested(connection: str, *, job: int) -> Tested:
    """How far a test of a connection is; NotFound where the job is none of its tests."""
    require(Permission.MANAGE_MODULES)
    row = job_row(job)
    if row.kind != KIND or row.payload["connection"] != connection:
        raise NotFound(
            "job_not_found", f"{connection} has no test {job}. Nothing was done.", job=job
        )
    shown = row.progress
    has_failed = row.has_ended and row.state != "done"
    why_not = row.message or "It was cancelled. Nothing was stored."
    counts = shown.get("counts")
    return Tested(
        job=row,
        words=shown.get("words", ""),
        message=shown.get("message", ""),
        requests=shown.get("requests", 0),
        problem=shown.get("problem") or (why_not if has_failed else ""),
        code=shown.get("code", ""),
        counts=None if counts is None else [(one[0], one[1], Decimal(one[2])) for one in counts],
        all_counts=shown.get("all_counts", 0),
        unknown=shown.get("unknown", {}),
    )


def _kept(found: Probe) -> dict[str, Any]:
    kept: dict[str, Any] = {"message": found.message, "requests": found.requests}
    if found.snapshot is not None:
        kept["counts"] = _first_counts(found.snapshot)
        kept["all_counts"] = len(found.snapshot.counts)
        kept["unknown"] = dict(found.snapshot.manifest.unknown)
    return kept


def _first_counts(snapshot: DaySnapshot) -> Sequence[list[str]]:
    names = {seen.id: seen.name for seen in snapshot.organizations}
    return [
        [names.get(one.organization, one.organization), one.billing_type, _text(one.count)]
        for one in list(snapshot.counts)[:SHOWN_COUNTS]
    ]


def _text(count: int | Decimal) -> str:
    return exact_text(Decimal(count))
