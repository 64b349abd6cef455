"""Measures one size on the configured database, in a process of its own, and prints JSON.

Run as a module; `run.py` does, with a throw-away database in the environment.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import django
from django.core.management import call_command

NEXT_MONTH = timedelta(days=32)
CONTRACTS_PER_CHUNK = 300


class Stage(NamedTuple):
    """What one stage did and cost. `yardstick` is the time of writing its rows bare."""

    name: str
    rows: int
    seconds: float
    queries: int
    yardstick: float
    peak_mb: int


class Queries:
    """Counts the statements that the code sends."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Callable[..., Any], *args: Any) -> Any:
        self.count += 1
        return execute(*args)


def main(organizations: int, *, months: int, with_pdf: bool) -> None:
    """Measure the stages of the last of `months` months; JSON on the standard output."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "icb.config.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    from icb.foundation.actor import acting_as_system
    from icb.foundation.scope import in_provider
    from icb.kernel.clock import frozen
    from icb.operations.bench import provider

    with acting_as_system("bench"):
        provider_id = provider.make_provider()
        with in_provider(provider_id):
            with frozen(_noon(provider.STARTS_ON)):
                provider.make_agreements(organizations)
            stages: list[Stage] = []
            month = provider.STARTS_ON
            for number in range(1, months + 1):
                stages = measure_month(
                    month, organizations=organizations, with_pdf=with_pdf and number == months
                )
                print(json.dumps({"month": number, "stages": stages}), flush=True)
                month = (month + NEXT_MONTH).replace(day=1)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def measure_month(month: date, *, organizations: int, with_pdf: bool) -> list[Stage]:
    """Take a month of snapshots, bill, post, invoice and, if asked, render it."""
    from icb.billing.actions import bill
    from icb.billing.posting import post_items
    from icb.invoicing.actions import issue_documents, render_documents
    from icb.kernel.clock import frozen

    stages = [_snapshot_stage(month, organizations)]
    with frozen(_noon((month + NEXT_MONTH).replace(day=1))):
        stages.append(_rating_stage())
        stages.append(_stage("bill", lambda: bill().made, writes=("draft_item",)))
        stages.append(_stage("post", lambda: post_items().posted, writes=("billing_item",)))
        stages.append(
            _stage(
                "invoice",
                lambda: len(issue_documents()),
                writes=("document", "document_line", "document_tax"),
            )
        )
        if with_pdf:
            stages.append(_stage("PDF", lambda: len(render_documents()), writes=("rendering",)))
    return stages


def _snapshot_stage(month: date, organizations: int) -> Stage:
    """Every module's answer for every day, made one at a time; making them is not measured."""
    from django.db import connection

    from icb.hub.actions import take_snapshot
    from icb.kernel.clock import frozen
    from icb.operations.bench.provider import month_of_answers
    from icb.operations.bench.yardstick import newest_ids, write_again

    writes = ("usage_count", "snapshot", "proven_day")
    before = newest_ids(writes)
    queries = Queries()
    seconds, rows = 0.0, 0
    for module, answer in month_of_answers(month, organizations=organizations):
        with (
            frozen(_noon(answer.day) + timedelta(hours=14)),
            connection.execute_wrapper(queries),
        ):
            began = time.perf_counter()
            take_snapshot(module, answer=answer)
            seconds += time.perf_counter() - began
        rows += len(answer.rows)
    peak = _peak()
    yardstick = sum(write_again(table, after=before[table]) for table in writes)
    return Stage("take snapshots", rows, seconds, queries.count, yardstick, peak)


def _rating_stage() -> Stage:
    """Rating alone: the pure functions over what is due, with everything loaded before."""
    from icb.billing.loading import load_contracts
    from icb.billing.periods import periods_to_rate, want_period
    from icb.billing.work import find_work
    from icb.foundation.providers import local_today
    from icb.foundation.transactions import transaction

    through = local_today()
    with transaction(lock="billing"):
        first_days = {item.contract: item.first_day for item in find_work(through).work}
    seconds, rows = 0.0, 0
    ids = list(first_days)
    for at in range(0, len(ids), CONTRACTS_PER_CHUNK):
        chunk = {contract: first_days[contract] for contract in ids[at : at + CONTRACTS_PER_CHUNK]}
        contracts = load_contracts(chunk, through=through)
        began = time.perf_counter()
        for contract in contracts:
            first = first_days[contract.id]
            for period in periods_to_rate(contract, first=first, through=through):
                rows += len(want_period(contract, period=period, through=through).lines)
        seconds += time.perf_counter() - began
    return Stage("rating alone", rows, seconds, 0, 0.0, _peak())


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _stage(name: str, work: Callable[[], int], *, writes: tuple[str, ...]) -> Stage:
    from django.db import connection

    from icb.operations.bench.yardstick import newest_ids, write_again

    before = newest_ids(writes)
    queries = Queries()
    began = time.perf_counter()
    with connection.execute_wrapper(queries):
        rows = work()
    seconds = time.perf_counter() - began
    peak = _peak()
    yardstick = sum(write_again(table, after=before[table]) for table in writes)
    return Stage(name, rows, seconds, queries.count, yardstick, peak)


if __name__ == "__main__":
    main(int(sys.argv[1]), months=int(sys.argv[2]), with_pdf=sys.argv[3] == "pdf")
