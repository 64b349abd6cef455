"""Sums of items are those of the books as they stand, after each act that changes an item."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.support import story

from icb.billing import actions
from icb.billing.draft_queries import organization_totals, totals_of
from icb.billing.manual_actions import waive_items
from icb.billing.posting import add_manual_item, defer_item, post_items, unpost_item
from icb.billing.queries import items
from icb.billing.revenue_queries import GROUPS, revenue
from icb.billing.run import bill_chunk
from icb.billing.totals_queries import draft_totals
from icb.billing.work import find_work
from icb.foundation.listing import Wanted
from icb.foundation.remembered import forget_everything
from icb.foundation.transactions import transaction
from icb.organizations.actions import change_organization

pytestmark = pytest.mark.usefixtures("provider", "clock")
ALL = Wanted()


@pytest.fixture
def may() -> None:
    """31 seats at 2.00 for May, not billed yet."""
    story.at("05-01")
    story.connect("7")
    story.sell()
    story.agree("acme")
    story.map_all("acme", "7")
    story.receive("05-01", "05-31", {"7": 31})
    story.at("06-01")


def sums() -> list[Any]:
    return [
        *(revenue(ALL, by=by) for by in GROUPS),
        list(totals_of(ALL)),
        organization_totals(ALL),
        draft_totals(),
    ]


def look() -> list[Any]:
    """The sums as they are remembered, which are those of a process that has just begun."""
    remembered = sums()
    forget_everything()
    assert remembered == sums()
    return remembered


def test_each_act_is_seen(may: None) -> None:
    seen = [look()]

    def changed() -> None:
        seen.append(look())
        assert seen[-1] != seen[-2]

    actions.bill()
    changed()
    post_items()
    changed()
    item = items()[0].id
    draft = unpost_item(item, reason="wrong")
    changed()
    defer_item(draft, until=date(2025, 7, 1), reason="later")
    changed()
    add_manual_item("acme", amount=Decimal(5), reason="visit")
    changed()
    waive_items([draft], reason="goodwill")
    changed()
    change_organization("acme", changes={"name": "Acme and Sons"})
    changed()


def test_drafts_of_a_run_that_was_broken_off_are_seen(may: None) -> None:
    before = look()
    with transaction(lock="billing"):
        work = find_work(date(2025, 6, 1)).work
        bill_chunk(work, through=date(2025, 6, 1), billed_on=date(2025, 6, 1))
    assert look() != before
