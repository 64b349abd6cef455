"""What is due now, as jobs: found from what is stored, so that no tick is ever needed twice.

A tick may come twice, late or not at all: the next one finds the same work, or what is left of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from icb.accounting.transfer_jobs import RECONCILE, TRANSFER, due_jobs, payment_jobs
from icb.delivery import outbox
from icb.delivery.queries import has_messages_to_send
from icb.foundation.jobs import JobRow, NewJob, cancelled_jobs, enqueue_all, open_jobs
from icb.foundation.providers import local_today, provider_days
from icb.hub.sync_actions import Cancelled, give_up, note_cancelled
from icb.hub.sync_queries import (
    SyncTarget,
    answered_days,
    given_up_days,
    has_snapshots_to_follow,
    has_watched_folders,
    sync_targets,
    tried_days,
)
from icb.kernel import clock
from icb.operations.syncing.advice import CANCELLED, MISSING, NOT_ASKED, advice, is_passing
from icb.operations.syncing.connections import lane_of, source_of
from icb.operations.syncing.due import Expected, Known, Lost, Plan, Source, plan_days
from icb.operations.syncing.retrying import Tried

SYNC, FOLLOW, FOLDERS = "sync", "follow", "folders"
# A job that kills its worker is begun again this often before a person has to look.
_BEGUN_AT_MOST = 5

_SAYS = {
    MISSING: "No counts came for this day by the noon after it.",
    NOT_ASKED: "The program did not run while this day could be asked for.",
    CANCELLED: "A person cancelled the sync of this day, and nobody asked for it again.",
}


@dataclass(slots=True)
class Settled:
    """Until when every day of each connection has its end, and from when it was looked at.

    A memory of one process, to save reading: a day that has its end keeps it.
    """

    until: dict[int, tuple[date, date]] = field(default_factory=dict)

    def first(self, target: SyncTarget) -> date:
        """The first day that may be without an end."""
        assert target.expected_from is not None
        first, until = self.until.get(target.id, (target.expected_from, target.expected_from))
        return until if first == target.expected_from else target.expected_from

    def note(self, target: SyncTarget, *, plan: Plan) -> None:
        """Remember how far a plan found everything ended."""
        assert target.expected_from is not None
        self.until[target.id] = (target.expected_from, plan.settled_until)


def tick(settled: Settled | None = None, *, kinds: Sequence[str] = (SYNC,)) -> int:
    """Make jobs of everything that is due for the provider in scope; how many days were begun.

    Days for which nothing more can be done are given up. `kinds`: what there are handlers for.
    """
    memory = settled if settled is not None else Settled()
    begun = _tick_syncs(memory)
    news = []
    if FOLLOW in kinds and has_snapshots_to_follow():
        news.append(new_follow())
    if FOLDERS in kinds and has_watched_folders():
        news.append(NewJob(kind=FOLDERS, unique_key=FOLDERS, max_attempts=_BEGUN_AT_MOST))
    if outbox.KIND in kinds and has_messages_to_send():
        news.append(outbox.new_job())
    if TRANSFER in kinds:
        news += due_jobs()
    if RECONCILE in kinds:
        news += payment_jobs()
    enqueue_all(news)
    return begun


def enqueue_next(target: SyncTarget, *, without: date | None = None) -> None:
    """Make a job of a connection's next due day, unless one is at work on another day already."""
    _note_cancelled()
    _begin(_plans([target], settled=Settled()), except_for=without)


def days_left(targets: Sequence[SyncTarget]) -> dict[int, tuple[date, ...]]:
    """By connection, the past days that have no end yet and can still be asked for."""
    plans = _plans(targets, settled=Settled())
    return {planned.target.id: planned.plan.left for planned in plans}


def new_sync(target: SyncTarget, *, day: date) -> NewJob:
    """The job of getting a connection's counts of a day."""
    return NewJob(
        kind=SYNC,
        payload={"connection": target.key, "day": day.isoformat()},
        unique_key=f"{SYNC}:{target.id}:{day.isoformat()}",
        lane=lane_of(target),
        max_attempts=_BEGUN_AT_MOST,
    )


def new_follow() -> NewJob:
    """The job of carrying what came on to contracts and log."""
    return NewJob(kind=FOLLOW, unique_key=FOLLOW, max_attempts=_BEGUN_AT_MOST)


@dataclass(frozen=True, slots=True)
class _Planned:
    target: SyncTarget
    plan: Plan
    busy: frozenset[date]  # days with a job that runs or could


