"""Pages that no link leads to: entrances, doors that are shut, and pages with nothing on them."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from dev.browsing import USER, Installation, Server
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect
from tests.support.looking import complaints
from tests.support.mail_box import Box, mail_box
from tests.support.signing_in import (
    choose_password,
    sign_in_by_password,
    type_password,
)

from icb.web.shell.navigation import NAVIGATION

pytestmark = pytest.mark.timeout(180)

NEWEST, BEFORE_IT = "INV-000266", "INV-000265"
# Beside those of the navigation: their tabs, and the forms that one begins with.
BEGINNINGS = (
    "accounting-accounts",
    "accounting-journal",
    "accounting-periods",
    "accounting-targets",
    "bounces",
    "invoices-issued",
    "mail-server",
    "message-templates",
    "module-connect-other",
    "services",
)


@pytest.fixture(scope="module")
def post() -> Iterator[Box]:
    """The mail server of the installation itself."""
    with mail_box() as found:
        yield found


@pytest.fixture(scope="module")
def empty(
    empty_books: Installation, post: Box, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The pages of a provider that has only been set up, which can send mail."""
    copy = empty_books.copy(tmp_path_factory.mktemp("empty"))
    copy.environment |= {
        "ICB_SMTP_HOST": "127.0.0.1",
        "ICB_SMTP_PORT": str(post.port),
        "ICB_SMTP_SECURITY": "none",
        "ICB_MAIL_FROM": "icb@own.example.org",
        "ICB_PRIVATE_TARGETS": f"127.0.0.1:{post.port}",
    }
    with copy.serving() as server:
        yield server


def test_every_main_page_of_an_empty_installation(
    empty: Server, signed_in: Callable[..., Page]
) -> None:
    """Each says what it is for; nothing is broken because nothing is there."""
    page = signed_in(empty)
    named = [entry.view for group in NAVIGATION for entry in group.entries]
    found: list[str] = []
    for name in [*named, *BEGINNINGS]:
        answer = page.goto(empty.address + reverse(name))
        assert answer is not None and answer.ok, name
        found += complaints(page)
    assert found == []


def test_modules_that_are_pushed_to_or_read_files(
    empty: Server, signed_in: Callable[..., Page]
) -> None:
    page = signed_in(empty)
    _connect(page, empty, kind="Push", key="our-rmm")
    page.goto(f"{empty.address}/modules/of/our-rmm/push")
    found = complaints(page)
    page.locator("#token-name").fill("nightly script")
    page.get_by_role("button", name="Make a token").click()
    expect(page.locator("#new-token")).to_be_visible()
    found += complaints(page)
    _connect(page, empty, kind="File", key="counted")
    page.goto(f"{empty.address}/modules/of/counted/files")
    found += complaints(page)
    rows = b"day,organization,billing_type,count\n2026-01-01,Acme,seats,3\n"
    page.locator("#id_file").set_input_files(
        {"name": "counts.csv", "mimeType": "text/csv", "buffer": rows}
    )
    page.get_by_role("button", name="Take it").click()
    expect(page.locator(".toast")).to_have_text(re.compile("counts.csv is taken: one count."))
    expect(page.locator("main table")).to_contain_text("counts.csv")
    found += complaints(page)
    assert found == []


def test_the_first_set_up(context: BrowserContext, tmp_path: Path) -> None:
    with Installation(tmp_path).serving() as server:
        page = context.new_page()
        page.goto(server.printed_link())
        found = complaints(page)
        page.get_by_role("button", name="Set up and sign in").click()
        expect(page.locator(".errorlist").first).to_be_visible()
        found += complaints(page)
    assert found == []


def test_an_invitation_is_accepted(
    empty: Server, post: Box, context: BrowserContext, signed_in: Callable[..., Page]
) -> None:
    page = signed_in(empty)
    page.goto(f"{empty.address}/users/invite")
    page.get_by_label("User name").fill("ben")
    page.get_by_label("E-mail").fill("ben@own.example.org")
    page.get_by_role("button", name="Invite").click()
    expect(page.locator("main")).to_contain_text("ben")
    found = complaints(page)
    page.get_by_role("button", name=re.compile(USER)).first.click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(_mailed(post, "ben@own.example.org"))
    found += complaints(page)
    choose_password(page)
    expect(page).to_have_url(f"{empty.address}/")
    assert found == []


def test_a_forgotten_password(empty: Server, post: Box, context: BrowserContext) -> None:
    """Asked for, set by the link, and the link is over after it."""
    empty.installation.run("user", "add", "rita", "--role", "owner", "--email", "rita@own.example")
    page = context.new_page()
    page.goto(f"{empty.address}/sign-in")
    found = complaints(page)
    page.get_by_role("link", name="forgotten").click()
    found += complaints(page)
    page.get_by_label("User name or e-mail").fill("rita")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    found += complaints(page)
    link = _mailed(post, "rita@own.example")
    page.goto(link)
    found += complaints(page)
    choose_password(page)
    expect(page).to_have_url(f"{empty.address}/")
    other = context.new_page()
    answer = other.goto(link)
    assert answer is not None and answer.status == 410
    found += complaints(other)
    assert found == []


