"""Drafts and documents are made some at a time, while the database checks the keys of those before.

A connection can do one thing at a time, so what is made meanwhile must not ask it for anything;
and how many are made at a time must not show.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest
from django.db import connection
from tests.support import story

from icb.billing import run
from icb.billing.actions import bill
from icb.billing.posting import post_items
from icb.billing.verify import ledger_problems
from icb.contracts.actions import set_price
from icb.invoicing import document_writing
from icb.invoicing.actions import issue_documents
from icb.invoicing.template_actions import set_default_template
from icb.invoicing.verify import document_problems

pytestmark = pytest.mark.usefixtures("provider", "clock")

ORGANIZATIONS = {"acme": "7", "birch": "8", "cedar": "9"}


@pytest.fixture
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """One contract or document at a time, and no question meanwhile."""
    monkeypatch.setattr(run, "_CONTRACTS_AT_ONCE", 1)
    monkeypatch.setattr(run, "keys_checked_meanwhile", nothing_asked)
    monkeypatch.setattr(document_writing, "_DOCUMENTS_AT_ONCE", 1)
    monkeypatch.setattr(document_writing, "keys_checked_meanwhile", nothing_asked)


@contextmanager
def nothing_asked() -> Iterator[None]:
    with connection.execute_wrapper(_refuse):
        yield


def _refuse(_execute: object, sql: str, *_: object) -> NoReturn:
    raise AssertionError(f"asked meanwhile: {sql}")


def test_nothing_is_asked_meanwhile(one_at_a_time: None) -> None:
    story.at("05-01")
    story.connect(*ORGANIZATIONS.values())
    story.sell()
    for organization, site in ORGANIZATIONS.items():
        story.agree(organization)
        story.map_all(organization, site)
    set_default_template("detailed")  # it tells what changed since the invoice before
    counts = {site: int(site) for site in ORGANIZATIONS.values()}
    totals: list[tuple[str, str, object]] = []
    for first, last, billed_on in (("05-01", "05-31", "06-01"), ("06-01", "06-30", "07-01")):
        story.receive(first, last, counts)
        story.at(billed_on)
        assert bill().made == 3
        if not totals:
            set_price("birch", service="seat", price="2.50", from_day=story.day("05-01"))
            changed = bill()
            assert (changed.made, changed.removed) == (1, 1)
        post_items()
        totals += [(one.number, one.organization, one.net) for one in issue_documents()]
    assert totals == [
        ("INV-000001", "acme", 1400),
        ("INV-000002", "birch", 2000),
        ("INV-000003", "cedar", 1800),
        ("INV-000004", "acme", 1400),
        ("INV-000005", "birch", 2000),
        ("INV-000006", "cedar", 1800),
    ]
    assert ledger_problems() == []
    assert document_problems() == []
