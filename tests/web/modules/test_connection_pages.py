"""The page of a connection: its days, its answers, and trying it out."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.support.clocks import StillClock
from tests.web.conftest import ClientOf, words
from tests.web.modules.conftest import work_off

from icb.demo.vendors.huntress import FakeHuntress
from icb.foundation.jobs import JobContext, JobLost, cancel_job, jobs
from icb.foundation.models import Installation, Membership, Provider, Role
from icb.hub.actions import NewConnected, connect_module, take_snapshot
from icb.hub.inputs import Answer, CountRow
from icb.hub.models import ModuleOrganization, Snapshot
from icb.kernel import clock
from icb.mapping.actions import ignore_organization
from icb.mapping.standing_queries import mapping_counts
from icb.operations.syncing.requests import request_syncs
from icb.operations.syncing.testing import run_test


def of(view: str, connection: str = "security", **more: object) -> str:
    return reverse(view, kwargs={"connection": connection, **more})


@pytest.fixture
def synced(owner: Client, connected: str) -> str:
    """A connection whose counts of today are stored."""
    owner.post(of("module-sync"))
    work_off()
    return connected


def test_the_page_shows_days_types_and_organizations(owner: Client, synced: str) -> None:
    page = words(owner.get(of("module")).content + owner.get(of("module-days")).content)
    assert "1 of 1 days have their counts" in page
    assert "2026-01-01: counts came: " in page
    assert "Not mapped 2" in page
    assert "Agents agents device how many on the day 2" in page
    assert "by more than 50 % and 20 units" in page
    assert "Unproven against a live account" in page


def test_a_missing_day_is_marked_in_words(owner: Client, synced: str, clock: StillClock) -> None:
    clock.to_day(date(2026, 1, 4), hour=13)
    page = words(owner.get(of("module-days")).content)
    assert "2026-01-02: missing" in page
    assert "2026-01-04: not due yet" in page


def test_organizations_are_counted_by_what_they_are_mapped_to(owner: Client, synced: str) -> None:
    assert mapping_counts(synced) == {"mapped": 0, "ignored": 0, "unmapped": 0, "new": 2}
    first = ModuleOrganization.objects.order_by("id").values_list("external_id", flat=True)[0]
    ignore_organization(synced, id=first, reason="ours")
    assert mapping_counts(synced)["ignored"] == 1
    assert mapping_counts(synced)["new"] == 1
    assert mapping_counts("no-such") == {"mapped": 0, "ignored": 0, "unmapped": 0, "new": 0}


def outcome(owner: Client, **sent: str) -> str:
    """Ask for a test as the page does, let the worker do it, and ask again as the page does."""
    asked = owner.post(of("module-test"), sent, headers={"HX-Request": "true"})
    again = re.search(r'hx-get="([^"]+)"', asked.content.decode())
    assert again is not None
    assert "Waits for its turn" in words(asked.content)
    work_off()
    return words(owner.get(again[1], headers={"HX-Request": "true"}).content)


def test_testing_tells_what_it_found_and_stores_nothing(
    owner: Client, connected: str, vendor: FakeHuntress
) -> None:
    asked_before = len(vendor.exchanges)
    owner.post(of("module-test"), headers={"HX-Request": "true"})
    assert len(vendor.exchanges) == asked_before  # no page waits for a vendor
    said = outcome(owner)
    assert "It works." in said
    assert "nothing was stored" in said
    assert "What would be stored" not in said
    assert not Snapshot.objects.exists()
    assert "Acme agents 3" in outcome(owner, counts="yes")
    assert not ModuleOrganization.objects.exists()
    assert "Test a connection security Done" in words(owner.get("/jobs").content)


def test_a_test_without_scripts_leads_to_a_page_of_its_own(owner: Client, connected: str) -> None:
    first = owner.post(of("module-test"), {"counts": "yes"}, follow=True)
    second = owner.post(of("module-test"), {"counts": "yes"}, follow=True)
    assert first.redirect_chain == second.redirect_chain  # asked for twice, done once
    assert "Look again" in words(first.content)
    work_off()
    page = words(owner.get(first.redirect_chain[0][0]).content)
    assert "Overview" in page
    assert "Acme agents 3" in page


def test_a_test_that_fails_says_what_to_do(
    owner: Client, connected: str, vendor: FakeHuntress
) -> None:
    vendor.secret = "changed there"
    said = outcome(owner)
    assert "does not accept the credentials" in said
    assert "Enter new credentials" in said
    assert "hs_5678" not in said


def test_a_test_is_made_with_what_whoever_asked_may_do_by_then(
    owner: Client, connected: str, vendor: FakeHuntress
) -> None:
    owner.post(of("module-test"))
    Membership.objects.update(role=Role.READ_ONLY)
    asked_before = len(vendor.exchanges)
    work_off()
    (job,) = jobs(kind="test")
    assert (job.state, len(vendor.exchanges)) == ("failed", asked_before)
    assert "has no permission to manage modules" in job.message
    Membership.objects.update(role=Role.OWNER)
    answer = owner.get(of("module-test-answer", job=job.id))
    assert "has no permission to manage modules" in words(answer.content)


def test_a_test_is_shown_at_its_connection_and_to_who_may_test(
    owner: Client, connected: str, client_of: ClientOf
) -> None:
    owner.post(of("module-test"))
    (job,) = jobs(kind="test")
    assert client_of(Role.READ_ONLY).get(of("module-test-answer", job=job.id)).status_code == 403
    sync = request_syncs([connected])[0]
    assert owner.get(of("module-test-answer", job=sync.id)).status_code == 404


def test_a_cancelled_test_says_so(owner: Client, connected: str) -> None:
    owner.post(of("module-test"))
    (job,) = jobs(kind="test")
    context = JobContext(
        progress=lambda shown: None,
        is_cancelled=lambda: True,
        is_stopping=lambda: False,
        hold=lambda: None,
        done=lambda message="": None,
    )
    with pytest.raises(JobLost, match="Nothing was stored"):
        run_test(job, context=context)
    cancel_job(job.id)
    assert "cancelled" in words(owner.get(of("module-test-answer", job=job.id)).content).lower()


def test_a_demo_asks_no_vendor(owner: Client, connected: str, vendor: FakeHuntress) -> None:
    Installation.objects.update_or_create(defaults={"is_demo": True, "created_at": clock.now()})
    said = outcome(owner)
    assert "Nobody was asked" in said
    assert "This is a demo" in said
    assert vendor.exchanges == []


def test_nobody_is_asked_where_counts_are_sent(owner: Client, connected: str) -> None:
    connect_module(NewConnected(key="by-hand", adapter="push"))
    page = owner.post(reverse("module-test", kwargs={"connection": "by-hand"})).content
    assert "there is nobody to ask" in words(page)
    assert not jobs(kind="test")


def test_syncs_and_snapshots_are_listed(owner: Client, synced: str) -> None:
    assert "2026-01-01 Stored 2026-01-01 09:00" in words(owner.get(of("module-syncs")).content)
    page = owner.get(of("module-snapshots"))
    assert "2026-01-01 Accepted" in words(page.content)
    narrowed = owner.get(of("module-snapshots") + "?f.state=refused")
    assert "Nothing fits these filters" in words(narrowed.content)
    exported = owner.get(of("module-syncs") + "?as=csv")
    assert b"2026-01-01,stored" in b"".join(exported.streaming_content)  # type: ignore[attr-defined]


def test_a_snapshot_shows_where_it_came_from_and_what_it_changed(
    owner: Client, synced: str
) -> None:
    id = Snapshot.objects.get().pk
    page = words(owner.get(of("module-snapshot", id=id)).content)
    assert "a sync that began 2026-01-01 09:00" in page
    assert "the whole day" in page
    assert "agents Counted 3" in page
    response = owner.get(reverse("snapshot", kwargs={"id": id}))
    assert response["Location"] == of("module-snapshot", id=id)
    assert owner.get(reverse("snapshot", kwargs={"id": id + 1})).status_code == 404
    assert owner.get(of("module-snapshot", id=id + 1)).status_code == 404


def test_a_snapshot_belongs_to_its_connection(owner: Client, synced: str) -> None:
    connect_module(NewConnected(key="other", adapter="push"))
    id = Snapshot.objects.get().pk
    assert owner.get(of("module-snapshot", "other", id=id)).status_code == 404


def test_a_correction_leads_to_the_answer_before_it(owner: Client, provider: Provider) -> None:
    connect_module(NewConnected(key="rmm", adapter=""))
    for count in (3, 4):
        answer = Answer(day=date(2026, 1, 1), rows=[CountRow("7", "devices", count)])
        take_snapshot("rmm", answer=answer)
    newest = Snapshot.objects.order_by("-id")[0].pk
    page = words(owner.get(of("module-snapshot", "rmm", id=newest)).content)
    assert "Other answers of the day revision 1" in page


def test_a_page_costs_few_statements_with_many_rows(
    owner: Client, provider: Provider, django_assert_max_num_queries: Any
) -> None:
    connect_module(NewConnected(key="rmm", adapter=""))
    for day in range(1, 10):
        rows = [CountRow(str(id), f"type {id % 5}", id + day) for id in range(200)]
        take_snapshot("rmm", answer=Answer(day=date(2025, 12, day), rows=rows))
    id = Snapshot.objects.order_by("id")[0].pk
    addresses = [of(view, "rmm") for view in ("module", "module-days", "module-snapshots")]
    for address in [*addresses, of("module-snapshot", "rmm", id=id)]:
        with django_assert_max_num_queries(20):
            assert owner.get(address).status_code == 200
