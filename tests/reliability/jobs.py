"""What the started processes do: a small provider's work, step by step. Runs in them only.

Every job runs on a database of its own at a fixed instant, so that two histories that differ in
nothing but their interruptions end in the same rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from tests.reliability.dump import canonical_dump
from tests.reliability.follow_jobs import FOLLOW_JOBS
from tests.reliability.long_jobs import LONG_JOBS
from tests.reliability.sync_jobs import SYNC_JOBS
from tests.reliability.transfer_jobs import TRANSFER_JOBS

from icb.billing import actions as billing
from icb.billing.posting import post_items
from icb.billing.queries import items
from icb.contracts.actions import add_contracts, add_services
from icb.contracts.inputs import NewContract, NewContractService, NewService
from icb.foundation import audit
from icb.foundation.actor import acting_as_system
from icb.foundation.bulk import fetch
from icb.foundation.inputs import NewProvider
from icb.foundation.models import Provider
from icb.foundation.providers import create_provider
from icb.foundation.scope import every_provider, in_provider
from icb.foundation.transactions import transaction
from icb.hub.actions import connect_modules, take_snapshots
from icb.hub.inputs import Answer, CountRow, NewBillingType, NewConnection, NewModuleOrganization
from icb.invoicing import actions as invoicing
from icb.invoicing.queries import documents
from icb.kernel import clock
from icb.kernel.days import ONE_DAY, DayRange
from icb.mapping.actions import map_organizations, map_services, unmap_organization
from icb.mapping.inputs import NewOrganizationMapping, NewServiceMapping
from icb.operations.verify import run as verify
from icb.organizations.actions import add_organizations
from icb.organizations.inputs import NewOrganization

ORGANIZATIONS = 6
MODULES = ("rmm", "mail")
JANUARY = DayRange(date(2025, 1, 1), date(2025, 2, 1))
FEBRUARY = DayRange(date(2025, 2, 1), date(2025, 3, 1))
# A run of a few organizations then commits as often as one of hundreds does.
_PER_CHUNK = 2
_ANSWERS_AT_ONCE = 7

Job = Callable[..., Any]


def load_everything() -> None:
    """Load what is otherwise loaded at the first use."""
    billing.ORGANIZATIONS_PER_CHUNK = _PER_CHUNK
    invoicing.ORGANIZATIONS_PER_CHUNK = _PER_CHUNK
    from django.db import connection

    connection.ops.compiler("SQLCompiler")


def open_database(url: str) -> None:
    """Connect this process to a database."""
    from pathlib import Path

    from django.db import connection

    from icb.config.database import database_settings

    connection.settings_dict["NAME"] = database_settings(url, data_dir=Path())["NAME"]
    connection.ensure_connection()


def run(job: str, arguments: dict[str, Any]) -> Any:
    """Do a job at noon of the day `today`, for the only provider, if there is one yet."""
    today = arguments.pop("today", "2025-03-01")
    with (
        clock.frozen(datetime.fromisoformat(f"{today}T12:00:00+00:00")),
        acting_as_system("test"),
    ):
        if job == "prepare":
            return prepare(**arguments)
        with every_provider():
            ids = list(Provider.objects.values_list("pk", flat=True))
        with in_provider(ids[0]):
            return JOBS[job](**arguments)


def prepare() -> None:
    """A provider with its clients; January is counted, billed, posted and issued."""
    provider = create_provider(NewProvider(key="firm", name="Firm", currency="USD", timezone="UTC"))
    with in_provider(provider):
        _sell()
        _connect()
        with clock.frozen(datetime.fromisoformat("2025-02-01T12:00:00+00:00")):
            sync(JANUARY)
            close()


def keys() -> list[str]:
    """The organizations; each has one contract and one module organization of its key."""
    return [f"org{number}" for number in range(1, ORGANIZATIONS + 1)]


def _sell() -> None:
    add_organizations([NewOrganization(key=key, name=key.title()) for key in keys()])
    add_services(
        [
            NewService(key="seat", name="Seat", price="3.10"),
            NewService(key="box", name="Mailbox", price="1.55"),
            NewService(key="desk", name="Desk", price="40"),
        ]
    )
    services = [
        NewContractService(service="seat"),
        NewContractService(service="box"),
        NewContractService(service="desk", units=2),
    ]
    add_contracts(
        [
            NewContract(
                key=key,
                organization=key,
                starts_on=JANUARY.start,
                billing="in_advance" if key == "org6" else "in_arrears",
                services=services,
            )
            for key in keys()
        ]
    )


def _connect() -> None:
    types = {"rmm": "seat", "mail": "box"}
    connect_modules(
        [
            NewConnection(
                key=module,
                billing_types=[NewBillingType(key=types[module])],
                organizations=[NewModuleOrganization(id=key) for key in keys()],
            )
            for module in MODULES
        ]
    )
    map_organizations(
        [
            NewOrganizationMapping(module, key, organization=key, from_day=JANUARY.start)
            for module in MODULES
            for key in keys()
        ]
    )
    map_services(
        [
            (
                key,
                NewServiceMapping(
                    module=module,
                    billing_type=types[module],
                    service=types[module],
                    unit_changes="prorate_daily",
                ),
            )
            for key in keys()
            for module in MODULES
        ]
    )


def units(key: str, day: date) -> int:
    """How many of each are counted: different for every client, one more from the 15th on."""
    return 10 * int(key[3:]) + (day.day >= 15)


def sync(days: DayRange) -> None:
    """All modules' answers for the days, some days at a time."""
    for first in range(0, days.days, _ANSWERS_AT_ONCE):
        some = range(first, min(first + _ANSWERS_AT_ONCE, days.days))
        for module in MODULES:
            take_snapshots(
                module, answers=[_answer(module, days.start + ONE_DAY * number) for number in some]
            )


