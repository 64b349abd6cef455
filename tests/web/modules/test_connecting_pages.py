"""Connecting a module on its page, and changing how it is connected."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.web.conftest import ClientOf, words

from icb.demo.vendors.huntress import FakeHuntress
from icb.foundation.actor import acting_as_system
from icb.foundation.inputs import NewProvider
from icb.foundation.models import StoredSecret
from icb.foundation.providers import create_provider
from icb.foundation.scope import in_provider
from icb.hub.actions import NewConnected, connect_module
from icb.hub.connecting_queries import connection_settings
from icb.hub.models import BillingType, ModuleConnection
from icb.hub.queries import connected_module


def connect_page(module: str) -> str:
    return reverse("module-connect", kwargs={"module": module})


def page_of(view: str, connection: str = "security") -> str:
    return reverse(view, kwargs={"connection": connection})


def test_what_the_adapter_asks_for_is_asked_and_stored(connected: str, vendor: object) -> None:
    row = connected_module(connected)
    assert (row.adapter, row.module, row.name) == ("huntress", "huntress", "Security")
    assert row.expected_from == date(2026, 1, 1)
    assert connection_settings(connected)["api_secret"] == "hs_5678"
    assert BillingType.objects.filter(connection__key=connected).exists()


def test_a_setting_that_is_missing_is_named_at_its_field(owner: Client) -> None:
    response = owner.post(connect_page("huntress"), {"name": "Security", "key": "security"})
    assert response.status_code == 422
    assert "This field is required" in words(response.content)
    assert not ModuleConnection.objects.exists()


def test_a_key_that_is_taken_is_refused_with_what_was_typed(connected: str, owner: Client) -> None:
    response = owner.post(
        connect_page("veeam") + "?way=push", {"name": "Backups of all", "key": "security"}
    )
    assert response.status_code == 422
    assert "security is there already" in words(response.content)
    assert 'value="Backups of all"' in response.content.decode()


def test_one_module_is_connected_twice_under_another_key(connected: str, owner: Client) -> None:
    assert 'value="huntress"' in owner.get(connect_page("huntress")).content.decode()
    with acting_as_system("test"):
        connect_module(NewConnected(key="huntress", adapter="push", module="huntress"))
    assert 'value="huntress-2"' in owner.get(connect_page("huntress")).content.decode()


@pytest.mark.parametrize("way", ["push", "files", "manual"])
def test_a_module_without_an_adapter_is_connected_otherwise(way: str, owner: Client) -> None:
    response = owner.post(connect_page("veeam") + f"?way={way}", {"name": "Backup", "key": "b"})
    assert response["Location"] == page_of("module", "b")
    row = connected_module("b")
    assert row.adapter == ("" if way == "manual" else way)
    assert row.module == "veeam"
    assert row.expected_from is None
    assert owner.get(page_of("module", "b")).status_code == 200


def test_a_json_interface_counts_for_the_module_it_is_connected_as(owner: Client) -> None:
    response = owner.post(
        connect_page("veeam") + "?way=generic_http",
        {
            "name": "Backup",
            "key": "backup",
            "setting_url": "https://backup.example.com/api/items",
            "setting_authentication": "none",
            "setting_paging": "none",
            "setting_repeated": "refuse",
            "setting_organization_path": "client.id",
            "setting_billing_types": "workloads",
        },
    )
    assert response["Location"] == page_of("module", "backup") + "?test=yes"
    assert connected_module("backup").module == "veeam"


def test_something_outside_the_catalogue_is_connected(owner: Client) -> None:
    address = reverse("module-connect-other")
    assert "Push" in words(owner.get(address).content)
    owner.post(address + "?way=push", {"name": "My RMM", "key": "my-rmm"})
    assert connected_module("my-rmm").module == "my-rmm"


def test_a_stored_secret_is_never_shown_again(connected: str, owner: Client) -> None:
    for view in ("module", "module-edit"):
        page = owner.get(page_of(view)).content.decode()
        assert "hs_5678" not in page
        assert "tored on 2026-01-01" in page


def test_an_empty_secret_keeps_the_one_before(connected: str, owner: Client) -> None:
    page = owner.get(page_of("module-edit"))
    response = owner.post(page_of("module-edit"), filled(page, setting_api_key="hk_new"))
    assert response["Location"] == page_of("module")
    assert connection_settings(connected)["api_secret"] == "hs_5678"
    assert connected_module(connected).settings["api_key"] == "hk_new"


def test_name_expectation_and_guards_are_changed(connected: str, owner: Client) -> None:
    page = owner.get(page_of("module-edit"))
    changes = {"name": "Endpoint security", "expected_from": "2026-01-05", "fall_percent": "25"}
    owner.post(page_of("module-edit"), filled(page, **changes))
    row = ModuleConnection.objects.get(key=connected)
    assert (row.name, row.fall_percent) == ("Endpoint security", 25)
    assert row.expected_from == date(2026, 1, 5)


def test_a_guard_that_none_can_be_is_refused_and_nothing_is_stored(
    connected: str, owner: Client
) -> None:
    page = owner.get(page_of("module-edit"))
    response = owner.post(page_of("module-edit"), filled(page, name="X", rise_units="99999"))
    assert response.status_code == 422
    assert "Nothing was stored" in words(response.content)
    assert ModuleConnection.objects.get(key=connected).name == "Security"


def test_who_saw_older_settings_does_not_overwrite_newer_ones(
    connected: str, owner: Client
) -> None:
    before = owner.get(page_of("module-edit"))
    owner.post(page_of("module-edit"), filled(before, name="First"))
    response = owner.post(page_of("module-edit"), filled(before, name="Second"))
    assert response.status_code == 409
    assert "since you opened it" in words(response.content)
    assert ModuleConnection.objects.get(key=connected).name == "First"
    again = owner.get(page_of("module-edit"))
    owner.post(page_of("module-edit"), filled(again, setting_api_key="hk_1"))
    response = owner.post(page_of("module-edit"), filled(again, setting_api_key="hk_2"))
    assert response.status_code == 409
    assert connected_module(connected).settings["api_key"] == "hk_1"


def test_only_an_owner_stores_credentials(client_of: ClientOf, vendor: FakeHuntress) -> None:
    billing = client_of("billing_administrator")
    assert "by an owner only" in words(billing.get(connect_page("huntress")).content)
    filled_in = {"name": "S", "key": "s", "setting_api_key": "k", "setting_api_secret": "s"}
    assert billing.post(connect_page("huntress"), filled_in).status_code in (403, 422)
    assert not StoredSecret.objects.exists()
    assert not ModuleConnection.objects.exists()


def test_who_only_reads_connects_nothing(client_of: ClientOf, connected: str) -> None:
    reader = client_of("read_only")
    assert reader.get(connect_page("huntress")).status_code == 403
    assert reader.get(page_of("module-edit")).status_code == 403
    page = reader.get(page_of("module")).content.decode()
    assert reverse("module-edit", kwargs={"connection": connected}) not in page


def test_another_providers_connection_is_like_none(owner: Client) -> None:
    with acting_as_system("test"):
        other = create_provider(NewProvider(key="other", name="Other", currency="USD"))
        with in_provider(other):
            connect_module(NewConnected(key="theirs", adapter="push", name="Their RMM"))
    for view in ("module", "module-edit", "module-push", "module-syncs", "module-snapshots"):
        assert owner.get(page_of(view, "theirs")).status_code == 404
    assert owner.post(page_of("module-switch", "theirs")).status_code == 404
    assert "Their RMM" not in words(owner.get(reverse("modules")).content)


def filled(page: Any, **changes: str) -> dict[str, str]:
    """The fields of the form of a page as they stand, with changes."""
    context = page.context
    found = {
        "seen_settings": context["seen_settings"],
        "seen_details": context["seen_details"],
    }
    for form in (context["form"], context["entered"]):
        for bound in form:
            value = bound.value()
            if value not in (None, False):
                found[bound.html_name] = str(value)
    return {**found, **changes}
