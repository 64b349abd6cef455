"""What a person does on the accounting pages, whichever application documents go to."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

from dev.browsing import Server
from playwright.sync_api import Locator, Page, expect
from tests.support.looking import complaints

from icb.demo.books import PLACE

WORKER_SECONDS = 60


def lead_to(server: Server, reroute: Mapping[str, str]) -> Server:
    """The demo's pages, whose way to an application leads to the one of the test."""
    place = server.installation.folder / PLACE
    until = time.monotonic() + WORKER_SECONDS
    while not place.exists() and time.monotonic() < until:
        time.sleep(0.1)
    # Whole or not at all: the pages and the worker read it at any moment.
    draft = place.with_suffix(".new")
    draft.write_text(json.dumps(json.loads(place.read_text()) | dict(reroute)))
    draft.replace(place)
    return server


def connect(page: Page, server: Server, *, name: str, client: str, secret: str) -> None:
    """Connect an application of that name, which gets documents by hand only."""
    page.goto(f"{server.address}/accounting/targets")
    page.get_by_role("link", name=f"Connect {name}").click()
    page.get_by_label("Client ID").fill(client)
    page.get_by_label("Client secret").fill(secret)
    page.get_by_label("Documents go there as they are issued").uncheck()
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("is connected")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Not signed in")


def go_to_sign_in(page: Page, *, name: str) -> None:
    """To the vendor's own page, which sends the browser back with a code for what was asked."""
    page.get_by_role("button", name="Sign in there").click()
    go = page.get_by_role("link", name=f"Go to {name}")
    assert complaints(page) == []
    asked = parse_qs(urlsplit(go.get_attribute("href") or "").query)
    assert asked["code_challenge_method"] == ["S256"] and len(asked["state"][0]) >= 32
    go.click()


def choose(page: Page, ours: str, *, typed: str, theirs: str) -> None:
    """Map one row of a list by typing a part of what theirs is called."""
    row(page, ours).get_by_role("link").last.click()
    field = page.get_by_role("main").get_by_label(re.compile("^In "))
    field.fill("")
    field.press_sequentially(typed)
    page.get_by_role("option").filter(has_text=theirs).click()
    page.get_by_role("button", name="Save").click()
    expect(row(page, ours)).to_contain_text(theirs)


def row(page: Page, words: str) -> Locator:
    """The rows of the page's table that hold these words."""
    return page.locator("main tbody tr").filter(has_text=words)


def hand_over(page: Page, words: str, *, count: int, key: str) -> list[str]:
    """Pick the newest documents that fit the words; their numbers."""
    page.goto(f"{base(page)}/accounting/targets/{key}/not-handed-over?q={words}")
    rows = page.locator("main tbody tr[data-row]")
    numbers = []
    for position in range(count):
        numbers.append(rows.nth(position).get_attribute("data-row") or "")
        rows.nth(position).get_by_role("checkbox").check()
    page.get_by_role("button", name="Hand over").click()
    expect(page.locator(".toast")).to_contain_text("handed over")
    return numbers


def transfer_now(page: Page, *, key: str) -> None:
    """Press the button, and look until nothing waits any more."""
    page.goto(f"{base(page)}/accounting?f.target={key}")
    page.get_by_role("button", name="Transfer now").click()
    expect(page.locator(".toast")).to_be_visible()
    until = time.monotonic() + WORKER_SECONDS
    while time.monotonic() < until:
        page.goto(f"{base(page)}/accounting?f.target={key}")
        states = page.locator("tbody td .state").all_inner_texts()
        if states and not {"Waiting", "Sending", "Answer lost"} & set(states):
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"the documents were not transferred: {states}")


def here_and_there(page: Page, number: str, *, key: str) -> list[Decimal]:
    """Our total and theirs, as the page of a document's transfer shows them."""
    page.goto(f"{base(page)}/accounting?f.target={key}")
    row(page, number).get_by_role("link", name=number, exact=True).first.click()
    return totals_of_both(page)


def totals_of_both(page: Page) -> list[Decimal]:
    """Our total and theirs, once the page of a document's transfer has come whole."""
    expect(page.locator("ol.history")).to_be_visible()
    figures = page.locator("main tbody tr").first.locator("td.num")
    expect(figures).to_have_count(2)
    return [amount(text) for text in figures.all_inner_texts()]


def amount(text: str) -> Decimal:
    """The number in a text, signs left out."""
    return Decimal(re.sub(r"[^0-9.]", "", text))


def base(page: Page) -> str:
    """Where the pages are."""
    parts = urlsplit(page.url)
    return f"{parts.scheme}://{parts.netloc}"
