"""T05: whatever a vendor answers, no bill is lowered silently.

Each kind of fault spoils one page, first of the list of sites, then of the first, a middle and the
last page of the list of devices. A sync that meets it must not count anything but the truth: it
ends with a state, a message and advice, the day reads as the day before, marked as not counted, and
the next good sync brings the truth.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import count

import pytest
from tests.reliability.faults import KINDS, Kind
from tests.support.clocks import StillClock

from icb.demo.vendors.datto_rmm import NOT_BILLABLE, FakeDattoRmm, Site
from icb.demo.vendors.server import Answer, Fault, Request
from icb.foundation.actor import acting_as_system
from icb.foundation.egress.limits import Limits
from icb.foundation.models import Provider
from icb.hub.actions import NewConnected, connect_module
from icb.hub.models import CountKey, Sync
from icb.hub.ports import Description
from icb.hub.queries import readings
from icb.hub.reading import Reading
from icb.kernel import clock as kernel_clock
from icb.kernel.quantity import MICRO
from icb.operations.syncing import http
from icb.operations.syncing.http import AdapterHttp, open_http
from icb.operations.syncing.sync import SyncOutcome, sync_now

SITES, DEVICES = "/api/v2/account/sites", "/api/v2/account/devices"
PLACES = ((SITES, 0), (DEVICES, 0), (DEVICES, 2), (DEVICES, 4))
ONE_DAY = timedelta(days=1)
LIMITS = Limits(connect_seconds=2, read_seconds=0.3, total_seconds=0.5)
# Kinds after which asking once more, within the same sync, may bring the right answer.
PASSING = (
    "reset before the answer",
    "closed without a byte",
    "body cut in the middle",
    "500",
    "504",
)

Truth = Mapping[tuple[str, str], int]


class Vendor:
    """An account of six sites that grows by a desktop a day, and its answers, spoilt or not."""

    def __init__(self, fake: FakeDattoRmm) -> None:
        self.fake = fake
        self.played = 0
        for number in range(6):
            site = fake.add_site(f"Client {number}")
            fake.add_devices(site, category="Desktop", count=3)
            fake.add_devices(site, category="Server")
        fake.add_filter(NOT_BILLABLE, devices=fake.devices[5:6])

    @property
    def sites(self) -> list[Site]:
        return self.fake.sites

    def grow(self) -> None:
        """One more desktop, so that the truth of a day is not that of the day before."""
        self.fake.add_devices(self.sites[len(self.fake.devices) % 6], category="Desktop")

    def truth(self) -> Truth:
        """What is billed for: desktops and servers by site, counted without the adapter."""
        excluded = {device.uid for device in self.fake.filters[0].devices}
        found = {
            (site.uid, category): 0 for site in self.sites for category in ("Desktop", "Server")
        }
        for device in self.fake.devices:
            if device.uid not in excluded:
                found[device.site.uid, str(device.category)] += 1
        return found

    def spoil(self, kind: Kind, *, path: str, page: int, times: int = 1000) -> None:
        """From now on, one page of one list is wrong; `times` times."""
        left = count(times, -1)

        def fault(request: Request, answer: Answer) -> Answer | Fault:
            is_it = request.path == path and "filterId" not in request.query
            if not is_it or int(request.query.get("page", "0")) != page or next(left) <= 0:
                return answer
            self.played += 1
            return kind.spoil(request, answer)

        self.fake.fault = fault

    def sync(self) -> SyncOutcome:
        """A sync of today, as the program does it."""
        return sync_now("rmm", connect=self._open)

    def _open(self, description: Description, settings: Mapping[str, str]) -> AdapterHttp:
        unhurried = dataclasses.replace(description, per_minute=0)
        return open_http(unhurried, settings=settings, limits=LIMITS, reroute=self.fake.reroute)


@pytest.fixture
def vendor(
    provider: Provider, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Vendor]:
    """A connected vendor whose first day was counted."""
    monkeypatch.setattr(http, "PAUSES", (0,))
    with FakeDattoRmm(page_size=6) as fake, acting_as_system("test"):
        settings = {"platform": "merlot", "api_key": fake.key, "api_secret": fake.secret}
        connect_module(NewConnected(key="rmm", adapter="datto_rmm", settings=settings))
        vendor = Vendor(fake)
        assert vendor.sync().state == "stored"
        yield vendor


def test_there_are_enough_kinds() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS) >= 50


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_fault_is_never_counted(vendor: Vendor, clock: StillClock, kind: Kind) -> None:
    for path, page in PLACES:
        before = vendor.truth()
        clock.forward(days=1)
        vendor.grow()
        vendor.played = 0
        vendor.spoil(kind, path=path, page=page)
        outcome = vendor.sync()
        at = f"{kind.name} on page {page} of {path}: {outcome}"
        assert vendor.played, f"the fault was never played: {at}"
        assert outcome.state in ("failed", "refused", "quarantined"), at
        assert outcome.code and outcome.message and outcome.advice, at
        assert "169.254" not in str(vendor.fake.requests[-1].path)
        row = Sync.objects.order_by("-pk")[0]
        assert (row.state, row.code) == (outcome.state, outcome.code), at
        _check_day(_today(), counted=None, otherwise=before, at=at)

        vendor.fake.fault = None
        good = vendor.sync()
        assert good.state == "stored", f"after {at}: {good}"
        _check_day(_today(), counted=vendor.truth(), otherwise=before, at=at)


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_is_asked_past(vendor: Vendor, clock: StillClock, name: str) -> None:
    kind = next(kind for kind in KINDS if kind.name == name)
    before = vendor.truth()
    clock.forward(days=1)
    vendor.grow()
    vendor.spoil(kind, path=DEVICES, page=2, times=1)
    outcome = vendor.sync()
    assert (outcome.state, vendor.played) == ("stored", 1)
    _check_day(_today(), counted=vendor.truth(), otherwise=before, at=name)


def _today() -> date:
    return kernel_clock.today("UTC")


def _check_day(day: date, *, counted: Truth | None, otherwise: Truth, at: str) -> None:
    """Every key reads as `counted` says; without that, it is not counted and reads `otherwise`."""
    keys = {
        id: (organization, billing_type)
        for id, organization, billing_type in CountKey.objects.values_list(
            "id", "module_organization__external_id", "billing_type__key"
        )
        if (organization, billing_type) in otherwise
    }
    assert len(keys) == len(otherwise)
    found = readings(list(keys), start=day, end=day + ONE_DAY)
    for id, key in keys.items():
        (run,) = found[id]
        if counted is None:
            assert run.status != Reading.COUNTED, f"{key} counts on a fault: {at}"
            assert run.units == otherwise[key] * MICRO, f"{key} reads {run}: {at}"
        else:
            assert run.status == Reading.COUNTED, f"{key} does not count: {at}"
            assert run.units == counted[key] * MICRO, f"{key} reads {run}: {at}"
