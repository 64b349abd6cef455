"""Measures pages of large books on the configured database, and prints JSON.

Run as a module; `page_run.py` does, with a throw-away database in the environment. Pages are asked
for as a browser asks, without the network between.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import django
from django.core.management import call_command

if TYPE_CHECKING:
    from django.test import Client

ORGANIZATIONS = 10_000
LOG_ROWS = 5_000_000
_REPEATS = 5
_MONTHS = (date(2025, 1, 1), date(2025, 2, 1))
_TODAY = datetime(2025, 3, 1, 12, tzinfo=UTC)
_ONE = "org-00004"
_PAGES = (  # without the slash that each address begins with
    "",
    "home/holds",
    "home/revenue",
    "insights",
    "organizations",
    "organizations?q=organization+44",
    f"organizations/{_ONE}",
    f"organizations/{_ONE}/usage",
    f"organizations/{_ONE}/invoices",
    "contracts",
    f"contracts/{_ONE}-rmm",
    f"contracts/{_ONE}-rmm/services",
    f"contracts/{_ONE}-rmm/mapping",
    f"contracts/{_ONE}-rmm/preview",
    "organization-mapping",
    "organization-mapping/modules/rmm",
    "modules",
    "modules/of/rmm",
    "activity",
    "activity?f.module=rmm",
    f"activity?f.organization={_ONE}",
    "activity?failed=yes",
    "usage",
    "holds",
    "approve-and-post",
    "approve-and-post/organizations",
    "approve-and-post/posted",
    "invoices",
    "invoices/issued",
    "invoices/INV-000004",
    "invoices/INV-000004/lines/1",
    "invoices/INV-000004/delivery",
    "payments",
    f"organizations/{_ONE}/statement",
    "reports/receivables",
    "reports/revenue/organization",
    "reports/revenue/service",
    "reports/unbilled",
    "reports/unit-changes",
    "accounting",
    "accounting/journal",
    "delivery",
    "audit-log",
    "jobs",
    "users",
    "settings",
)


def main(organizations: int = ORGANIZATIONS, *, log_rows: int = LOG_ROWS) -> None:
    """Fill the books, and measure; one line of JSON for each page on the standard output.

    Two months of every organization's 27 contract services: the first is issued, the second is
    drafted. The activity log is spread over both.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "icb.config.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    from icb.kernel.clock import frozen

    _fill_books(organizations, log_rows)
    with frozen(_TODAY):
        browser = _browser()
        for path in _PAGES:
            print(json.dumps(_measured(browser, f"/{path}")), flush=True)


def _fill_books(organizations: int, log_rows: int) -> None:
    from icb.billing.actions import bill
    from icb.billing.posting import post_items
    from icb.foundation.actor import acting_as_system
    from icb.foundation.scope import in_provider
    from icb.insights.actions import refresh_insights
    from icb.invoicing.actions import issue_documents
    from icb.kernel.clock import frozen
    from icb.operations.bench import provider
    from icb.operations.bench.activity_log import fill_log

    issued, drafted = _MONTHS
    with acting_as_system("bench"), in_provider(provider.make_provider()):
        with frozen(_noon(issued)):
            provider.make_agreements(organizations)
        _take_month(issued, organizations)
        with frozen(_noon(drafted)):
            bill()
            post_items()
            issue_documents()
        _take_month(drafted, organizations)
        with frozen(_TODAY):
            bill()
            fill_log(log_rows, days=(_TODAY.date() - issued).days)
            refresh_insights()


def _take_month(month: date, organizations: int) -> None:
    """Every module's answer for every day of a month."""
    from icb.hub.actions import take_snapshot
    from icb.kernel.clock import frozen
    from icb.operations.bench.provider import month_of_answers

    for module, answer in month_of_answers(month, organizations=organizations):
        with frozen(_noon(answer.day) + timedelta(hours=14)):
            take_snapshot(module, answer=answer)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def _browser() -> Client:
    """A browser in which the provider's owner has signed in."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    browser = Client(SERVER_NAME="localhost")
    browser.force_login(get_user_model().objects.get(username="bench"))
    return browser


def _measured(browser: Client, path: str) -> tuple[str, float, float, int, int]:
    """A page: seconds of the first answer, the median of those after, queries and bytes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    first = _seconds(lambda: browser.get(path))
    with CaptureQueriesContext(connection) as asked:
        answer = browser.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}.")
    queries = len(asked)
    later = sorted(_later(browser, path))
    return path, first, later[len(later) // 2], queries, len(answer.content)


def _later(browser: Client, path: str) -> Iterator[float]:
    for _ in range(_REPEATS):
        yield _seconds(lambda: browser.get(path))


def _seconds(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began


if __name__ == "__main__":
    sizes = [int(size) for size in sys.argv[1:]]
    main(*sizes[:1], log_rows=sizes[1] if len(sizes) > 1 else LOG_ROWS)
