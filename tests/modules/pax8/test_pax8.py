"""Pax8: which subscriptions count, what products are called, and totals that have to agree."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.modules import direct

from icb.demo.vendors.pax8 import FakePax8
from icb.demo.vendors.server import Answer, Request
from icb.hub.ports import DaySnapshot, IncompleteAnswer, UnexpectedAnswer
from icb.modules.pax8.adapter import ADAPTER
from icb.modules.pax8.subscriptions import domain_of

SETTINGS = {"client_id": "pax8-client", "client_secret": "pax8-secret"}
STATUSES = (
    "Active",
    "Activated",
    "PendingCancel",
    "Cancelled",
    "PendingManual",
    "PendingAutomated",
    "WaitingForDetails",
    "Trial",
    "Converted",
    "PendingActivation",
)
RUNNING = ("Active", "Activated", "PendingCancel")


def taken(fake: FakePax8) -> DaySnapshot:
    return direct.taken(fake, adapter=ADAPTER, settings=SETTINGS)


@pytest.fixture
def fake() -> FakePax8:
    fake = FakePax8(["Acme", "Baker"], page_size=2)
    acme, baker = fake.companies
    for product in (1, 2, 3):
        fake.subscribe(acme, product=product, quantity=product * 10)
    fake.subscribe(baker, product=1, quantity=4)
    fake.subscribe(baker, product=4, quantity=1, status="Cancelled")
    return fake


SUBSCRIPTIONS = st.tuples(
    st.integers(0, 3),
    st.integers(1, 4),
    st.one_of(st.integers(0, 999), st.sampled_from((0.5, 2.25))),
    st.sampled_from(STATUSES),
    st.sampled_from(("Monthly", "Annual", "Trial")),
)


@given(st.lists(SUBSCRIPTIONS, max_size=30), st.integers(1, 7))
def test_any_account_counts_as_it_is_counted_by_hand(
    rows: list[tuple[int, int, int | float, str, str]], page_size: int
) -> None:
    fake = FakePax8(["A", "B", "C", "D"], page_size=page_size)
    wanted: dict[tuple[str, str], Decimal] = {}
    for company, product, quantity, status, term in rows:
        one = fake.subscribe(
            fake.companies[company], product=product, quantity=quantity, status=status, term=term
        )
        if status in RUNNING and term != "Trial" and quantity:
            key = one.company.id, one.product_id
            wanted[key] = wanted.get(key, Decimal(0)) + Decimal(str(quantity))
    snapshot = taken(fake)
    assert direct.found(snapshot) == wanted
    types = {one.product_id for one in fake.subscriptions}
    assert set(snapshot.manifest.billing_types) == types
    assert len(snapshot.counts) == 4 * len(types)
    left_out = [row for row in rows if row[3] not in RUNNING or row[4] == "Trial"]
    assert sum(snapshot.manifest.excluded.values()) == len(left_out)


def test_a_product_whose_last_subscription_ended_is_a_measured_zero(fake: FakePax8) -> None:
    snapshot = taken(fake)
    ended = fake.subscriptions[-1]
    zeros = [count for count in snapshot.counts if count.billing_type == ended.product_id]
    assert [count.count for count in zeros] == [0, 0]
    assert snapshot.manifest.excluded == {"cancelled": 1}


def test_a_cancellation_that_is_pending_still_counts(fake: FakePax8) -> None:
    fake.subscriptions[0].status = "PendingCancel"
    first = fake.subscriptions[0]
    assert direct.found(taken(fake))[first.company.id, first.product_id] == 10


def test_products_are_called_as_in_their_newest_subscription(fake: FakePax8) -> None:
    fake.products = {1: "Microsoft 365 Business Premium", 2: "Backup"}
    names = taken(fake).manifest.names
    assert names[fake.subscriptions[0].product_id] == "Microsoft 365 Business Premium"
    assert set(names) == set(taken(fake).manifest.billing_types)


def test_an_external_id_is_a_hint_and_a_website_a_domain(fake: FakePax8) -> None:
    fake.companies[0].external_id = "29683500"
    seen = {one.name: one for one in taken(fake).organizations}
    assert (seen["Acme"].hint, seen["Acme"].domain) == ("29683500", "1.example")
    assert seen["Baker"].hint == ""


def test_a_deleted_company_with_subscriptions_stays(fake: FakePax8) -> None:
    fake.companies[1].status = "Deleted"
    fake.add_company("Gone", status="Deleted")
    snapshot = taken(fake)
    assert {one.name for one in snapshot.organizations} == {"Acme", "Baker"}
    assert snapshot.manifest.excluded["deleted company"] == 1


def test_a_running_subscription_without_a_quantity_is_refused(fake: FakePax8) -> None:
    fake.subscriptions[-1].quantity = None
    assert taken(fake).manifest.is_complete  # it was cancelled: nothing is counted on it
    fake.subscriptions[0].quantity = None
    with pytest.raises(UnexpectedAnswer, match="quantity is missing"):
        taken(fake)


def spoiled(change: Callable[[dict[str, Any]], None], *, page: str) -> Callable[..., Answer]:
    """Changes one page of the subscriptions."""

    def fault(request: Request, answer: Answer) -> Answer:
        is_meant = request.path == "/v1/subscriptions" and request.query["page"] == page
        if is_meant and isinstance(answer.body, dict):
            change(answer.body)
        return answer

    return fault


def _empty(body: dict[str, Any]) -> None:
    body["content"] = []


def _short(body: dict[str, Any]) -> None:
    body["content"] = body["content"][1:]


def _twice(body: dict[str, Any]) -> None:
    body["content"] = [body["content"][0], body["content"][0]]


def _fewer(body: dict[str, Any]) -> None:
    body["page"]["totalElements"] -= 1


def _more(body: dict[str, Any]) -> None:
    body["page"]["totalElements"] += 1


def _other_page(body: dict[str, Any]) -> None:
    body["page"]["number"] += 1


@pytest.mark.parametrize("page", ["0", "1"])
@pytest.mark.parametrize("change", [_empty, _short, _twice, _fewer, _more, _other_page])
def test_a_page_that_does_not_fit_the_totals_is_refused(
    fake: FakePax8, change: Callable[[dict[str, Any]], None], page: str
) -> None:
    fake.fault = spoiled(change, page=page)
    with pytest.raises(IncompleteAnswer, match="not whole"):
        taken(fake)


def test_a_subscription_of_a_company_that_is_not_listed_is_refused(fake: FakePax8) -> None:
    gone = fake.companies.pop()
    with pytest.raises(IncompleteAnswer, match=gone.id):
        taken(fake)


@pytest.mark.parametrize(
    ("website", "domain"),
    [
        ("https://www.pax8.com/", "pax8.com"),
        ("021-modern-executive.com", "021-modern-executive.com"),
        ("http://[broken", ""),
        ("none", ""),
        ("", ""),
    ],
)
def test_a_domain_is_read_from_what_people_enter(website: str, domain: str) -> None:
    assert domain_of(website) == domain
