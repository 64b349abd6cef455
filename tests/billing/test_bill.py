"""The bill run through its actions: what it drafts, when, and what it leaves alone."""

from decimal import Decimal

import pytest
from tests.support import story

from icb.billing.actions import bill, preview
from icb.billing.models import BillingItem, DraftItem
from icb.billing.posting import (
    add_manual_item,
    defer_item,
    post_items,
    unpost_item,
    waive_item,
)
from icb.billing.queries import item_sources, items, unbilled
from icb.billing.verify import ledger_problems
from icb.contracts.actions import end_contract, set_price
from icb.hub.actions import take_snapshot
from icb.hub.inputs import Answer, CountRow
from icb.kernel.errors import InvalidInput, NotFound, Refused
from icb.mapping.actions import unmap_organization
from icb.organizations.actions import add_tax_rates, change_organization
from icb.organizations.inputs import NewTaxRate

pytestmark = pytest.mark.usefixtures("provider", "clock")


@pytest.fixture
def acme() -> None:
    """31 seats at 2.00 through May, on a contract billed in arrears."""
    story.at("05-01")
    story.connect("7")
    story.sell()
    story.agree("acme")
    story.map_all("acme", "7")
    story.receive("05-01", "05-31", {"7": 31})
    story.at("06-01")


def amounts() -> list[tuple[str, int, str]]:
    return [(row.kind, row.amount, row.status) for row in items()]


def correct(day: str, count: int) -> None:
    """A correction of one day's count."""
    answer = Answer(day=story.day(day), rows=[CountRow("7", "seats", count)])
    assert take_snapshot("rmm", answer=answer).state == "accepted"


def test_a_run_drafts_what_is_due_and_a_second_run_changes_nothing(acme: None) -> None:
    first = bill()
    assert (first.made, first.totals) == (1, {"USD": Decimal("62.0000")})
    before = items()
    second = bill()
    assert (second.made, second.removed) == (0, 0)
    assert items() == before


def test_nothing_is_due_before_the_period_is_over(acme: None) -> None:
    assert bill(through=story.day("05-31")).made == 0


def test_a_day_in_the_future_is_refused(acme: None) -> None:
    with pytest.raises(InvalidInput, match="future"):
        bill(through=story.day("06-02"))


def test_a_preview_shows_the_drafts_and_writes_nothing(acme: None) -> None:
    assert len(preview()) == 1
    assert items() == []
    assert bill().made == 1


def test_a_changed_count_replaces_the_draft(acme: None) -> None:
    bill()
    story.at("06-02")
    correct("05-20", 31 + 31)
    result = bill()
    assert (result.made, result.removed) == (1, 1)
    assert [(row.amount, row.billed_on.day) for row in items()] == [(6400, 2)]


def test_a_changed_tax_reaches_drafts_but_nothing_posted(acme: None) -> None:
    bill()
    add_tax_rates([NewTaxRate(key="high", percent="21")])
    change_organization("acme", changes={"tax": "high"})
    assert bill().made == 1
    post_items()
    change_organization("acme", changes={"tax": ""})
    assert bill().made == 0
    assert DraftItem.objects.count() == 0
    (tax,) = BillingItem.objects.values_list("tax_rate__key", flat=True)
    assert tax == "high"


def test_after_posting_a_changed_count_becomes_a_correction(acme: None) -> None:
    bill()
    assert post_items().posted == 1
    correct("05-20", 31 + 31)
    bill()
    assert amounts() == [("recurring", 6200, "posted"), ("correction", 200, "draft")]
    post_items()
    correct("05-20", 31)
    bill()
    assert amounts()[-1] == ("correction", -200, "draft")


def test_a_back_dated_price_corrects_the_posted_line_and_adds_the_new_one(acme: None) -> None:
    bill()
    post_items()
    set_price("acme", service="seat", price="3.00", from_day=story.day("05-11"))
    bill()
    assert amounts() == [
        ("recurring", 6200, "posted"),
        ("recurring", 6300, "draft"),
        ("correction", -4200, "draft"),
    ]


def test_a_contract_that_ended_earlier_gives_back_what_was_billed_after(acme: None) -> None:
    bill()
    post_items()
    end_contract("acme", ends_on=story.day("05-10"))
    bill()
    assert amounts()[-1] == ("correction", -4200, "draft")


def test_a_contract_that_ended_earlier_drops_the_drafts_of_later_periods() -> None:
    story.at("05-01")
    story.connect("7")
    story.sell()
    story.agree("acme", billing="in_advance")
    story.map_all("acme", "7")
    story.receive("05-01", "05-31", {"7": 31})
    story.at("06-01")
    bill()
    assert [row.period_start.month for row in items()] == [5, 6]
    end_contract("acme", ends_on=story.day("05-31"))
    bill()
    assert [row.period_start.month for row in items()] == [5]


def test_usage_taken_from_an_organization_is_given_back_and_at_risk(acme: None) -> None:
    bill()
    post_items()
    unmap_organization("rmm", id="7", from_day=story.day("05-11"), reason="moved")
    bill()
    assert amounts()[-1] == ("correction", -4200, "draft")
    (row,) = unbilled()
    assert (row.reason, row.from_day, row.to_day) == (
        "unmapped",
        story.day("05-11"),
        story.day("05-31"),
    )
    assert (row.unit_days, row.amount) == (31 * 21 * 10**6, 4200)


def test_cover_that_ends_inside_a_period_is_billed_the_day_after(acme: None) -> None:
    bill()
    story.receive("06-01", "06-10", {"7": 30})
    unmap_organization("rmm", id="7", from_day=story.day("06-11"), reason="left")
    story.at("06-11")
    bill()
    assert amounts()[-1] == ("recurring", 2000, "draft")


