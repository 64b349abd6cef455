"""The usage explorer over HTTP: its numbers, how each is known, and where it came from."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from tests.support import story
from tests.web.conftest import ClientOf, words

from icb.foundation.models import Provider
from icb.hub.models import Snapshot
from icb.mapping.actions import map_organization

PAGE = reverse("usage")
SERIES = PAGE + "?module=rmm&type=seats&from=2025-05-01&to=2025-05-10"


@pytest.fixture(autouse=True)
def counted(provider: Provider, clock: object) -> Iterator[None]:
    """Ten days at two sites; no answer on the 4th, a fall at one from the 8th on."""
    story.at("05-01")
    story.connect("7", "8", "9")
    story.sell()
    story.agree("acme")
    story.map_all("acme", "7")
    map_organization("rmm", id="8", organization="acme", from_day=story.day("05-03"))
    story.receive("05-01", "05-03", {"7": 100, "8": 10, "9": 1})
    story.receive("05-05", "05-07", {"7": 100, "8": 12, "9": 1})
    story.receive("05-08", "05-10", {"7": 20, "8": 12, "9": 1})
    story.at("05-11")
    yield


def days(client: Client, query: str = "") -> list[list[str]]:
    content = b"".join(client.get(f"{SERIES}{query}&as=csv")).decode("utf-8-sig")
    return [row[:3] for row in csv.reader(StringIO(content))][:0:-1]


def test_each_day_has_its_units_and_how_they_are_known(owner: Client) -> None:
    found = days(owner)
    assert found[0] == ["2025-05-01", "111", "counted"]
    assert found[3] == ["2025-05-04", "111", "carried: 3 of 3"]
    assert found[7] == ["2025-05-08", "113", "held: fell too far, 1 of 3"]


def test_an_organization_has_only_the_days_that_were_its_own(owner: Client) -> None:
    found = days(owner, "&organization=acme")
    assert [row[1] for row in found[:3]] == ["100", "100", "110"]


def test_one_module_organization(owner: Client) -> None:
    assert [row[1] for row in days(owner, "&id=8")[:6]] == ["10", "10", "10", "10", "12", "12"]


def test_each_number_leads_to_the_answer_that_it_came_from(owner: Client) -> None:
    page = owner.get(SERIES).content.decode()
    first = Snapshot.objects.get(day=story.day("05-01"))
    assert f'href="{reverse("snapshot", kwargs={"id": first.pk})}"' in page
    assert page.count('title="The answer it came from"') == 9  # none on the 4th


def test_gaps_and_holds_are_told_in_the_chart_by_pattern_and_word(owner: Client) -> None:
    page = owner.get(SERIES).content.decode()
    assert 'class="held"' in page
    assert 'class="gap"' in page
    assert "url(#usage-cross)" in page
    assert "held: 2025-05-08 – 2025-05-10" in page
    assert "carried: 2025-05-04 – 2025-05-04" in page


def test_an_organization_alone_lists_what_counts_it(owner: Client) -> None:
    page = words(owner.get(PAGE + "?organization=acme&from=2025-05-01&to=2025-05-03").content)
    assert "Acme" in page
    assert "110" in page


def test_without_a_choice_it_says_what_is_counted(owner: Client) -> None:
    assert "What is counted" in words(owner.get(PAGE).content)


def test_nothing_on_these_days_says_so(owner: Client) -> None:
    page = owner.get(PAGE + "?module=rmm&type=seats&from=2024-01-01&to=2024-01-10")
    assert "Nothing was counted" in words(page.content)
    page = owner.get(PAGE + "?organization=nobody")
    assert "Nothing was counted for this organization" in words(page.content)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("&from=yesterday", "from: yesterday is not a day"),
        ("&from=2025-05-10&to=2025-05-01", "Give the same day or a later one"),
        ("&from=2020-01-01&to=2025-05-01", "400 days at most"),
        ("&from=" + "x" * 10_000, "is not a day"),
    ],
)
def test_days_that_cannot_be_are_told(owner: Client, query: str, said: str) -> None:
    page = owner.get(PAGE + "?module=rmm&type=seats" + query)
    assert page.status_code == 200
    assert said in words(page.content)


def test_others_see_nothing_of_it(client_of: ClientOf) -> None:
    assert client_of("api_client").get(PAGE).status_code == 403
    assert client_of("auditor").get(SERIES).status_code == 200


def test_a_page_takes_few_statements(
    owner: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for address in (SERIES, PAGE + "?organization=acme", PAGE):
        with django_assert_max_num_queries(20):
            owner.get(address)
