"""Jobs: work that a worker does later, each a row with a lease.

Whoever runs a job holds it by a lease that it renews. A lease that has ended means that the worker
is dead: the job is taken up again, and what the dead one might still do is fenced off by
`still_held`, which the storing transaction asks. A job is a reminder of work, never the only record
of it: what is left to do is found from the data (a lost job loses nothing).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from django.db import connection

from icb.foundation import audit
from icb.foundation.actor import current_actor, require
from icb.foundation.bulk import execute, fetch, ids_in, to_db_instant
from icb.foundation.canonical import canonical_json
from icb.foundation.models import Job, JobState
from icb.foundation.permissions import Permission
from icb.foundation.scope import every_provider
from icb.foundation.transactions import transaction
from icb.kernel import clock
from icb.kernel.errors import IcbError, NotFound, Refused

LEASE_SECONDS = 60
HEARTBEAT_SECONDS = 15
SLOTS_PER_LANE = 2
KEPT_DAYS = 30

_OPEN = (JobState.WAITING, JobState.RUNNING)
_LONGEST_MESSAGE = 2000
_AT_ONCE = 500  # keys in one statement

_DUE = "((state = 'waiting' AND run_after <= %s) OR (state = 'running' AND lease_until < %s))"
# Providers take turns, and what a provider runs already counts as turns it has had. Of each lane
# no more than its free slots, however many of its jobs stand in front.
_NEXT = f"""
SELECT ready.id FROM (
  SELECT waiting.id, waiting.lane, waiting.run_after, waiting.turn,
    ROW_NUMBER() OVER (PARTITION BY waiting.lane ORDER BY turn, run_after, id) AS place
  FROM (
    SELECT job.id, job.lane, job.run_after, COALESCE(busy.jobs, 0)
      + ROW_NUMBER() OVER (PARTITION BY job.provider_id ORDER BY job.run_after, job.id) AS turn
    FROM job LEFT JOIN (
      SELECT provider_id, COUNT(*) AS jobs FROM job
      WHERE state = 'running' AND lease_until >= %s GROUP BY provider_id
    ) busy ON busy.provider_id = job.provider_id
    WHERE {_DUE} AND {{chosen}}
  ) waiting
) ready LEFT JOIN (
  SELECT lane, COUNT(*) AS jobs FROM job
  WHERE state = 'running' AND lease_until >= %s GROUP BY lane
) taken ON taken.lane = ready.lane
WHERE ready.lane = '' OR ready.place + COALESCE(taken.jobs, 0) <= %s
ORDER BY ready.turn, ready.run_after, ready.id LIMIT %s
"""
_DIED = """
UPDATE job SET state = CASE WHEN is_cancel_wanted THEN 'cancelled' ELSE 'failed' END,
  message = %s, finished_at = %s, lease_until = NULL
WHERE state = 'running' AND lease_until < %s AND (is_cancel_wanted OR attempts >= max_attempts)
"""
_HELD = "id = %s AND worker = %s AND attempts = %s AND state = 'running'"


class TryLater(Exception):
    """A handler asks that its job be run once more, in `seconds`; the message says why."""

    def __init__(self, seconds: int, message: str) -> None:
        super().__init__(message)
        self.seconds = seconds
        self.message = message


class JobLost(IcbError):
    """The job is no longer this worker's, or a person cancelled it: nothing may be stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """Work to be done by the handler of `kind`, at `run_after` or now.

    `unique_key`: at most one job that waits or runs has it. `lane`: jobs of one lane share
    SLOTS_PER_LANE slots. `max_attempts`: how often it may be begun if its worker dies or fails.
    """

    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    unique_key: str = ""
    lane: str = ""
    run_after: datetime | None = None
    max_attempts: int = 1


class Lease(NamedTuple):
    """One taking of a job by a worker: the same job taken again is another."""

    job: int
    attempt: int


class JobRow(NamedTuple):
    """One job. `worker` and `attempts` together name the lease under which it runs."""

    id: int
    provider_id: int
    kind: str
    unique_key: str
    lane: str
    state: str
    payload: dict[str, Any]
    run_after: datetime
    attempts: int
    max_attempts: int
    worker: str
    is_cancel_wanted: bool
    progress: dict[str, Any]
    message: str
    requested_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def lease(self) -> Lease:
        """Under which its worker holds it."""
        return Lease(self.id, self.attempts)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more happens to it."""
        return self.state not in _OPEN


