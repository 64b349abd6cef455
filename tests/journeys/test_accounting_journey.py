"""Documents handed to accounting: to an application by signing in there, and as a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from dev.browsing import Server
from playwright.sync_api import Page, expect
from tests.journeys.accounting_steps import (
    choose,
    connect,
    go_to_sign_in,
    hand_over,
    lead_to,
    row,
    totals_of_both,
    transfer_now,
)
from tests.support.looking import complaints

from icb.demo.vendors.plain_numbers import plain
from icb.demo.vendors.quickbooks_online import FakeQuickBooks
from icb.demo.vendors.server import Answer, Fault, Request

pytestmark = pytest.mark.timeout(180)

NAME = "QuickBooks Online"
KEY, DESKTOP = "quickbooks-online", "quickbooks-desktop"


@pytest.fixture
def company() -> Iterator[FakeQuickBooks]:
    """A company that knows one client by the name we use, and another by its own."""
    with FakeQuickBooks(country="US") as fake:
        fake.currencies = ["USD"]
        fake.add_customer("Alder Dental Group", currency="USD")
        fake.add_customer("Finch Calloway LLP", currency="USD")
        fake.add_item("Consulting")
        fake.add_item("Managed services")
        fake.add_tax("Sales", "8.25")
        yield fake


@pytest.fixture
def books(own_demo: Server, company: FakeQuickBooks) -> Server:
    """The demo's pages, whose way to QuickBooks leads to the company of the test."""
    return lead_to(own_demo, company.reroute)


def test_documents_go_to_quickbooks_once_and_a_difference_stops_one(
    books: Server, company: FakeQuickBooks, signed_in: Callable[..., Page]
) -> None:
    page = signed_in(books)
    connect(page, books, name=NAME, client="qbo-client", secret="qbo-secret")
    _sign_in_there(page, company)
    _map(page)
    _transfer(page, company)
    number = _provoke(page, company)
    _settle(page, company, number)


