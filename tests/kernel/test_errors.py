"""Errors carry a code for programs, a message for people and the facts as text."""

import pytest

from icb.kernel.errors import (
    Broken,
    IcbError,
    InvalidInput,
    NotFound,
    NotPermitted,
    Refused,
    without_commands,
)


def test_an_error_reads_as_its_message_and_keeps_its_facts() -> None:
    error = Refused("period_closed", "The period is closed.", period=3)
    assert str(error) == error.message == "The period is closed."
    assert error.code == "period_closed"
    assert error.details == {"period": "3"}


def test_every_kind_is_caught_as_an_icb_error() -> None:
    for kind in (Refused, NotFound, NotPermitted, Broken):
        assert isinstance(kind("code", "message"), IcbError)


def test_invalid_input_takes_its_code_from_the_field() -> None:
    error = InvalidInput(field="unit_price", value="x", message="unit_price: x is not a number.")
    assert error.code == "invalid_unit_price"
    assert error.field == "unit_price"
    assert error.details == {"field": "unit_price", "value": "x"}


def test_a_nested_field_gives_a_plain_code() -> None:
    assert InvalidInput(field="services[0].price", message="bad").code == (
        "invalid_services_0_price"
    )


def test_invalid_input_without_a_field() -> None:
    error = InvalidInput(message="nothing was sent")
    assert error.code == "invalid_input"
    assert error.details == {}


@pytest.mark.parametrize(
    ("message", "left"),
    [
        ("It was refused. Enter others with `icb modules change`.", "It was refused."),
        ("Stop it! Enter others (`icb modules change`), or go.", "Stop it! Enter others, or go."),
        ("Wait. Run icb jobs list. Nothing was changed.", "Wait. Nothing was changed."),
        ("The documents are listed by: icb invoice list", None),
        ("It differs. Run icb verify (on the server).", None),
        ("Give a `from` later. The icbergs are fine. So is ICB itself.", None),
    ],
)
def test_a_message_is_told_without_commands(message: str, left: str | None) -> None:
    assert without_commands(message) == (left or message)
