"""The demo's vendors beside its pages: what is synced there is asked over real HTTP on loopback.

They hold what was counted last. One of them has keys that nobody entered yet: `changed yesterday`.
The applications that documents go to stand here too (`books`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import groupby

from django.conf import settings

from icb.demo.books import accounting_beside
from icb.demo.cast import VENDORS, ZONE
from icb.demo.counts import CountRow, daily_counts
from icb.demo.fleet import Fleet
from icb.demo.live import NEW_SECRET, open_to
from icb.demo.year import year_before
from icb.foundation.jobs import Handler
from icb.kernel import clock
from icb.operations.syncing.sync import run_sync
from icb.operations.syncing.testing import run_test


@contextmanager
def vendors_beside(by_kind: Mapping[str, Handler]) -> Iterator[dict[str, Handler]]:
    """The same handlers, but for syncs and tests, which ask the demo's vendors for the block.

    The demo's accounting applications listen as long.
    """
    with Fleet() as fleet, accounting_beside(settings.DATA_DIR):
        fleet.hold((row.module, row.id, row.billing_type, int(row.value)) for row in _newest())
        fleet.security.secret = NEW_SECRET
        connect = partial(open_to, fleet=fleet)
        asking = {
            "sync": partial(run_sync, connect=connect),
            "test": partial(run_test, connect=connect),
        }
        yield {**by_kind, **asking}


def _newest() -> list[CountRow]:
    rows = (row for row in daily_counts(year_before(clock.today(ZONE))) if row.module in VENDORS)
    days = [list(found) for _day, found in groupby(rows, key=lambda row: row.day)]
    return days[-1]
