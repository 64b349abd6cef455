"""Service Mapping over HTTP: when it appears, what it saves, what it refuses, and templates."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from tests.support import agreements
from tests.support.clocks import StillClock
from tests.web.conftest import ClientOf, words

from icb.contracts.actions import add_contracts
from icb.contracts.inputs import NewContract, NewContractService
from icb.contracts.queries import contract_services
from icb.foundation.models import Provider
from icb.hub.actions import take_snapshot
from icb.hub.inputs import Answer, CountRow
from icb.hub.models import ModuleConnection
from icb.mapping.actions import (
    ignore_service,
    map_organization,
    map_service,
    save_template,
    unmap_service,
)
from icb.mapping.inputs import NewServiceMapping
from icb.mapping.queries import overlap_warnings, service_mappings
from icb.mapping.template_queries import templates

TODAY = date(2026, 7, 15)
TYPES = ("devices", "servers", "searches", "enrolled")


@pytest.fixture(autouse=True)
def known(provider: Provider, clock: StillClock) -> None:
    clock.to_day(TODAY)
    agreements.everything()


@pytest.fixture
def mapped() -> None:
    map_organization("rmm", id="7", organization="acme")


def count_devices(day: date) -> None:
    take_snapshot("rmm", answer=Answer(day=day, rows=[CountRow("7", "devices", 12)]))


def of(key: str = "acme-1") -> str:
    return reverse("contract-service-mapping", kwargs={"key": key})


def seen(owner: Client, key: str = "acme-1") -> str:
    found = re.search(r'name="seen" value="(\w+)"', owner.get(of(key)).content.decode())
    assert found
    return found[1]


def section(
    chosen: dict[str, str] | None = None, *, ignored: tuple[str, ...] = (), **more: str
) -> dict[str, object]:
    """What the form of the module sends: chosen services by billing type, ignored types."""
    form: dict[str, object] = {"module": "rmm", "type": list(TYPES), **more}
    for number, kind in enumerate(TYPES):
        form[f"service-{number}"] = (chosen or {}).get(kind, "")
        if kind in ignored:
            form[f"ignore-{number}"] = "yes"
    return form


def standing() -> list[tuple[str, str, date | None, date | None]]:
    return [
        (row.billing_type, row.service, row.starts_on, row.ends_on) for row in service_mappings()
    ]


def test_without_an_enabled_module_it_says_so_and_leads_there(owner: Client) -> None:
    ModuleConnection.objects.update(is_enabled=False)
    page = owner.get(of()).content
    assert "No module is enabled" in words(page)
    assert reverse("modules") in page.decode()


def test_without_a_mapped_organization_it_says_so_and_leads_there(owner: Client) -> None:
    page = owner.get(of()).content
    assert "Acme Ltd is not mapped in any enabled module" in words(page)
    assert reverse("organization-mapping-of", kwargs={"key": "acme"}) in page.decode()


def test_a_section_shows_types_counts_and_services(owner: Client, mapped: None) -> None:
    count_devices(TODAY)
    page = owner.get(of()).content
    for label in ("Module Billing Type", "Service", "Ignore", "Unit changes"):
        assert label in words(page)
    assert "devices 12 Not mapped" in words(page)
    assert "Managed workstation" in words(page)


def test_choices_are_saved_at_once_and_unchanged_ones_are_left(owner: Client, mapped: None) -> None:
    form = section({"devices": "agents"}, ignored=("servers",), seen=seen(owner))
    assert owner.post(of(), form).status_code == 302
    assert standing() == [("devices", "agents", None, None), ("servers", "", None, None)]
    again = section({"devices": "agents"}, ignored=("servers",), seen=seen(owner))
    owner.post(of(), again)
    assert len(standing()) == 2
    moved = section({"devices": "backup"}, ignored=("servers",), seen=seen(owner))
    owner.post(of(), moved)
    assert standing()[0] == ("devices", "agents", None, date(2026, 7, 14))
    assert standing()[-1] == ("devices", "backup", TODAY, None)
    owner.post(of(), section(seen=seen(owner)))
    assert [row[0] for row in standing() if row[3] is None] == []


def test_one_wrong_choice_stores_none_of_the_section(owner: Client, mapped: None) -> None:
    form = section({"devices": "agents", "searches": "agents"}, seen=seen(owner))
    response = owner.post(of(), form)
    assert response.status_code == 409
    assert "do not add up" in words(response.content)
    assert standing() == []
    assert response.content.decode().count('value="agents" selected') == 2


def test_a_total_and_its_part_are_warned_of(owner: Client, mapped: None) -> None:
    for kind in ("devices", "servers"):
        map_service("acme-1", mapping=NewServiceMapping("rmm", kind, service="agents"))
    assert overlap_warnings(contract="acme-1")
    assert "the same units would be billed twice" in words(owner.get(of()).content)
    unmap_service("acme-1", module="rmm", billing_type="servers", from_day=TODAY)
    assert "billed twice" not in words(owner.get(of()).content)


def test_the_later_of_two_mappers_is_refused_and_keeps_the_choices(
    owner: Client, mapped: None
) -> None:
    before = seen(owner)
    ignore_service("acme-1", module="rmm", billing_type="devices")
    form = section({"devices": "backup", "servers": "agents"}, seen=before)
    response = owner.post(of(), form)
    told = words(response.content)
    assert response.status_code == 409
    assert "changed by olivia at 2026-07-15" in told
    assert "Stands now: ignored" in told
    assert 'value="backup" selected' in response.content.decode()
    assert standing() == [("devices", "", None, None)]


def test_earlier_periods_are_asked_about_before_they_are_billed(
    owner: Client, mapped: None, clock: StillClock
) -> None:
    for day in (date(2026, 5, 1), TODAY):
        clock.to_day(day)
        count_devices(day)
    form = section({"devices": "agents"}, seen=seen(owner))
    asked = owner.post(of(), form)
    assert asked.status_code == 200
    assert "This reaches into earlier periods" in words(asked.content)
    assert standing() == []
    owner.post(of(), {**form, "later": "yes", "reason": "Agreed with the client"})
    assert standing() == [("devices", "agents", date(2026, 7, 1), None)]
    assert service_mappings()[0].reason == "Agreed with the client"


def test_what_is_confirmed_is_billed_from_the_start(
    owner: Client, mapped: None, clock: StillClock
) -> None:
    clock.to_day(date(2026, 5, 1))
    count_devices(date(2026, 5, 1))
    clock.to_day(TODAY)
    form = section({"devices": "agents"}, seen=seen(owner), confirmed="yes")
    owner.post(of(), form)
    assert standing() == [("devices", "agents", None, None)]


def test_a_service_named_after_the_type_is_added_and_mapped(owner: Client, mapped: None) -> None:
    address = reverse("contract-mapping-add", kwargs={"key": "acme-1"})
    where = f"{address}?module=rmm&type=devices"
    page = owner.get(where).content.decode()
    assert 'value="rmm - devices"' in page
    typed = {"name": "rmm - devices", "key": "rmm-devices", "price": "9.50"}
    assert owner.post(where, typed).status_code == 302
    assert standing() == [("devices", "rmm-devices", None, None)]
    assert "rmm - devices" in [
        row.name for row in contract_services(as_of=TODAY, contract="acme-1")
    ]


def test_a_failed_adding_leaves_nothing_behind(owner: Client, mapped: None) -> None:
    map_service("acme-1", mapping=NewServiceMapping("rmm", "devices", service="agents"))
    address = reverse("contract-mapping-add", kwargs={"key": "acme-1"})
    typed = {"name": "rmm - devices", "key": "rmm-devices", "price": "9.50"}
    response = owner.post(f"{address}?module=rmm&type=devices", typed)
    assert response.status_code == 409
    keys = [row.key for row in contract_services(as_of=TODAY, contract="acme-1")]
    assert "rmm-devices" not in keys


def test_a_role_that_reads_sees_it_and_may_not_save(client_of: ClientOf, mapped: None) -> None:
    reader = client_of("read_only")
    page = reader.get(of()).content.decode()
    assert "disabled" in page
    assert "Save as template" not in page
    assert reader.post(of(), section({"devices": "agents"})).status_code == 403
    assert standing() == []


def test_a_mapper_saves_but_adds_no_services(client_of: ClientOf, mapped: None) -> None:
    mapper = client_of("mapper")
    assert "Add “" not in words(mapper.get(of()).content)
    assert mapper.post(of(), section({"devices": "agents"})).status_code == 302
    address = reverse("contract-mapping-add", kwargs={"key": "acme-1"})
    assert mapper.post(address, {}).status_code == 403


def others() -> None:
    """Two contracts of another client: one that fits the template, one without its service."""
    fits = [NewContractService("agents")]
    add_contracts(
        [
            NewContract("birch-1", "birch", date(2026, 2, 1), services=fits),
            NewContract(
                "birch-2", "birch", date(2026, 2, 1), services=[NewContractService("backup")]
            ),
        ]
    )


def template(client: Client, **typed: str) -> object:
    address = reverse("mapping-template", kwargs={"name": "Standard"})
    return client.post(address, {"contracts": "birch-1\nbirch-2", **typed})


def test_a_mapping_set_is_kept_and_applied_to_many_contracts(owner: Client, mapped: None) -> None:
    others()
    map_service("acme-1", mapping=NewServiceMapping("rmm", "devices", service="agents"))
    ignore_service("acme-1", module="rmm", billing_type="servers")
    save = reverse("mapping-template-save", kwargs={"key": "acme-1"})
    owner.post(save, {"name": "Standard"})
    assert [(row.name, row.lines) for row in templates()] == [("Standard", 2)]
    looked = words(template(owner).content)  # type: ignore[attr-defined]
    assert "1 contract can take it" in looked
    assert "There is no service 'agents' on contract birch-2" in looked
    assert len(standing()) == 2
    template(owner, apply="yes")
    taken = [(row.contract, row.billing_type, row.service) for row in service_mappings()]
    assert taken[2:] == [("birch-1", "devices", "agents"), ("birch-1", "servers", "")]


def test_all_or_nothing_stores_nothing_where_one_contract_does_not_fit(
    owner: Client, mapped: None
) -> None:
    others()
    map_service("acme-1", mapping=NewServiceMapping("rmm", "devices", service="agents"))
    save_template("Standard", contract="acme-1")
    response = template(owner, apply="yes", all_or_nothing="on")
    assert response.status_code == 409  # type: ignore[attr-defined]
    assert "1 of 2 contracts cannot take it" in words(response.content)  # type: ignore[attr-defined]
    assert len(service_mappings()) == 1


def test_nothing_mapped_is_no_template_and_a_template_can_be_forgotten(
    owner: Client, mapped: None
) -> None:
    save = reverse("mapping-template-save", kwargs={"key": "acme-1"})
    assert owner.post(save, {"name": "Standard"}).status_code == 409
    ignore_service("acme-1", module="rmm", billing_type="servers")
    owner.post(save, {"name": "a/b"})
    assert owner.get(reverse("mapping-template", kwargs={"name": "a/b"})).status_code == 200
    owner.post(reverse("mapping-template-delete", kwargs={"name": "a/b"}))
    assert templates() == []
    assert owner.get(reverse("mapping-templates")).status_code == 200


def test_a_template_takes_no_statement_for_each_contract(
    owner: Client, mapped: None, django_assert_max_num_queries: object
) -> None:
    map_service("acme-1", mapping=NewServiceMapping("rmm", "devices", service="agents"))
    save_template("Standard", contract="acme-1")
    for number in range(40):
        add_contracts([NewContract(f"b{number}", "birch", date(2026, 2, 1))])
    keys = "\n".join(f"b{number}" for number in range(40))
    with django_assert_max_num_queries(25):  # type: ignore[operator]
        template(owner, contracts=keys)
