"""Map by Module Organization over HTTP: the list, and one decision about picked rows."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from tests.support import agreements
from tests.support.clocks import StillClock
from tests.web.conftest import ClientOf, words

from icb.foundation.models import Provider
from icb.hub.actions import add_module_organizations
from icb.hub.inputs import NewModuleOrganization
from icb.mapping.actions import ignore_organization, map_organization
from icb.mapping.queries import organization_mappings
from icb.organizations.queries import organizations

TODAY = date(2026, 7, 15)
LIST = reverse("organization-mapping-by-module", kwargs={"module": "rmm"})
DECIDE = reverse("mapping-decide", kwargs={"module": "rmm"})


@pytest.fixture(autouse=True)
def known(provider: Provider, clock: StillClock) -> None:
    clock.to_day(TODAY)
    agreements.everything()


def mapped() -> list[tuple[str, str, date | None]]:
    return [(row.id, row.organization, row.starts_on) for row in organization_mappings()]


def decide(client: Client, what: str, *rows: str, **fields: str) -> tuple[int, str]:
    sent = {"row": list(rows), "sure": "first", "effective": "today", **fields}
    answer = client.post(f"{DECIDE}?what={what}", sent)
    return answer.status_code, words(answer.content)


def test_the_module_with_most_to_map_comes_first(owner: Client) -> None:
    assert owner.get(reverse("organization-mapping-modules")).headers["Location"] == LIST


def test_each_module_organization_says_whose_it_is(owner: Client) -> None:
    map_organization("rmm", id="7", organization="acme")
    page = words(owner.get(LIST).content)
    assert "ACME, Ltd." in page
    assert "Acme Ltd" in page
    assert "Birch and Sons" in words(owner.get(LIST + "?f.status=new").content)
    assert "ACME, Ltd." not in words(owner.get(LIST + "?f.status=new").content)


def test_suggestions_are_shown_only_where_they_are_asked_for(owner: Client) -> None:
    assert "same name" not in words(owner.get(LIST).content)
    assert "acme · 100 of 100 · same name" in words(owner.get(LIST + "?suggested=1").content)
    assert mapped() == []


def test_sites_are_marked(owner: Client) -> None:
    add_module_organizations(
        "rmm", news=[NewModuleOrganization(id="z", name="East wing", parent="8")]
    )
    assert "↳ East wing site of Birch and Sons" in words(owner.get(LIST).content)


def test_picked_rows_are_asked_about_before_anything_is_stored(owner: Client) -> None:
    asked = owner.post(f"{DECIDE}?what=map", {"row": ["7", "8"], "next": LIST})
    assert "Map to an organization" in words(asked.content)
    assert mapped() == []


def test_many_are_mapped_at_once(owner: Client) -> None:
    status, _ = decide(owner, "map", "7", "8", organization="acme")
    assert status == 302
    assert mapped() == [("7", "acme", TODAY), ("8", "acme", TODAY)]


def test_many_are_ignored_and_ended_at_once(owner: Client) -> None:
    decide(owner, "ignore", "7", "8", reason="internal")
    assert [row.status for row in organization_mappings()] == ["ignored", "ignored"]
    decide(owner, "end", "7", "8")
    assert mapped() == []


def test_organizations_are_created_from_here(owner: Client) -> None:
    fields = {"key:7": "acme-7", "name:7": "Acme Seven", "key:8": "b8", "name:8": "Birch Eight"}
    assert decide(owner, "create", "7", "8", **fields)[0] == 302
    assert mapped() == [("7", "acme-7", TODAY), ("8", "b8", TODAY)]
    assert {row.name for row in organizations()} >= {"Acme Seven", "Birch Eight"}


def test_a_key_that_is_taken_stores_nothing_and_what_was_typed_stays(owner: Client) -> None:
    fields = {"key:7": "acme", "name:7": "Acme Seven", "key:8": "b8", "name:8": "Birch Eight"}
    status, page = decide(owner, "create", "7", "8", **fields)
    assert status == 422
    assert "Nothing was stored" in page
    assert mapped() == []
    assert "b8" not in {row.key for row in organizations()}


def test_the_best_suggestions_are_taken_and_the_rest_is_left(owner: Client) -> None:
    add_module_organizations("rmm", news=[NewModuleOrganization(id="9", name="Zebra")])
    decide(owner, "suggested", "7", "8", "9")
    assert mapped() == [("7", "acme", TODAY), ("8", "birch", TODAY)]


@pytest.mark.parametrize("organization", ["gone", "nobody", ""])
def test_who_cannot_be_mapped_to_is_refused(owner: Client, organization: str) -> None:
    status, page = decide(owner, "map", "7", organization=organization)
    assert status in (404, 409, 422)
    assert "Nothing was stored" in page
    assert mapped() == []


def test_an_earlier_day_is_stored_only_after_it_said_what_it_bills_anew(owner: Client) -> None:
    fields = {"organization": "acme", "effective": "day", "day": "2026-03-01"}
    status, page = decide(owner, "map", "7", **fields)
    assert status == 200
    assert "1 contract is calculated anew from 2026-03-01" in page
    assert mapped() == []
    assert decide(owner, "map", "7", **{**fields, "sure": "yes"})[0] == 302
    assert mapped() == [("7", "acme", date(2026, 3, 1))]


def test_another_day_must_be_given(owner: Client) -> None:
    status, page = decide(owner, "map", "7", organization="acme", effective="day")
    assert status == 422
    assert "day: it is missing" in page


def test_what_changed_since_the_page_was_opened_is_refused(owner: Client) -> None:
    opened = owner.post(f"{DECIDE}?what=ignore", {"row": ["7"]}).content.decode()
    seen = opened.partition('name="seen:7" value="')[2].partition('"')[0]
    map_organization("rmm", id="7", organization="birch")
    status, page = decide(owner, "ignore", "7", **{"seen:7": seen})
    assert status == 409
    assert "olivia changed it" in page
    assert mapped() == [("7", "birch", None)]


def test_who_may_not_map_is_not_asked(client_of: ClientOf) -> None:
    assert decide(client_of("read_only"), "map", "7", organization="acme")[0] == 403
    assert "Ignore…" not in words(client_of("read_only").get(LIST).content)


def test_a_mapper_creates_no_organization(client_of: ClientOf) -> None:
    fields = {"key:7": "new", "name:7": "New"}
    status, _ = decide(client_of("mapper"), "create", "7", **fields)
    assert status == 403
    assert mapped() == []


def test_a_module_that_is_not_ours_is_absent(owner: Client) -> None:
    assert owner.get(LIST.replace("rmm", "other")).status_code == 404
    assert owner.get(DECIDE.replace("rmm", "other")).status_code == 404


def test_a_row_that_is_gone_leaves_nothing_to_decide(owner: Client) -> None:
    assert "Nothing is picked" in words(owner.get(DECIDE + "?row=nothing").content)


def test_a_page_takes_few_statements(
    owner: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    news = [NewModuleOrganization(id=f"n{i}", name=f"Northern {i}") for i in range(500)]
    add_module_organizations("rmm", news=news)
    ignore_organization("rmm", id="n3")
    with django_assert_max_num_queries(20):
        owner.get(LIST + "?size=250&suggested=1")