class Pulse(NamedTuple):
    """What a heartbeat found, by lease: jobs that are no longer the worker's, ones to cancel."""

    lost: frozenset[Lease]
    cancelled: frozenset[Lease]


class Done(Protocol):
    """Ends a job, in the transaction that stores what came of it."""

    def __call__(self, message: str = "") -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class JobContext:
    """What a handler gets beside its job.

    `progress` shows what it is doing to whoever watches. `is_cancelled` says that a person wants it
    to end, or that it is lost; `is_stopping` that the worker ends and would like it to be left.
    `hold` is called inside the transaction that stores: it raises JobLost where the job is no
    longer this worker's. `done`, in the same transaction, ends the job with what it stored, and
    with a message where one is given: a worker that dies afterwards leaves nothing to do again.
    """

    progress: Callable[[Mapping[str, Any]], None]
    is_cancelled: Callable[[], bool]
    is_stopping: Callable[[], bool]
    hold: Callable[[], None]
    done: Done


class Handler(Protocol):
    """Does the jobs of one kind. It returns when the job is done, and raises otherwise."""

    def __call__(self, job: JobRow, *, context: JobContext) -> None: ...


def enqueue(new: NewJob) -> JobRow:
    """Add a job for the provider in scope; the open one with the unique key where there is one.

    An open one that waits for later is brought forward to the new one's time.
    """
    if not new.unique_key:
        return _rows(Job.objects.filter(pk=Job.objects.create(**_columns(new)).pk))[0]
    return enqueue_keyed([new])[0]


def enqueue_keyed(news: Sequence[NewJob]) -> list[JobRow]:
    """As `enqueue` for each of many jobs that all have a unique key; their rows in this order."""
    found: dict[str, JobRow] = {}
    # One that stood in the way may end before it is read: then there is room for a new one.
    while missing := [new for new in news if new.unique_key not in found]:
        enqueue_all(missing)
        _bring_forward(missing)
        keys = [new.unique_key for new in missing]
        for at in range(0, len(keys), _AT_ONCE):
            chosen = Job.objects.filter(unique_key__in=keys[at : at + _AT_ONCE], state__in=_OPEN)
            found |= {row.unique_key: row for row in _rows(chosen)}
    return [found[new.unique_key] for new in news]


def enqueue_all(news: Iterable[NewJob]) -> None:
    """Add jobs for the provider in scope, without those whose unique key an open one has."""
    rows = [Job(**_columns(new)) for new in news]
    if rows:
        Job.objects.bulk_create(rows, ignore_conflicts=True, batch_size=50)


def claim(
    worker: str, *, slots: int, kinds: Sequence[str], only: Sequence[int] | None = None
) -> list[JobRow]:
    """Take up to `slots` jobs of these kinds that are due, of any provider, under a lease.

    Providers take turns; a lane never has more than its slots. Jobs whose worker died are among
    them, until they have been begun `max_attempts` times. `only`: none but these ids.
    """
    if slots < 1 or not _has_due():
        return []
    now = clock.now()
    with every_provider(), transaction():
        _give_up_dead(now)
        ids = _lock(_next_ids(kinds, only=only, slots=slots, now=now), now=now)
        condition, params = ids_in("id", ids=ids)
        instants = [to_db_instant(now), to_db_instant(now + timedelta(seconds=LEASE_SECONDS))]
        execute(
            "UPDATE job SET state = 'running', worker = %s, attempts = attempts + 1, "
            f"started_at = %s, lease_until = %s, message = '' WHERE {condition}",
            [worker, *instants, *params],
        )
        return sorted(_rows(Job.objects.filter(pk__in=ids)), key=lambda row: ids.index(row.id))


def heartbeat(worker: str, *, held: Sequence[JobRow]) -> Pulse:
    """Renew the leases of a worker's jobs; which of them are lost, and which to cancel."""
    with every_provider():
        until = clock.now() + timedelta(seconds=LEASE_SECONDS)
        own = Job.objects.filter(
            worker=worker, state=JobState.RUNNING, pk__in=[job.id for job in held]
        )
        own.update(lease_until=until)
    return watch(worker, held=held)