def test_posting_leaves_held_drafts(acme: None) -> None:
    story.receive("06-01", "06-10", {"7": 31})
    story.at("07-02")
    bill()
    assert [row.held for row in items()] == ["", "gap"]
    result = post_items()
    assert (result.posted, result.held) == (1, 1)
    assert [row.status for row in items()] == ["posted", "held"]


def test_posting_estimated_days_needs_the_explicit_yes(acme: None) -> None:
    story.receive("06-01", "06-28", {"7": 31})
    story.at("07-02")
    bill()
    assert post_items(with_estimates=False).estimated == 1
    assert post_items().posted == 1


def test_posting_one_organization_leaves_the_others(acme: None) -> None:
    bill()
    story.agree("other", terms={"units": 4})
    bill()
    assert post_items(organization="other").posted == 1
    assert [row.status for row in items()] == ["draft", "posted"]
    with pytest.raises(NotFound):
        post_items(organization="nobody")


def test_unposting_brings_the_draft_back_and_a_run_leaves_it(acme: None) -> None:
    bill()
    post_items()
    (posted,) = items()
    with pytest.raises(InvalidInput, match="reason: is empty"):
        unpost_item(posted.id, reason=" ")
    assert items() == [posted]
    fresh = unpost_item(posted.id, reason="wrong month")
    before = items()
    assert [(row.id, row.kind, row.amount) for row in before] == [(fresh, "recurring", 6200)]
    bill()
    assert items() == before
    with pytest.raises(NotFound):
        unpost_item(posted.id, reason="too early")
    assert post_items().posted == 1


def test_a_deferred_draft_is_posted_on_its_day_and_survives_runs(acme: None) -> None:
    bill()
    (draft,) = items()
    with pytest.raises(InvalidInput, match="reason"):
        defer_item(draft.id, until=story.day("06-10"), reason=" ")
    with pytest.raises(InvalidInput, match="future"):
        defer_item(draft.id, until=story.day("06-01"), reason="asked")
    defer_item(draft.id, until=story.day("06-10"), reason="asked")
    correct("05-20", 31 + 31)
    bill()
    assert post_items().deferred == 1
    assert [row.reason for row in unbilled()] == ["deferred"]
    story.at("06-10")
    assert post_items().posted == 1


def test_a_waived_amount_is_never_asked_for_again_but_a_difference_is(acme: None) -> None:
    bill()
    (draft,) = items()
    waive_item(draft.id, reason="goodwill")
    bill()
    assert items() == []
    assert [(row.reason, row.amount) for row in unbilled()] == [("waived", 6200)]
    correct("05-20", 31 + 31)
    bill()
    assert amounts() == [("recurring", 200, "draft")]


def test_a_credit_cannot_be_waived(acme: None) -> None:
    bill()
    post_items()
    correct("05-20", 15)
    bill()
    with pytest.raises(Refused, match="owed"):
        waive_item(items()[-1].id, reason="no")


def test_a_manual_item_is_posted_like_others_and_never_recomputed(acme: None) -> None:
    add_manual_item("acme", amount="-12.50", reason="agreed on the phone")
    bill()
    assert ("manual", -1250, "draft") in amounts()
    bill()
    assert post_items().posted == 2
    add_manual_item("acme", amount="-12.50", reason="once more")
    assert post_items().posted == 1
    for amount, reason in (("1.005", "x"), ("1", "")):
        with pytest.raises(InvalidInput):
            add_manual_item("acme", amount=amount, reason=reason)
    with pytest.raises(NotFound):
        add_manual_item("nobody", amount="1", reason="x")


def test_a_manual_item_may_be_posted_before_one_that_was_put_off(acme: None) -> None:
    put_off = add_manual_item("acme", amount="1", reason="for later")
    given_up = add_manual_item("acme", amount="2", reason="a mistake")
    add_manual_item("acme", amount="3", reason="now")
    defer_item(put_off, until=story.day("06-09"), reason="as agreed")
    waive_item(given_up, reason="entered twice")
    assert post_items().posted == 1
    assert ledger_problems() == []


def test_unknown_drafts_are_named(acme: None) -> None:
    for act in (lambda: waive_item(99, reason="x"), lambda: unpost_item(99, reason="x")):
        with pytest.raises(NotFound, match="99"):
            act()


def test_an_item_names_what_fed_it_and_how_it_differs_from_the_period_before(acme: None) -> None:
    bill()
    post_items()
    story.receive("06-01", "06-30", {"7": 32})
    story.at("07-01")
    bill()
    post_items()
    may, june = items()
    assert item_sources(may.id) == ["Counted by rmm: seats of Site 7 (7)"]
    assert item_sources(june.id) == [
        "Counted by rmm: seats of Site 7 (7)",
        "The period before came to 62.00 USD; this one to 2.00 more.",
    ]


def test_an_item_says_on_which_days_it_was_fed(acme: None) -> None:
    unmap_organization("rmm", id="7", from_day=story.day("05-11"), reason="moved")
    bill()
    post_items()
    (item,) = items()
    assert item_sources(item.id) == [
        "Counted by rmm: seats of Site 7 (7), 2025-05-01 to 2025-05-10"
    ]


def test_an_item_that_no_count_drives_has_no_source(acme: None) -> None:
    manual = add_manual_item("acme", amount="5", reason="by hand")
    bill()
    post_items()
    assert item_sources(manual) == []
    assert item_sources(0) == []
