"""A person asks for syncs: the same jobs as the nightly ones, at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from icb.foundation.actor import require
from icb.foundation.jobs import JobRow, enqueue, enqueue_keyed, job_row
from icb.foundation.permissions import Permission
from icb.foundation.providers import local_today
from icb.hub.sync_queries import has_snapshots_to_follow, sync_row, sync_target, sync_targets
from icb.kernel.errors import Refused
from icb.operations.syncing.advice import advice
from icb.operations.syncing.connections import is_asked
from icb.operations.syncing.scheduler import days_left, new_follow, new_sync
from icb.operations.syncing.sync import GOOD_STATES, check_sync


class RequestedSync(NamedTuple):
    """Where a requested sync is: `words` of its adapter, then what became of it.

    `is_over`: this attempt has ended. `is_good`: the day's counts are in force.
    """

    job: int
    connection: str
    day: date
    words: str
    state: str
    message: str
    advice: str
    counts: int
    is_over: bool
    is_good: bool


def request_syncs(connections: Sequence[str] = (), *, day: date | None = None) -> list[JobRow]:
    """Ask for a day of these connections, or of every enabled one that is asked.

    Without a day: whatever past day is still to be had, oldest first, and today. Raises NotFound,
    Refused and InvalidInput for what cannot be asked for, before anything is begun.
    """
    require(Permission.RECORD_COUNTS)
    targets = [sync_target(key) for key in connections] or [
        target for target in sync_targets() if target.is_enabled and is_asked(target)
    ]
    if not targets:
        raise Refused(
            "nothing_to_sync",
            "No module is connected whose counts can be asked for. Nothing was done. "
            "`icb modules connect` connects one.",
        )
    today = local_today()
    left = {} if day else days_left([target for target in targets if target.is_enabled])
    wanted = [
        (target, chosen)
        for target in targets
        for chosen in ([day] if day else [*left.get(target.id, ()), today])
    ]
    for target, chosen in wanted:
        check_sync(target, day=chosen)
    return enqueue_keyed([new_sync(target, day=chosen) for target, chosen in wanted])


def request_follow() -> list[int]:
    """Ask that what came is carried on to contracts and log; the job, where anything waits."""
    require(Permission.RECORD_COUNTS)
    if not has_snapshots_to_follow():
        return []
    return [enqueue(new_follow()).id]


def requested(job: int) -> RequestedSync:
    """How far a requested sync is."""
    row = job_row(job)
    shown = row.progress
    attempt = sync_row(shown["sync"]) if "sync" in shown else None
    is_over = row.has_ended or (row.state == "waiting" and bool(row.message))
    # Of one that ended without an attempt, or before it could say so, the job knows why.
    state = attempt.state if attempt else row.state
    message = (attempt.message if attempt else "") or row.message
    return RequestedSync(
        job=row.id,
        connection=row.payload["connection"],
        day=date.fromisoformat(row.payload["day"]),
        words=str(shown.get("words", "")),
        state=state,
        message=message,
        advice=advice(attempt.code) if attempt else "",
        counts=attempt.counts if attempt else 0,
        is_over=is_over,
        is_good=is_over and state in GOOD_STATES,
    )
