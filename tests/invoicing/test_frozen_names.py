"""What a document says of countries and units is frozen in it when it is issued."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support import story

from icb.billing.actions import bill
from icb.billing.posting import post_items
from icb.contracts.actions import add_contract_services, add_services
from icb.contracts.inputs import NewContractService, NewService
from icb.foundation.country_names import countries_by_name, country_name
from icb.foundation.models import Provider
from icb.foundation.providers import change_provider
from icb.hub.actions import take_snapshot
from icb.hub.inputs import Answer, CountRow, NewBillingType
from icb.invoicing.actions import issue_documents
from icb.invoicing.document_page import document_page
from icb.invoicing.einvoice.units import unit_code
from icb.invoicing.models import Document
from icb.kernel.countries import COUNTRIES
from icb.kernel.languages import LANGUAGES
from icb.mapping.actions import map_service
from icb.mapping.inputs import NewServiceMapping
from icb.organizations.models import Organization


def issued() -> dict[str, Any]:
    """The frozen data of the one invoice there is."""
    bill()
    post_items()
    issue_documents()
    data: dict[str, Any] = json.loads(Document.objects.get().data)
    return data


@pytest.fixture
def june(provider: Provider, clock: object) -> None:
    """Seats, storage in GB, and mailboxes sold with archives that are counted in GB."""
    story.at("05-01")
    types = [("seats", "seat"), ("storage", "GB"), ("mailboxes", "mailbox"), ("archives", "GB")]
    story.connect(
        "7", billing_types=tuple(NewBillingType(key=key, unit=unit) for key, unit in types)
    )
    story.sell()
    add_services(
        [
            NewService(key="storage", name="Storage", price="0.10"),
            NewService(key="mail", name="Mail", price="1.00"),
            NewService(key="help", name="Help desk", price="5.00"),
        ]
    )
    story.agree("acme")
    services = [NewContractService(service=key) for key in ("storage", "mail")]
    typed = NewContractService(service="help", units="3")
    add_contract_services("acme", news=[*services, typed])
    story.map_all("acme", "7")
    pairs = {"storage": "storage", "mailboxes": "mail", "archives": "mail"}
    for billing_type, service in pairs.items():
        mapped = NewServiceMapping(module="rmm", billing_type=billing_type, service=service)
        map_service("acme", mapping=mapped)
    for day in range(1, 32):
        taken = story.day(f"05-{day:02}")
        story.at(f"06-{1:02}" if day == 31 else f"05-{day + 1:02}")
        rows = [CountRow("7", key, 10) for key, _ in types]
        take_snapshot("rmm", answer=Answer(day=taken, rows=rows))


def test_a_line_says_in_which_unit_its_service_is_counted(june: None) -> None:
    """And in none where several are added up, or nobody counts."""
    lines = {line["service"]: line for line in issued()["lines"]}
    units = {service: line["unit"] for service, line in lines.items()}
    assert units == {"seat": "seat", "storage": "GB", "mail": "", "help": ""}
    assert {service: unit_code(unit) for service, unit in units.items()} == {
        "seat": "C62",
        "storage": "E34",
        "mail": "C62",
        "help": "C62",
    }


def test_countries_are_named_in_the_language_of_the_document(june: None) -> None:
    change_provider({"country": "DE", "city": "Hamburg"})
    Organization.objects.update(country="AT", city="Wien", language="fr")
    data = issued()
    assert data["provider"]["country_name"] == "Allemagne"
    assert data["organization"]["country_name"] == "Autriche"
    page = document_page(data)
    assert page["sender_lines"][-1] == "Allemagne"
    assert page["receiver_lines"][-1] == "Autriche"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_country_has_a_name_in_every_language(language: str) -> None:
    named = dict(countries_by_name(language))
    assert named.keys() == COUNTRIES
    assert [code for code, name in named.items() if name == code] == []
    assert country_name("", language=language) == ""


def test_countries_stand_where_people_look_for_them() -> None:
    names = [name for _, name in countries_by_name("fr")]
    assert names.index("Émirats arabes unis") < names.index("Finlande")
    assert country_name("DE", language="xx") == "Germany"
