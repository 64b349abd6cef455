"""The words of documents: every one in every language, with the same places in it."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from icb.invoicing import wording as module
from icb.invoicing.wording import wording, words_of
from icb.kernel.errors import InvalidInput
from icb.kernel.languages import LANGUAGES

_ENGLISH = words_of("en")


def test_the_files_are_those_of_the_languages() -> None:
    files = (Path(module.__file__).parent / "templates" / "words").glob("*.json")
    assert sorted(path.stem for path in files) == sorted(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_has_its_words_and_its_places(language: str) -> None:
    def places(words: Any) -> list[str]:
        return sorted(re.findall(r"{(\w+)}", str(words)))

    words = words_of(language)
    assert list(words) == list(_ENGLISH)
    assert all(words.values())
    differing = [key for key in words if places(words[key]) != places(_ENGLISH[key])]
    # Spanish says "de" in a day; which parts a form has is its own matter.
    assert [key for key in differing if not key.endswith("_day")] == []
    assert len(words["months"]) == len(words["short_months"]) == 12


def test_numbers_are_written_as_in_the_language() -> None:
    plain = ("-1234567.80", "999", "1000", "0.05")
    assert [wording("en").number(one) for one in plain] == ["−1,234,567.80", "999", "1,000", "0.05"]
    assert [wording("de").number(one) for one in plain] == ["−1.234.567,80", "999", "1.000", "0,05"]
    assert wording("fr").number("1234.5") == "1\u00a0234,5"


def test_days_are_written_as_in_the_language() -> None:
    first, end = date(2026, 6, 1), date(2026, 7, 1)
    assert [wording(one).days(first, end=end) for one in LANGUAGES] == [
        "1–30 Jun 2026",
        "1.–30. Juni 2026",
        "1–30 juin 2026",
        "1–30 juni 2026",
        "1–30 jun. 2026",
    ]
    over = wording("de").days(date(2026, 12, 15), end=date(2027, 1, 15))
    assert over == "15. Dez. 2026 – 14. Jan. 2027"
    assert wording("es").long_day(first) == "1 de junio de 2026"


def test_a_language_that_there_is_not_is_refused() -> None:
    with pytest.raises(InvalidInput, match="documents are not written in xx"):
        wording("xx")
