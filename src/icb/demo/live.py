"""The days on which the demo asks its vendors: over real HTTP, with what goes wrong in a month."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import groupby

from icb.demo.cast import VENDORS
from icb.demo.counts import CountRow, daily_counts
from icb.demo.fleet import Fleet
from icb.demo.vendors.server import Answer, Request
from icb.demo.year import MONTHS, Year
from icb.foundation.providers import provider_days
from icb.hub.actions import NewConnected, connect_module
from icb.hub.ports import Description
from icb.kernel import clock
from icb.operations.syncing.http import AdapterHttp, open_http
from icb.operations.syncing.sync import sync_now

ONE_DAY = timedelta(days=1)
AFTER_MIDNIGHT, AGAIN = time(0, 40), time(3, 10)
LOGGED_OUT = 12
"""On which day of the last month (from 0) a vendor answers with its log-in page at first."""
NEW_SECRET = "changed yesterday"
_LOG_IN = b"<!doctype html><title>Log in</title><p>Your session has ended.</p>"


def connect_vendors(fleet: Fleet, *, year: Year) -> None:
    """Connect the vendors; their counts are expected from the last of the twelve months on."""
    for key, vendor in VENDORS.items():
        connect_module(
            NewConnected(
                key=key,
                adapter=vendor.adapter,
                name=vendor.name,
                settings=fleet.settings[key],
                expected_from=year.month(MONTHS - 1),
            )
        )


class Nights:
    """Asks every vendor for every day, in the night after it."""

    def __init__(self, fleet: Fleet, *, year: Year) -> None:
        self.fleet, self.year = fleet, year
        self._days = _by_day(year)

    def until(self, end: date) -> None:
        """The days that were not asked for yet, up to, and without, `end`."""
        for day, rows in self._days:
            self.fleet.hold((row.module, row.id, row.billing_type, int(row.value)) for row in rows)
            self._disturb(day)
            for key in VENDORS:
                self._ask(key, day)
            if day == end - ONE_DAY:
                return

    def _ask(self, key: str, day: date) -> None:
        """Just after midnight, and once more in the same night where that brought nothing."""
        for hour in (AFTER_MIDNIGHT, AGAIN):
            with clock.frozen(_not_ahead(provider_days().at(day + ONE_DAY, hour))):
                if sync_now(key, day=day, connect=partial(open_to, fleet=self.fleet)).is_good:
                    return
                self.fleet.rmm.fault = None

    def _disturb(self, day: date) -> None:
        if day == self.year.month(MONTHS - 1) + LOGGED_OUT * ONE_DAY:
            self.fleet.rmm.fault = _log_in_page
        if day == self.year.today - ONE_DAY:
            # Somebody made new keys at the vendor and did not enter them here.
            self.fleet.security.secret = NEW_SECRET


def open_to(description: Description, *, settings: Mapping[str, str], fleet: Fleet) -> AdapterHttp:
    """A way to the vendors of the fleet alone, at full speed: they set no limit."""
    detours = {
        host: address for fake in fleet.vendors.values() for host, address in fake.reroute.items()
    }
    unhurried = dataclasses.replace(description, per_minute=0)
    return open_http(unhurried, settings=settings, reroute=detours)


def _by_day(year: Year) -> Iterator[tuple[date, list[CountRow]]]:
    rows = (row for row in daily_counts(year) if row.module in VENDORS and year.is_live(row.day))
    for day, found in groupby(rows, key=lambda row: row.day):
        yield day, list(found)


def _not_ahead(at: datetime) -> datetime:
    """The instant, or now where it has not come yet."""
    return min(at, clock.now())


def _log_in_page(request: Request, answer: Answer) -> Answer:
    return Answer(body=_LOG_IN) if request.path.endswith("/sites") else answer
