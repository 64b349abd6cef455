"""Documents by mail and by link: from a mail server's name to a client who downloads the PDF."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dev.browsing import Installation, Server
from playwright.sync_api import Browser, Locator, Page, expect
from tests.support.looking import complaints
from tests.support.mail_box import Box, mail_box

pytestmark = pytest.mark.timeout(180)

CLIENT, NAME = "calloway-law", "Calloway"
GOOD, BAD = "books@calloway.example.org", "gone@calloway.example.org"
SEND_SECONDS = 45


@pytest.fixture
def box() -> Iterator[Box]:
    """A mail server on this machine that knows all addresses but one."""
    with mail_box() as found:
        found.answers[BAD] = "550 5.1.1 No such person here"
        yield found


@pytest.fixture
def office(demo_books: Installation, tmp_path: Path, box: Box) -> Iterator[Server]:
    """The demo's pages on a copy that may reach the mail server."""
    copy = demo_books.copy(tmp_path / "demo")
    copy.environment["ICB_PRIVATE_TARGETS"] = f"127.0.0.1:{box.port}"
    with copy.serving() as server:
        yield server


def test_an_invoice_is_mailed_seen_to_arrive_and_sent_once_more(
    office: Server, box: Box, signed_in: Callable[..., Page]
) -> None:
    page = signed_in(office)
    _set_the_server(page, office, box)
    _name_a_recipient(page, office, GOOD)
    number = _open_the_newest_invoice(page, office)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".toast")).to_be_visible()
    _wait_for(page, "Sent")
    (mail,) = box.messages[1:]
    assert box.recipients[1] == [GOOD] and number in mail["Subject"]
    (attached,) = [part for part in mail.iter_attachments() if part.get_filename()]
    assert attached.get_content().startswith(b"%PDF")
    page.goto(f"{office.address}/delivery")
    row = page.locator("main tbody tr").filter(has_text=number)
    expect(row).to_contain_text("Sent")
    row.get_by_role("link").first.click()
    expect(page.locator("ol.history")).to_contain_text("Taken by the mail server")
    assert complaints(page) == []
    page.get_by_role("link", name=number, exact=True).click()
    page.get_by_role("link", name="Delivery", exact=True).last.click()
    page.get_by_role("button", name="Send again").click()
    _say_yes(page)
    expect(page.locator("main tbody tr")).to_have_count(2)
    _wait_for(page, "Sent", count=2)
    assert len(box.messages) == 3


def test_an_address_that_is_refused_is_told_with_the_reason(
    office: Server, box: Box, signed_in: Callable[..., Page]
) -> None:
    page = signed_in(office)
    _set_the_server(page, office, box)
    _name_a_recipient(page, office, BAD)
    _open_the_newest_invoice(page, office)
    page.get_by_role("button", name="Send", exact=True).click()
    _wait_for(page, "Failed")
    page.locator("main tbody tr").first.get_by_role("link").first.click()
    expect(page.locator("main")).to_contain_text("No such person here")
    assert complaints(page) == []
    page.goto(f"{office.address}/delivery/bounces")
    expect(page.locator("main tbody tr")).to_contain_text(BAD)
    assert complaints(page) == []
    page.goto(f"{office.address}/organizations/{CLIENT}/delivery")
    expect(page.locator("main tbody tr")).to_contain_text("does not take mail")
    assert len(box.messages) == 1, "the test message alone"


def test_a_link_opens_for_whoever_has_it_until_it_is_revoked(
    own_demo: Server, browser: Browser, signed_in: Callable[..., Page]
) -> None:
    page = signed_in(own_demo)
    number = _open_the_newest_invoice(page, own_demo)
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("#made").input_value()
    assert complaints(page) == []
    outside = browser.new_context(accept_downloads=True)
    client = outside.new_page()
    told: list[str] = []
    client.on("console", lambda message: told.append(message.text))
    client.goto(link)
    assert complaints(client) == []
    client.get_by_role("button", name="Show the document").click()
    expect(client.get_by_role("heading", level=1)).to_contain_text(number)
    assert complaints(client) == []
    with client.expect_download() as download:
        client.get_by_role("link", name="Download the PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    assert outside.cookies() == [] and told == []
    page.goto(f"{own_demo.address}/invoices/{number}/delivery")
    expect(_links(page).locator("td.num")).to_contain_text("2")
    page.get_by_role("button", name="Revoke").click()
    _say_yes(page)
    expect(_links(page)).to_contain_text("Revoked")
    for address in (link, f"{link}/pdf"):
        answer = client.goto(address)
        assert answer is not None and answer.status == 404
    expect(client.get_by_role("heading", level=1)).to_have_text("This link leads nowhere")
    assert complaints(client) == []
    outside.close()


def _links(page: Page) -> Locator:
    return page.get_by_role("region", name="Links").locator("tbody tr")


def _set_the_server(page: Page, office: Server, box: Box) -> None:
    """On its page, and tried there with a message about nothing."""
    page.goto(f"{office.address}/delivery/mail-server")
    page.get_by_label("Host").fill("127.0.0.1")
    page.get_by_label("Port").fill(str(box.port))
    page.get_by_label("Secured by").select_option("none")
    page.get_by_label("Sender's address").fill("billing@harbour.example.org")
    page.locator("form").filter(has=page.get_by_label("Host")).get_by_role("button").click()
    expect(page.locator(".toast")).to_contain_text("Stored.")
    page.get_by_label("To", exact=True).fill("me@harbour.example.org")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("The mail server took it: ")
    assert len(box.messages) == 1


def _name_a_recipient(page: Page, office: Server, address: str) -> None:
    page.goto(f"{office.address}/organizations/{CLIENT}/delivery")
    page.get_by_label("Address", exact=True).fill(address)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("main tbody tr")).to_contain_text(address)


def _open_the_newest_invoice(page: Page, office: Server) -> str:
    page.goto(f"{office.address}/invoices/issued?q={NAME}")
    link = page.locator("main tbody tr").first.get_by_role("link").first
    number = link.inner_text()
    link.click()
    page.get_by_role("main").get_by_role("link", name="Delivery", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    return number


def _wait_for(page: Page, state: str, *, count: int = 1) -> None:
    """Look again until so many messages of the document are in the state."""
    until = time.monotonic() + SEND_SECONDS
    states: list[str] = []
    while states != [state] * count and time.monotonic() < until:
        page.wait_for_timeout(200)
        page.reload()
        messages = page.get_by_role("region", name="Messages")
        states = messages.locator("tbody .state").all_inner_texts()
    assert states == [state] * count


def _say_yes(page: Page) -> None:
    page.locator("#confirm [value=yes]").click()
