"""One sync: ask the vendor outside of any transaction, then store what came in a single one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from icb.foundation.actor import require
from icb.foundation.installation import is_demo
from icb.foundation.jobs import JobContext, JobLost, JobRow, TryLater
from icb.foundation.permissions import Permission
from icb.foundation.providers import local_today, provider_days
from icb.foundation.transactions import transaction
from icb.hub import registry
from icb.hub.connecting_queries import connection_settings
from icb.hub.inputs import Receipt
from icb.hub.ports import Adapter, DaySnapshot, Session, SyncProblem
from icb.hub.snapshot_actions import in_words, take_snapshot
from icb.hub.sync_actions import (
    SyncResult,
    end_interrupted,
    finish_sync,
    name_billing_types,
    note_module_organizations,
    start_sync,
)
from icb.hub.sync_queries import SyncTarget, failed_attempts, sync_target
from icb.kernel import clock
from icb.kernel.errors import IcbError, InvalidInput, Refused
from icb.operations.syncing.advice import (
    CANCELLED,
    INTERNAL_ERROR,
    INTERRUPTED,
    NO_REAL_VENDOR,
    advice,
    is_passing,
)
from icb.operations.syncing.answers import answer_of, manifest_data
from icb.operations.syncing.connections import has_history, is_asked
from icb.operations.syncing.fetching import (
    TOTAL_SECONDS,
    Connect,
    Fetch,
    Left,
    Tell,
    Words,
    close_quietly,
)
from icb.operations.syncing.http import keeping_secrets, open_http
from icb.operations.syncing.retrying import Tried, Window, next_try, window_of
from icb.operations.syncing.scheduler import enqueue_next

ACTOR = "sync"
STORED, UNCHANGED, QUARANTINED = "stored", "unchanged", "quarantined"
REFUSED, FAILED, CANCELLED_STATE = "refused", "failed", "cancelled"
GOOD_STATES = (STORED, UNCHANGED)

# What became of an answer, as what became of the sync: its state and code.
_BY_RECEIPT = {
    "accepted": (STORED, ""),
    "duplicate": (UNCHANGED, ""),
    "superseded": (UNCHANGED, "superseded"),
    "quarantined": (QUARANTINED, "quarantined"),
    "refused": (REFUSED, "refused"),
}


class SyncOutcome(NamedTuple):
    """What became of one attempt. `advice` says what to do, in words for a person."""

    connection: str
    day: date
    state: str
    code: str
    message: str
    advice: str
    counts: int
    requests: int

    @property
    def is_good(self) -> bool:
        """Whether the day's counts are in force."""
        return self.state in GOOD_STATES


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Who looks on: takes words, says when to leave, holds the job while its answer is stored, and
    ends it with that.

    `started` is told the id of the attempt, in the transaction that makes its row. `connect` makes
    the HTTP, where it is not the usual one.
    """

    tell: Tell = lambda words: None
    is_left: Callable[[], bool] = lambda: False
    is_stopping: Callable[[], bool] = lambda: False
    hold: Callable[[], None] = lambda: None
    done: Callable[[], None] = lambda: None
    started: Callable[[int], None] = lambda id: None
    connect: Connect | None = None


def sync_now(
    connection: str,
    *,
    day: date | None = None,
    tell: Tell | None = None,
    connect: Connect | None = None,
) -> SyncOutcome:
    """Get a connection's counts of a day, by default of today, and store them or say why not.

    `tell` takes a few words now and then; `connect` makes the HTTP, where it is not the usual one.
    Raises NotFound, Refused where nothing can be asked, InvalidInput for a day that cannot be
    asked for. What goes wrong at the vendor is no error but an outcome.
    """
    require(Permission.RECORD_COUNTS)
    target, chosen = sync_target(connection), day or local_today()
    check_sync(target, day=chosen)
    watch = Watch(tell=tell or (lambda words: None), connect=connect)
    return _Attempt(target, day=chosen, watch=watch).run().outcome


def check_sync(target: SyncTarget, *, day: date) -> None:
    """Raise Refused or InvalidInput where a connection cannot be asked for a day."""
    if not is_asked(target):
        raise Refused(
            "nothing_to_ask",
            f"{target.key}: its counts are sent to us, nobody is asked for them. Nothing was "
            "done. Push them, or import a file.",
        )
    if not target.is_enabled:
        raise Refused(
            "module_disabled",
            f"{target.key} is disabled. Nothing was done. Enable it (`icb modules enable`).",
        )
    today = local_today()
    if day > today:
        raise InvalidInput(
            field="day",
            value=day,
            message=f"day: {day} has not come yet. Nothing was done. Give a day up to {today}.",
        )
    is_past = day < today and clock.now() >= provider_days().noon_after(day)
    if is_past and not has_history(target):
        raise Refused(
            "past_day",
            f"{target.key} shows the present only: {day} cannot be asked for any more. Nothing "
            "was done. Its day stays as it is; a file of counts can still be imported.",
        )


def run_sync(job: JobRow, *, context: JobContext, connect: Connect | None = None) -> None:
    """The handler of sync jobs: payload `connection` (its key) and `day`.

    Failures that may pass are tried again while the day can be asked for; then it is given up.
    `connect` makes the HTTP, where it is not the usual one.
    """
    if before := job.progress.get("sync"):
        message = "The program ended in the middle of this attempt. Nothing of it was stored."
        end_interrupted(begun_before=clock.now(), message=message, sync=before)
    key, day = str(job.payload["connection"]), date.fromisoformat(job.payload["day"])
    target = sync_target(key)
    try:
        check_sync(target, day=day)
        ended = _Attempt(target, day=day, watch=_watch_of(context, connect)).run()
    finally:
        enqueue_next(target, without=day)
    outcome = ended.outcome
    if outcome.state == CANCELLED_STATE:
        raise JobLost("job_lost", outcome.message)
    if outcome.code == INTERRUPTED:
        raise TryLater(0, outcome.message)
    if outcome.state in (FAILED, REFUSED):
        if ended.again is None:
            raise Refused("sync_failed", f"{outcome.message} {outcome.advice}")
        wait = max(0, (ended.again - clock.now()) // timedelta(seconds=1))
        raise TryLater(wait, outcome.message)


class NoRealVendor(SyncProblem):
    """A demo never asks a real vendor, whose address its made-up ones have."""

    code = NO_REAL_VENDOR


class _Failure(NamedTuple):
    """Why an attempt brought nothing."""

    code: str
    message: str
    is_passing: bool
    retry_after: int | None = None


class _Ended(NamedTuple):
    """How an attempt ended, and when the next one is to come, if any."""

    outcome: SyncOutcome
    again: datetime | None = None


class _Attempt:
    """One attempt to get one connection's counts of one day."""

    def __init__(self, target: SyncTarget, *, day: date, watch: Watch) -> None:
        self.target = target
        self.day = day
        self.watch = watch
        self.requests = 0
        self.again: datetime | None = None

    def run(self) -> _Ended:
        with transaction():
            self.sync = start_sync(self.target.key, day=self.day)
            self.watch.started(self.sync)
        try:
            result = self._work()
        except BaseException as error:
            message = (
                f"An error in the program itself ({type(error).__name__}). Nothing was stored."
            )
            self._finish(SyncResult(state=FAILED, code=INTERNAL_ERROR, message=message))
            raise
        outcome = SyncOutcome(
            connection=self.target.key,
            day=self.day,
            state=result.state,
            code=result.code,
            message=result.message,
            advice=advice(result.code),
            counts=result.counts,
            requests=self.requests,
        )
        return _Ended(outcome, self.again)

    def _work(self) -> SyncResult:
        try:
            snapshot = self._ask()
            self.watch.tell(f"{len(snapshot.counts):,} counts came; storing them")
            return self._store(snapshot)
        except (Left, JobLost) as error:
            return self._finish(self._left(error))
        except SyncProblem as problem:
            failure = _Failure(
                problem.code, problem.message, problem.is_passing, problem.retry_after
            )
        except IcbError as error:
            failure = _Failure(error.code, error.message, is_passing=True)
        return self._finish(self._failed(failure, state=FAILED))

    def _ask(self) -> DaySnapshot:
        """The vendor's answer; no transaction is open meanwhile."""
        if self.watch.connect is None and is_demo():
            raise NoRealVendor(
                "The vendors of the demo are made up and are there only while `icb demo` makes it, "
                "and beside its pages. Nobody was asked, and nothing was stored."
            )
        adapter: Adapter = registry.adapter(self.target.adapter)
        settings = connection_settings(self.target.key)
        words = Words(self.watch.tell)
        http = (self.watch.connect or open_http)(adapter.description, settings=settings)
        with keeping_secrets(adapter.description, settings=settings) as hide:
            session = Session(
                settings=settings,
                http=http,
                now=clock.now(),
                today=local_today(),
                progress=lambda said: words.say(hide(said)),
            )
            try:
                return Fetch(
                    adapter, question=lambda: adapter.snapshot(session, day=self.day)
                ).answer(
                    seconds=TOTAL_SECONDS,
                    is_left=lambda: self.watch.is_left() or self.watch.is_stopping(),
                    meanwhile=words.pass_on,
                )
            finally:
                self.requests = http.requests
                close_quietly(http)

    def _store(self, snapshot: DaySnapshot) -> SyncResult:
        """All of it, in one transaction that ends with the job still being ours."""
        answer = answer_of(snapshot, day=self.day)
        with transaction(lock=f"hub:{self.target.id}"):
            self.watch.hold()
            receipt = take_snapshot(self.target.key, answer=answer)
            if receipt.state != "refused":
                note_module_organizations(self.target.key, seen=snapshot.organizations)
                name_billing_types(self.target.key, names=snapshot.manifest.names)
            result = replace(
                self._received(receipt),
                counts=len(answer.rows),
                manifest=manifest_data(snapshot),
                revision=receipt.revision,
            )
            if result.state != REFUSED:
                self.watch.done()
            return self._finish(result)

    def _received(self, receipt: Receipt) -> SyncResult:
        state, code = _BY_RECEIPT[receipt.state]
        message = in_words(receipt.problems)
        if state == REFUSED:
            return self._failed(_Failure(code, message, is_passing(code)), state=REFUSED)
        return SyncResult(state=state, code=code, message=message)

    def _failed(self, failure: _Failure, *, state: str) -> SyncResult:
        """A failure, final where the day can be asked for no more."""
        window = _window(self.target, day=self.day)
        now = clock.now()
        is_awaited = self._is_expected() and now < window.ends
        if is_awaited:
            attempts = failed_attempts(self.target.id, day=self.day) + 1
            passing, wish = failure.is_passing, failure.retry_after
            tried = Tried(attempts, now, failure.code, passing, wish)
            self.again = next_try(tried, window=window)
        return SyncResult(
            state=state,
            code=failure.code,
            message=failure.message,
            is_final=is_awaited and self.again is None,
        )

    def _left(self, error: Exception) -> SyncResult:
        if self.watch.is_stopping():
            message = "The program was stopped in the middle. Nothing of it was stored."
            return SyncResult(state=FAILED, code=INTERRUPTED, message=message)
        if isinstance(error, JobLost) and not self.watch.is_left():
            return SyncResult(state=FAILED, code=INTERRUPTED, message=error.message)
        message = "A person cancelled it. Nothing of it was stored."
        return SyncResult(state=CANCELLED_STATE, code=CANCELLED, message=message)

    def _finish(self, result: SyncResult) -> SyncResult:
        finish_sync(self.sync, result=replace(result, requests=self.requests))
        return result

    def _is_expected(self) -> bool:
        first = self.target.expected_from
        return first is not None and first <= self.day


def _window(target: SyncTarget, *, day: date) -> Window:
    return window_of(
        day,
        calendar=provider_days(),
        has_history=has_history(target),
        catch_up_days=target.catch_up_days,
    )


def _watch_of(context: JobContext, connect: Connect | None) -> Watch:
    shown: dict[str, Any] = {}

    def show(more: Mapping[str, Any]) -> None:
        shown.update(more)
        context.progress(shown)

    return Watch(
        tell=lambda words: show({"words": words}),
        is_left=context.is_cancelled,
        is_stopping=context.is_stopping,
        hold=context.hold,
        done=context.done,
        started=lambda id: show({"sync": id}),
        connect=connect,
    )
