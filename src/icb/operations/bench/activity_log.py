"""How fast pages of the Activity Log come from five million rows, in milliseconds.

Run as a module, on a throw-away database: `ICB_DATA_DIR=$(mktemp -d) python -m
icb.operations.bench.activity_log`. The first argument is the number of rows.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import django
from django.core.management import call_command

ROWS = 5_000_000
_REPEATS = 5
_ORGANIZATIONS = 450
_PER_DAY = 4000
_STATUSES = ("increased", "decreased", "increased", "decreased", "unmapped")
_TROUBLE_EVERY = 97


def main(rows: int) -> None:
    """Fill the log, and print the time of a first, a filtered and a deep page of each kind."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "icb.config.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    from icb.foundation.actor import acting_as_system
    from icb.foundation.scope import in_provider
    from icb.kernel.clock import frozen
    from icb.operations.bench import provider

    with acting_as_system("bench"):
        provider_id = provider.make_provider()
        with in_provider(provider_id), frozen(datetime(2029, 1, 1, 12, tzinfo=UTC)):
            provider.make_agreements(_ORGANIZATIONS)
            began = time.perf_counter()
            last = fill_log(rows, days=-(-rows // _PER_DAY))
            print(f"{rows:,} rows written in {time.perf_counter() - began:.0f} s", flush=True)
            for name, page in _pages(last):
                print(f"{name:<44}{_milliseconds(page):>8.1f} ms", flush=True)


def fill_log(rows: int, *, days: int) -> date:
    """Write that many rows, spread over as many days from STARTS_ON on; the last day."""
    from django.db import connection

    from icb.foundation.bulk import execute, fetch
    from icb.foundation.scope import provider_id
    from icb.foundation.transactions import transaction
    from icb.mapping.actions.activity import NewActivity, add_activity
    from icb.operations.bench.provider import STARTS_ON

    keys = fetch(
        """
        SELECT t.connection_id, m.id, t.id, o.organization_id, s.contract_service_id
        FROM service_mapping s JOIN contract c ON c.id = s.contract_id
        JOIN organization_mapping o ON o.organization_id = c.organization_id
        JOIN module_organization m ON m.id = o.module_organization_id
        JOIN billing_type t ON t.id = s.billing_type_id AND t.connection_id = m.connection_id
        WHERE s.provider_id = %s ORDER BY m.id, t.id
        """,
        [provider_id()],
    )

    def made() -> Iterator[NewActivity]:
        for number in range(rows):
            connection_id, organization, kind, client, service = keys[number * 7 % len(keys)]
            is_trouble = number % _TROUBLE_EVERY == 0
            yield NewActivity(
                STARTS_ON + timedelta(days=number * days // rows),
                connection_id,
                "held" if is_trouble else _STATUSES[number % len(_STATUSES)],
                "",
                None,
                organization,
                kind,
                client,
                service,
                number % 50 * 1_000_000,
                number % 51 * 1_000_000,
            )

    with transaction():
        add_activity(made())
    if connection.vendor == "postgresql":
        execute("ANALYZE")
    return STARTS_ON + timedelta(days=days - 1)


def _pages(last: date) -> Iterator[tuple[str, Callable[[], Any]]]:
    from icb.mapping.activity_queries import LogFilter, LogPosition, activity_log

    deep = LogPosition(last - timedelta(days=(last - date(2025, 1, 1)).days // 2), 1 << 60)
    filters = {
        "all": LogFilter(),
        "one module": LogFilter(module="rmm"),
        "one billing type": LogFilter(module="backup", billing_type="type-3"),
        "one organization": LogFilter(organization="org-00123"),
        "one contract": LogFilter(contract="org-00123-rmm"),
        "one service of a contract": LogFilter(contract="org-00123-rmm", service="rmm-3"),
        "one status": LogFilter(status="decreased"),
        "only failed": LogFilter(only_failed=True),
        "one organization, only failed": LogFilter(organization="org-00123", only_failed=True),
        "one module, only failed": LogFilter(module="security", only_failed=True),
        "a month": LogFilter(first=last - timedelta(days=60), last=last - timedelta(days=30)),
    }
    for name, wanted in filters.items():
        yield f"first page, {name}", partial(activity_log, wanted)
        yield (
            f"deep page, {name}",
            partial(activity_log, wanted, after=deep),
        )


def _milliseconds(page: Callable[[], Any]) -> float:
    """The median of some readings, after a first one."""
    page()
    taken = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        page()
        taken.append(time.perf_counter() - began)
    return sorted(taken)[_REPEATS // 2] * 1000


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
