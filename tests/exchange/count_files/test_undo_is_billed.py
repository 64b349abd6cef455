"""Undoing a file is seen in the next bill, whether its days were posted or not."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.support import story

from icb.billing.actions import bill
from icb.billing.posting import post_items
from icb.billing.queries import items
from icb.hub.actions import NewCountFile, take_counts_file, undo_file
from icb.hub.inputs import Answer, CountRow
from icb.hub.verify import count_problems

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


def bring(count: int) -> None:
    """A file that says another count for 22 to 31 May."""
    answers = [
        Answer(day=story.day(f"05-{number}"), rows=[CountRow("7", "seats", count)])
        for number in range(22, 32)
    ]
    new = NewCountFile(name="may.csv", content_hash=str(count), answers=answers)
    assert take_counts_file("rmm", new=new).state == "taken"


def net() -> int:
    """All items together, in cents."""
    return int(sum(row.amount for row in items()))


def test_a_draft_follows_the_undoing(acme: None) -> None:
    bring(41)
    # 21 days of 31 and 10 of 41 in a month of 31 days: 62 + 10 x 10 x 2 / 31 = 68.45
    assert bill().totals == {"USD": Decimal("68.4500")}
    undo_file("rmm")
    assert bill().totals == {"USD": Decimal("62.0000")}
    assert count_problems() == []


def test_what_was_posted_is_corrected_after_the_undoing(acme: None) -> None:
    bring(41)
    bill()
    post_items()
    assert net() == 6845
    undo_file("rmm")
    bill()
    assert net() == 6200
    post_items()
    assert bill().made == 0
    assert count_problems() == []