def _note_cancelled() -> None:
    """Keep what persons cancelled as attempts of its days: jobs are removed after a while."""
    note_cancelled(
        [
            Cancelled(
                connection=job.payload["connection"],
                day=date.fromisoformat(job.payload["day"]),
                asked_at=job.created_at,
                at=job.finished_at,
            )
            for job in cancelled_jobs(SYNC)
            if job.finished_at is not None
        ],
        message="A person cancelled it before it was asked for. Nothing was stored.",
    )


def _tick_syncs(settled: Settled) -> int:
    _note_cancelled()
    plans = _plans(sync_targets(), settled=settled)
    for planned in plans:
        settled.note(planned.target, plan=planned.plan)
        _give_up(planned)
    return _begin(plans)


def _plans(targets: Sequence[SyncTarget], *, settled: Settled) -> list[_Planned]:
    """What is left of every connection that is enabled and from which counts are expected."""
    today, now, calendar = local_today(), clock.now(), provider_days()
    chosen = [
        target
        for target in targets
        if target.is_enabled and target.expected_from is not None and target.expected_from < today
    ]
    since = {target.id: settled.first(target) for target in chosen}
    open_ones = [target for target in chosen if since[target.id] < today]
    if not open_ones:
        return []
    jobs = _jobs_by_connection()
    known = _Knowledge(min(since[target.id] for target in open_ones), jobs=jobs)
    found = []
    for target in open_ones:
        expected = Expected(
            id=target.id,
            key=target.key,
            source=source_of(target),
            first=since[target.id],
            catch_up_days=target.catch_up_days,
        )
        of_days = known.of(target, source=expected.source)
        plan = plan_days(expected, known=of_days, now=now, calendar=calendar)
        busy = {day for day, job in jobs.get(target.key, {}).items() if _is_ready(job, now=now)}
        found.append(_Planned(target, plan, frozenset(busy)))
    return found


def _begin(plans: Sequence[_Planned], *, except_for: date | None = None) -> int:
    """The oldest due day of each connection that is at work on none."""
    news = []
    for planned in plans:
        is_busy = bool(planned.busy - {except_for})
        due = [day for day in planned.plan.due if day != except_for]
        if due and not is_busy:
            news.append(new_sync(planned.target, day=due[0]))
    enqueue_all(news)
    return len(news)


def _give_up(planned: _Planned) -> None:
    lost = sorted(planned.plan.lost, key=lambda one: one.code)
    for code, days in groupby(lost, key=lambda one: one.code):
        message = _SAYS.get(code) or f"Every attempt failed. {advice(code)}"
        give_up(planned.target.key, days=_days(list(days)), code=code, message=message)


def _days(lost: Sequence[Lost]) -> list[date]:
    return sorted(one.day for one in lost)


class _Knowledge:
    """What is stored of the days of all connections, read in one query of each kind."""

    def __init__(self, since: date, *, jobs: Mapping[str, Mapping[date, JobRow]]) -> None:
        self._jobs = jobs
        self._whole: dict[int, dict[date, datetime]] = defaultdict(dict)
        self._any: dict[int, dict[date, datetime]] = defaultdict(dict)
        for connection, day, at, is_complete in answered_days(since):
            self._any[connection][day] = max(at, self._any[connection].get(day, at))
            if is_complete:
                self._whole[connection][day] = at
        self._given_up: dict[int, set[date]] = defaultdict(set)
        for connection, day in given_up_days(since):
            self._given_up[connection].add(day)
        self._tried: dict[int, dict[date, Tried]] = defaultdict(dict)
        for connection, day, attempts, code, at in tried_days(since):
            self._tried[connection][day] = Tried(attempts, at, code, is_passing(code))

    def of(self, target: SyncTarget, *, source: Source) -> Known:
        """What is known of one connection. Of one that is asked, only a whole answer counts."""
        answered = self._any if source == Source.SENT else self._whole
        return Known(
            answered=answered.get(target.id, {}),
            given_up=self._given_up.get(target.id, set()),
            tried=self._tried.get(target.id, {}),
            open=frozenset(self._jobs.get(target.key, {})),
        )


def _jobs_by_connection() -> dict[str, dict[date, JobRow]]:
    found: dict[str, dict[date, JobRow]] = defaultdict(dict)
    for job in open_jobs(SYNC):
        found[job.payload["connection"]][date.fromisoformat(job.payload["day"])] = job
    return found


def _is_ready(job: JobRow, *, now: datetime) -> bool:
    """Whether it runs, or would if there were room: not one that waits to be tried again."""
    return job.state == "running" or job.run_after <= now