def test_a_second_factor_is_set_up_and_asked_for(
    empty_books: Installation, context: BrowserContext, told: list[str], tmp_path: Path
) -> None:
    with empty_books.copy(tmp_path / "own").serving() as server:
        page = sign_in_by_password(context, server)
        page.goto(f"{server.address}/account/two-factor")
        found = complaints(page)
        page.goto(f"{server.address}/account/two-factor/add")
        found += complaints(page)
        seed = page.locator("#seed").text_content() or ""
        page.get_by_label("Code").fill(_code(seed))
        page.get_by_role("button", name="Switch it on").click()
        expect(page.locator("main")).to_contain_text("Recovery codes")
        found += complaints(page)
        for where in ("two-factor", "two-factor/remove", "two-factor/codes/new", "sessions"):
            page.goto(f"{server.address}/account/{where}")
            found += complaints(page)
        context.clear_cookies()
        page.goto(f"{server.address}/sign-in")
        type_password(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
        found += complaints(page)
        # A code is good once, and the half minute of the first may last.
        page.get_by_label("Code").fill(_code(seed, later=1))
        page.get_by_role("button", name="Go on").click()
        expect(page).to_have_url(f"{server.address}/")
    assert found == []


def test_a_session_that_ends_in_a_form(
    empty_books: Installation, context: BrowserContext, told: list[str], tmp_path: Path
) -> None:
    with empty_books.copy(tmp_path / "own").serving() as server:
        page = sign_in_by_password(context, server)
        page.goto(f"{server.address}/organizations")
        page.get_by_role("link", name="New organization").first.click()
        page.locator("#id_name").fill("Zephyr Gliders")
        page.locator("#id_key").fill("zephyr")
        _change(server, "DELETE FROM django_session")
        page.get_by_role("button", name="Add organization").click()
        found = complaints(page)
        type_password(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Nothing was lost")
        found += complaints(page)
    assert found == []


def test_documents_before_they_are_issued_and_a_link_that_ended(
    own_demo: Server, browser_outside: Page, signed_in: Callable[..., Page]
) -> None:
    page = signed_in(own_demo)
    page.goto(f"{own_demo.address}/approve-and-post")
    page.locator("tbody tr[data-row] input[type=checkbox]").first.check()
    page.get_by_role("button", name="Approve and post…").click()
    found = complaints(page)
    # What a void document billed waits to be invoiced again.
    page.goto(f"{own_demo.address}/invoices/{NEWEST}/void")
    page.get_by_label("Reason").fill("The wrong address.")
    page.get_by_role("main").get_by_role("button", name="Void").click()
    expect(page.locator(".toast")).to_be_visible()
    page.goto(f"{own_demo.address}/invoices")
    found += complaints(page)
    page.get_by_role("link", name="Preview").first.click()
    found += complaints(page)
    page.goto(f"{own_demo.address}/invoices/process")
    found += complaints(page)
    page.goto(f"{own_demo.address}/invoices/{BEFORE_IT}/delivery")
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("#made").input_value()
    _change(own_demo, "UPDATE shared_link SET expires_at = '2026-01-01 00:00:00'")
    answer = browser_outside.goto(link)
    assert answer is not None and answer.status == 404
    found += complaints(browser_outside)
    page.reload()
    assert found == []


@pytest.fixture
def browser_outside(context: BrowserContext) -> Iterator[Page]:
    """A page of somebody who has no cookie here."""
    assert context.browser is not None
    outside = context.browser.new_context()
    yield outside.new_page()
    outside.close()


def _connect(page: Page, server: Server, *, kind: str, key: str) -> None:
    page.goto(f"{server.address}/modules/connect")
    page.get_by_role("link", name=kind).click()
    page.locator("#id_name").fill(key.title())
    page.locator("#id_key").fill(key)
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.locator(".toast")).to_be_visible()


def _mailed(post: Box, address: str) -> str:
    """The link in the newest mail to somebody."""
    until = time.monotonic() + 15
    while [address] not in post.recipients and time.monotonic() < until:
        time.sleep(0.1)
    (place,) = [number for number, each in enumerate(post.recipients) if each == [address]]
    body = post.messages[place].get_body()
    assert body is not None
    link: str = re.findall(r"http://\S+/link/\S+", body.get_content())[0]
    return link


def _code(seed: str, *, later: int = 0) -> str:
    """What an app with this seed shows now, or so many half minutes later."""
    return str(format_hotp_value(hotp_value(seed, int(time.time()) // 30 + later)))


def _change(server: Server, statement: str) -> None:
    with sqlite3.connect(server.installation.folder / "icb.sqlite3") as books:
        books.execute(statement)
