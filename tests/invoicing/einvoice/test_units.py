"""What is counted is stated in the codes that readers of e-invoices know."""

from __future__ import annotations

import pytest
from tests.invoicing.einvoice.made import document, line

from icb.invoicing.einvoice import units
from icb.invoicing.einvoice.examining import FORMATS, examine


@pytest.mark.parametrize("format", FORMATS)
def test_every_code_is_one_that_the_rules_know(format: str) -> None:
    names = ["seat", "", *units._CODES]
    examined = examine(document([line("180.00", unit=name) for name in names]), format=format)
    assert examined.is_valid, examined.problems
    for name in names:
        assert f'unitCode="{units.unit_code(name)}"'.encode() in examined.xml


@pytest.mark.parametrize(
    ("unit", "code"),
    [("GB", "E34"), (" gb ", "E34"), ("Hours", "HUR"), ("minutes", "MIN"), ("bus", "C62")],
)
def test_units_are_known_however_they_are_written(unit: str, code: str) -> None:
    assert units.unit_code(unit) == code


def test_a_share_of_a_period_is_in_days_whatever_is_counted() -> None:
    shared = line("32.93", units="8", unit_days="247", unit_price="4", unit="GB")
    assert b'unitCode="DAY"' in examine(document([shared]), format=FORMATS[0]).xml
