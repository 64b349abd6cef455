"""A vendor in memory: what its adapter counts, how it fails, and when it was asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from icb.hub.actions import connect_modules
from icb.hub.inputs import NewBillingType, NewConnection
from icb.hub.models import ModuleConnection
from icb.hub.ports import (
    Body,
    Capability,
    ConnectionTest,
    DaySnapshot,
    Description,
    Item,
    Manifest,
    Reach,
    Response,
    Seen,
    Session,
    SyncProblem,
    UsageCount,
)

Counts = Mapping[str, int]


class AskedAdapter:
    """An adapter without a network. `counts` by organization; `problem` is raised while it is set.

    `hangs`: until it is set, nobody is answered. `before` is called in the thread that asks.
    """

    def __init__(
        self, key: str = "asked", *, history: bool = False, counts: Counts | None = None
    ) -> None:
        self.capabilities = frozenset({Capability.HISTORY} if history else ())
        self.description = Description(
            key=key,
            module=key,
            name=key.title(),
            version="1",
            settings=(),
            reach=(Reach(method="GET", host=f"{key}.example", path="/counts"),),
            capabilities=self.capabilities,
            billing_types=("seats",),
        )
        self.counts: Counts = counts if counts is not None else {"1": 10, "2": 20}
        self.problem: SyncProblem | Exception | None = None
        self.hangs: threading.Event | None = None
        self.before: Callable[[], None] = lambda: None
        self.asked: list[date] = []
        self.snapshots: list[DaySnapshot] = []  # given in their order, before any from `counts`

    def test(self, session: Session) -> ConnectionTest:
        return ConnectionTest(message="It answers.", organizations=len(self.counts))

    def organizations(self, session: Session) -> Iterable[Seen]:
        return [Seen(id=id, name=f"Client {id}") for id in self.counts]

    def snapshot(self, session: Session, *, day: date) -> DaySnapshot:
        self.asked.append(day)
        session.progress(f"asking for {day}")
        self.before()
        if self.hangs is not None:
            self.hangs.wait(60)
        if self.problem is not None:
            raise self.problem
        if self.snapshots:
            return self.snapshots.pop(0)
        return day_snapshot(day, self.counts)

    def items(self, session: Session, *, organization: str, billing_type: str) -> Iterable[Item]:
        return ()


def day_snapshot(day: date, counts: Counts, **manifest: Any) -> DaySnapshot:
    """What the vendor in memory says of a day."""
    told = {"is_complete": True, "billing_types": ("seats",), "pages": 1, **manifest}
    return DaySnapshot(
        day=day,
        counts=[
            UsageCount(organization=id, billing_type="seats", count=count)
            for id, count in counts.items()
        ],
        organizations=[Seen(id=id, name=f"Client {id}") for id in counts],
        manifest=Manifest(**told),
    )


class NoHttp:
    """An Http for adapters that need none."""

    requests = 3

    def close(self) -> None:
        pass

    def request(
        self,
        method: str,
        *,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Body | None = None,
        allow: Sequence[int] = (),
    ) -> Response:
        raise AssertionError(f"{method} {url}: nobody is asked here")


def connect_asked(key: str, *, adapter: str, **columns: Any) -> ModuleConnection:
    """A connection that the adapter of that key brings counts for."""
    connect_modules([NewConnection(key=key, billing_types=[NewBillingType(key="seats")])])
    ModuleConnection.objects.filter(key=key).update(adapter=adapter, **columns)
    found: ModuleConnection = ModuleConnection.objects.get(key=key)
    return found


def until(is_so: Callable[[], bool], *, seconds: float = 20) -> None:
    """Wait until something is so; fail where it never is."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