def watch(worker: str, *, held: Sequence[JobRow]) -> Pulse:
    """As `heartbeat`, but only looks."""
    with every_provider():
        rows = Job.objects.filter(worker=worker, state=JobState.RUNNING)
        found = {
            Lease(id, attempts): wanted
            for id, attempts, wanted in rows.values_list("pk", "attempts", "is_cancel_wanted")
        }
    leases = [job.lease for job in held]
    return Pulse(
        lost=frozenset(lease for lease in leases if lease not in found),
        cancelled=frozenset(lease for lease in leases if found.get(lease)),
    )


def still_held(job: JobRow) -> None:
    """Raise JobLost unless the job is still run under this lease and nobody cancelled it.

    For the transaction that stores: until it ends, nobody else can take the job or cancel it.
    """
    locked = " FOR UPDATE" if connection.vendor == "postgresql" else ""
    held = fetch(
        f"SELECT is_cancel_wanted FROM job WHERE {_HELD}{locked}",
        [job.id, job.worker, job.attempts],
    )
    if not held or held[0][0]:
        why = "was cancelled" if held else "was taken up by another worker"
        raise JobLost(
            "job_lost", f"Job {job.id} {why}. Nothing was stored by this one.", job=job.id
        )


def note_job(job: JobRow, *, progress: Mapping[str, Any]) -> None:
    """Show how far a job has come, in place of what was shown before."""
    canonical_json(progress)  # refuses what JSON has no exact text for
    own = Job.objects.filter(pk=job.id, worker=job.worker, attempts=job.attempts)
    own.filter(state=JobState.RUNNING).update(progress=dict(progress))


def finish(job: JobRow, *, state: str = JobState.DONE, message: str = "") -> bool:
    """End a job as done, failed or cancelled; False where it was no longer this worker's."""
    return _end(job, state=state, message=message, finished_at=clock.now(), lease_until=None)


def retry_later(job: JobRow, *, after: int, message: str, is_counted: bool = False) -> bool:
    """Let a job wait `after` seconds and be run again; False where it was no longer this worker's.

    A retry that was meant starts the count of attempts anew; one after an error is counted.
    """
    attempts = job.attempts if is_counted else 0
    later = clock.now() + timedelta(seconds=after)
    ended = {"run_after": later, "attempts": attempts, "worker": "", "lease_until": None}
    return _end(job, state=JobState.WAITING, message=message, **ended)


def cancel_job(id: int) -> JobRow:
    """Cancel a job: at once where it waits, else as soon as its worker sees it.

    Nothing that it has not stored yet is stored any more. Whoever asked for it may always cancel
    it. Raises NotFound, and Refused where it has ended.
    """
    with transaction():
        row = job_row(id)
        if row.requested_by != current_actor():
            require(Permission.RECORD_COUNTS)
        now = clock.now()
        dead = Job.objects.filter(pk=id, state=JobState.RUNNING, lease_until__lt=now)
        waiting = Job.objects.filter(pk=id, state=JobState.WAITING)
        ended = {"state": JobState.CANCELLED, "finished_at": now, "lease_until": None}
        touched = waiting.update(is_cancel_wanted=True, **ended)
        touched += dead.update(is_cancel_wanted=True, **ended)
        touched += Job.objects.filter(pk=id, state=JobState.RUNNING).update(is_cancel_wanted=True)
        if not touched:
            raise Refused(
                "job_has_ended", f"Job {id} has ended already: {row.state}. Nothing was changed."
            )
        audit.record("cancel_job", subject=f"job {id}", data={"kind": row.kind})
    return job_row(id)


def jobs(*, kind: str = "", states: Sequence[str] = (), limit: int = 50) -> list[JobRow]:
    """The newest jobs of the provider, of one kind and of some states or of all, newest first."""
    chosen = Job.objects.order_by("-pk")
    if kind:
        chosen = chosen.filter(kind=kind)
    if states:
        chosen = chosen.filter(state__in=states)
    return _rows(chosen[:limit])


def open_jobs(kind: str) -> list[JobRow]:
    """Every job of a kind that waits or runs, oldest first."""
    return _rows(Job.objects.filter(kind=kind, state__in=_OPEN).order_by("pk"))


