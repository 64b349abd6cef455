"""How each connection stands: how its last day went, what runs for it now, and what comes next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from icb.foundation.jobs import JobRow, open_jobs
from icb.foundation.providers import local_today, provider_days
from icb.hub.snapshot_queries import AnswerRow, newest_answers
from icb.hub.sync_queries import SyncRow, SyncTarget, newest_syncs_of_each, sync_targets
from icb.kernel import clock
from icb.operations.syncing.advice import is_passing
from icb.operations.syncing.connections import is_asked, source_of
from icb.operations.syncing.due import Source, spread
from icb.operations.syncing.retrying import window_of
from icb.operations.syncing.scheduler import SYNC


class Standing(NamedTuple):
    """One connection. `is_asked`: a vendor is asked for its counts, so that it can be synced now.

    `sync` is the newest attempt, `answer` the newest one that came, whichever way. `job` is what
    runs for it or could at once, `next_at` when it is asked next; None where nobody is asked.
    """

    key: str
    name: str
    module: str
    adapter: str
    is_enabled: bool
    is_asked: bool
    expected_from: date | None
    sync: SyncRow | None
    answer: AnswerRow | None
    job: JobRow | None
    next_at: datetime | None

    @property
    def has_failed(self) -> bool:
        """Whether the newest attempt brought nothing."""
        return self.sync is not None and self.sync.state in ("failed", "refused")

    @property
    def mends_itself(self) -> bool:
        """Whether the failure may be gone by itself when it is tried again."""
        return self.has_failed and self.sync is not None and is_passing(self.sync.code)


def standings(those: Sequence[SyncTarget] | None = None) -> list[Standing]:
    """How connections stand, by default all as entered; four statements for any number."""
    targets = sync_targets() if those is None else those
    # Jobs first: one that has ended by then has said before what became of its sync. The other way
    # round a sync could be told as running that nothing works at, and nobody would look again.
    jobs, attempts, answers = _jobs(), newest_syncs_of_each(), newest_answers()
    return [
        Standing(
            key=target.key,
            name=target.name,
            module=target.module,
            adapter=target.adapter,
            is_enabled=target.is_enabled,
            is_asked=is_asked(target),
            expected_from=target.expected_from,
            sync=attempts.get(target.key),
            answer=answers.get(target.key),
            job=_at_work(jobs[target.key]),
            next_at=_next_at(target, jobs=jobs[target.key]),
        )
        for target in targets
    ]


def _jobs() -> defaultdict[str, list[JobRow]]:
    found: defaultdict[str, list[JobRow]] = defaultdict(list)
    for job in open_jobs(SYNC):
        found[job.payload["connection"]].append(job)
    return found


def _at_work(jobs: Sequence[JobRow]) -> JobRow | None:
    """What runs, else what waits for its turn; not what waits to be tried again later."""
    now = clock.now()
    ready = [job for job in jobs if job.state == "running" or job.run_after <= now]
    return min(ready, key=lambda job: (job.state != "running", job.id)) if ready else None


def _next_at(target: SyncTarget, *, jobs: Sequence[JobRow]) -> datetime | None:
    """The next try of a day that failed, or the night after the running day."""
    if not target.is_enabled or not is_asked(target) or target.expected_from is None:
        return None
    window = window_of(
        max(target.expected_from, local_today()),
        calendar=provider_days(),
        has_history=source_of(target) == Source.HISTORY,
        catch_up_days=target.catch_up_days,
    )
    later = [job.run_after for job in jobs if job.run_after > clock.now()]
    return min([window.opens + spread(target.key), *later])
