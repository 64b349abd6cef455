"""What people decide in the browser: a hold, a posting refused, a form sent in a lost session."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable

import pytest
from dev.browsing import USER, Server
from playwright.sync_api import BrowserContext, Page, expect
from tests.support.signing_in import sign_in_by_password, type_password

pytestmark = pytest.mark.timeout(180)


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
    page = sign_in_by_password(context, own_demo)
    page.goto(f"{own_demo.address}/organizations")
    page.get_by_role("link", name="New organization").first.click()
    page.locator("#id_name").fill("Zephyr Gliders")
    page.locator("#id_key").fill("zephyr")
    page.get_by_label("E-mail for invoices").fill("bills@zephyr.example")
    page.get_by_label("Parent").fill("alder")
    page.get_by_role("option", name="Alder Dental Group").click()
    page.get_by_label("Exempt from tax").check()
    with sqlite3.connect(own_demo.installation.folder / "icb.sqlite3") as books:
        books.execute("DELETE FROM django_session")
    page.get_by_role("button", name="Add organization").click()
    type_password(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing was lost")
    # In the words of the page that it was typed on; names of fields and keys are not for people.
    facts = page.locator("#kept dl")
    expect(facts).to_contain_text("Alder Dental Group")
    expect(facts.locator("dd")).to_have_count(6)
    names, values = facts.locator("dt").all_inner_texts(), facts.locator("dd").all_inner_texts()
    assert dict(zip(names, values, strict=True)) == {
        "E-mail for invoices": "bills@zephyr.example",
        "Exempt from tax": "Yes",
        "Key": "zephyr",
        "Name": "Zephyr Gliders",
        "Parent": "Alder Dental Group",
        "Type": "Customer",
    }
    page.get_by_role("button", name="Send it again").click()
    expect(page.locator(".toast")).to_contain_text("Zephyr Gliders was added.")
