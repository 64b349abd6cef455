"""Reports over HTTP."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.support import story
from tests.web.conftest import words

from icb.billing.actions import bill
from icb.billing.posting import post_items
from icb.operations.daily_chain import follow

pytestmark = pytest.mark.usefixtures("provider", "clock")
REPORTS = [
    "/reports",
    "/reports/revenue/month",
    "/reports/revenue/organization",
    "/reports/revenue/service",
    "/reports/unbilled",
    "/reports/unit-changes",
]


@pytest.fixture
def june() -> None:
    """May posted, June drafted, and usage of June that is mapped to nobody."""
    story.at("05-01")
    story.connect("7", "8")
    story.sell()
    story.agree("acme")
    story.map_all("acme", "7")
    story.receive("05-01", "05-31", {"7": 31, "8": 3})
    story.at("06-01")
    bill()
    post_items()
    story.receive("06-01", "06-30", {"7": 40, "8": 3})
    story.at("07-01")
    bill()


@pytest.mark.parametrize("address", REPORTS)
def test_each_report_stands_empty_too(owner: Client, address: str) -> None:
    assert owner.get(address).status_code == 200
    assert owner.get(f"{address}?as=csv").status_code == 200


@pytest.mark.parametrize("address", REPORTS[:4])
def test_revenue_is_drawn_and_listed(owner: Client, june: None, address: str) -> None:
    response = owner.get(address)
    page = words(response.content)
    assert "80.00" in page
    assert "62.00" in page
    assert "142.00" in page
    assert b'class="bar-1"' in response.content


def test_revenue_is_narrowed_and_exported(owner: Client, june: None) -> None:
    page = words(owner.get("/reports?f.period.from=2025-06-01&f.module=rmm").content)
    assert "62.00" not in page
    lines = owner.get("/reports?as=csv").getvalue().decode().splitlines()
    assert len(lines) == 2
    assert "142" in lines[1]
    assert "no period" in words(owner.get("/reports?f.period=soon").content)


def test_unbilled_usage_is_in_money(owner: Client, june: None) -> None:
    page = words(owner.get("/reports/unbilled?since=2025-05-01").content)
    assert "Unmapped" in page
    assert "USD" in page


def test_unit_changes_are_listed_with_their_difference(owner: Client, june: None) -> None:
    follow()
    page = words(owner.get("/reports/unit-changes").content)
    assert "31 40 9" in page
    assert "Nothing fits" in words(owner.get("/reports/unit-changes?q=nobody").content)


def test_an_unknown_report_is_absent(owner: Client) -> None:
    assert owner.get("/reports/revenue/color").status_code == 404


def test_reports_ask_little(
    owner: Client, june: None, django_assert_max_num_queries: object
) -> None:
    for address in REPORTS[:4]:
        with django_assert_max_num_queries(20):  # type: ignore[operator]
            owner.get(address)
