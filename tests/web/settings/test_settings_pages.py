"""Settings: what is changed there, by whom, and what it says when it cannot be."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from tests.web.conftest import ClientOf, words

from icb.foundation.models import AuditEvent, Provider
from icb.foundation.providers import provider_days
from icb.foundation.scope import in_provider, provider_id
from icb.invoicing.numbering_queries import number_series
from icb.organizations.queries import tax_rates

_PAGES = ("settings", "settings-profile", "settings-taxes", "settings-numbering")


@pytest.mark.parametrize("view", [*_PAGES, "settings-schedules", "audit-log"])
@pytest.mark.parametrize("role", ["read_only", "auditor", "billing_administrator"])
def test_every_member_may_look(client_of: ClientOf, view: str, role: str) -> None:
    assert client_of(role).get(reverse(view)).status_code == 200


def profile(**changes: str) -> dict[str, str]:
    return {"name": "Own Provider", "legal_name": "", "address": "", "tax_number": "", **changes}


def test_the_profile_is_changed_and_told(owner: Client) -> None:
    owner.post(reverse("settings-profile"), profile(legal_name="Own Provider Inc."))
    assert Provider.objects.get().legal_name == "Own Provider Inc."
    owner.post(reverse("settings-profile"), profile(name="Renamed"))
    assert Provider.objects.get().legal_name == "Renamed"
    told = AuditEvent.objects.order_by("-sequence")[0]
    assert (told.actor, told.action) == ("olivia", "change_provider")


def test_a_profile_without_a_name_is_refused(owner: Client) -> None:
    response = owner.post(reverse("settings-profile"), profile(name=" "))
    assert response.status_code == 422
    assert Provider.objects.get().name == "Own Provider"


def test_a_reader_changes_nothing(client_of: ClientOf, provider: Provider) -> None:
    response = client_of("read_only").post(reverse("settings-profile"), profile(name="Mine"))
    assert response.status_code == 422
    assert "no permission to manage provider" in words(response.content)
    assert Provider.objects.get().name == "Own Provider"


def test_a_bad_address_is_told_at_its_field(owner: Client) -> None:
    response = owner.post(reverse("settings-profile"), profile(email="nobody at all"))
    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.content.decode()


def test_a_zone_holds_from_its_day(owner: Client) -> None:
    to = {"zone": "Europe/Berlin", "from_day": "2026-02-01"}
    assert owner.post(reverse("settings-zone"), to).status_code == 302
    with in_provider(provider_id()):
        days = provider_days()
    assert days.zone_on(date(2026, 1, 31)) == "UTC"
    assert days.zone_on(date(2026, 2, 1)) == "Europe/Berlin"
    # Who changes it next begins with what holds, not with the first of the list.
    offered = owner.get(reverse("settings-profile")).content.decode()
    assert '<option value="Europe/Berlin" selected>' in offered
    again = owner.post(reverse("settings-zone"), to)
    assert again.status_code == 422
    assert "Nothing was stored" in words(again.content)


def test_a_tax_rate_is_added_once(owner: Client) -> None:
    new = {"key": "vat-19", "name": "VAT 19 %", "category": "S", "percent": "19"}
    assert owner.post(reverse("settings-taxes"), new).status_code == 302
    assert [(row.key, row.today[0].percent) for row in tax_rates()] == [("vat-19", Decimal(19))]
    again = owner.post(reverse("settings-taxes"), new)
    assert again.status_code == 422
    assert "vat-19" in words(again.content)


def test_numbers_look_as_they_are_set(owner: Client) -> None:
    to = {"kind": "invoice", "prefix": "R-", "digits": "4", "first_number": "100"}
    assert owner.post(reverse("settings-numbering"), to).status_code == 302
    assert number_series()[0].next_text == "R-0100"
    taken = owner.post(
        reverse("settings-numbering"), {"kind": "credit_note", "prefix": "R-", "digits": "4"}
    )
    assert taken.status_code == 422
    assert number_series()[1].prefix == "CN-"


def test_a_restored_database_says_how_to_go_on(owner: Client) -> None:
    Provider.objects.update(issuing_locked=True)
    page = words(owner.get(reverse("settings-numbering")).content)
    assert "Issuing is locked" in page
    to = {"kind": "unlock", "invoice": "7", "credit_note": "0"}
    assert owner.post(reverse("settings-numbering"), to).status_code == 302
    assert number_series()[0].next_text == "INV-000008"


class TestAuditLog:
    def test_it_shows_who_did_what_and_the_event_itself(self, owner: Client) -> None:
        owner.post(reverse("settings-profile"), profile(name="Renamed"))
        assert "Change provider" in words(owner.get(reverse("audit-log")).content)
        number = AuditEvent.objects.order_by("-sequence")[0].sequence
        page = words(owner.get(reverse("audit-event", kwargs={"number": number})).content)
        assert "Renamed" in page

    def test_it_says_that_the_chain_is_whole(self, owner: Client) -> None:
        page = words(owner.get(reverse("audit-log") + "?check=1").content)
        assert "The chain is whole" in page

    def test_an_event_that_is_not_there_is_absent(self, owner: Client) -> None:
        address = reverse("audit-event", kwargs={"number": 999_999})
        assert owner.get(address).status_code == 404
