"""Measures one size on the configured database, in a process of its own, and prints JSON.

Run as a module; `run.py` does, with a throw-away database in the environment.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import django
from django.core.management import call_command

if TYPE_CHECKING:
    from icb.operations.bench.meter import Meter

NEXT_MONTH = timedelta(days=32)
CONTRACTS_PER_CHUNK = 300
_PROCESS = Path("/proc/self")


class Stage(NamedTuple):
    """What one stage did and cost.

    `writing` is the part of `seconds` that went into statements which change rows, and commits.
    It wrote `written` rows; the yardsticks are the seconds of writing these once more, into tables
    of the same schema and into bare ones (see yardstick.py). Zero where a stage writes nothing.
    """

    name: str
    rows: int
    seconds: float
    peak_mb: int
    queries: int = 0
    writing: float = 0.0
    written: int = 0
    yardstick: float = 0.0
    bare: float = 0.0


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
        stages += _stages_alone()
        stages.append(_stage("bill", lambda: bill().made))
        stages.append(_stage("post", lambda: post_items().posted))
        stages.append(_stage("invoice", lambda: len(issue_documents())))
        if with_pdf:
            stages.append(_stage("PDF", lambda: render_documents().rendered))
    return stages


def _snapshot_stage(month: date, organizations: int) -> Stage:
    """Every module's answer for every day, made one at a time; making them is not measured."""
    from icb.hub.actions import take_snapshot
    from icb.kernel.clock import frozen
    from icb.operations.bench.meter import Meter
    from icb.operations.bench.provider import month_of_answers
    from icb.operations.bench.yardstick import newest_ids

    before, meter = newest_ids(), Meter()
    _forget_peak()
    seconds, rows = 0.0, 0
    for module, answer in month_of_answers(month, organizations=organizations):
        with frozen(_noon(answer.day) + timedelta(hours=14)), meter.watching():
            began = time.perf_counter()
            take_snapshot(module, answer=answer)
            seconds += time.perf_counter() - began
        rows += len(answer.rows)
    done = Stage("take snapshots", rows, seconds, _peak())
    return _with_yardstick(done, meter=meter, before=before)


def _stages_alone() -> list[Stage]:
    """The parts of billing that write nothing: finding and loading what is due, and rating it."""
    from icb.billing.loading import load_contracts
    from icb.billing.periods import periods_to_rate, want_period
    from icb.billing.work import find_work
    from icb.foundation.collector import collector_paused
    from icb.foundation.providers import local_today
    from icb.foundation.transactions import transaction

    _forget_peak()
    through = local_today()
    began = time.perf_counter()
    with transaction(lock="billing"):
        first_days = {item.contract: item.first_day for item in find_work(through).work}
    loading, rating, rows = time.perf_counter() - began, 0.0, 0
    ids = list(first_days)
    for at in range(0, len(ids), CONTRACTS_PER_CHUNK):
        chunk = {contract: first_days[contract] for contract in ids[at : at + CONTRACTS_PER_CHUNK]}
        with collector_paused():
            began = time.perf_counter()
            contracts = load_contracts(chunk, through=through)
            loaded = time.perf_counter()
            for contract in contracts:
                first = first_days[contract.id]
                for period in periods_to_rate(contract, first=first, through=through):
                    rows += len(want_period(contract, period=period, through=through).lines)
            loading += loaded - began
            rating += time.perf_counter() - loaded
    return [
        Stage("loading alone", rows, loading, _peak()),
        Stage("rating alone", rows, rating, _peak()),
    ]


def _stage(name: str, work: Callable[[], int]) -> Stage:
    from icb.operations.bench.meter import Meter
    from icb.operations.bench.yardstick import newest_ids

    before, meter = newest_ids(), Meter()
    _forget_peak()
    began = time.perf_counter()
    with meter.watching():
        rows = work()
    done = Stage(name, rows, time.perf_counter() - began, _peak())
    return _with_yardstick(done, meter=meter, before=before)


def _with_yardstick(stage: Stage, *, meter: Meter, before: Mapping[str, int]) -> Stage:
    from icb.operations.bench.yardstick import measure_again

    again = measure_again(before=before, commits=meter.commits)
    return stage._replace(
        queries=meter.queries,
        writing=meter.writing,
        written=again.rows,
        yardstick=again.same_schema,
        bare=again.bare,
    )


def _forget_peak() -> None:
    """Let the next `_peak` be of what comes from here on, where the system can."""
    if (_PROCESS / "clear_refs").exists():
        (_PROCESS / "clear_refs").write_text("5")


def _peak() -> int:
    """The most memory that this process held, in MB."""
    if (_PROCESS / "status").exists():
        lines = (_PROCESS / "status").read_text().splitlines()
        fields = dict(line.split(":", 1) for line in lines)
        return int(fields["VmHWM"].split()[0]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main(int(sys.argv[1]), months=int(sys.argv[2]), with_pdf=sys.argv[3] == "pdf")
