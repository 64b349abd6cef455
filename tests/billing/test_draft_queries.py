"""Drafts as people look through them: state, what differs from the period before, totals."""

from decimal import Decimal

import pytest
from tests.support import story

from icb.billing.actions import bill
from icb.billing.draft_queries import (
    draft_ids,
    draft_page,
    drafts_version,
    organization_totals,
    posted_page,
    shown_item,
    totals_of,
)
from icb.billing.manual_actions import (
    change_manual_item,
    defer_items,
    remove_manual_item,
    undefer_items,
    waive_items,
)
from icb.billing.manual_queries import manual_item
from icb.billing.posting import add_manual_item, post_items, unpost_items
from icb.billing.queries import items
from icb.billing.revenue_queries import revenue, revenue_by_month
from icb.billing.variance import Measure, variance
from icb.foundation.listing import Wanted
from icb.kernel.errors import InvalidInput, NotFound, Refused

pytestmark = pytest.mark.usefixtures("provider", "clock")


@pytest.fixture
def june() -> None:
    """May posted with 31 seats at 2.00, June drafted with 40."""
    story.at("05-01")
    story.connect("7")
    story.sell()
    story.agree("acme")
    story.map_all("acme", "7")
    story.receive("05-01", "05-31", {"7": 31})
    story.at("06-01")
    bill()
    post_items()
    story.receive("06-01", "06-30", {"7": 40})
    story.at("07-01")
    bill()


def test_a_draft_is_compared_with_the_period_before(june: None) -> None:
    (row,) = draft_page(Wanted()).rows
    assert row.state == "ready"
    assert row.module == "rmm"
    assert row.variance is not None
    assert (row.variance.amount, row.variance.percent) == (Decimal(18), Decimal("29.0"))
    assert row.variance.why == ("units",)


def test_drafts_are_found_by_variance_module_and_state(june: None) -> None:
    def found(**conditions: str) -> int:
        return draft_page(Wanted(conditions=conditions)).total

    assert found(percent="20..") == found(variance="18") == found(module="rmm") == 1
    assert found(percent="30..") == found(variance="18.01..") == found(module="other") == 0
    assert found(state="ready,held") == 1
    with pytest.raises(InvalidInput):
        found(state="lost")


def test_totals_keep_currencies_and_states_apart(june: None) -> None:
    draft = add_manual_item("acme", amount="-5", reason="x")
    defer_items([draft], until=story.day("07-09"), reason="later")
    found = {(one.state, one.currency): one.amount for one in totals_of(Wanted())}
    assert found == {("ready", "USD"): Decimal(80), ("deferred", "USD"): Decimal(-5)}
    (row,) = organization_totals(Wanted()).rows
    assert (row.ready, row.deferred, row.amount) == (Decimal(80), Decimal(-5), Decimal(75))


def test_undeferring_lets_it_be_posted_and_a_run_leaves_it(june: None) -> None:
    (draft,) = draft_ids(Wanted())
    defer_items([draft], until=story.day("07-09"), reason="later")
    assert post_items().posted == 0
    assert undefer_items([draft]) == 1
    bill()
    assert post_items().posted == 1


def test_many_are_waived_or_none(june: None) -> None:
    (draft,) = draft_ids(Wanted())
    with pytest.raises(NotFound):
        waive_items([draft, 10**9], reason="x")
    assert draft_ids(Wanted()) == [draft]
    assert waive_items([draft], reason="x") == 1


def test_what_changed_since_it_was_seen_is_not_posted(june: None) -> None:
    ids = draft_ids(Wanted())
    seen = drafts_version(ids)
    story.receive("06-30", "06-30", {"7": 50})
    bill()
    with pytest.raises(Refused, match="changed since you looked"):
        post_items(items=ids, seen=seen)


def test_posted_items_are_taken_back_together(june: None) -> None:
    (row,) = posted_page(Wanted()).rows
    assert shown_item(row.id).state == "posted"
    assert unpost_items([row.id], reason="wrong") == 1
    assert posted_page(Wanted()).total == 0
    with pytest.raises(NotFound):
        shown_item(row.id)


def test_manual_items_are_edited_only_as_drafts(june: None) -> None:
    draft = add_manual_item("acme", amount="5", reason="x")
    seen = manual_item(draft).version
    change_manual_item(draft, amount="6", reason="y", seen=seen)
    with pytest.raises(Refused, match="since you opened it"):
        change_manual_item(draft, amount="7", reason="z", seen=seen)
    assert (manual_item(draft).amount, manual_item(draft).reason) == ("6.00", "y")
    remove_manual_item(draft)
    computed = items()[-1].id
    for act in (lambda: remove_manual_item(computed), lambda: manual_item(computed)):
        with pytest.raises((Refused, NotFound)):
            act()


def test_revenue_is_posted_less_what_was_taken_back(june: None) -> None:
    (row,) = revenue(Wanted(), by="module")
    assert (row.key, row.pending, row.posted) == ("rmm", Decimal(80), Decimal(62))
    months = [(m.month.month, m.pending, m.posted) for m in revenue_by_month(Wanted())]
    assert months == [(5, Decimal(0), Decimal(62)), (6, Decimal(80), Decimal(0))]
    unpost_items([posted_page(Wanted()).rows[0].id], reason="wrong")
    for by in ("module", "organization", "service"):
        (row,) = revenue(Wanted(), by=by)
        assert (row.pending, row.posted, row.items) == (Decimal(142), Decimal(0), 2)
    assert revenue(Wanted(conditions={"module": "other"}), by="module") == []
    with pytest.raises(InvalidInput):
        revenue(Wanted(conditions={"period": "soon"}), by="module")


def test_causes_of_a_variance() -> None:
    base = Measure(Decimal(62), Decimal(31), Decimal(961), Decimal(2), 31)
    assert variance(base, before=base).why == ()
    dearer = base._replace(amount=Decimal(93), unit_price=Decimal(3))
    assert variance(dearer, before=base).why == ("price",)
    partly = base._replace(amount=Decimal(20), unit_days=Decimal(310))
    found = variance(partly, before=base)
    assert (found.why, found.percent) == (("days",), Decimal("-67.7"))
    assert variance(base, before=base._replace(amount=Decimal(0))).percent is None
