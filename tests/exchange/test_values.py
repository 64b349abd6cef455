"""What a cell may say, in the languages of the spreadsheets that write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icb.exchange.problems import CellRefused
from icb.exchange.safety import guarded, unguarded
from icb.exchange.values import (
    canonical_choice,
    canonical_number,
    canonical_tiers,
    canonical_truth,
    join_list,
    read_day,
    split_list,
)


@pytest.mark.parametrize("text", ["2026-03-04", "2026/03/04", "4.3.2026", "04.03.2026"])
def test_a_clear_day_is_read(text: str) -> None:
    assert read_day(text).isoformat() == "2026-03-04"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("03/04/2026", "2026-04-03 or 2026-03-04"),
        ("3-4-26", "2026-04-03 or 2026-03-04"),
        ("31/12/2026", "write days as year-month-day"),
        ("2026-02-30", "not a day of the calendar"),
        ("2026-03/04", "not a day"),
        ("yesterday", "not a day"),
        ("46085", "not a day"),
    ],
)
def test_an_unclear_day_is_refused(text: str, message: str) -> None:
    with pytest.raises(CellRefused, match=message):
        read_day(text)


@pytest.mark.parametrize(
    ("text", "comma", "canonical"),
    [
        ("12", False, "12"),
        ("12.50", False, "12.5"),
        ("012.500000", False, "12.5"),
        ("12,50", True, "12.5"),
        ("12.50", True, "12.5"),
        ("1,234", True, "1.234"),
        ("0", True, "0"),
    ],
)
def test_a_number_is_read(text: str, comma: bool, canonical: str) -> None:
    assert canonical_number(text, decimal_comma=comma) == canonical


@pytest.mark.parametrize(
    ("text", "comma", "message"),
    [
        ("12,50", False, "has a comma"),
        ("1.234", True, "could mean 1234 or 1,234"),
        ("1.234,50", True, "separates thousands"),
        ("1 234", True, "separates thousands"),
        ("1'234.50", False, "separates thousands"),
        ("-1", False, "the least is 0"),
        ("1e3", False, "is not a number"),
        ("NaN", False, "is not a number"),
        ("0.0000001", False, "at most 6"),
        ("99999999999999999999", False, "is too large"),
        ("twelve", False, "is not a number"),
    ],
)
def test_an_unclear_number_is_refused(text: str, comma: bool, message: str) -> None:
    with pytest.raises(CellRefused, match=message):
        canonical_number(text, decimal_comma=comma)


def test_words_are_read_whatever_their_case() -> None:
    assert canonical_truth("TRUE") == "yes"
    assert canonical_truth("no") == "no"
    assert canonical_choice(" Semi annual", choices=("monthly", "semi_annual")) == "semi_annual"
    with pytest.raises(CellRefused, match="neither yes nor no"):
        canonical_truth("maybe")
    with pytest.raises(CellRefused, match="give one of monthly, yearly"):
        canonical_choice("weekly", choices=("monthly", "yearly"))


def test_tiers_are_read_with_either_decimal_sign() -> None:
    assert canonical_tiers("10:5.00 *:4.50", decimal_comma=False) == "10:5 *:4.5"
    assert canonical_tiers("10:5,00  *:4,50", decimal_comma=True) == "10:5 *:4.5"
    with pytest.raises(CellRefused, match="not a list of tiers"):
        canonical_tiers("5.00", decimal_comma=False)


@given(st.lists(st.text(min_size=1), max_size=4))
def test_a_list_survives_its_cell(items: list[str]) -> None:
    assert split_list(join_list(items)) == items


@given(st.text(alphabet=st.sampled_from("'=+-@|%\t\r\na1 "), max_size=6) | st.text())
def test_a_guarded_text_runs_nothing_and_loses_nothing(text: str) -> None:
    written = guarded(text)
    assert unguarded(written) == text
    assert not written.startswith(("=", "+", "-", "@", "|", "%", "\t", "\r", "\n"))
