"""What stands on documents about a provider: taken in one form, or refused by field."""

from __future__ import annotations

import pytest

from icb.foundation.provider_details import checked
from icb.kernel.errors import InvalidInput


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("iban", "de02 1203 0000 0000 2020 51", "DE02120300000000202051"),
        ("bic", "bylade m1 001", "BYLADEM1001"),
        ("payment_days", "007", "7"),
        ("payment_days", "", "14"),
        ("language", "", "en"),
        ("country", "DE", "DE"),
        ("electronic_scheme", "9930", "9930"),
        ("iban", "", ""),
    ],
)
def test_it_is_kept_in_one_form(field: str, typed: str, kept: str) -> None:
    assert checked(field, value=typed) == kept


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("iban", "DE00120300000000202051"),
        ("bic", "BYLADE"),
        ("payment_days", "366"),
        ("payment_days", "-1"),
        ("payment_days", "14.5"),
        ("language", "xx"),
        ("country", "de"),
        ("country", "ZZ"),
        ("electronic_scheme", "99"),
        ("email", "nobody"),
        ("name", " "),
        ("city", "x\x00"),
    ],
)
def test_what_it_cannot_be_is_refused_by_field(field: str, typed: str) -> None:
    with pytest.raises(InvalidInput, match="Nothing was stored") as refused:
        checked(field, value=typed)
    assert refused.value.details["field"] == field