def test_a_file_is_made_downloaded_and_taken_back(
    own_demo: Server, signed_in: Callable[..., Page]
) -> None:
    page = signed_in(own_demo)
    page.goto(f"{own_demo.address}/accounting/targets")
    page.get_by_role("link", name="Connect QuickBooks Desktop").click()
    page.get_by_role("button", name="Connect", exact=True).click()
    numbers = hand_over(page, "Alder", count=2, key=DESKTOP)
    page.get_by_role("link", name="Files", exact=True).click()
    assert complaints(page) == []
    first = _file(page)
    for number in numbers:
        assert f"\t{number}\t" in first
    assert complaints(page) == []
    page.get_by_role("link", name="Take back").click()
    page.get_by_label("Reason").fill("It was not imported.")
    assert complaints(page) == []
    page.get_by_role("button", name="Take back").click()
    expect(page.locator(".toast")).to_contain_text("2 documents wait for the next file.")
    # The first file stays as it was; what it held goes into the second.
    assert _file(page) == first
    rows = page.locator("main tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first.get_by_role("link", name="Take back")).to_be_visible()
    expect(rows.last).to_contain_text("taken back")


def _file(page: Page) -> str:
    page.get_by_role("button", name="Make a file").click()
    expect(page.locator(".toast")).to_contain_text("was made: 2 documents.")
    expect(page.get_by_role("button", name="Make a file")).to_be_disabled()
    with page.expect_download() as download:
        page.locator("main tbody tr").first.get_by_role("link").first.click()
    # Windows letters, as QuickBooks Desktop reads them.
    return download.value.path().read_text("cp1252")


def _sign_in_there(page: Page, company: FakeQuickBooks) -> None:
    go_to_sign_in(page, name=NAME)
    expect(page.locator(".toast")).to_contain_text("You are signed in")
    expect(page.locator("dl.facts")).to_contain_text("Example Services")
    (opened,) = [one for one in company.exchanges if one.request.path == "/connect/oauth2"]
    (taken,) = [one for one in company.exchanges if one.request.path.endswith("/tokens/bearer")]
    assert opened.answer.status == 302 and taken.answer.status == 200
    assert "code_verifier" in taken.request.form()


def _map(page: Page) -> None:
    """What is called the same by one press, the rest from their lists."""
    page.get_by_role("button", name="Read its lists").click()
    expect(page.locator(".toast")).to_contain_text("Clients 2")
    page.get_by_role("link", name=re.compile("^Clients: ")).click()
    page.get_by_role("button", name="Map what fits exactly").click()
    expect(page.locator(".toast")).to_contain_text("One was mapped.")
    expect(row(page, "Alder Dental Group")).to_contain_text("Mapped")
    choose(page, "Calloway & Finch LLP", typed="Finch", theirs="Finch Calloway LLP")
    page.get_by_role("link", name="Services", exact=True).click()
    choose(page, "All other services", typed="Managed", theirs="Managed services")
    page.get_by_role("link", name="Taxes", exact=True).click()
    choose(page, "Sales tax", typed="Sales", theirs="Sales")


def _transfer(page: Page, company: FakeQuickBooks) -> None:
    """Two issued documents go there; pressed once more, nothing is there twice."""
    hand_over(page, "Alder", count=2, key=KEY)
    transfer_now(page, key=KEY)
    rows = page.locator("main tbody tr[data-row]").filter(has_text="QuickBooks")
    expect(rows).to_have_count(2)
    for number in rows.locator("td a").filter(has_text="INV-").all_inner_texts():
        expect(row(page, number)).to_contain_text("Transferred")
    page.get_by_role("button", name="Transfer now").click()
    expect(page.locator(".toast")).to_be_visible()
    rows.first.get_by_role("link", name=re.compile("INV-")).click()
    expect(page.locator("ol.history")).to_contain_text("Transferred")
    here, there = totals_of_both(page)
    assert here == there
    assert complaints(page) == []
    assert len(_there(company)) == 2


def _provoke(page: Page, company: FakeQuickBooks) -> str:
    """A document whose total is another there: both figures, and it is not taken for done."""
    company.fault = lambda request, answer: _one_more(company, request, answer)
    (number,) = hand_over(page, "Calloway", count=1, key=KEY)
    transfer_now(page, key=KEY)
    company.fault = None
    expect(row(page, number)).to_contain_text("Figures differ")
    row(page, number).get_by_role("link", name=number).click()
    here, there = totals_of_both(page)
    assert there - here == 1
    expect(page.get_by_role("heading", level=1)).to_contain_text("Figures differ")
    assert complaints(page) == []
    return number


def _settle(page: Page, company: FakeQuickBooks, number: str) -> None:
    """Somebody removes it there and says so here; it goes once more and is right."""
    wrong = next(id for id, one in _there(company).items() if one["DocNumber"] == number)
    del _there(company)[wrong]
    page.get_by_role("button", name="Reset").click()
    page.get_by_label("Reason").fill("It was keyed in there with another total, and is removed.")
    assert complaints(page) == []
    page.get_by_role("button", name="Reset").click()
    expect(page.locator(".toast")).to_contain_text("It was reset.")
    transfer_now(page, key=KEY)
    both = row(page, number)
    expect(both.filter(has_text="Transferred")).to_have_count(1)
    expect(both.filter(has_text="Reset")).to_have_count(1)
    (total,) = [one["TotalAmt"] for one in _there(company).values() if one["DocNumber"] == number]
    both.filter(has_text="Transferred").get_by_role("link", name=number).click()
    expect(page.locator("ol.history")).to_contain_text("Transferred")
    assert totals_of_both(page) == [total, total]
    assert len(_there(company)) == 3


def _one_more(company: FakeQuickBooks, request: Request, answer: Answer) -> Answer | Fault:
    """As where somebody's rule there adds a dollar to what comes in."""
    if request.method == "POST" and request.path.endswith("/invoice"):
        kept = list(_there(company).values())[-1]
        kept["TotalAmt"] += 1
        body = {"Invoice": plain(kept), "time": "2026-01-01T00:00:00.000-08:00"}
        return Answer(body=body)
    return answer


def _there(company: FakeQuickBooks) -> dict[str, dict[str, Any]]:
    return company.records["Invoice"]
