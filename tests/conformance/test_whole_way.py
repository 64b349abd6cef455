"""From the vendor to what a day reads: each own adapter through a connection and a sync."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.conf import settings
from tests.conformance.case import Case, all_cases

from icb.demo.vendors.server import Answer, Fake
from icb.hub.actions import connect_module
from icb.hub.connecting_actions import NewConnected
from icb.hub.models import BillingType, ModuleOrganization, Sync
from icb.hub.ports import Description
from icb.hub.queries import counted_ranges
from icb.kernel.quantity import micro_to_decimal
from icb.operations.syncing.http import AdapterHttp, open_http
from icb.operations.syncing.sync import SyncOutcome, sync_now

CASES = [case for case in all_cases() if case.name in settings.ICB_MODULES]
TODAY = date(2026, 1, 1)  # of the standing clock

pytestmark = pytest.mark.usefixtures("clock", "provider")


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    found = request.param
    assert isinstance(found, Case)
    connect_module(NewConnected(key="it", adapter=found.name, settings=found.settings))
    return found


def synced(fake: Fake) -> SyncOutcome:
    """A sync of today with the fake vendor, at any pace."""

    def connect(description: Description, settings: Mapping[str, str]) -> AdapterHttp:
        unhurried = replace(description, per_minute=0)
        return open_http(unhurried, settings=settings, reroute=fake.reroute)

    return sync_now("it", connect=connect)


def stored() -> dict[tuple[str, str], object]:
    """What today reads, without zeros, by the vendor's id and the billing type's key."""
    organizations = dict(ModuleOrganization.objects.values_list("id", "external_id"))
    types = dict(BillingType.objects.values_list("id", "key"))
    return {
        (organizations[found.module_organization], types[found.billing_type]): micro_to_decimal(
            found.run.units
        )
        for found in counted_ranges(TODAY, end=TODAY + timedelta(days=1))
        if found.run.units
    }


def test_what_the_vendor_has_is_what_the_day_reads(case: Case) -> None:
    with case.fake() as fake:
        first, second = synced(fake), synced(fake)
    assert (first.state, second.state) == ("stored", "unchanged"), first.message
    assert stored() == {key: count for key, count in case.counted(fake).items() if count}
    manifest = Sync.objects.order_by("id")[0].manifest
    assert sum(manifest["excluded"].values()) == case.excluded(fake)


def test_a_failing_vendor_stores_nothing_and_says_why(case: Case) -> None:
    with case.fake() as fake:
        fake.fault = lambda request, answer: Answer(status=401, body={})
        outcome = synced(fake)
    assert (outcome.state, outcome.code) == ("failed", "credentials_refused")
    assert outcome.message and outcome.advice
    assert stored() == {}
