"""Organizations over HTTP: the list, the form, and the tabs of one."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from tests.support import agreements
from tests.support.clocks import StillClock
from tests.web.conftest import ClientOf, words

from icb.foundation.actor import acting_as_system
from icb.foundation.inputs import NewProvider
from icb.foundation.models import Provider
from icb.foundation.providers import create_provider
from icb.foundation.scope import in_provider
from icb.hub.models import ModuleConnection
from icb.mapping.actions import map_organization
from icb.mapping.organization_mapping_queries import mapped_modules
from icb.organizations.actions import add_organizations, change_organization
from icb.organizations.inputs import NewOrganization
from icb.organizations.queries import organization_named

TABS = (
    "organization",
    "organization-mapping-of",
    "organization-suggestions",
    "organization-usage",
    "organization-invoices",
    "organization-activity",
)
TODAY = date(2026, 7, 15)


@pytest.fixture(autouse=True)
def known(provider: Provider, clock: StillClock) -> None:
    clock.to_day(TODAY)
    agreements.everything()


def of(view: str, key: str = "acme") -> str:
    return reverse(view, kwargs={"key": key})


def typed(**more: str) -> dict[str, str]:
    return {"name": "Cedar Ltd", "key": "cedar", "type": "customer", **more}


@pytest.mark.parametrize("view", TABS)
def test_every_tab_answers_full_and_empty(owner: Client, view: str) -> None:
    for key in ("acme", "birch", "gone"):
        assert owner.get(of(view, key)).status_code == 200


@pytest.mark.parametrize("view", [*TABS, "organization-edit"])
def test_an_unknown_organization_is_not_found(owner: Client, view: str) -> None:
    response = owner.get(of(view, "nobody"))
    assert response.status_code == 404


@pytest.mark.parametrize("view", [*TABS, "organization-edit"])
def test_another_providers_organization_is_not_found(owner: Client, view: str) -> None:
    with acting_as_system("test"):
        other = create_provider(NewProvider(key="other", name="Other", currency="USD"))
        with in_provider(other):
            add_organizations([NewOrganization("theirs", "Their Client")])
    response = owner.get(of(view, "theirs"))
    assert response.status_code == 404
    assert "Their Client" not in words(response.content)


def test_the_list_leads_to_the_page_and_is_narrowed_by_type(owner: Client) -> None:
    page = owner.get(reverse("organizations"), {"f.type": "dead"}).content
    assert "Gone GmbH" in words(page)
    assert "Acme Ltd" not in words(page)
    assert of("organization", "gone") in page.decode()


@pytest.mark.parametrize("key", ["a/b", "..", ".hidden", "~-x", "a b?#%", "new"])
def test_any_key_has_a_page(owner: Client, key: str) -> None:
    add_organizations([NewOrganization(key, "Odd One")])
    assert "Odd One" in words(owner.get(of("organization", key)).content)


def test_the_form_adds_an_organization(owner: Client) -> None:
    response = owner.post(
        reverse("organization-new"), typed(parent="acme", email="a@cedar.example")
    )
    assert response["Location"] == of("organization", "cedar")
    row = organization_named("cedar")
    assert (row.name, row.parent, row.email) == ("Cedar Ltd", "acme", "a@cedar.example")


def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(owner: Client) -> None:
    response = owner.post(reverse("organization-new"), typed(key="acme", email="no address"))
    assert response.status_code == 422
    page = response.content.decode()
    assert "is taken already" in page
    assert "it is not an address" in page
    assert 'value="Cedar Ltd"' in page


def test_a_role_that_reads_sees_no_button_and_may_not_add(client_of: ClientOf) -> None:
    reader = client_of("read_only")
    assert "New organization" not in words(reader.get(reverse("organizations")).content)
    assert reader.post(reverse("organization-new"), typed()).status_code == 403
    assert reader.post(of("organization-mapping-of"), {}).status_code == 403


def test_the_later_of_two_editors_sees_who_was_faster_and_keeps_what_was_typed(
    owner: Client,
) -> None:
    page = owner.get(of("organization-edit")).content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen
    change_organization("acme", changes={"name": "Acme Limited"})
    mine = {"name": "Acme & Co", "type": "customer", "domain": "acme.example", "seen": seen[1]}
    response = owner.post(of("organization-edit"), mine)
    told = words(response.content)
    assert response.status_code == 409
    assert "changed by olivia at 2026-07-15" in told
    assert "Acme Limited" in told
    assert 'value="Acme &amp; Co"' in response.content.decode()
    assert organization_named("acme").name == "Acme Limited"
    again = re.search(r'name="seen" value="(\w+)"', response.content.decode())
    assert again
    assert owner.post(of("organization-edit"), {**mine, "seen": again[1]}).status_code == 302
    assert organization_named("acme").name == "Acme & Co"


def test_a_module_organization_is_found_mapped_and_ended(owner: Client) -> None:
    ModuleConnection.objects.update(name="Remote monitoring")
    offered = owner.get(reverse("module-organization-choices"), {"q": "acme"}).json()
    assert [choice["text"] for choice in offered] == ["ACME, Ltd. (Remote monitoring)"]
    assert "unmapped" in offered[0]["note"]
    owner.post(of("organization-mapping-of"), {"module_organization": offered[0]["value"]})
    assert [row.status for row in mapped_modules("acme")] == ["mapped"]
    assert "Remote monitoring ACME, Ltd." in words(owner.get(of("organization-mapping-of")).content)
    ended = {"module": "rmm", "id": "7", "from_day": "2026-07-10"}
    owner.post(of("organization-unmap"), ended)
    assert [(row.status, row.ends_on) for row in mapped_modules("acme")] == [
        ("ended", date(2026, 7, 9))
    ]


def test_a_choice_that_is_none_is_refused_in_words(owner: Client) -> None:
    response = owner.post(of("organization-mapping-of"), {"module_organization": "x"})
    assert response.status_code == 404
    assert "choose one of those that are offered" in words(response.content)


def test_only_its_own_suggestions_are_shown_and_none_is_saved(owner: Client) -> None:
    told = words(owner.get(of("organization-suggestions")).content)
    assert "ACME, Ltd." in told
    assert "Birch and Sons" not in told
    assert mapped_modules("acme") == []
    owner.post(of("organization-map"), {"module": "rmm", "id": "7"})
    assert [row.id for row in mapped_modules("acme")] == ["7"]
    assert "looks like this one" in words(owner.get(of("organization-suggestions")).content)


def test_nothing_is_mapped_to_a_dead_organization(owner: Client) -> None:
    assert "nobody would receive the bill" in words(owner.get(of("organization", "gone")).content)
    response = owner.post(of("organization-map", "gone"), {"module": "rmm", "id": "7"})
    assert response.status_code == 409


def test_fields_that_need_a_payer_do_not_offer_dead_ones(owner: Client) -> None:
    address = reverse("organization-choices")
    assert [one["value"] for one in owner.get(address, {"q": "gone"}).json()] == ["gone"]
    assert owner.get(address, {"q": "gone", "mappable": "yes"}).json() == []


@pytest.mark.parametrize("view", TABS)
def test_many_organizations_take_no_more_queries(
    owner: Client, view: str, django_assert_max_num_queries: object
) -> None:
    add_organizations([NewOrganization(f"o{n}", f"Client {n}") for n in range(300)])
    map_organization("rmm", id="7", organization="acme")
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        owner.get(of(view))
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        owner.get(reverse("organizations"))
