"""The mapping grid by keyboard alone: walk, edit, end, take back, move a column, save."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest
from dev.browsing import Server
from playwright.sync_api import Locator, Page, expect

SignIn = Callable[..., Page]
# In the demo this client is seen by every module and mapped nowhere.
FREE = "Yarrow Farm Supplies"

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def grid(signed_in: SignIn, own_demo: Server) -> Page:
    page = signed_in(own_demo)
    page.goto(f"{own_demo.address}/organization-mapping")
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('#mapping-grid tbody td')"):
            return page
    raise AssertionError("The grid cannot be reached with Tab.")


def here(page: Page) -> str:
    return str(page.evaluate("document.activeElement.innerText"))


def cell(page: Page, organization: str, column: int = 0) -> Locator:
    row = page.locator("#mapping-grid tbody tr").filter(
        has=page.locator(f"th >> text={organization}")
    )
    return row.locator("td").nth(column)


def count(page: Page) -> Locator:
    return page.locator("[data-count]")


def test_a_mapping_is_made_and_saved_without_a_mouse(grid: Page) -> None:
    keys = grid.keyboard
    keys.press("Control+End")
    keys.press("Home")
    assert here(grid) == FREE
    keys.press("ArrowRight")
    keys.type("yarrow")
    keys.press("Enter")  # before the server has answered: what it finds is taken
    expect(cell(grid, FREE).locator(".one")).to_have_text(FREE)
    expect(count(grid)).to_have_text("1 change not saved")
    with grid.expect_navigation():
        keys.press("Control+s")
    expect(grid.locator(".toast")).to_contain_text("1 mapping saved.")
    expect(cell(grid, FREE)).to_have_text(FREE)
    expect(count(grid)).to_have_text("No changes")


def test_escape_leaves_and_what_was_chosen_is_taken_back(grid: Page) -> None:
    keys = grid.keyboard
    before = here(grid)
    keys.press("Enter")
    keys.type("nobody is called so")
    keys.press("Escape")
    assert here(grid) == before
    keys.press("Delete")
    expect(count(grid)).not_to_have_text("No changes")
    keys.press("Control+z")
    expect(count(grid)).to_have_text("No changes")
    assert here(grid) == before


def test_all_mappings_of_a_cell_are_opened_and_one_is_ended(grid: Page) -> None:
    keys = grid.keyboard
    assert "+1" in here(grid)
    keys.press("Shift+Enter")
    dialog = grid.locator("#mapping-cell")
    expect(dialog.locator("li .text")).to_have_count(2)
    dialog.get_by_role("button", name="End").first.press("Enter")
    expect(dialog.locator(".ended")).to_have_count(1)
    keys.press("Escape")
    expect(dialog).to_be_hidden()
    assert "+1" not in here(grid)
    expect(count(grid)).to_have_text("1 change not saved")


def test_a_column_is_moved_and_stays_moved(grid: Page) -> None:
    heads = grid.locator("#mapping-grid thead th[data-module]")
    names = heads.all_inner_texts()
    with grid.expect_response(lambda response: response.url.endswith("/columns")):
        grid.keyboard.press("Alt+ArrowRight")
    assert heads.all_inner_texts() == [names[1], names[0], *names[2:]]
    grid.reload()
    assert heads.all_inner_texts() == [names[1], names[0], *names[2:]]


def test_suggestions_are_saved_only_where_the_question_is_answered_with_yes(grid: Page) -> None:
    suggested = grid.locator("#mapping-grid td .suggested")
    ask = grid.locator("#mapping-ask")
    grid.locator("[data-suggest]").press("Space")
    expect(suggested.first).to_be_visible()
    many = suggested.count()
    grid.keyboard.press("Control+s")
    expect(ask).to_be_visible()
    grid.keyboard.press("Escape")
    expect(ask).to_be_hidden()
    cell(grid, FREE).focus()
    grid.keyboard.press("Enter")
    expect(grid.locator("#mapping-options li").first).to_contain_text("suggested")
    grid.keyboard.press("Enter")
    expect(count(grid)).to_have_text("1 change not saved")
    grid.keyboard.press("Control+s")
    with grid.expect_navigation():
        ask.get_by_role("button", name="Only my changes").press("Enter")
    expect(suggested).to_have_count(many - 1)
    grid.keyboard.press("Control+s")
    with grid.expect_navigation():
        ask.get_by_role("button", name="Save with suggestions").press("Enter")
    expect(grid.locator("[data-suggested-text]")).to_contain_text("Nothing is suggested")
    expect(cell(grid, FREE, 1)).to_have_text(FREE)


def test_who_signs_in_again_in_another_tab_saves_what_was_chosen(
    grid: Page, own_demo: Server, signed_in: SignIn, told: list[str]
) -> None:
    cell(grid, FREE).focus()
    grid.keyboard.type("yarrow")
    grid.keyboard.press("Enter")
    expect(count(grid)).to_have_text("1 change not saved")
    with sqlite3.connect(own_demo.installation.folder / "icb.sqlite3") as books:
        books.execute("DELETE FROM django_session")
    grid.keyboard.press("Control+s")
    expect(grid.locator("[data-said]")).to_contain_text("what you chose is still here")
    signed_in(own_demo)
    with grid.expect_navigation():
        grid.keyboard.press("Control+s")
    expect(grid.locator(".toast")).to_contain_text("1 mapping saved.")
    expect(cell(grid, FREE)).to_have_text(FREE)
    # The browser itself notes what was refused for the mark of the earlier session.
    assert [text for text in told if "403 (Forbidden)" not in text] == []
    told.clear()


def test_what_another_changed_is_refused_and_what_was_chosen_stays(
    grid: Page, told: list[str]
) -> None:
    other = grid.context.new_page()
    other.goto(grid.url)
    for page in (grid, other):
        cell(page, FREE).focus()
        page.keyboard.type("yarrow")
        page.keyboard.press("Enter")
        expect(count(page)).to_have_text("1 change not saved")
    with other.expect_navigation():
        other.keyboard.press("Control+s")
    with grid.expect_response(lambda response: response.status == 409):
        grid.keyboard.press("Control+s")
    expect(grid.locator("[data-said]")).to_contain_text("demo changed it on")
    expect(count(grid)).to_have_text("1 change not saved")
    # The browser itself notes every refused request.
    assert [text for text in told if "409 (Conflict)" not in text] == []
    told.clear()
