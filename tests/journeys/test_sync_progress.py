"""A sync asked for on its tile: it shows progress and ends with what became of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from dev.browsing import Server
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.timeout(180)

SYNC_MILLISECONDS = 60_000


def _tile(page: Page, name: str) -> Locator:
    return page.locator("article.tile").filter(has=page.get_by_role("link", name=name, exact=True))


def test_a_sync_shows_progress_and_is_stored(
    signed_in: Callable[..., Page], own_demo: Server
) -> None:
    page = signed_in(own_demo)
    page.goto(f"{own_demo.address}/modules")
    tile = _tile(page, "Datto RMM")
    tile.get_by_role("button", name="Sync Now").click()
    expect(tile.locator("progress")).to_be_visible()
    expect(tile.locator("progress")).to_be_hidden(timeout=SYNC_MILLISECONDS)
    expect(tile.locator(".tile-facts")).to_contain_text("Stored")


def test_a_sync_that_fails_says_what_to_do(
    signed_in: Callable[..., Page], own_demo: Server
) -> None:
    page = signed_in(own_demo)
    page.goto(f"{own_demo.address}/modules")
    tile = _tile(page, "Huntress")
    tile.get_by_role("button", name="Sync Now").click()
    expect(tile.locator("progress")).to_be_visible()
    expect(tile.locator("progress")).to_be_hidden(timeout=SYNC_MILLISECONDS)
    expect(tile.locator(".tile-facts")).to_contain_text("Failed")
    expect(tile.locator(".tile-why .soft")).not_to_be_empty()
