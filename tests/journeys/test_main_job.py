"""The main job from an empty data folder to a downloaded PDF, with nothing but the browser."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from dev.browsing import Installation, Server
from playwright.sync_api import BrowserContext, Page, expect

from icb.kernel import clock

pytestmark = pytest.mark.timeout(180)

PRICE = Decimal("4.50")


def test_from_an_empty_folder_to_a_pdf(
    context: BrowserContext, told: list[str], tmp_path: Path
) -> None:
    last = clock.today("UTC").replace(day=1) - timedelta(days=1)
    first = (last.replace(day=1) - timedelta(days=1)).replace(day=1)
    with Installation(tmp_path).serving() as server:
        page = context.new_page()
        _set_up(page, server)
        _add_what_is_billed(page, first)
        token = _connect_push(page)
        _push_days(context, server, token, first, last)
        _map(page)
        _bill_and_post(page)
        _issue(page)
        _download(page)
        _explain(page, last)


def _go(page: Page, *names: str) -> None:
    navigation = page.get_by_role("navigation").first
    for name in names:
        navigation.get_by_role("link", name=name, exact=True).first.click()


def _set_up(page: Page, server: Server) -> None:
    page.goto(server.printed_link())
    page.get_by_label("Company").fill("Northgate IT")
    page.get_by_label("Short name").fill("northgate")
    page.get_by_label("User name").fill("anna")
    page.get_by_label("New password").fill("correct horse staple")
    page.get_by_label("The same again").fill("correct horse staple")
    page.get_by_role("button", name="Set up and sign in").click()
    expect(page).to_have_url(f"{server.address}/")
    expect(page.locator("main")).to_contain_text("To the first invoice")


def _add_what_is_billed(page: Page, starts_on: date) -> None:
    """An organization, a service at 4.50, and a contract that begins two months ago."""
    _go(page, "Organizations")
    page.get_by_role("link", name="New organization").first.click()
    page.locator("#id_name").fill("Acme Ltd")
    page.locator("#id_key").fill("acme")
    page.get_by_role("button", name="Add organization").click()
    expect(page.locator(".toast")).to_contain_text("Acme Ltd was added.")
    _go(page, "Contracts")
    page.get_by_role("main").get_by_role("link", name="Services", exact=True).first.click()
    page.get_by_role("link", name="New service").first.click()
    page.locator("#id_name").fill("Device care")
    page.locator("#id_key").fill("device-care")
    page.locator("#id_price").fill(str(PRICE))
    page.get_by_role("button", name="Add service").click()
    expect(page.locator(".toast")).to_contain_text("The service was added.")
    _go(page, "Contracts")
    page.get_by_role("link", name="New contract").first.click()
    page.locator("#id_organization").press_sequentially("acme")
    page.get_by_role("option").filter(has_text="Acme Ltd").click()
    page.locator("#id_key").fill("acme-care")
    page.locator("#id_starts_on").fill(starts_on.isoformat())
    page.get_by_role("button", name="Add contract").click()
    page.get_by_role("link", name="Add a service").first.click()
    page.locator("#id_service").select_option("device-care")
    page.get_by_role("button", name="Add service").click()
    expect(page.locator("main table")).to_contain_text("Device care")


def _connect_push(page: Page) -> str:
    _go(page, "Enable by Module")
    page.get_by_role("link", name="Connect another module").click()
    page.get_by_role("link", name="Push").click()
    page.locator("#id_name").fill("Our RMM")
    page.locator("#id_key").fill("our-rmm")
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("Our RMM is connected.")
    page.get_by_role("main").get_by_role("link", name="Push", exact=True).first.click()
    page.locator("#token-name").fill("nightly script")
    page.get_by_role("button", name="Make a token").click()
    return page.locator("#new-token").inner_text()


def _count(day: date) -> int:
    return 12 if day.day < 16 else 14


def _push_days(
    context: BrowserContext, server: Server, token: str, first: date, last: date
) -> None:
    for ahead in range((last - first).days + 1):
        day = first + timedelta(days=ahead)
        said = {
            "organization": {"id": "7", "name": "ACME Limited"},
            "billing_type": "devices",
            "count": str(_count(day)),
        }
        answer = context.request.post(
            f"{server.address}/api/v1/usage",
            headers={"Authorization": f"Bearer {token}"},
            data={"day": day.isoformat(), "complete": True, "counts": [said]},
        )
        assert answer.json() == {"status": "accepted", "stored": 1, "problems": []}


def _map(page: Page) -> None:
    _go(page, "Organization Mapping")
    page.locator("[data-suggest]").click()
    expect(page.locator("#mapping-grid td .suggested")).to_have_text(re.compile("ACME Limited"))
    page.get_by_label("Effective from").select_option("first")
    page.keyboard.press("Control+s")
    with page.expect_navigation():
        page.get_by_role("button", name="Save with suggestions").click()
    expect(page.locator("#mapping-grid td").first).to_contain_text("ACME Limited")
    _go(page, "Contracts")
    page.get_by_role("link", name="acme-care").first.click()
    page.get_by_role("link", name="Service Mapping", exact=True).click()
    page.get_by_label("Service of devices").select_option("device-care")
    page.get_by_role("button", name="Save Our RMM").click()
    page.get_by_role("button", name="Save, and bill it").click()
    expect(page.locator(".toast")).to_be_visible()


def _bill_and_post(page: Page) -> None:
    _go(page, "Approve and Post")
    page.get_by_role("link", name="Run billing").first.click()
    page.get_by_role("button", name="Run billing").click()
    rows = page.locator("tbody tr[data-row]")
    expect(rows).to_have_count(2)
    page.locator("th.pick input").check()
    page.get_by_role("button", name="Approve and post…").click()
    page.get_by_role("button", name="Approve and post", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("2")


def _issue(page: Page) -> None:
    _go(page, "Invoices")
    page.get_by_role("link", name="Process all").click()
    page.get_by_role("button", name="Issue 1 document").click()
    expect(page.locator(".toast")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Issued").first.click()
    expect(page).to_have_url(re.compile("/invoices/issued"))
    link = page.locator("tbody tr[data-row] a").first
    number = link.inner_text()
    link.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)


def _download(page: Page) -> None:
    with page.expect_download() as download:
        page.locator("main a[href*='/pdf']").first.click()
    assert download.value.path().read_bytes().startswith(b"%PDF")


def _explain(page: Page, last: date) -> None:
    """One click from the invoice: the days with their counts, and what they come to."""
    unit_days = sum(_count(last.replace(day=day)) for day in range(1, last.day + 1))
    page.locator("main tbody a[href*='/lines/']").last.click()
    main = page.locator("main")
    said = f"{unit_days} unit-days x {PRICE} / {last.day} days in the period"
    expect(main).to_contain_text(said)
    expect(main).to_contain_text("12 units x 15 days")
    amount = main.locator("p.amount").inner_text().split()[0]
    # Exactly to the cent: rounding away at most half of one.
    exact = PRICE * unit_days / last.day
    assert abs(Decimal(amount.replace(",", "")) - exact) <= Decimal("0.005")
    main.get_by_role("link", name="ACME Limited").first.click()
    expect(page).to_have_url(re.compile("/snapshots"))
