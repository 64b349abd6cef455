"""Map by Organization over HTTP: what the grid shows, what it takes, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from tests.support import agreements
from tests.support.agreements import marked
from tests.support.clocks import StillClock
from tests.web.conftest import ClientOf, words

from icb.foundation.actor import acting_as
from icb.foundation.models import Provider
from icb.hub.actions import add_module_organizations, connect_modules
from icb.hub.inputs import NewConnection, NewModuleOrganization
from icb.mapping.actions import map_organization, map_organizations
from icb.mapping.inputs import NewOrganizationMapping
from icb.mapping.queries import organization_mappings
from icb.organizations.actions import add_organizations
from icb.organizations.inputs import NewOrganization

TODAY = date(2026, 7, 15)
PAGE = reverse("organization-mapping")
SAVE = reverse("mapping-save")
EFFECT = reverse("mapping-effect")


@pytest.fixture(autouse=True)
def known(provider: Provider, clock: StillClock) -> None:
    clock.to_day(TODAY)
    agreements.everything()


def send(client: Client, address: str, body: Mapping[str, Any]) -> Any:
    return client.post(address, json.dumps(body), content_type="application/json")


def change(id: str, organization: str = "", *, seen: str = "") -> dict[str, str]:
    return {"module": "rmm", "id": id, "organization": organization, "seen": seen}


def mapped() -> list[tuple[str, str, date | None]]:
    return [(row.id, row.organization, row.starts_on) for row in organization_mappings()]


def data(client: Client) -> list[dict[str, str]]:
    content = client.get(PAGE).content.decode()
    _, _, rest = content.partition('id="mapping-data" type="application/json">')
    found: list[dict[str, str]] = json.loads(rest.partition("</script>")[0])
    return found


def test_a_row_for_each_organization_and_a_column_for_each_enabled_module(owner: Client) -> None:
    map_organization("rmm", id="7", organization="acme")
    map_organization("rmm", id="8", organization="acme")
    page = words(owner.get(PAGE).content)
    assert "Acme Ltd ACME, Ltd. +1" in page
    assert "Birch & Sons" in page
    assert "Gone GmbH" not in page
    assert 'role="grid"' in owner.get(PAGE).content.decode()


def test_a_page_saves_in_one_go_from_today(owner: Client) -> None:
    answer = send(owner, SAVE, {"from": "2026-07-15", "changes": [change("7", "acme")]})
    assert (answer.status_code, answer.json()) == (200, {"saved": 1})
    assert mapped() == [("7", "acme", TODAY)]
    assert "1 mapping saved." in words(owner.get(PAGE).content)


def test_suggestions_are_saved_only_after_a_yes(owner: Client) -> None:
    sent = {"from": "2026-07-15", "changes": [], "suggestions": [change("7", "acme")]}
    for answer in (False, None, "yes", 1):
        send(owner, SAVE, {**sent, "with_suggestions": answer})
        assert mapped() == []
    send(owner, SAVE, sent)
    assert mapped() == []
    send(owner, SAVE, {**sent, "with_suggestions": True})
    assert mapped() == [("7", "acme", TODAY)]


def test_looking_at_suggestions_saves_nothing(owner: Client) -> None:
    found = owner.get(reverse("mapping-suggestions")).json()
    assert [(one["id"], one["organization"], one["score"]) for one in found["suggestions"]] == [
        ("7", "acme", 100),
        ("8", "birch", 100),
    ]
    owner.get(PAGE + "?suggested=1")
    assert mapped() == []


def test_several_equally_good_are_told_as_a_warning(owner: Client) -> None:
    add_organizations([NewOrganization("acme-2", "Acme Inc")])
    found = owner.get(reverse("mapping-suggestions")).json()
    assert [one["id"] for one in found["suggestions"]] == ["8"]
    assert "acme, acme-2" in found["warnings"][0]["text"]


def test_what_somebody_else_changed_is_refused_with_who(owner: Client, client_of: ClientOf) -> None:
    map_organization("rmm", id="7", organization="acme")
    [opened] = data(owner)
    client_of("mapper")
    with acting_as("mapper"):
        map_organization("rmm", id="7", organization="birch", from_day=TODAY)
    changes = [change("8", "acme"), change("7", "", seen=opened["seen"])]
    answer = send(owner, SAVE, {"from": "2026-07-15", "changes": changes})
    assert answer.status_code == 409
    [problem] = answer.json()["problems"]
    assert "mapper changed it on 2026-07-15" in problem["text"]
    assert problem["subject"] == "rmm 7"
    assert "8" not in {row[0] for row in mapped()}


def test_an_organization_that_is_gone_or_dead_is_refused_and_nothing_is_stored(
    owner: Client,
) -> None:
    for organization, status in (("nobody", 404), ("gone", 409)):
        changes = [change("8", "acme"), change("7", organization)]
        answer = send(owner, SAVE, {"from": "2026-07-15", "changes": changes})
        assert answer.status_code == status
        assert "Nothing was stored" in answer.json()["problems"][0]["text"]
    assert mapped() == []


def test_the_dead_are_not_offered(owner: Client) -> None:
    found = owner.get(reverse("mapping-organizations") + "?q=gone").json()
    assert found == []
    assert len(owner.get(reverse("mapping-organizations")).json()) == 2


def test_a_paste_of_ten_megabytes_is_refused_in_words(owner: Client) -> None:
    answer = send(owner, SAVE, {"from": "2026-07-15", "changes": [change("x" * 10_000_000)]})
    assert answer.status_code == 422
    assert "one megabyte" in answer.json()["problems"][0]["text"]
    options = reverse("mapping-options", kwargs={"module": "rmm"})
    assert owner.get(options, {"q": "x" * 5_000}).json() == []


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"from": "tomorrow", "changes": []},
        {"from": 7, "changes": []},
        {"from": "2026-07-15", "changes": "all"},
        {"from": "2026-07-15", "changes": ["x"]},
        {"from": "2026-07-15", "changes": [{"module": 1}]},
        {"from": "2026-07-15", "changes": [change("7", "y" * 300)]},
        {"from": "2026-07-15", "changes": [change("7", "acme")] * 2_001},
    ],
)
def test_what_cannot_be_read_is_refused_in_words(owner: Client, body: Any) -> None:
    answer = send(owner, SAVE, body)
    assert answer.status_code == 422
    assert "Nothing was stored" in answer.json()["problems"][0]["text"]


def test_an_earlier_day_says_what_it_bills_anew(owner: Client) -> None:
    sent = {"from": "2026-03-01", "changes": [change("7", "acme")]}
    text = send(owner, EFFECT, sent).json()["text"]
    assert text == "1 contract is calculated anew from 2026-03-01."
    assert mapped() == []
    text = send(owner, EFFECT, {**sent, "changes": [change("7", "birch")]}).json()["text"]
    assert "none of these organizations has a contract" in text
    assert "Nothing before" in send(owner, EFFECT, {**sent, "from": "2026-07-15"}).json()["text"]
    send(owner, SAVE, sent)
    assert marked() == {"acme-1": date(2026, 3, 1)}


def test_an_end_needs_no_first_day_seen(owner: Client) -> None:
    map_organization("rmm", id="7", organization="acme")
    send(owner, SAVE, {"from": "first", "changes": [change("7"), change("8", "birch")]})
    [ended, begun] = organization_mappings()
    assert (ended.ends_on, begun.starts_on) == (TODAY - timedelta(days=1), None)


def test_columns_stand_in_the_persons_order(owner: Client, client_of: ClientOf) -> None:
    connect_modules([NewConnection(key="edr", name="Endpoint"), NewConnection(key="mail")])
    send(owner, reverse("mapping-columns"), {"order": ["mail", "nothing", "rmm", "mail"]})
    heads = [part.split('"')[0] for part in owner.get(PAGE).content.decode().split('data-module="')]
    assert heads[1:] == ["mail", "rmm", "edr"]
    other = client_of("mapper").get(PAGE).content.decode().split('data-module="')
    assert [part.split('"')[0] for part in other][1:] == ["rmm", "edr", "mail"]
    assert send(owner, reverse("mapping-columns"), {"order": "mail"}).status_code == 422


def test_who_may_not_map_sees_the_grid_and_changes_nothing(client_of: ClientOf) -> None:
    reader = client_of("read_only")
    page = reader.get(PAGE).content.decode()
    assert "data-read-only" in page
    assert "data-save disabled" not in page
    assert (
        send(reader, SAVE, {"from": "2026-07-15", "changes": [change("7", "acme")]}).status_code
        == 403
    )
    assert mapped() == []


def test_without_a_module_or_an_organization_the_page_says_what_to_do(
    owner: Client, provider: Provider
) -> None:
    assert "No organization fits" in words(owner.get(PAGE + "?q=nobody").content)
    from icb.hub.actions import set_enabled

    set_enabled("rmm", is_enabled=False)
    assert "No module is enabled yet" in words(owner.get(PAGE).content)


def test_two_hundred_organizations_by_twelve_modules_take_few_statements(
    owner: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    add_organizations([NewOrganization(f"n{i:03}", f"Northern {i:03}") for i in range(300)])
    connect_modules([NewConnection(key=f"m{i:02}") for i in range(11)])
    news = []
    for module in range(11):
        add_module_organizations(
            f"m{module:02}",
            news=[NewModuleOrganization(id=str(i), name=f"Place {i}") for i in range(200)],
        )
        news += [
            NewOrganizationMapping(f"m{module:02}", str(i), organization=f"n{i:03}")
            for i in range(200)
        ]
    map_organizations(news)
    with django_assert_max_num_queries(20):
        page = owner.get(PAGE + "?size=200")
    assert page.content.decode().count("<td") >= 200 * 12
    with django_assert_max_num_queries(20):
        owner.get(reverse("mapping-suggestions") + "?size=200")
