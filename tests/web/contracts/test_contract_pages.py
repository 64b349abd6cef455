"""Contracts over HTTP: the list, the forms, the tabs of one, and the catalogue."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from tests.support import agreements
from tests.support.clocks import StillClock
from tests.web.conftest import ClientOf, words

from icb.contracts.actions import add_contracts, set_price
from icb.contracts.inputs import NewContract, NewContractService
from icb.contracts.queries import contract_named, contract_notes, contract_services, services
from icb.foundation.actor import acting_as_system
from icb.foundation.inputs import NewProvider
from icb.foundation.models import Provider
from icb.foundation.providers import create_provider
from icb.foundation.scope import in_provider
from icb.hub.models import ModuleConnection
from icb.kernel.errors import Refused
from icb.mapping.actions import map_service, type_units
from icb.mapping.inputs import NewServiceMapping
from icb.organizations.actions import add_organizations
from icb.organizations.inputs import NewOrganization

TABS = (
    "contract",
    "contract-services",
    "contract-service-mapping",
    "contract-unit-changes",
    "contract-notes",
    "contract-preview",
    "contract-expected",
    "contract-preview-items",
)
CALCULATED = ("contract-expected", "contract-preview-items")
"""What is calculated as a bill run would, by statements of its own, after the page is shown."""
FORMS = ("contract-edit", "contract-end", "contract-service-add")
TODAY = date(2026, 7, 15)


@pytest.fixture(autouse=True)
def known(provider: Provider, clock: StillClock) -> None:
    clock.to_day(TODAY)
    agreements.everything()


def of(view: str, key: str = "acme-1", **more: str) -> str:
    return reverse(view, kwargs={"key": key, **more})


def seen_in(content: bytes) -> str:
    found = re.search(r'name="seen" value="(\w+)"', content.decode())
    assert found
    return found[1]


def price_of(service: str, *, on: date = TODAY) -> Decimal:
    rows = contract_services(as_of=on, contract="acme-1")
    return next(row.price for row in rows if row.key == service)


def new(**more: str) -> dict[str, str]:
    return {
        "organization": "birch",
        "key": "birch-1",
        "starts_on": "2026-08-01",
        "period": "quarterly",
        "anchor": "calendar",
        "billing": "in_advance",
        **more,
    }


@pytest.mark.parametrize("view", TABS)
def test_every_tab_answers(owner: Client, view: str) -> None:
    type_units("acme-1", service="agents", units="5", from_day=date(2026, 6, 10))
    add_contracts([NewContract("bare", "birch", date(2027, 1, 1))])
    for key in ("acme-1", "bare"):
        assert owner.get(of(view, key)).status_code == 200


@pytest.mark.parametrize("view", [*TABS, *FORMS])
def test_an_unknown_contract_and_one_of_another_provider_are_not_found(
    owner: Client, view: str
) -> None:
    with acting_as_system("test"):
        other = create_provider(NewProvider(key="other", name="Other", currency="USD"))
        with in_provider(other):
            add_organizations([NewOrganization("theirs", "Their Client")])
            add_contracts([NewContract("their-1", "theirs", date(2026, 1, 1))])
    for key in ("nothing", "their-1"):
        assert owner.get(of(view, key)).status_code == 404


def test_the_list_finds_a_contract_by_its_organization(owner: Client) -> None:
    add_contracts([NewContract("birch-1", "birch", date(2026, 1, 1))])
    page = words(owner.get(reverse("contracts"), {"q": "birch"}).content)
    assert "birch-1" in page
    assert "acme-1" not in page


def test_a_contract_is_added_and_leads_to_its_services(owner: Client) -> None:
    response = owner.post(reverse("contract-new"), new(minimum_amount="250.00"))
    assert response["Location"] == of("contract-services", "birch-1")
    row = contract_named("birch-1")
    assert (row.period, row.billing, row.minimum_amount) == (
        "quarterly",
        "in_advance",
        Decimal("250.00"),
    )


@pytest.mark.parametrize("typed", ["birch", "BIRCH", "Birch & Sons"])
def test_an_organization_may_be_typed(owner: Client, typed: str) -> None:
    owner.post(reverse("contract-new"), new(organization=typed))
    assert contract_named("birch-1").organization == "birch"


def test_an_organization_that_there_is_not_is_said_at_its_field(owner: Client) -> None:
    add_organizations([NewOrganization(key=key, name="Twin") for key in ("twin-1", "twin-2")])
    for typed, said in (
        ("Bir", "There is no organization with this name"),
        ("twin", "Several organizations"),
    ):
        response = owner.post(reverse("contract-new"), new(organization=typed))
        assert response.status_code == 422
        assert said in words(response.content)


def test_an_end_before_the_start_is_refused_in_words(owner: Client) -> None:
    response = owner.post(reverse("contract-new"), new(ends_on="2026-07-31"))
    assert response.status_code == 422
    assert "lies before the start on 2026-08-01" in words(response.content)
    assert 'value="birch-1"' in response.content.decode()
    ended = owner.post(of("contract-end"), {"ends_on": "2025-12-31"})
    assert ended.status_code == 422
    assert contract_named("acme-1").ends_on is None


def test_a_contract_ends_and_says_so(owner: Client) -> None:
    owner.post(of("contract-end"), {"ends_on": "2026-07-31"})
    assert contract_named("acme-1").ends_on == date(2026, 7, 31)
    assert "Ends on 2026-07-31" in words(owner.get(of("contract-notes")).content)


def test_name_and_minimum_change_with_a_note_and_a_mark(owner: Client) -> None:
    agreements.forget_marks()
    owner.post(of("contract-edit"), {"name": "Managed service", "minimum_amount": "500"})
    row = contract_named("acme-1")
    assert (row.name, row.minimum_amount) == ("Managed service", Decimal(500))
    assert agreements.marked() == {"acme-1": date(2026, 1, 1)}
    assert contract_notes("acme-1")[0].text == "Minimum per period: 500 USD (before: none)."
    agreements.forget_marks()
    owner.post(of("contract-edit"), {"name": "Managed", "minimum_amount": "500"})
    assert agreements.marked() == {}


def test_summary_says_what_is_expected_and_when_it_is_billed(owner: Client) -> None:
    type_units("acme-1", service="agents", units="10", from_day=date(2026, 1, 1))
    page = words(owner.get(of("contract")).content)
    assert "Next billing 2026-08-01" in page
    part = owner.get(of("contract-expected"), headers={"HX-Request": "true"}).content
    assert "120.00 USD" in words(part)
    assert b"<html" not in part


def test_services_are_shown_as_of_a_day(owner: Client) -> None:
    set_price("acme-1", service="agents", price="14", from_day=date(2026, 6, 1))
    before = words(owner.get(of("contract-services"), {"as_of": "2026-05-31"}).content)
    after = words(owner.get(of("contract-services"), {"as_of": "2026-06-01"}).content)
    assert "Show data for" in before
    assert "12.00 USD" in before and "14.00 USD" not in before
    assert "14.00 USD" in after
    early = words(owner.get(of("contract-services"), {"as_of": "2025-01-01"}).content)
    assert "The contract starts on 2026-01-01" in early


def test_an_icon_marks_what_counts_drive(owner: Client) -> None:
    assert "Driven by ICB" not in owner.get(of("contract-services")).content.decode().replace(
        "Driven by ICB: its units", ""
    )
    ModuleConnection.objects.update(name="Remote monitoring")
    map_service("acme-1", mapping=NewServiceMapping("rmm", "devices", service="agents"))
    page = owner.get(of("contract-services")).content.decode()
    assert 'aria-label="Driven by ICB"' in page
    # In the words of people: the module has a key for files as well.
    assert "agents · Remote monitoring - devices" in page
    assert of("contract-units", service="backup") in page
    assert of("contract-units", service="agents") not in page


def test_a_price_shows_its_effect_before_it_is_stored(owner: Client) -> None:
    type_units("acme-1", service="agents", units="10", from_day=date(2026, 1, 1))
    address = of("contract-price", service="agents")
    typed = {"price": "13", "from_day": "2026-06-01", "seen": seen_in(owner.get(address).content)}
    look = words(owner.post(address, typed).content)
    assert "120.00 USD 130.00 USD" in look
    assert "Difference 10.00 USD" in look
    assert price_of("agents") == 12
    assert owner.post(address, {**typed, "save": "yes"}).status_code == 302
    assert price_of("agents") == 13
    assert price_of("agents", on=date(2026, 5, 31)) == 12
    assert contract_notes("acme-1")[0].text == "Price of agents from 2026-06-01: 13 USD."


@pytest.mark.parametrize("button", [{}, {"save": "yes"}])
def test_a_day_before_the_contract_is_refused_in_words(
    owner: Client, button: dict[str, str]
) -> None:
    for view, name in (("contract-price", "price"), ("contract-units", "units")):
        typed = {name: "3.5", "from_day": "2025-12-31", **button}
        response = owner.post(of(view, service="backup"), typed)
        assert response.status_code == 422
        assert "contract acme-1 starts on 2026-01-01" in words(response.content)
        assert 'value="3.5"' in response.content.decode()
    assert price_of("backup") == Decimal("5.50")


def test_the_later_of_two_prices_is_refused_and_kept_in_the_form(owner: Client) -> None:
    address = of("contract-price", service="agents")
    seen = seen_in(owner.get(address).content)
    set_price("acme-1", service="agents", price="15", from_day=date(2026, 7, 1))
    typed = {"price": "13", "from_day": "2026-07-15", "seen": seen, "save": "yes"}
    response = owner.post(address, typed)
    told = words(response.content)
    assert response.status_code == 409
    assert "changed by olivia at 2026-07-15" in told
    assert "15" in told
    assert 'value="13"' in response.content.decode()
    assert price_of("agents") == 15
    again = {**typed, "seen": seen_in(response.content)}
    assert owner.post(address, again).status_code == 302
    assert price_of("agents") == 13


def test_tiers_are_typed_a_line_each(owner: Client) -> None:
    typed = {
        "service": "agents",
        "key": "seats",
        "pricing": "graduated",
        "tiers": "10 = 5.00\n* = 4.50",
        "discount": "10",
    }
    assert owner.post(of("contract-service-add"), typed).status_code == 302
    page = words(owner.get(of("contract-services")).content)
    assert "to 10: 5" in page and "beyond: 4.5" in page
    assert "10 % discount" in page
    wrong = owner.post(of("contract-service-add"), {**typed, "key": "x", "tiers": "10 5"})
    assert wrong.status_code == 422
    assert "10 5 cannot be read" in words(wrong.content)


def test_the_preview_adds_up_and_shows_its_arithmetic(owner: Client) -> None:
    type_units("acme-1", service="agents", units="10", from_day=date(2026, 7, 1))
    page = words(owner.get(of("contract-preview-items"), {"through": "2026-08-01"}).content)
    assert "Managed workstation Recurring" in page
    assert "Net, before tax 120.00 USD" in page
    assert "Arithmetic" in page
    empty = words(owner.get(of("contract-preview-items"), {"through": "2026-07-31"}).content)
    assert "Nothing to bill by that day" in empty


def test_typed_units_stand_in_the_history(owner: Client) -> None:
    type_units("acme-1", service="agents", units="5", from_day=date(2026, 2, 1))
    type_units("acme-1", service="agents", units="8", from_day=date(2026, 3, 1))
    page = words(owner.get(of("contract-unit-changes")).content)
    assert "2026-03-01 Managed workstation 5 8 olivia" in page


def test_the_catalogue_is_kept(owner: Client) -> None:
    typed = {"key": "wifi", "name": "Managed Wi-Fi", "price": "7.25", "cost": "3"}
    owner.post(reverse("service-new"), typed)
    edit = reverse("service-edit", kwargs={"key": "wifi"})
    changed = {"name": "Wi-Fi", "price": "8", "cost": "", "seen": seen_in(owner.get(edit).content)}
    owner.post(edit, changed)
    row = next(row for row in services() if row.key == "wifi")
    assert (row.name, row.price, row.cost) == ("Wi-Fi", Decimal(8), None)
    stale = owner.post(edit, {**changed, "price": "9"})
    assert stale.status_code == 409
    assert 'value="9"' in stale.content.decode()


def test_a_retired_service_goes_on_no_more_contracts(owner: Client) -> None:
    offer = reverse("service-offer", kwargs={"key": "backup"})
    owner.post(offer)
    service = [NewContractService("backup")]
    with pytest.raises(Refused, match="it is retired"):
        add_contracts([NewContract("birch-1", "birch", date(2026, 1, 1), services=service)])
    page = owner.get(of("contract-service-add")).content.decode()
    assert 'value="backup"' not in page
    owner.post(offer, {"offer": "yes"})
    add_contracts([NewContract("birch-1", "birch", date(2026, 1, 1), services=service)])


@pytest.mark.parametrize("role", ["read_only", "mapper", "approver", "auditor"])
def test_roles_that_keep_no_contracts_see_no_button_and_are_refused(
    client_of: ClientOf, role: str
) -> None:
    client = client_of(role)
    assert "New contract" not in words(client.get(reverse("contracts")).content)
    assert "Edit" not in words(client.get(of("contract")).content).split()
    assert client.post(reverse("contract-new"), new()).status_code == 403
    assert client.post(of("contract-end"), {"ends_on": "2026-08-01"}).status_code == 403
    assert client.post(of("contract-price", service="agents"), {}).status_code == 403
    assert client.post(reverse("service-offer", kwargs={"key": "backup"})).status_code == 403


@pytest.mark.parametrize("view", TABS)
def test_many_contracts_take_no_more_queries(
    owner: Client, view: str, django_assert_max_num_queries: object
) -> None:
    add_organizations([NewOrganization(f"o{n}", f"Client {n}") for n in range(200)])
    services = [NewContractService("agents", units="3")]
    add_contracts(
        [NewContract(f"c{n}", f"o{n}", date(2026, 1, 1), services=services) for n in range(200)]
    )
    map_service("acme-1", mapping=NewServiceMapping("rmm", "devices", service="agents"))
    with django_assert_max_num_queries(32 if view in CALCULATED else 20):  # type: ignore[operator]
        owner.get(of(view))
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        owner.get(reverse("contracts"))
