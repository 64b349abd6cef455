"""Tax numbers: what cannot be right is told, and nothing else."""

from __future__ import annotations

import pytest

from icb.foundation.tax_numbers import tax_number_problem


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("", "DE"),
        ("DE136695976", "DE"),
        ("de 136 695 976", ""),
        ("NL004495445B01", "NL"),
        ("EL094259216", "GR"),
        ("12/345/67890", "DE"),  # of a tax office: nothing is known of it
        ("anything", ""),
        ("anything", "XX"),
        ("GB980780684", "GB"),
        ("CHE-107.787.577 IVA", "CH"),
        ("XI980780684", "GB"),
    ],
)
def test_a_number_that_may_be_right_has_no_problem(number: str, country: str) -> None:
    assert tax_number_problem(number, country=country) == ""


@pytest.mark.parametrize(
    ("number", "country", "said"),
    [
        ("DE136695975", "DE", "no VAT number of DE"),
        ("DE13669597", "", "length or check digits"),
        ("NL004495445B01", "DE", "but the country is DE"),
        ("GB980780685", "GB", "no tax number of GB"),
        ("123", "NO", "no tax number of NO"),
    ],
)
def test_a_number_that_cannot_be_right_is_told(number: str, country: str, said: str) -> None:
    assert said in tax_number_problem(number, country=country)
