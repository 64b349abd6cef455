"""Plain texts and words from outside are taken as they are, or refused by their field."""

import pytest

from icb.kernel.checks import check_choice, check_new_key, check_text
from icb.kernel.errors import InvalidInput


def test_a_text_within_its_length_is_taken() -> None:
    assert check_text("Birch", field="name", longest=5, required=True) == "Birch"
    assert check_text("", field="note", longest=5) == ""


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("  ", "name: it is missing"),
        ("Birches", "name: it has 7 characters; at most 5"),
        ("a\x00b", "name: it holds a null character"),
    ],
)
def test_other_texts_are_refused(value: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=f"^{problem}") as refusal:
        check_text(value, field="name", longest=5, required=True)
    assert refusal.value.code == "invalid_name"
    assert "Nothing was stored" in refusal.value.message


def test_one_of_the_allowed_words() -> None:
    assert check_choice("peak", field="policy", allowed=["daily", "peak"]) == "peak"


@pytest.mark.parametrize(("value", "named"), [("weekly", "weekly"), ("", "nothing")])
def test_another_word_is_refused(value: str, named: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_choice(value, field="policy", allowed=["daily", "peak"])
    assert refusal.value.message == (
        f"policy: {named} is not allowed. Nothing was stored. Give one of daily, peak."
    )


def test_a_new_key_is_taken_once() -> None:
    taken: set[str] = set()
    check_new_key("seat", taken=taken)
    assert taken == {"seat"}
    with pytest.raises(InvalidInput, match="taken already"):
        check_new_key("seat", taken=taken)


def test_a_key_is_needed() -> None:
    taken: set[str] = set()
    with pytest.raises(InvalidInput, match="it is missing"):
        check_new_key(" ", taken=taken)
    assert taken == set()
