"""Numbers: written one way, read back one way, safe as the name of a file."""

from __future__ import annotations

import pytest

from icb.invoicing.numbering import Numbering, check_numbering, document_number, sequence_of
from icb.kernel.errors import InvalidInput


def test_a_number_is_a_prefix_and_digits_that_are_never_cut() -> None:
    assert document_number(Numbering("INV-", 6), sequence=1) == "INV-000001"
    assert document_number(Numbering("CN-", 2), sequence=12345) == "CN-12345"


def test_a_bare_sequence_is_told_from_a_number() -> None:
    assert sequence_of("000042") == 42
    assert sequence_of("INV-42") is None
    assert sequence_of("٤٢") is None
    assert sequence_of("") is None


@pytest.mark.parametrize("prefix", ["INV-", "R2026-", "a", "A_B.c-", "x" * 20])
def test_these_prefixes_are_fine(prefix: str) -> None:
    check_numbering(Numbering(prefix, 1), other_prefix="CN-")


@pytest.mark.parametrize(
    "prefix",
    ["", "INV2026", "a/b-", "..", ".a", "a b-", "\\", "Ä-", "-", "x" * 21, "cn-", "CN-", "a\n"],
)
def test_these_prefixes_are_refused(prefix: str) -> None:
    with pytest.raises(InvalidInput, match="Nothing was stored") as caught:
        check_numbering(Numbering(prefix, 6), other_prefix="CN-")
    assert caught.value.field == "prefix"


@pytest.mark.parametrize("digits", [0, 13])
def test_these_digits_are_refused(digits: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_numbering(Numbering("INV-", digits), other_prefix="CN-")
    assert caught.value.field == "digits"
