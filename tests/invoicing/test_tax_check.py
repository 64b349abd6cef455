"""Frozen taxes that do not follow from their lines are seen."""

from __future__ import annotations

from icb.invoicing.tax_check import LineSaid, TaxSaid, adds_up, follows
from icb.kernel.quantity import MICRO
from icb.rating.tax import LineTax, TaxKey, TaxPart

_TAX = LineTax("vat", "S", (TaxPart("", 20 * MICRO),))
_KEY = TaxKey(1, "S", 20 * MICRO, "")
_LINE = LineSaid(1_000, _TAX, (200,), 200)


def test_what_follows_adds_up() -> None:
    said = [TaxSaid(_KEY, 1_000, 200)]
    assert follows([_LINE], taxes=said)
    assert adds_up([_LINE], taxes=said)


def test_another_tax_neither_follows_nor_adds_up() -> None:
    said = [TaxSaid(_KEY, 1_000, 201)]
    assert not follows([_LINE], taxes=said)
    assert not adds_up([_LINE], taxes=said)


def test_shares_need_a_tax_and_make_the_share_of_their_line() -> None:
    said = [TaxSaid(_KEY, 1_000, 200)]
    assert not adds_up([_LINE._replace(tax=None)], taxes=said)
    assert not adds_up([_LINE._replace(share=199)], taxes=said)
