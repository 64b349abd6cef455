"""A vendor that is not one, asked over real HTTP, and the ways in which it is connected."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

import pytest
from django.test import Client
from django.urls import reverse

from icb.demo.vendors.huntress import FakeHuntress
from icb.hub.ports import Description
from icb.operations.syncing.http import AdapterHttp, open_http
from icb.operations.syncing.sync import run_sync
from icb.operations.syncing.testing import run_test
from icb.operations.worker import Worker


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHuntress]:
    """An account with two clients; whoever asks Huntress asks this one."""
    with FakeHuntress() as fake:
        fake.add_organization("Acme", agents=3)
        fake.add_organization("Beta", agents=2)

        def opened(description: Description, *, settings: Mapping[str, str]) -> AdapterHttp:
            unhurried = dataclasses.replace(description, per_minute=0)
            return open_http(unhurried, settings=settings, reroute=fake.reroute)

        monkeypatch.setattr("icb.operations.syncing.sync.open_http", opened)
        monkeypatch.setattr("icb.operations.syncing.probing.open_http", opened)
        monkeypatch.setattr("icb.operations.syncing.http.PAUSES", ())
        yield fake


@pytest.fixture
def connected(owner: Client, vendor: FakeHuntress, clock: object) -> str:
    """The vendor, connected by an owner over the page; its key."""
    response = owner.post(
        reverse("module-connect", kwargs={"module": "huntress"}),
        {
            "name": "Security",
            "key": "security",
            "setting_api_key": vendor.key,
            "setting_api_secret": vendor.secret,
        },
    )
    assert response.status_code == 302, response.content.decode()
    return "security"


def work_off() -> None:
    """Do the syncs and tests that wait, as the worker does."""
    Worker(by_kind={"sync": run_sync, "test": run_test}, poll_seconds=0.02).work_off()