def cancelled_jobs(kind: str) -> list[JobRow]:
    """Every job of a kind that a person cancelled and that is still kept, oldest first."""
    return _rows(Job.objects.filter(kind=kind, state=JobState.CANCELLED).order_by("pk"))


def job_row(id: int) -> JobRow:
    """The provider's job with this id; NotFound where there is none."""
    found = _rows(Job.objects.filter(pk=id))
    if not found:
        raise NotFound(
            "job_not_found",
            f"There is no job {id}. Nothing was done. `icb jobs list` shows the jobs.",
            job=id,
        )
    return found[0]


def remove_old_jobs() -> int:
    """Remove jobs of every provider that ended KEPT_DAYS ago or earlier; how many."""
    before = clock.now() - timedelta(days=KEPT_DAYS)
    with every_provider():
        old = Job.objects.filter(finished_at__lt=before).exclude(state__in=_OPEN)
        if not old.exists():
            return 0
        removed, _ = old.delete()
    return removed


def _bring_forward(news: Sequence[NewJob]) -> None:
    now = clock.now()
    by_time: dict[datetime, list[str]] = {}
    for new in news:
        by_time.setdefault(new.run_after or now, []).append(new.unique_key)
    for wanted, keys in by_time.items():
        for at in range(0, len(keys), _AT_ONCE):
            later = Job.objects.filter(unique_key__in=keys[at : at + _AT_ONCE])
            # Why it waited is told no more: whoever asked waits for the attempt to come.
            later.filter(state=JobState.WAITING, run_after__gt=wanted).update(
                run_after=wanted, message=""
            )


def _columns(new: NewJob) -> dict[str, Any]:
    canonical_json(new.payload)
    now = clock.now()
    return {
        "kind": new.kind,
        "payload": dict(new.payload),
        "unique_key": new.unique_key,
        "lane": new.lane,
        "run_after": new.run_after or now,
        "max_attempts": new.max_attempts,
        "requested_by": current_actor(),
        "created_at": now,
    }


def _has_due() -> bool:
    """A look without a lock: where nothing is due, nobody is made to wait."""
    now = to_db_instant(clock.now())
    return bool(fetch(f"SELECT 1 FROM job WHERE {_DUE} LIMIT 1", [now, now]))


def _give_up_dead(now: datetime) -> None:
    instant = to_db_instant(now)
    message = "Its worker ended in the middle of it, as often as it may be begun."
    execute(_DIED, [message, instant, instant])


def _next_ids(
    kinds: Sequence[str], *, only: Sequence[int] | None, slots: int, now: datetime
) -> list[int]:
    instant = to_db_instant(now)
    marks = ", ".join(["%s"] * len(kinds))
    chosen, params = f"job.kind IN ({marks})", list[Any](kinds)
    if only is not None:
        condition, ids = ids_in("job.id", ids=only)
        chosen, params = f"{chosen} AND {condition}", [*params, *ids]
    found = fetch(
        _NEXT.format(chosen=chosen),
        [instant, instant, instant, *params, instant, SLOTS_PER_LANE, slots],
    )
    return [row[0] for row in found]


def _lock(ids: Sequence[int], *, now: datetime) -> list[int]:
    """Those of the jobs that are still free, held to the end of the transaction, in this order."""
    if connection.vendor != "postgresql" or not ids:
        return list(ids)  # the transaction began as the only writer
    instant = to_db_instant(now)
    condition, params = ids_in("id", ids=ids)
    free = fetch(
        f"SELECT id FROM job WHERE {condition} AND {_DUE} FOR UPDATE SKIP LOCKED",
        [*params, instant, instant],
    )
    locked = {row[0] for row in free}
    return [id for id in ids if id in locked]


def _end(job: JobRow, *, state: str, message: str, **columns: Any) -> bool:
    own = Job.objects.filter(pk=job.id, worker=job.worker, attempts=job.attempts)
    text = message[:_LONGEST_MESSAGE]
    return bool(own.filter(state=JobState.RUNNING).update(state=state, message=text, **columns))


def _rows(chosen: Any) -> list[JobRow]:
    return [JobRow(*row) for row in chosen.values_list(*JobRow._fields)]
