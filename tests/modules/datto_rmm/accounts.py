"""A Datto RMM account and an adapter's session with it, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from icb.demo.vendors.datto_rmm import FakeDattoRmm
from icb.hub.ports import DaySnapshot, Session
from icb.modules.datto_rmm.adapter import ADAPTER
from icb.operations.syncing.http import open_http

NOW = datetime(2026, 3, 10, 0, 20, tzinfo=UTC)
DAY = date(2026, 3, 9)
SETTINGS = {
    "platform": "merlot",
    "api_key": "API-KEY",
    "api_secret": "API-SECRET",
    "not_billable_filter": "none",
}


def session(fake: FakeDattoRmm, **settings: str) -> Session:
    """A session with the account; `settings` come on top of the plain ones."""
    given: Mapping[str, str] = {**SETTINGS, **settings}
    unhurried = replace(ADAPTER.description, per_minute=0)
    http = open_http(unhurried, settings=given, reroute=fake.reroute)
    return Session(settings=given, http=http, now=NOW, today=NOW.date())


def taken(fake: FakeDattoRmm, **settings: str) -> DaySnapshot:
    """A snapshot of the account."""
    return ADAPTER.snapshot(session(fake, **settings), day=DAY)


def found(snapshot: DaySnapshot) -> dict[tuple[str, str], object]:
    """The counts that are not zero, by site name and billing type."""
    names = {seen.id: seen.name for seen in snapshot.organizations}
    return {
        (names[count.organization], count.billing_type): count.count
        for count in snapshot.counts
        if count.count
    }
