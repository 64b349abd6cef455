"""Posting above an amount takes a second person, for exactly the drafts that were approved."""

from decimal import Decimal

import pytest
from tests.support import story

from icb.billing.actions import bill
from icb.billing.approval_actions import (
    approve_posting,
    ask_to_post,
    set_posting_limit,
    withdraw_request,
)
from icb.billing.approval_queries import posting_limits, posting_request
from icb.billing.manual_actions import change_manual_item
from icb.billing.posting import add_manual_item, post_items
from icb.billing.queries import items
from icb.foundation.actor import acting_as
from icb.foundation.inputs import NewUser
from icb.foundation.users import add_users
from icb.kernel.errors import InvalidInput, NotPermitted, Refused

pytestmark = pytest.mark.usefixtures("provider", "clock")


@pytest.fixture
def acme() -> None:
    """A contract without counts, a limit of 100.00 USD, and a second person."""
    story.at("06-01")
    story.connect("7")
    story.sell()
    story.agree("acme")
    set_posting_limit("USD", amount="100.00")
    add_users([NewUser("second", role="approver"), NewUser("reader", role="read_only")])


def manual(amount: str) -> int:
    return add_manual_item("acme", amount=amount, reason="agreed")


def test_up_to_the_limit_one_person_posts(acme: None) -> None:
    manual("100.00")
    assert post_items().posted == 1


def test_above_the_limit_nothing_is_posted_without_a_second_person(acme: None) -> None:
    manual("100.01")
    with pytest.raises(Refused, match="second person"):
        post_items()
    assert [row.status for row in items()] == ["draft"]


def test_a_second_person_approves_and_then_it_is_posted_once(acme: None) -> None:
    request = ask_to_post([manual("500")])
    with acting_as("second"):
        approve_posting(request)
    assert posting_request(request).state == "approved"
    assert post_items().posted == 1
    assert posting_request(request).state == "posted"
    manual("500")
    with pytest.raises(Refused, match="second person"):
        post_items()


def test_who_asked_cannot_approve(acme: None) -> None:
    request = ask_to_post([manual("500")])
    with pytest.raises(NotPermitted, match="cannot approve"):
        approve_posting(request)
    with acting_as("reader"), pytest.raises(NotPermitted):
        approve_posting(request)
    assert posting_request(request).state == "open"


def test_an_approval_is_good_for_what_the_drafts_said_and_nothing_else(acme: None) -> None:
    draft = manual("500")
    request = ask_to_post([draft])
    with acting_as("second"):
        approve_posting(request)
    change_manual_item(draft, amount="5000", reason="agreed")
    with pytest.raises(Refused, match="second person"):
        post_items()
    assert posting_request(request).state == "changed"


def test_a_draft_that_changed_is_not_approved(acme: None) -> None:
    draft = manual("500")
    request = ask_to_post([draft])
    change_manual_item(draft, amount="5000", reason="agreed")
    with acting_as("second"), pytest.raises(Refused, match="changed"):
        approve_posting(request)


def test_more_than_was_approved_is_not_posted(acme: None) -> None:
    request = ask_to_post([manual("500")])
    with acting_as("second"):
        approve_posting(request)
    manual("1")
    with pytest.raises(Refused, match="second person"):
        post_items()


def test_slices_of_a_day_count_together(acme: None) -> None:
    manual("60")
    assert post_items().posted == 1
    manual("60")
    with pytest.raises(Refused, match="today counts as well"):
        post_items()
    story.at("06-02")
    assert post_items().posted == 1


def test_credits_do_not_hide_charges(acme: None) -> None:
    manual("5000")
    manual("-5000")
    with pytest.raises(Refused, match="second person"):
        post_items()


def test_a_withdrawn_approval_is_worth_nothing(acme: None) -> None:
    request = ask_to_post([manual("500")])
    with acting_as("second"):
        approve_posting(request)
    withdraw_request(request)
    with pytest.raises(Refused, match="second person"):
        post_items()
    with pytest.raises(Refused, match="withdrawn"):
        withdraw_request(request)


def test_other_currencies_have_limits_of_their_own(acme: None) -> None:
    set_posting_limit("EUR", amount="1")
    manual("100")
    assert post_items().posted == 1
    assert posting_limits() == {"EUR": Decimal(1), "USD": Decimal(100)}
    set_posting_limit("USD", amount=None)
    manual("100000")
    assert post_items().posted == 1


def test_bad_limits_are_refused(acme: None) -> None:
    for currency, amount in (("USD", "-1"), ("USD", "x"), ("USD", "1.001"), ("XXQ", "1")):
        with pytest.raises(InvalidInput):
            set_posting_limit(currency, amount=amount)
    with acting_as("second"), pytest.raises(NotPermitted):
        set_posting_limit("USD", amount="1")


def test_held_drafts_are_not_asked_for() -> None:
    story.at("05-01")
    story.connect("7")
    story.sell()
    story.agree("acme")
    story.map_all("acme", "7")
    story.receive("05-01", "05-10", {"7": 31})
    story.at("06-02")
    bill()
    assert [row.held for row in items()] == ["gap"]
    with pytest.raises(Refused, match="held"):
        ask_to_post([row.id for row in items()])
