"""The taxes of a document as accounting takes them (pure): by code and percentage.

A code has one percentage on a day and in a region, and a document may have lines of several days
and regions. What they come to at another percentage is another tax: nobody could work one amount
out from one base and one percentage where two were charged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from icb.accounting.ports import Line, Tax, TaxPart

_NOTHING = Decimal(0)

Group = tuple[str, tuple[str, ...]]
"""Our code of a tax, and its percentages part by part."""


def taxes_of_lines(
    frozen_lines: Iterable[Mapping[str, Any]], *, lines: Iterable[Line]
) -> dict[Group, Tax]:
    """The taxes of a document's frozen lines, with the amounts that the entry's lines have.

    In the order of the lines. The code is ours here, the account is blank.
    """
    found: dict[Group, Tax] = {}
    for frozen, line in zip(frozen_lines, lines, strict=True):
        if frozen["tax_percent"] is None:
            continue
        said = frozen.get("tax_parts", ())
        place = frozen.get("tax_code", ""), tuple(part["percent"] for part in said)
        found[place] = _joined(found.get(place), _tax_of(frozen, line))
    return found


def _tax_of(frozen: Mapping[str, Any], line: Line) -> Tax:
    """The tax of one line."""
    said = frozen.get("tax_parts", ())
    percent = frozen["tax_percent"]
    names = dict.fromkeys(part["name"] for part in said if part["name"])
    return Tax(
        name=" + ".join(names) or f"{percent} %",
        tax_code=frozen.get("tax_code", ""),
        percent=Decimal(percent),
        net=line.net,
        tax=line.tax,
        parts=_parts(said, net=line.net) if len(said) > 1 else (),
    )


def _parts(said: Iterable[Mapping[str, Any]], *, net: Decimal) -> tuple[TaxPart, ...]:
    """The parts of a line's tax. A compound one is worked out on the parts before it as well."""
    found: list[TaxPart] = []
    for part in said:
        earlier = sum((one.tax for one in found), _NOTHING) if part["is_compound"] else _NOTHING
        found.append(TaxPart(Decimal(part["percent"]), net + earlier, Decimal(part["tax"])))
    return tuple(found)


def _joined(one: Tax | None, other: Tax) -> Tax:
    """The taxes of two lines as one."""
    if one is None:
        return other
    parts = tuple(
        TaxPart(first.percent, first.net + second.net, first.tax + second.tax)
        for first, second in zip(one.parts, other.parts, strict=True)
    )
    return Tax(
        name=one.name,
        tax_code=one.tax_code,
        percent=one.percent,
        net=one.net + other.net,
        tax=one.tax + other.tax,
        parts=parts,
    )
