"""The stages of the benchmark of syncs: one with very many counts, and very many at once.

A module with 100,000 counts is asked, judged and stored on a first day, on a day on which one count
in twenty has changed, and on a quiet one; beside it others read, and want to write. Then 200
connections are due at once, 8 of whose vendors never answer.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from django.db import connections

from icb.hub.connecting_actions import NewConnected, connect_module
from icb.hub.registry import registered
from icb.hub.sync_queries import syncs
from icb.kernel.clock import frozen
from icb.operations.bench.counting import CountingAdapter
from icb.operations.bench.meter import Meter
from icb.operations.bench.probes import Probes
from icb.operations.bench.sync_run import SyncStage
from icb.operations.syncing.requests import request_syncs
from icb.operations.syncing.sync import run_sync, sync_now
from icb.operations.worker import Worker

ORGANIZATIONS, TYPES = 10_000, 10
FEWER_ORGANIZATIONS = 1_000
CONNECTIONS, HUNG = 200, 8
_SEED = 20250101
_DAY = date(2025, 1, 1)
_POLL_SECONDS = 0.05


def measure_syncs() -> Iterator[SyncStage]:
    """Every stage, for the provider in scope."""
    yield from _large_syncs()
    yield _many_syncs()


def _large_syncs() -> Iterator[SyncStage]:
    """The same days of a smaller and of a larger module: their queries must be as many."""
    for key, organizations in (("small", FEWER_ORGANIZATIONS), ("large", ORGANIZATIONS)):
        chance = random.Random(_SEED)
        counts = {
            (str(number), f"type-{kind}"): chance.randrange(1, 90)
            for number in range(organizations)
            for kind in range(TYPES)
        }
        adapter = CountingAdapter(key, counts)
        _connect(adapter)
        yield _sync(adapter, day=_DAY, says="first day")
        for place in chance.sample(sorted(counts), k=len(counts) // 20):
            counts[place] += 1
        yield _sync(adapter, day=_DAY + timedelta(days=1), says="one in twenty changed")
        yield _sync(adapter, day=_DAY + timedelta(days=2), says="quiet day")


def _sync(adapter: CountingAdapter, *, day: date, says: str) -> SyncStage:
    adapter.prepare(day)
    meter, probes = Meter(), Probes()
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    with registered(adapter), frozen(noon), probes, meter.watching():
        began = time.perf_counter()
        outcome = sync_now(adapter.description.key, day=day)
        seconds = time.perf_counter() - began
    if outcome.state != "stored":
        raise RuntimeError(f"{says}: {outcome.state} {outcome.message}")
    return SyncStage(
        name=f"{outcome.counts:,} counts, {says}",
        rows=outcome.counts,
        seconds=seconds,
        queries=meter.queries,
        longest_write_wait=probes.longest_write_wait,
        longest_read=probes.longest_read,
    )


def _many_syncs() -> SyncStage:
    """All connections due at once; the time until every vendor that answers is done."""
    never, stop = threading.Event(), threading.Event()
    adapters = [
        CountingAdapter(f"vendor-{number}", {("1", "type-0"): 5}, waits_for=never)
        if number < HUNG
        else CountingAdapter(f"vendor-{number}", {("1", "type-0"): 5})
        for number in range(CONNECTIONS)
    ]
    for adapter in adapters:
        _connect(adapter)
    keys, well = [adapter.description.key for adapter in adapters], CONNECTIONS - HUNG
    probes, worker = Probes(), Worker(by_kind={"sync": run_sync})
    with registered(*adapters), probes:
        began = time.perf_counter()
        request_syncs(keys)
        thread = threading.Thread(target=_work, args=(worker, stop))
        thread.start()
        while _stored(2 * CONNECTIONS) < well:
            time.sleep(_POLL_SECONDS)
        seconds = time.perf_counter() - began
        never.set()
        stop.set()
        thread.join()
    return SyncStage(
        name=f"{CONNECTIONS} connections at once, {HUNG} hung",
        rows=well,
        seconds=seconds,
        queries=0,
        longest_write_wait=probes.longest_write_wait,
        longest_read=probes.longest_read,
    )


def _stored(limit: int) -> int:
    return sum(row.state == "stored" and row.counts == 1 for row in syncs(limit=limit))


def _work(worker: Worker, stop: threading.Event) -> None:
    try:
        worker.run(stop)
    finally:
        connections.close_all()


def _connect(adapter: CountingAdapter) -> None:
    key = adapter.description.key
    with registered(adapter):
        connect_module(NewConnected(key=key, name=key, adapter=key, settings={}))
