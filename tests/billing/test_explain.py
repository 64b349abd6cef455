"""What an item says of itself, from its stored working alone."""

from __future__ import annotations

import json

from icb.billing.explain import explain_item

CORRECTION = {
    "rule": "correction",
    "wanted": 600,
    "posted": 0,
    "waived": 0,
    "amount": 600,
    "working": None,
}


def explained(**working: object) -> list[str]:
    return explain_item(json.dumps({**CORRECTION, **working}), currency="USD")


def test_an_item_added_by_hand_tells_its_reason() -> None:
    lines = explain_item(json.dumps({"rule": "manual"}), currency="USD", reason="agreed")
    assert lines == ["Added by hand: agreed"]


def test_a_correction_shows_what_should_be_less_what_was_posted() -> None:
    assert explained(wanted=0, posted=600, amount=-600) == [
        "Nothing is to be billed any more.",
        "Should be 0.00 USD",
        "less 6.00 USD posted before",
        "= -6.00 USD",
    ]


def test_what_was_waived_is_taken_off_as_well() -> None:
    assert explained(wanted=900, waived=600, amount=300)[1:] == [
        "Should be 9.00 USD",
        "less 6.00 USD waived",
        "= 3.00 USD",
    ]
    both = explained(wanted=900, posted=200, waived=600, amount=100)
    assert both[2:4] == ["less 2.00 USD posted before", "less 6.00 USD waived"]
