"""Taxes of one part, as a percentage in millionths says them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from icb.rating import LineTax, TaxPart, document_taxes
from icb.rating.tax import DocumentTaxes


class TaxTotal(NamedTuple):
    """One percentage, the net it applies to, and the tax."""

    rate: int
    net: int
    tax: int


def plain(rate: int | None, *, code: str = "vat") -> LineTax | None:
    """The tax of a line by its percentage; None where it carries none."""
    if rate is None:
        return None
    return LineTax(code, "S" if rate else "Z", (TaxPart("", rate),))


def totals(taxes: DocumentTaxes) -> list[TaxTotal]:
    """The groups of taxes that have one part each."""
    return [TaxTotal(one.key.percent, one.net, one.tax) for one in taxes.totals]


def taxes(lines: Iterable[tuple[int | None, int]]) -> list[TaxTotal]:
    """The groups of (percentage, amount) lines."""
    return totals(document_taxes([(plain(rate), amount) for rate, amount in lines]))
