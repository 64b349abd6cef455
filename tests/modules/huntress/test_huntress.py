"""Huntress: a list without totals is believed only when its end is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from icb.demo.vendors.huntress import FakeHuntress
from icb.demo.vendors.server import Answer, Request
from icb.hub.ports import DaySnapshot, IncompleteAnswer, Item, Session, UnexpectedAnswer
from icb.modules.huntress.adapter import ADAPTER
from icb.operations.syncing.http import open_http

NOW = datetime(2026, 3, 10, 0, 20, tzinfo=UTC)
LIST = "/v1/organizations"


@pytest.fixture
def fake() -> Iterator[FakeHuntress]:
    with FakeHuntress(page_size=2) as fake:
        for number in range(5):
            fake.add_organization(f"Client {number}", agents=number, learners=10 * number)
        yield fake


def session(fake: FakeHuntress, *, per_product: str = "no") -> Session:
    given = {"api_key": fake.key, "api_secret": fake.secret, "per_product": per_product}
    unhurried = replace(ADAPTER.description, per_minute=0)
    http = open_http(unhurried, settings=given, reroute=fake.reroute)
    return Session(settings=given, http=http, now=NOW, today=NOW.date())


def taken(fake: FakeHuntress, *, per_product: str = "no") -> DaySnapshot:
    return ADAPTER.snapshot(session(fake, per_product=per_product), day=date(2026, 3, 9))


def counts(snapshot: DaySnapshot, *, billing_type: str) -> list[object]:
    return [row.count for row in snapshot.counts if row.billing_type == billing_type]


def items(fake: FakeHuntress, *, billing_type: str) -> list[Item]:
    organization = str(fake.organizations[-1].id)
    found = ADAPTER.items(session(fake), organization=organization, billing_type=billing_type)
    return list(found)


def change_page(fake: FakeHuntress, *, number: int, **fields: Any) -> None:
    """Give one answer other fields."""

    def fault(request: Request, answer: Answer) -> Answer:
        if request.number != number or not isinstance(answer.body, dict):
            return answer
        return Answer(body={**answer.body, **fields})

    fake.fault = fault


def change_rows(fake: FakeHuntress, **fields: Any) -> None:
    """Give every organization of the list other fields."""

    def fault(request: Request, answer: Answer) -> Answer:
        body = answer.body
        if not isinstance(body, dict) or "organizations" not in body:
            return answer
        rows = [{**row, **fields} for row in body["organizations"]]
        return Answer(body={**body, "organizations": rows})

    fake.fault = fault


def test_one_list_gives_four_billing_types(fake: FakeHuntress) -> None:
    snapshot = taken(fake)
    assert counts(snapshot, billing_type="agents") == [0, 1, 2, 3, 4]
    assert counts(snapshot, billing_type="sat_learners") == [0, 10, 20, 30, 40]
    assert len(snapshot.counts) == 20
    assert len(fake.requests) == 6
    assert {seen.created_on for seen in snapshot.organizations} == {date(2024, 2, 29)}


def test_pages_are_as_large_as_allowed(fake: FakeHuntress) -> None:
    taken(fake)
    assert {request.query["limit"] for request in fake.requests} == {"500"}


@pytest.mark.parametrize("number", [0, 1, 3, 4])
def test_a_list_that_ends_too_early_is_refused(fake: FakeHuntress, number: int) -> None:
    change_page(fake, number=number, pagination={})
    with pytest.raises(IncompleteAnswer, match="it holds other rows"):
        taken(fake)


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("place", [0, -1])
def test_a_row_that_is_missing_is_noticed(fake: FakeHuntress, number: int, place: int) -> None:
    def fault(request: Request, answer: Answer) -> Answer:
        body = answer.body
        if request.number != number or not isinstance(body, dict):
            return answer
        rows = list(body["organizations"])
        rows.pop(place)
        return Answer(body={**body, "organizations": rows})

    fake.fault = fault
    with pytest.raises(IncompleteAnswer):
        taken(fake)


@pytest.mark.parametrize("number", [1, 2, 4, 5])
def test_an_announced_page_may_not_be_empty(fake: FakeHuntress, number: int) -> None:
    change_page(fake, number=number, organizations=[])
    with pytest.raises(IncompleteAnswer, match="announced is empty"):
        taken(fake)


def test_a_page_that_comes_again_is_refused(fake: FakeHuntress) -> None:
    first: list[Answer] = []

    def fault(request: Request, answer: Answer) -> Answer:
        first.append(answer)
        return first[0]

    fake.fault = fault
    with pytest.raises(IncompleteAnswer, match="not in order"):
        taken(fake)
    assert len(fake.requests) == 2


def test_an_account_without_organizations_is_whole() -> None:
    with FakeHuntress() as fake:
        snapshot = taken(fake)
    assert snapshot.counts == () and snapshot.manifest.is_complete


@pytest.mark.parametrize("sent", [None, -1, "4", 1.5, True])
def test_a_figure_that_is_none_is_refused(fake: FakeHuntress, sent: object) -> None:
    change_rows(fake, agents_count=sent)
    with pytest.raises(UnexpectedAnswer, match=r"agents_count .*Nothing was stored"):
        taken(fake)


def test_each_products_own_figures_are_read_on_request(fake: FakeHuntress) -> None:
    last = fake.organizations[-1]
    last.unresponsive, last.products = 1, ["edr", "ispm"]
    last.billable = ["a@client.example", "b@client.example"]
    snapshot = taken(fake, per_product="yes")
    assert counts(snapshot, billing_type="agents") == [0, 1, 2, 3, 4]
    assert counts(snapshot, billing_type="edr_billable_agents") == [0, 1, 2, 3, 3]
    assert counts(snapshot, billing_type="ispm_billable_identities") == [0, 0, 0, 0, 2]
    assert counts(snapshot, billing_type="itdr_billable_identities") == [0, 0, 0, 0, 0]
    assert len(snapshot.counts) == 5 * 7
    assert snapshot.manifest.pages == 6 + 5


def test_an_organization_without_usages_is_refused(fake: FakeHuntress) -> None:
    change_page(fake, number=6, organization={"id": 100, "name": "Client 0"})
    with pytest.raises(UnexpectedAnswer, match="actual_usages"):
        taken(fake, per_product="yes")


def test_identities_say_whether_they_are_billed(fake: FakeHuntress) -> None:
    last = fake.organizations[-1]
    last.billable, last.guests = ["a@client.example"], ["b@elsewhere.example"]
    billed, guest = items(fake, billing_type="billable_identities")
    assert (billed.name, billed.is_counted, billed.kind) == ("a@client.example", True, "identity")
    assert (guest.name, guest.is_counted, guest.kind) == ("b@elsewhere.example", False, "guest")
    assert guest.reason == "not billable at Huntress"


def test_agents_say_when_they_were_last_seen(fake: FakeHuntress) -> None:
    assert {item.kind for item in items(fake, billing_type="agents")} == {
        "Windows 11 Pro, last seen 2026-03-09"
    }
    assert items(fake, billing_type="sat_learners") == []