def _answer(module: str, day: date, *, more: int = 0) -> Answer:
    kind = "seat" if module == "rmm" else "box"
    return Answer(day=day, rows=[CountRow(key, kind, units(key, day) + more) for key in keys()])


def close() -> None:
    """Bill, post and issue."""
    billing.bill()
    post_items()
    invoicing.issue_documents()


def correct(*, module: str = "rmm", day: str = "2025-01-20", more: int = 1) -> None:
    """The module says that on a day there was more of everything."""
    take_snapshots(module, answers=[_answer(module, date.fromisoformat(day), more=more)])


def month() -> None:
    """February, and the correction of a day of January, from the first count to the invoices."""
    sync(FEBRUARY)
    correct()
    close()


def bill(*, times: int = 1) -> None:
    """One run after the other."""
    for _ in range(times):
        billing.bill()


def correct_days(*, module: str, first: str, days: int) -> None:
    """A correction for each of some days, each in its own transaction."""
    for number in range(days):
        day = date.fromisoformat(first) + timedelta(days=number)
        correct(module=module, day=day.isoformat())


def unmap(*, key: str, from_day: str) -> None:
    """From a day on nobody is billed for the client's seats."""
    unmap_organization("rmm", id=key, from_day=date.fromisoformat(from_day), reason="left")


def look() -> dict[str, Any]:
    """The rows, what is wrong with them, and what each organization was invoiced, in cents."""
    return {
        "dump": canonical_dump(),
        "problems": [str(problem) for problem in verify(recompute=True)],
        "not_invoiced": [str(row) for row in items() if row.status != "invoiced"],
        "invoiced": _invoiced(),
    }


def _invoiced() -> dict[str, int]:
    totals = dict.fromkeys(keys(), 0)
    for row in documents():
        totals[row.organization] += row.net
    return totals


def _acts() -> list[Callable[[], Any]]:
    """February in small steps, in which each step is stored before the next begins."""
    starts = [FEBRUARY.start + ONE_DAY * number for number in (0, 7, 14, 21)]
    days = [DayRange(start, start + ONE_DAY * 7) for start in starts]
    corrected = [f"2025-01-{number}" for number in range(20, 28)]
    return [
        *(partial(sync, week) for week in days),
        *(partial(correct, day=day) for day in corrected),
        billing.bill,
        post_items,
        *(partial(invoicing.issue_documents, organization=key) for key in keys()),
        *(partial(correct, module="mail", day=day) for day in corrected),
        close,
    ]


def acknowledged_work(*, answers: str) -> None:
    """Do each act and say, in a file, what is stored by then; close the database now and then."""
    from django.db import connection

    with open(answers, "wb", buffering=0) as said:
        for number, act in enumerate(_acts(), start=1):
            act()
            sequence, sealed = audit.head()
            (counts,) = fetch(
                "SELECT (SELECT COUNT(*) FROM billing_item), (SELECT COUNT(*) FROM document)"
            )
            stored = {"sequence": sequence, "hash": sealed}
            stored |= dict(zip(("items", "documents"), counts, strict=True))
            said.write(json.dumps(stored).encode())
            if number % 8 == 0:
                connection.close()  # moves everything into the main file


def flushed_commits() -> int:
    """How many acts' last records were on the disk when their commit was answered: all, or fails.

    For PostgreSQL, which tells how far its log is written and how far it is flushed.
    """
    done = 0
    for act in _acts():
        with transaction():
            act()
            ((written,),) = fetch("SELECT pg_current_wal_insert_lsn()")
        ((is_flushed,),) = fetch("SELECT pg_current_wal_flush_lsn() > %s::pg_lsn", [written])
        assert is_flushed, f"act {done + 1} was answered before it was on the disk"
        done += 1
    return done


JOBS: dict[str, Job] = {
    "february": lambda: sync(FEBRUARY),
    "month": month,
    "bill": bill,
    "post": lambda: post_items() and None,
    "issue": lambda: invoicing.issue_documents() and None,
    "close": close,
    "correct_days": correct_days,
    "unmap": unmap,
    "look": look,
    "acknowledged_work": acknowledged_work,
    "flushed_commits": flushed_commits,
    **FOLLOW_JOBS,
    **LONG_JOBS,
    **SYNC_JOBS,
    **TRANSFER_JOBS,
}
