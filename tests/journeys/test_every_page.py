"""Every page that links lead to: no error, nothing the browser complains about, and accessible."""

from __future__ import annotations

from typing import Literal

import pytest
from dev.browsing import USER, Server, sign_in
from dev.page_list import Found, crawl
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver
from playwright.sync_api import Browser, BrowserContext
from tests.support.looking import WIDE, complaints, violations

from icb.foundation.access import access_of

# Parts of pages, choices of fields, pictures and files: no pages of their own.
_PARTS = {
    "accounting-file",
    "accounting-mapping-choices",
    "accounting-mapping-one",
    "activity-choices",
    "contract-choices",
    "document-template-page",
    "home-holds",
    "home-revenue",
    "invoice-electronic-file",
    "invoice-page",
    "invoice-pdf",
    "invoices-archive",
    "invoices-preview-page",
    "jobs-now",
    "mapping-options",
    "mapping-organizations",
    "mapping-suggestions",
    "module-organization-choices",
    "module-tile",
    "organization-choices",
}
# Where a form leads, not a link.
_BEHIND_FORMS = {
    "accounting-signed-in",
    "find",
    "invoices-process",
    "module-test-answer",
    "post-summary",
}
# Of what the demo has none: manual items, templates, items to invoice, modules that push, messages.
_NOT_IN_THE_DEMO = {
    "delivery-message",
    "invoices-preview",
    "manual-item-edit",
    "mapping-template",
    "module-files",
    "module-push",
}
_NO_PAGES = frozenset(_PARTS | _BEHIND_FORMS | _NOT_IN_THE_DEMO)


@pytest.fixture(scope="module")
def member(browser: Browser, demo: Server) -> BrowserContext:
    context = browser.new_context(viewport=WIDE)
    sign_in(context, server=demo, username=USER)
    return context


@pytest.fixture(scope="module")
def pages(member: BrowserContext, demo: Server) -> list[Found]:
    return crawl(member.request, base=demo.address)


@pytest.mark.timeout(600)
def test_every_page_is_accessible_quiet_and_fits(
    browser: Browser, member: BrowserContext, demo: Server, pages: list[Found]
) -> None:
    """axe finds no violation in light and dark, the console is empty, the policy is kept, and at
    400 pixels nothing makes the page itself scroll sideways."""
    context = browser.new_context(viewport=WIDE)
    context.add_cookies(member.cookies())  # type: ignore[arg-type]
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
    for found in pages:
        response = page.goto(demo.address + found.path)
        assert response is not None
        policy = response.headers.get("content-security-policy", "")
        if "script-src 'self'" not in policy or "unsafe" in policy:
            problems.append(f"{found.path}: the policy is {policy!r}")
        problems += complaints(page)
    context.close()
    assert not problems, "\n".join(problems)


def test_every_screen_is_reached_by_links(pages: list[Found]) -> None:
    """Nobody has to know an address: each page for members is linked from another."""
    reached = {found.name for found in pages}
    named = {
        entry.name
        for entry in _patterns(get_resolver())
        if entry.name
        and (access := access_of(entry.callback))
        and access.needs_provider
        and not _only_posts(entry)
    }
    missing = named - reached - _NO_PAGES
    assert not missing, "\n".join(sorted(missing))


def _patterns(resolver: URLResolver) -> list[URLPattern]:
    found: list[URLPattern] = []
    for entry in resolver.url_patterns:
        found += _patterns(entry) if isinstance(entry, URLResolver) else [entry]
    return found


def _only_posts(entry: URLPattern) -> bool:
    """Whether the view refuses to be read: it says so to a GET without looking at anything."""
    from django.test import RequestFactory

    try:
        answer = entry.callback(RequestFactory().get("/"))
    except Exception:
        return False
    return bool(answer.status_code == 405)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_being_worked_out_stays_readable(
    scheme: Literal["light", "dark"],
    browser: Browser,
    member: BrowserContext,
    demo: Server,
    pages: list[Found],
) -> None:
    """A preview whose amounts are still on their way keeps the contrast of its words."""
    context = browser.new_context(color_scheme=scheme)
    context.add_cookies(member.cookies())  # type: ignore[arg-type]
    page = context.new_page()
    page.route("**/items?through=*", lambda _: None)
    page.goto(demo.address + next(one.path for one in pages if one.name == "contract-preview"))
    page.locator("#items.htmx-request").wait_for()
    assert violations(page) == []
    context.close()
