"""The line that proves itself: from its amount to the counts, snapshots, mappings and prices."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from tests.support import story
from tests.support.clocks import StillClock
from tests.web.conftest import words

from icb.billing.actions import bill
from icb.billing.posting import post_items
from icb.foundation.models import Provider
from icb.invoicing.actions import issue_documents
from icb.invoicing.line_queries import line_facts

PATH = "/invoices/INV-000001/lines/1"


@pytest.fixture(autouse=True)
def may(provider: Provider, clock: StillClock) -> None:
    """31 seats at 2.00 are invoiced for May."""
    story.at("05-01")
    story.connect("7")
    story.sell()
    story.agree("acme")
    story.map_all("acme", "7")
    story.receive("05-01", "05-31", {"7": 31})
    story.at("06-01")
    bill()
    post_items()
    issue_documents()


def test_each_day_leads_to_the_snapshot_that_proves_it(owner: Client) -> None:
    days = line_facts("INV-000001", line=1).days
    assert len(days) == 31
    assert {day.units for day in days} == {31_000_000}
    snapshots = {count.snapshot for day in days for count in day.counts}
    assert len(snapshots) == 31
    assert None not in snapshots
    page = owner.get(PATH).content.decode()
    found = re.findall(r'href="(/[^"]*snapshots/\d+)"', page)
    assert len(set(found)) == 31
    assert owner.get(found[0], follow=True).status_code == 200


def test_mappings_and_prices_say_since_when_they_are_known(owner: Client) -> None:
    evidence = line_facts("INV-000001", line=1).evidence
    (source,) = evidence.sources
    assert source.organization_mapping.actor == source.service_mapping.actor == "olivia"
    (price,) = evidence.prices
    assert price.is_in_force
    page = words(owner.get(PATH).content)
    assert page.count("known since") == 3


def test_a_day_that_counts_otherwise_now_is_marked(owner: Client) -> None:
    assert "counts otherwise now" not in words(owner.get(PATH).content)
    story.receive("05-31", "05-31", {"7": 33})
    assert words(owner.get(PATH).content).count("counts otherwise now") == 1
    assert line_facts("INV-000001", line=1).days[-1].units == 31_000_000


def test_prices_have_the_decimals_of_their_currency(owner: Client) -> None:
    story.receive("06-01", "06-30", {"7": 31})
    story.at("07-01")
    bill()
    post_items()
    issue_documents()
    page = words(owner.get("/invoices/INV-000002/lines/1").content)
    assert "Unit price 2.00 USD" in page
    assert "Unit price 2.00 2.00 Days charged 31 30" in page
