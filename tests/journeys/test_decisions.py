"""What people decide in the browser: a hold, a posting refused, a form sent in a lost session."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable

import pytest
from dev.browsing import USER, Server
from playwright.sync_api import BrowserContext, Page, expect

pytestmark = pytest.mark.timeout(180)
PASSWORD = "correct horse staple"


def test_a_hold_is_decided(own_demo: Server, signed_in: Callable[..., Page]) -> None:
    page = signed_in(own_demo)
    page.goto(f"{own_demo.address}/holds?q=rowan")
    rows = page.locator("tbody tr[data-row]")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("fell too far")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.get_by_role("button", name=re.compile("Decide")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Decide 1 hold")
    # What each decision comes to stands there before anything is stored.
    options = page.locator("table.options tbody tr")
    expect(options.first).to_contain_text("USD")
    page.locator("#decision-accept").check()
    page.get_by_label("Reason").fill("They sold the depot")
    page.get_by_role("button", name="Decide", exact=True).click()
    expect(page.locator(".toast")).to_be_visible()
    page.goto(f"{own_demo.address}/holds?q=rowan")
    expect(page.locator("main")).to_contain_text("Nothing")
    page.goto(f"{own_demo.address}/audit-log")
    expect(page.locator("tbody tr[data-row]").first).to_contain_text(USER)


def test_a_role_that_may_not_post_is_refused(
    own_demo: Server, signed_in: Callable[..., Page], context: BrowserContext, told: list[str]
) -> None:
    own_demo.installation.run("user", "add", "mira", "--role", "mapper")
    page = signed_in(own_demo, "mira")
    page.goto(f"{own_demo.address}/approve-and-post")
    expect(page.locator("tbody tr[data-row]").first).to_be_visible()
    # Nothing offers it,
    expect(page.get_by_role("button", name="Approve and post…")).to_have_count(0)
    # and a form that was made by hand is refused by the action itself.
    token = page.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value")
    answer = context.request.post(
        f"{own_demo.address}/approve-and-post/post",
        form={"csrfmiddlewaretoken": token or "", "row": "1", "sure": "yes"},
        headers={"Referer": own_demo.address},
    )
    assert answer.status == 403
    assert "Nothing was" in answer.text()


def test_what_was_typed_outlives_the_session(
    own_demo: Server, context: BrowserContext, told: list[str]
) -> None:
    page = _sign_in_by_password(context, own_demo)
    page.goto(f"{own_demo.address}/organizations")
    page.get_by_role("link", name="New organization").first.click()
    page.locator("#id_name").fill("Zephyr Gliders")
    page.locator("#id_key").fill("zephyr")
    with sqlite3.connect(own_demo.installation.folder / "icb.sqlite3") as books:
        books.execute("DELETE FROM django_session")
    page.get_by_role("button", name="Add organization").click()
    _type_password(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing was lost")
    expect(page.locator("dl.facts")).to_contain_text("Zephyr Gliders")
    page.get_by_role("button", name="Send it again").click()
    expect(page.locator(".toast")).to_contain_text("Zephyr Gliders was added.")


def _sign_in_by_password(context: BrowserContext, server: Server) -> Page:
    printed = server.installation.run("user", "link", USER, "--url", server.address)
    page = context.new_page()
    page.goto(re.findall(r"http://\S+/link/\S+", printed)[0])
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.locator("main button").first.click()
    page.goto(f"{server.address}/")
    if "/sign-in" in page.url:
        _type_password(page)
    return page


def _type_password(page: Page) -> None:
    page.locator("input[name=login]").fill(USER)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit], main form button").first.click()
