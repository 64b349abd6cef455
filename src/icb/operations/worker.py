"""Does the jobs: takes them under a lease, runs each in a thread of its own, lets none hold up all.

Nothing here knows what a job is about: handlers are named in the settings (`JOB_HANDLERS`). One
thread, the caller's, takes jobs, renews leases and ticks the scheduler; it never runs a job.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connections
from django.utils.module_loading import import_string

from icb.foundation.actor import acting_as_system
from icb.foundation.jobs import (
    HEARTBEAT_SECONDS,
    LEASE_SECONDS,
    Handler,
    JobContext,
    JobLost,
    JobRow,
    TryLater,
    claim,
    finish,
    heartbeat,
    note_job,
    remove_old_jobs,
    retry_later,
    still_held,
    watch,
)
from icb.foundation.providers import providers
from icb.foundation.scope import in_provider
from icb.hub.push_actions import expire_uploads
from icb.hub.sync_actions import end_interrupted
from icb.kernel import clock
from icb.kernel.errors import IcbError
from icb.operations.syncing.fetching import TOTAL_SECONDS
from icb.operations.syncing.scheduler import Settled, tick

SLOTS = 32
POLL_SECONDS = 1.0
TICK_SECONDS = 60
STOP_SECONDS = 10
_HOUR = 3600
_PAUSES = (60, 300, 900, 3600)  # after an error in the program, by attempts

_log = logging.getLogger("icb.worker")


def handlers() -> dict[str, Handler]:
    """The handler of each kind of job, as the settings name them."""
    named: Mapping[str, str] = settings.JOB_HANDLERS
    return {kind: import_string(dotted) for kind, dotted in named.items()}


@dataclass(slots=True)
class _Held:
    """A job that runs, and what its thread is to know."""

    job: JobRow
    is_cancelled: threading.Event = field(default_factory=threading.Event)
    is_lost: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    @property
    def is_running(self) -> bool:
        return self.thread is not None and self.thread.is_alive()


class Worker:
    """Takes jobs of all providers and runs them.

    `by_kind`: the handlers, by default those of the settings. `only`: no others than these ids,
    and no scheduler: for a command that waits for its own jobs.
    """

    def __init__(
        self,
        *,
        slots: int = SLOTS,
        by_kind: Mapping[str, Handler] | None = None,
        only: Sequence[int] | None = None,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self.name = f"{socket.gethostname()[:40]}:{os.getpid()}:{id(self):x}"
        self._slots = slots
        self._handlers = dict(by_kind if by_kind is not None else handlers())
        self._only = only
        self._poll_seconds = poll_seconds
        self._held: list[_Held] = []
        self._is_stopping = threading.Event()
        self._settled: dict[int, Settled] = {}
        self._last: dict[str, float] = {}

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set, then leave what runs: it is taken up again where it matters."""
        while not stop.is_set():
            self._safely(self._step)
            stop.wait(self._poll_seconds)
        self._leave()

    def work_off(self) -> int:
        """Run everything that is due in this thread, one after the other; how many jobs."""
        done = 0
        while taken := claim(self.name, slots=1, kinds=list(self._handlers), only=self._only):
            for job in taken:
                self._perform(_Held(job))
                done += 1
        return done

    def tick(self) -> int:
        """Let the scheduler look what is due, for every provider; how many syncs were begun."""
        begun = 0
        for provider in providers():
            memory = self._settled.setdefault(provider.id, Settled())
            with in_provider(provider.id), acting_as_system("scheduler"):
                self._end_forgotten()
                begun += tick(memory, kinds=list(self._handlers))
        return begun

    def _step(self) -> None:
        self._held = [held for held in self._held if held.is_running]
        if self._only is None and self._is_time("tick", TICK_SECONDS):
            self._safely(self.tick)
        if self._only is None and self._is_time("clean", _HOUR):
            self._safely(remove_old_jobs)
        self._pulse()
        self._take()

    def _pulse(self) -> None:
        """Renew the leases, and tell the threads whose jobs are cancelled or lost."""
        if not self._held:
            return
        ask = heartbeat if self._is_time("heartbeat", HEARTBEAT_SECONDS) else watch
        pulse = ask(self.name, held=[held.job for held in self._held])
        for held in self._held:
            if held.job.lease in pulse.cancelled:
                held.is_cancelled.set()
            if held.job.lease in pulse.lost:
                held.is_lost.set()

    def _take(self) -> None:
        free = self._slots - len(self._held)
        for job in claim(self.name, slots=free, kinds=list(self._handlers), only=self._only):
            held = _Held(job)
            held.thread = threading.Thread(
                target=self._perform_apart, args=(held,), name=f"job {job.id}", daemon=True
            )
            self._held.append(held)
            held.thread.start()

    def _leave(self) -> None:
        """Ask everything that runs to end, and wait a little for it."""
        self._is_stopping.set()
        until = time.monotonic() + STOP_SECONDS
        while any(held.is_running for held in self._held) and time.monotonic() < until:
            self._safely(self._pulse)
            time.sleep(min(self._poll_seconds, 0.2))

    def _perform_apart(self, held: _Held) -> None:
        """A job in its own thread, with its own connection to the database."""
        try:
            self._safely(lambda: self._perform(held))
        finally:
            connections.close_all()

    def _perform(self, held: _Held) -> None:
        job = held.job
        with in_provider(job.provider_id), acting_as_system(job.kind):
            try:
                self._handlers[job.kind](job, context=self._context(held))
            except TryLater as wish:
                retry_later(job, after=wish.seconds, message=wish.message)
            except JobLost as lost:
                # One that was taken by another worker is that worker's to end.
                finish(job, state="cancelled", message=lost.message)
            except IcbError as error:
                finish(job, state="failed", message=error.message)
            except Exception as error:
                self._failed(job, error)
            else:
                finish(job)

    def _failed(self, job: JobRow, error: Exception) -> None:
        """An error in the program: told in the log with its place, in the job by its kind alone,
        because its words may hold what must not be kept."""
        _log.error("job %s (%s) failed", job.id, job.kind, exc_info=_without_words(error))
        message = f"An error in the program itself ({type(error).__name__})."
        if job.attempts < job.max_attempts:
            pause = _PAUSES[min(job.attempts, len(_PAUSES)) - 1]
            retry_later(job, after=pause, message=message, is_counted=True)
        else:
            finish(job, state="failed", message=message)

    def _context(self, held: _Held) -> JobContext:
        def progress(shown: Mapping[str, Any]) -> None:
            note_job(held.job, progress=shown)

        def done(message: str = "") -> None:
            finish(held.job, message=message)

        return JobContext(
            progress=progress,
            is_cancelled=lambda: held.is_cancelled.is_set() or held.is_lost.is_set(),
            is_stopping=self._is_stopping.is_set,
            hold=lambda: still_held(held.job),
            done=done,
        )

    def _end_forgotten(self) -> None:
        """Attempts that cannot be running any more, and uploads whose parts do not come."""
        longest = timedelta(seconds=TOTAL_SECONDS + 2 * LEASE_SECONDS)
        message = "The program ended in the middle of this attempt. Nothing of it was stored."
        end_interrupted(begun_before=clock.now() - longest, message=message)
        expire_uploads()

    def _is_time(self, what: str, seconds: float) -> bool:
        """Whether that many seconds have passed since the last time it was time for it."""
        now = time.monotonic()
        if now - self._last.get(what, -seconds) < seconds:
            return False
        self._last[what] = now
        return True

    def _safely(self, work: Callable[[], Any]) -> None:
        """A database that is busy or gone for a while ends no worker: the next step tries again."""
        try:
            work()
        except Exception as error:
            _log.error("the worker goes on after an error", exc_info=_without_words(error))
            connections.close_all()


def _without_words(error: Exception) -> Exception:
    """The error with its place and kind; what it says is shown only where the program wrote it."""
    if isinstance(error, IcbError):
        return error
    return RuntimeError(type(error).__name__).with_traceback(error.__traceback__)
