"""How much each page asks of the database, however much stands behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, resolve
from tests.support import story

from icb.billing.actions import bill
from icb.billing.posting import post_items
from icb.foundation.models import Provider
from icb.insights.actions import refresh_insights
from icb.invoicing.actions import issue_documents
from icb.operations.daily_chain import follow

MOST = 20
# The only page over the budget: each answer to a hold is given, rated and taken back. The figure is
# that of PostgreSQL; on SQLite it is 182. It may only shrink.
ALLOWED = {"hold-decision": 190}
ORGANIZATIONS = 12
_LINK = re.compile(rb'(?:href|hx-get)="([^"#]+)"')
_NOT_ASKED = {"help", "sign-out"}


@pytest.fixture
def books(provider: Provider, clock: object) -> Iterator[None]:
    """A month of twelve organizations invoiced, and another one of drafts and holds."""
    ids = [f"{number}" for number in range(ORGANIZATIONS)]
    story.at("05-01")
    story.connect(*ids)
    story.sell()
    for id in ids:
        story.agree(f"client-{id}")
        story.map_all(f"client-{id}", id)
    story.receive("05-01", "05-31", dict.fromkeys(ids, 100))
    story.at("06-01")
    bill()
    post_items()
    issue_documents()
    story.receive("06-01", "06-20", dict.fromkeys(ids, 100))
    story.receive("06-21", "06-30", {id: 100 if int(id) % 3 else 20 for id in ids})
    story.at("07-01")
    bill()
    follow()
    refresh_insights()
    yield


def test_no_page_asks_much(books: None, owner: Client) -> None:
    asked = dict(_asked(owner))
    assert len(asked) >= 90, "hardly a page was opened"
    assert {"home", "invoices", "approve-and-post", "payments", "accounting"} <= asked.keys()
    over = {name: count for name, count in asked.items() if count > ALLOWED.get(name, MOST)}
    assert over == {}
    needless = [name for name in ALLOWED if asked.get(name, 0) <= MOST]
    assert needless == [], "not opened, or within the budget by now"


def _asked(client: Client) -> Iterator[tuple[str, int]]:
    """Every page that links lead to, by the name of its address, and how often it asks."""
    waiting, opened = ["/"], set(_NOT_ASKED)
    while waiting:
        address = waiting.pop(0)
        name = _name_of(address)
        if name is None or name in opened:
            continue
        opened.add(name)
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address)
        if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
            continue
        yield name, len(asked)
        for link in _LINK.findall(answer.content):
            found = urljoin(address, unescape(link.decode()))
            if not urlsplit(found).scheme:
                waiting.append(found)


def _name_of(address: str) -> str | None:
    try:
        return resolve(urlsplit(address).path).url_name
    except Resolver404:
        return None
