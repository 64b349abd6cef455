"""The keys that work on every page, and those of a list."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from dev.browsing import Server
from playwright.sync_api import Page, expect


@pytest.fixture
def listed(signed_in: Callable[..., Page], demo: Server) -> Page:
    page = signed_in(demo)
    page.goto(f"{demo.address}/approve-and-post")
    expect(page.locator("tbody tr[data-row]").nth(1)).to_be_visible()
    return page


def test_slash_searches_and_escape_leaves_the_field(listed: Page) -> None:
    listed.keyboard.press("/")
    expect(listed.locator("[data-search]").first).to_be_focused()
    listed.keyboard.press("Escape")
    expect(listed.locator("[data-search]").first).not_to_be_focused()


def test_a_question_mark_tells_the_keys_and_escape_closes(listed: Page) -> None:
    listed.keyboard.press("?")
    expect(listed.locator("#keys-help")).to_be_visible()
    listed.keyboard.press("Escape")
    expect(listed.locator("#keys-help")).to_be_hidden()


def test_g_and_a_letter_go_where_the_help_says(listed: Page, demo: Server) -> None:
    link = listed.locator("[data-go]:not([data-go=''])").last
    letter, address = link.get_attribute("data-go"), link.get_attribute("href")
    assert letter and address
    listed.keyboard.press("g")
    listed.keyboard.press(letter)
    expect(listed).to_have_url(demo.address + address)


def test_rows_are_walked_picked_and_opened(listed: Page) -> None:
    rows = listed.locator("tbody tr[data-row]")
    here = re.compile(r"\bis-here\b")
    listed.keyboard.press("j")
    listed.keyboard.press("j")
    expect(rows.nth(1)).to_have_class(here)
    listed.keyboard.press("k")
    expect(rows.nth(0)).to_have_class(here)
    listed.keyboard.press("x")
    expect(rows.nth(0).locator("td.pick input")).to_be_checked()
    expect(listed.locator("[data-picked]")).to_have_text("1")
    before = listed.url
    listed.keyboard.press("Enter")
    expect(listed).not_to_have_url(before)
