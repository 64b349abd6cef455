"""Enable by Module: tiles, sliders, Sync Now with its progress, and what a failure says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.support.clocks import StillClock
from tests.web.conftest import ClientOf, words
from tests.web.modules.conftest import work_off

from icb.demo.vendors.huntress import FakeHuntress
from icb.foundation.jobs import jobs, note_job
from icb.foundation.models import Job, Provider
from icb.hub.actions import NewConnected, connect_module
from icb.hub.catalogue import catalogue_modules
from icb.hub.models import ModuleConnection, ModuleOrganization, ProvenDay
from icb.operations.syncing import standing
from icb.operations.syncing.advice import ADVICE
from icb.web.modules.advice import advice_on


def of(view: str, connection: str = "security") -> str:
    return reverse(view, kwargs={"connection": connection})


def tile(client: Client) -> str:
    return words(client.get(of("module-tile")).content)


def test_every_module_of_the_catalogue_has_its_tile(owner: Client, provider: Provider) -> None:
    page = owner.get(reverse("modules")).content.decode()
    for module in catalogue_modules():
        assert reverse("module-connect", kwargs={"module": module.key}) in page
    assert "No module is connected yet" in words(page.encode())


def test_searching_finds_by_name_suite_and_other_names(owner: Client, connected: str) -> None:
    found = words(owner.get(reverse("modules") + "?q=ninja").content)
    assert "NinjaOne" in found
    assert "Veeam" not in found
    assert "Security" in words(owner.get(reverse("modules") + "?q=huntress").content)
    nothing = words(owner.get(reverse("modules") + "?q=nosuchmodule").content)
    assert "No module is called so" in nothing


def test_sync_now_stores_what_the_vendor_has(owner: Client, connected: str) -> None:
    assert "never" in tile(owner)
    owner.post(of("module-sync"))
    assert "Waits for its turn" in tile(owner)
    assert "Sync Now" not in tile(owner)
    work_off()
    assert ProvenDay.objects.get().day == date(2026, 1, 1)
    assert ModuleOrganization.objects.count() == 2
    shown = tile(owner)
    assert "Last sync 2026-01-01 09:00 Result Stored" in shown
    assert "Next sync 2026-01-02 00:" in shown
    assert "every 1s" not in owner.get(of("module-tile")).content.decode()


def test_a_running_sync_is_watched_and_tells_how_far_it_is(owner: Client, connected: str) -> None:
    owner.post(of("module-sync"))
    Job.objects.update(state="running", worker="w", attempts=1)
    note_job(jobs()[0], progress={"words": "page 3 of 7"})
    page = owner.get(of("module-tile")).content.decode()
    assert "page 3 of 7" in page
    assert f'hx-get="{of("module-tile")}"' in page
    assert 'hx-trigger="every 1s"' in page


def _then_working_off(read: Callable[..., Any]) -> Callable[..., Any]:
    def both(*about: Any) -> Any:
        found = read(*about)
        work_off()
        return found

    return both


def test_a_sync_that_ends_while_its_tile_is_read_is_still_watched_or_told(
    owner: Client, connected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner.post(of("module-sync"))
    for name in ("open_jobs", "newest_syncs_of_each", "newest_answers"):
        monkeypatch.setattr(standing, name, _then_working_off(getattr(standing, name)))
    (found,) = standing.standings()
    assert found.job is not None or found.sync is not None


def test_cancelling_ends_what_waits(owner: Client, connected: str) -> None:
    owner.post(of("module-sync"))
    answer = owner.post(of("module-cancel"), headers={"HX-Request": "true"})
    assert "Sync Now" in words(answer.content)
    assert Job.objects.get().state == "cancelled"
    assert owner.post(of("module-cancel")).status_code == 409


def test_a_failed_sync_says_why_and_what_to_do(
    owner: Client, connected: str, vendor: FakeHuntress
) -> None:
    vendor.secret = "changed there"
    owner.post(of("module-sync"))
    work_off()
    shown = tile(owner)
    assert "Failed" in shown
    assert "does not accept the credentials" in shown
    assert "Enter new credentials" in shown
    assert "icb modules" not in shown
    assert not ProvenDay.objects.exists()
    assert "hs_5678" not in owner.get(reverse("modules")).content.decode()


def test_each_way_of_failing_has_words_of_the_screens() -> None:
    without = {code for code in ADVICE if not advice_on(code, connection="x").text}
    assert without == {""}
    for code in ADVICE:
        assert "`icb" not in str(advice_on(code, connection="x").text)


def test_the_slider_stops_syncing_and_keeps_everything(owner: Client, connected: str) -> None:
    owner.post(of("module-sync"))
    work_off()
    response = owner.post(of("module-switch"), {"next": reverse("modules")}, follow=True)
    said = words(response.content)
    assert "is not synced any more. Its mappings, units and history stay." in said
    assert not ModuleConnection.objects.get().is_enabled
    assert ModuleOrganization.objects.count() == 2
    assert ProvenDay.objects.count() == 1
    assert owner.post(of("module-sync")).status_code == 409
    owner.post(of("module-switch"), {"is_enabled": "yes"})
    assert ModuleConnection.objects.get().is_enabled


def test_all_are_synced_at_once(owner: Client, connected: str) -> None:
    owner.post(reverse("modules-sync-all"))
    assert Job.objects.count() == 1
    assert "1 module is synced now" in words(owner.get(reverse("modules")).content)


@pytest.mark.parametrize("role", ["read_only", "auditor", "mapper", "approver"])
def test_who_may_not_sync_is_refused_and_sees_no_button(
    role: str, client_of: ClientOf, connected: str
) -> None:
    client = client_of(role)
    page = client.get(reverse("modules")).content.decode()
    assert "Sync Now" not in page
    assert of("module-switch") not in page
    assert "Enabled" in page
    for view in ("module-sync", "module-cancel", "module-switch", "module-test"):
        assert client.post(of(view)).status_code == 403
    assert not Job.objects.exists()


def test_what_is_sent_shows_its_last_counts(owner: Client, provider: Provider) -> None:
    connect_module(NewConnected(key="sent", adapter="push", name="My RMM"))
    shown = words(owner.get(of("module-tile", "sent")).content)
    assert "Last counts never" in shown
    assert "Sync Now" not in shown


def test_a_job_that_nobody_takes_up_is_explained(
    owner: Client, connected: str, clock: StillClock
) -> None:
    owner.post(of("module-sync"))
    assert "Waits for its turn" in tile(owner)
    clock.to_day(date(2026, 1, 1), hour=10)
    assert "Where none runs, start icb worker" in tile(owner)


def test_many_connections_cost_no_more_statements(
    owner: Client, provider: Provider, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        connect_module(NewConnected(key=f"m{number}", adapter="push"))
    assert len(standing.standings()) == 30
    with django_assert_max_num_queries(20):
        assert owner.get(reverse("modules")).status_code == 200
