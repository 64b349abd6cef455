"""Xero: signing in, choosing the organisation, an invoice and its credit note there, paid there."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from dev.browsing import Server
from playwright.sync_api import Page, expect
from tests.journeys.accounting_steps import (
    WORKER_SECONDS,
    amount,
    base,
    choose,
    connect,
    go_to_sign_in,
    hand_over,
    here_and_there,
    lead_to,
    row,
    transfer_now,
)
from tests.support.looking import complaints

from icb.accounting.targets.xero.dates import day_of
from icb.demo.vendors.xero import FakeXero

pytestmark = pytest.mark.timeout(180)

NAME, KEY = "Xero", "xero"
REVENUE, PAID = "200", "25.50"


@pytest.fixture
def organisation() -> Iterator[FakeXero]:
    """An organisation that knows one client by the name we use, and another by its own."""
    with FakeXero() as fake:
        fake.others = ["Somebody Else Ltd"]
        fake.currencies = ["USD"]
        fake.add_contact("Alder Dental Group")
        fake.add_contact("Finch Calloway LLP")
        fake.add_account(REVENUE, "Sales of services")
        fake.add_account("260", "Other income")
        fake.add_tax("OUTPUT", "Sales", percent="8.25")
        yield fake


@pytest.fixture
def books(own_demo: Server, organisation: FakeXero) -> Server:
    """The demo's pages, whose way to Xero leads to the organisation of the test."""
    return lead_to(own_demo, organisation.reroute)


def test_an_invoice_and_its_credit_note_go_to_xero_and_a_payment_comes_back(
    books: Server, organisation: FakeXero, signed_in: Callable[..., Page]
) -> None:
    page = signed_in(books)
    connect(page, books, name=NAME, client="xero-client", secret="xero-secret")
    _sign_in_there(page, organisation)
    _map(page)
    invoice = _transfer_an_invoice(page, organisation)
    _transfer_its_credit_note(page, organisation, invoice)
    _read_its_payment(page, organisation, invoice)


def _sign_in_there(page: Page, organisation: FakeXero) -> None:
    """Two organisations were opened: nothing goes anywhere before one of them is chosen."""
    go_to_sign_in(page, name=NAME)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Choose a company")
    assert complaints(page) == []
    page.get_by_role("button", name="Example Services").click()
    expect(page.locator(".toast")).to_contain_text("Documents go to Example Services")
    expect(page.locator("dl.facts")).to_contain_text("Example Services")
    (taken,) = [one for one in organisation.exchanges if one.request.path == "/connect/token"]
    assert taken.answer.status == 200 and "code_verifier" in taken.request.form()
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("It answers: Example Services.")


def _map(page: Page) -> None:
    page.get_by_role("button", name="Read its lists").click()
    expect(page.locator(".toast")).to_contain_text("Clients 2")
    page.get_by_role("link", name=re.compile("^Clients: ")).click()
    page.get_by_role("button", name="Map what fits exactly").click()
    expect(page.locator(".toast")).to_contain_text("One was mapped.")
    choose(page, "Calloway & Finch LLP", typed="Finch", theirs="Finch Calloway LLP")
    page.get_by_role("link", name="Accounts", exact=True).last.click()
    choose(page, "4000", typed="Sales of", theirs="Sales of services")
    page.get_by_role("link", name="Taxes", exact=True).click()
    choose(page, "Sales tax", typed="Sales", theirs="Sales")
    assert complaints(page) == []


def _transfer_an_invoice(page: Page, organisation: FakeXero) -> str:
    """It stands there once, with our figures and on the account and tax that were mapped."""
    (number,) = hand_over(page, "Calloway", count=1, key=KEY)
    transfer_now(page, key=KEY)
    expect(row(page, number)).to_contain_text("Transferred")
    page.get_by_role("button", name="Transfer now").click()
    expect(page.locator(".toast")).to_be_visible()
    kept = _only(organisation, "Invoices")
    assert kept["InvoiceNumber"] == number and kept["Status"] == "AUTHORISED"
    assert here_and_there(page, number, key=KEY) == [kept["Total"], kept["Total"]]
    assert complaints(page) == []
    assert kept["TotalTax"] > 0
    lines = kept["LineItems"]
    assert {(one["AccountCode"], one["TaxType"]) for one in lines} == {(REVENUE, "OUTPUT")}
    assert sum(one["TaxAmount"] for one in lines) == kept["TotalTax"]
    return number


def _transfer_its_credit_note(page: Page, organisation: FakeXero, invoice: str) -> None:
    """Ten of it are credited here; the note follows with positive amounts, and names it."""
    page.goto(f"{base(page)}/invoices/{invoice}/credit")
    page.get_by_label("What to credit").select_option(label="An amount before tax")
    page.get_by_role("textbox", name="Amount before tax").fill("10.00")
    page.get_by_role("textbox", name="Reason").fill("An hour less than was billed.")
    page.get_by_role("button", name="Issue the credit note").click()
    expect(page.locator(".toast")).to_be_visible()
    (number,) = hand_over(page, "CN-", count=1, key=KEY)
    transfer_now(page, key=KEY)
    expect(row(page, number)).to_contain_text("Transferred")
    kept = _only(organisation, "CreditNotes")
    assert kept["CreditNoteNumber"] == number and invoice in kept["Reference"]
    assert (kept["SubTotal"], kept["Total"]) == (10, Decimal("10.83"))
    assert here_and_there(page, number, key=KEY) == [kept["Total"], kept["Total"]]


def _read_its_payment(page: Page, organisation: FakeXero, invoice: str) -> None:
    """Somebody pays a part there: it settles the invoice here, and both still say the same."""
    kept = _only(organisation, "Invoices")
    on = day_of(kept["Date"])
    assert on is not None
    organisation.pay(kept["InvoiceID"], PAID, on=on)
    page.goto(f"{base(page)}/accounting/targets/{KEY}/reconciliation?q={invoice}")
    page.get_by_role("button", name="Compare now").click()
    until = time.monotonic() + WORKER_SECONDS
    page.goto(f"{base(page)}/invoices/{invoice}")
    facts = page.locator("#account dl.facts")
    while facts.get_by_text("Paid", exact=True).count() == 0:
        assert time.monotonic() < until, "the payment was not read"
        page.wait_for_timeout(200)
        page.goto(f"{base(page)}/invoices/{invoice}")
    opened = kept["Total"] - Decimal(PAID) - Decimal("10.83")
    figures = [amount(text) for text in facts.locator("dd").all_inner_texts()[:3]]
    assert figures == [opened, Decimal(PAID), Decimal("10.83")]
    assert complaints(page) == []
    page.goto(f"{base(page)}/accounting/targets/{KEY}/reconciliation?q={invoice}")
    expect(row(page, invoice)).to_contain_text("Same")
    assert complaints(page) == []


def _only(organisation: FakeXero, name: str) -> dict[str, Any]:
    (kept,) = organisation.records[name].values()
    return kept
