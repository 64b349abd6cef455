"""The worker: jobs beside each other, retries, cancelling, and a vendor that hangs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connections
from tests.support.asked import AskedAdapter, NoHttp, connect_asked, until
from tests.support.clocks import StillClock

from icb.foundation.jobs import (
    LEASE_SECONDS,
    Handler,
    JobContext,
    JobRow,
    NewJob,
    TryLater,
    cancel_job,
    claim,
    enqueue,
    job_row,
    jobs,
)
from icb.foundation.models import Job
from icb.hub.models import FailedSync, ModuleConnection, ProvenDay, Snapshot, Sync
from icb.hub.ports import CredentialsRefused, IncompleteAnswer, Throttled, VendorUnavailable
from icb.hub.registry import registered
from icb.kernel import clock as kernel_clock
from icb.kernel.errors import Refused
from icb.operations.coverage import coverage
from icb.operations.syncing.requests import request_syncs, requested
from icb.operations.syncing.sync import run_sync
from icb.operations.worker import Worker

YESTERDAY = date(2025, 12, 31)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "icb.operations.syncing.sync.open_http", lambda description, settings: NoHttp()
    )


def worker(handle: Handler | None = None) -> Worker:
    return Worker(by_kind={"work": handle} if handle else {"sync": run_sync}, poll_seconds=0.02)


@contextmanager
def running(one: Worker) -> Iterator[None]:
    """The worker at work in a thread of its own."""
    stop = threading.Event()

    def work() -> None:
        one.run(stop)
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


# What becomes of a job


@pytest.mark.usefixtures("provider", "clock")
class TestEnds:
    """One job, done in the test's own thread."""

    def end(self, handle: Handler, **options: Any) -> JobRow:
        added = enqueue(NewJob(kind="work", **options))
        assert worker(handle).work_off() == 1
        return job_row(added.id)

    def test_done(self) -> None:
        assert self.end(lambda job, *, context: None).state == "done"

    def test_refused(self) -> None:
        def refuse(job: JobRow, *, context: JobContext) -> None:
            raise Refused("no", "It may not be. Nothing was stored.")

        ended = self.end(refuse, max_attempts=5)
        assert (ended.state, ended.message) == ("failed", "It may not be. Nothing was stored.")

    def test_later(self, clock: StillClock) -> None:
        def later(job: JobRow, *, context: JobContext) -> None:
            raise TryLater(90, "not yet")

        ended = self.end(later)
        assert (ended.state, ended.message) == ("waiting", "not yet")
        assert ended.run_after == clock.now + timedelta(seconds=90)

    def test_an_error_is_tried_again_and_told_without_its_words(
        self, clock: StillClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(job: JobRow, *, context: JobContext) -> None:
            raise ValueError(" ".join(["secret", "words"]))

        with caplog.at_level(logging.ERROR):
            ended = self.end(fail, max_attempts=2)
        assert (ended.state, ended.attempts) == ("waiting", 1)
        clock.forward(hours=1)
        assert worker(fail).work_off() == 1
        ended = job_row(ended.id)
        assert (ended.state, ended.message) == (
            "failed",
            "An error in the program itself (ValueError).",
        )
        assert "test_worker.py" in caplog.text
        assert "secret words" not in caplog.text

    def test_lost(self) -> None:
        def lose(job: JobRow, *, context: JobContext) -> None:
            Job.objects.filter(pk=job.id).update(worker="another")
            context.hold()

        ended = self.end(lose)
        assert (ended.state, ended.worker) == ("running", "another")

    def test_progress_is_shown(self) -> None:
        ended = self.end(lambda job, *, context: context.progress({"words": "half"}))
        assert ended.progress == {"words": "half"}


# Syncs as jobs


@pytest.fixture
def vendor(provider: object, clock: StillClock) -> Iterator[AskedAdapter]:
    adapter = AskedAdapter()
    connect_asked("rmm", adapter="asked", expected_from=YESTERDAY)
    with registered(adapter):
        yield adapter


def test_the_scheduler_and_the_worker_get_the_day(vendor: AskedAdapter) -> None:
    one = worker()
    assert (one.tick(), one.tick(), one.work_off()) == (1, 0, 1)
    assert vendor.asked == [YESTERDAY]
    assert ProvenDay.objects.get().day == YESTERDAY
    assert (one.tick(), one.work_off()) == (0, 0)


def test_passing_problems_are_tried_again_until_noon(
    vendor: AskedAdapter, clock: StillClock
) -> None:
    vendor.problem = VendorUnavailable("away")
    one = worker()
    one.tick()
    pauses = []
    while one.work_off():
        (job,) = jobs(kind="sync")
        if job.state == "waiting":
            pauses.append((job.run_after - clock.now) // timedelta(minutes=1))
            clock.set(job.run_after)
            one.tick()
    assert pauses[:6] == [1, 2, 5, 10, 20, 30]
    assert sum(pauses) == 3 * 60 - 10  # the last try, ten minutes before noon
    assert [row.is_final for row in Sync.objects.order_by("id")] == [False] * len(pauses) + [True]
    assert FailedSync.objects.get().day == YESTERDAY
    clock.forward(hours=5)
    assert (one.tick(), one.work_off()) == (0, 0)
    assert not Snapshot.objects.exists()


def test_the_vendors_wish_goes_before(vendor: AskedAdapter, clock: StillClock) -> None:
    vendor.problem = Throttled("later", retry_after=3600)
    one = worker()
    one.tick()
    one.work_off()
    (job,) = jobs()
    assert job.run_after == clock.now + timedelta(hours=1)
    vendor.problem = None
    clock.forward(hours=1)
    one.work_off()
    assert [row.state for row in Sync.objects.order_by("id")] == ["failed", "stored"]


def test_a_wish_beyond_the_end_leaves_one_last_try(vendor: AskedAdapter, clock: StillClock) -> None:
    vendor.problem = Throttled("much later", retry_after=10**6)
    one = worker()
    one.tick()
    one.work_off()
    (job,) = jobs()
    assert job.run_after == clock.now.replace(hour=11, minute=50)


def test_what_a_person_must_mend_is_asked_for_seldom(
    vendor: AskedAdapter, clock: StillClock
) -> None:
    vendor.problem = CredentialsRefused("no")
    one = worker()
    one.tick()
    one.work_off()
    (job,) = jobs()
    assert job.run_after - clock.now == timedelta(minutes=170)
    vendor.problem = None  # the person has mended it, and asks
    request_syncs(["rmm"])
    assert one.work_off() == 2
    assert set(ProvenDay.objects.values_list("day", flat=True)) == {YESTERDAY, date(2026, 1, 1)}


def test_a_lost_job_loses_no_day_and_no_patience(vendor: AskedAdapter, clock: StillClock) -> None:
    vendor.problem = IncompleteAnswer("a page is missing")
    one = worker()
    one.tick()
    one.work_off()
    Job.objects.all().delete()
    assert one.tick() == 0
    clock.forward(minutes=1)
    assert one.tick() == 1


def test_disabled_between_asking_and_doing(vendor: AskedAdapter) -> None:
    one = worker()
    one.tick()
    ModuleConnection.objects.update(is_enabled=False)
    one.work_off()
    (job,) = jobs()
    assert (job.state, "disabled" in job.message) == ("failed", True)
    assert vendor.asked == []


def test_what_was_cancelled_before_its_first_try_is_not_begun_again(
    vendor: AskedAdapter, clock: StillClock
) -> None:
    one = worker()
    one.tick()
    cancel_job(jobs()[0].id)
    assert [one.tick() for _ in range(3)] == [0, 0, 0]
    Job.objects.all().delete()  # as ended ones are after a while
    clock.forward(hours=2)
    assert (one.tick(), one.work_off()) == (0, 0)
    row = Sync.objects.get()
    assert (row.day, row.state, row.code, row.is_final) == (
        YESTERDAY,
        "cancelled",
        "cancelled",
        False,
    )
    assert vendor.asked == []
    clock.forward(hours=1)
    one.tick()
    given_up = Sync.objects.get(is_final=True)
    assert (given_up.code, FailedSync.objects.get().day) == ("cancelled", YESTERDAY)
    assert [row.state for row in coverage(YESTERDAY, last=YESTERDAY)] == ["failed"]


def test_what_was_cancelled_is_had_again_by_asking(vendor: AskedAdapter, clock: StillClock) -> None:
    one = worker()
    one.tick()
    cancel_job(jobs()[0].id)
    one.tick()
    clock.forward(minutes=1)
    vendor.problem = VendorUnavailable("away")
    request_syncs(["rmm"], day=YESTERDAY)
    one.work_off()
    vendor.problem = None
    clock.forward(minutes=10)
    one.tick()  # asked for by hand, it is tried again like any other
    one.work_off()
    assert ProvenDay.objects.get().day == YESTERDAY
    assert [row.state for row in Sync.objects.order_by("id")] == ["cancelled", "failed", "stored"]


def test_what_was_cancelled_between_two_tries_stays_cancelled(
    vendor: AskedAdapter, clock: StillClock
) -> None:
    vendor.problem = VendorUnavailable("away")
    one = worker()
    one.tick()
    one.work_off()
    clock.forward(seconds=10)
    cancel_job(jobs()[0].id)
    clock.forward(minutes=30)
    assert (one.tick(), one.work_off()) == (0, 0)
    assert [row.state for row in Sync.objects.order_by("id")] == ["failed", "cancelled"]


def test_a_request_says_how_far_it_is(vendor: AskedAdapter) -> None:
    (yesterday, today) = request_syncs()
    assert not requested(today.id).is_over
    worker().work_off()
    done = requested(today.id)
    assert (done.is_over, done.is_good, done.state, done.counts) == (True, True, "stored", 2)
    vendor.problem = CredentialsRefused("no")
    (again,) = request_syncs(["rmm"])
    worker().work_off()
    failed = requested(again.id)
    assert (failed.is_over, failed.is_good, failed.state) == (True, False, "failed")
    assert failed.message == "no"
    assert "icb modules change" in failed.advice
    assert yesterday.id != again.id


# At once, with real threads


def asked_of(adapters: list[AskedAdapter]) -> int:
    return sum(len(adapter.asked) for adapter in adapters)


@pytest.mark.usefixtures("committed_provider")
def test_a_hung_vendor_delays_no_other_and_can_be_cancelled() -> None:
    hung = [AskedAdapter(f"hung{number}") for number in range(2)]
    never = threading.Event()
    for adapter in hung:
        adapter.hangs = never
    good = AskedAdapter("good")
    for number in range(12):
        connect_asked(f"hung-{number}", adapter=f"hung{number % 2}")
    for number in range(12):
        connect_asked(f"good-{number}", adapter="good")
    with registered(*hung, good), running(worker()):
        began = time.monotonic()
        rows = {row.payload["connection"]: row.id for row in request_syncs()}
        until(lambda: ProvenDay.objects.count() == 12)
        print(f"12 others done after {time.monotonic() - began:.1f} s beside 2 hung vendors")
        until(lambda: asked_of(hung) == 4)
        time.sleep(0.3)
        assert asked_of(hung) == 4  # two slots each
        waiting = job_row(rows["hung-0"])
        assert waiting.state == "running"
        cancel_job(waiting.id)
        until(lambda: job_row(waiting.id).state == "cancelled")
        until(lambda: len(hung[0].asked) == 3)  # its slot is free for the next
        for name, id in rows.items():
            if name.startswith("hung") and name != "hung-0":
                cancel_job(id)
        until(lambda: not Job.objects.filter(state="running").exists())
        never.set()
        time.sleep(0.3)
    assert ProvenDay.objects.count() == 12
    assert set(Sync.objects.exclude(state="stored").values_list("state", flat=True)) == {
        "cancelled"
    }


@pytest.mark.usefixtures("committed_provider")
def test_a_stopped_worker_leaves_the_job_to_the_next() -> None:
    adapter = AskedAdapter()
    adapter.hangs = threading.Event()
    connect_asked("rmm", adapter="asked")
    with registered(adapter):
        with running(worker()):
            (job,) = request_syncs()
            until(lambda: bool(adapter.asked))
        left = job_row(job.id)
        assert (left.state, left.run_after <= kernel_clock.now()) == ("waiting", True)
        adapter.hangs.set()
        with running(worker()):
            until(lambda: job_row(job.id).state == "done")
    assert list(Sync.objects.order_by("id").values_list("state", "code")) == [
        ("failed", "interrupted"),
        ("stored", ""),
    ]
    assert Snapshot.objects.count() == 1


@pytest.mark.usefixtures("committed_provider", "clock")
def test_a_worker_that_lost_its_lease_stores_nothing(clock: StillClock) -> None:
    """As after a long sleep of the machine: meanwhile another has taken the job."""
    adapter, taken = AskedAdapter(), list[JobRow]()

    def sleep() -> None:
        clock.forward(seconds=LEASE_SECONDS + 1)
        taken.extend(claim("another", slots=1, kinds=["sync"]))
        connections.close_all()

    adapter.before = sleep
    connect_asked("rmm", adapter="asked")
    with registered(adapter):
        (job,) = request_syncs()
        assert worker().work_off() == 1
        assert [row.id for row in taken] == [job.id]
        assert not Snapshot.objects.exists()
        assert job_row(job.id).worker == "another"
        assert list(Sync.objects.values_list("state", "code")) == [("failed", "interrupted")]
        adapter.before = lambda: None
        clock.forward(seconds=LEASE_SECONDS + 1)
        assert worker().work_off() == 1
    assert Snapshot.objects.count() == 1
