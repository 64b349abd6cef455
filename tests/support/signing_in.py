"""Signing in by password in a browser, as people do who chose one."""

from __future__ import annotations

import re

from dev.browsing import USER, Server
from playwright.sync_api import BrowserContext, Page

PASSWORD = "correct horse staple"


def sign_in_by_password(context: BrowserContext, server: Server) -> Page:
    """A page on which the owner chose a password and signed in by it."""
    printed = server.installation.run("user", "link", USER, "--url", server.address)
    page = context.new_page()
    page.goto(re.findall(r"http://\S+/link/\S+", printed)[0])
    choose_password(page)
    page.goto(f"{server.address}/")
    if "/sign-in" in page.url:
        type_password(page)
    return page


def choose_password(page: Page) -> None:
    """Fill the page behind a link for a new password."""
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.locator("main button").first.click()


def type_password(page: Page) -> None:
    """Fill the page for signing in."""
    page.locator("input[name=login]").fill(USER)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit], main form button").first.click()
