"""Takes in taxes, their percentages by region and day, and exemptions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import partial

from icb.exchange.difference import Difference
from icb.exchange.format import ORGANIZATIONS, TAX_EXEMPTIONS, TAX_PERCENTAGES, TAX_RATES
from icb.exchange.reader import Row
from icb.exchange.taking import Batch, Place, Taking
from icb.exchange.values import YES
from icb.foundation.tax_numbers import tax_number_problem
from icb.organizations.inputs import NewTaxExemption, NewTaxPart, NewTaxPercentage, NewTaxRate
from icb.organizations.tax_actions import (
    add_tax_exemptions,
    add_tax_rates,
    change_tax_rate,
    end_tax_exemption,
    set_tax_percentages,
)
from icb.organizations.tax_queries import tax_exemptions

_CHANGEABLE = ("name", "category", "reason")
Group = tuple[str, str, str]


def take_tax_rates(taking: Taking, *, difference: Difference) -> None:
    """Add taxes; change name, category and reason of those whose fields differ."""
    taking.add_rows(
        difference,
        act=lambda rows: add_tax_rates([_tax_rate(row) for row in rows]),
        word="tax rate",
    )
    for change in difference.changed:
        if set(change.columns) <= set(_CHANGEABLE):
            cells = TAX_RATES.named(change.row.cells)
            changes = {name: cells[name] for name in change.columns}
            act = partial(change_tax_rate, cells["key"], changes=changes)
            taking.change(Place(TAX_RATES, change.row.line), act=act)
        else:
            taking.refuse_change(
                TAX_RATES,
                change=change,
                way_out="Give the percentage a first day (tax_percentages.csv), or add a tax under "
                "another key.",
            )


def take_tax_percentages(
    taking: Taking, *, difference: Difference, stored: Iterable[tuple[str, ...]]
) -> None:
    """Set the percentages of which a part is new or differs, with all their parts."""
    groups: dict[Group, dict[str, tuple[str, ...]]] = {}
    for cells in stored:
        groups.setdefault((cells[0], cells[1], cells[2]), {})[cells[3]] = cells
    touched: dict[Group, int] = {}
    rows = [*difference.added, *(change.row for change in difference.changed)]
    for row in taking.unspoilt(TAX_PERCENTAGES, rows=rows):
        named = TAX_PERCENTAGES.named(row.cells)
        group = named["tax"], named["region"], named["from"]
        groups.setdefault(group, {})[named["part"]] = tuple(named.values())
        touched.setdefault(group, row.line)
    taking.add(
        Batch(
            list(touched),
            act=lambda chosen: set_tax_percentages(
                [_percentage(group, groups[group]) for group in chosen]
            ),
            called=lambda group: f"tax {group[0]}",
            place=lambda group: Place(TAX_PERCENTAGES, touched[group]),
        )
    )


def take_tax_exemptions(taking: Taking, *, difference: Difference) -> None:
    """Add exemptions; let those end whose last day differs."""
    taking.add(
        Batch(
            taking.unspoilt(TAX_EXEMPTIONS, rows=difference.added),
            act=lambda chosen: add_tax_exemptions(
                [_exemption(TAX_EXEMPTIONS.named(row.cells)) for row in chosen]
            ),
            called=lambda row: f"organization {row.cells[0]}",
            place=lambda row: Place(TAX_EXEMPTIONS, row.line),
        )
    )
    if not difference.changed:
        return
    known = {(row.organization, row.tax, row.starts_on): row.id for row in tax_exemptions()}
    for change in difference.changed:
        new = _exemption(TAX_EXEMPTIONS.named(change.row.cells))
        if set(change.columns) == {"until"}:
            which = known[new.organization, new.tax, new.starts_on]
            act = partial(end_tax_exemption, which, ends_on=new.ends_on)
            taking.change(Place(TAX_EXEMPTIONS, change.row.line), act=act)
        else:
            way_out = "End it, and add another one from the day after."
            taking.refuse_change(TAX_EXEMPTIONS, change=change, way_out=way_out)


def doubtful_numbers(organizations: Difference) -> list[str]:
    """Notes on tax numbers of new and changed organizations that cannot be right.

    They go in all the same: nobody but the office knows.
    """
    rows = [*organizations.added, *(change.row for change in organizations.changed)]
    found = []
    for row in rows:
        cells = ORGANIZATIONS.named(row.cells)
        problem = tax_number_problem(cells["tax_number"], country=cells["country"])
        if problem:
            found.append(f"{ORGANIZATIONS.file}, line {row.line}: {problem}")
    return found


def _tax_rate(row: Row) -> NewTaxRate:
    cells = TAX_RATES.named(row.cells)
    return NewTaxRate(
        key=cells["key"],
        percent=cells["percent"] or None,
        name=cells["name"],
        category=cells["category"],
        reason=cells["reason"],
    )


def _percentage(group: Group, parts: Mapping[str, tuple[str, ...]]) -> NewTaxPercentage:
    tax, region, first = group
    ordered = [parts[place] for place in sorted(parts, key=int)]
    return NewTaxPercentage(
        tax,
        [NewTaxPart(cells[5], name=cells[4], is_compound=cells[6] == YES) for cells in ordered],
        region=region,
        from_day=date.fromisoformat(first) if first else None,
    )


def _exemption(cells: Mapping[str, str]) -> NewTaxExemption:
    return NewTaxExemption(
        cells["organization"],
        reason=cells["reason"],
        starts_on=date.fromisoformat(cells["from"]),
        ends_on=date.fromisoformat(cells["until"]) if cells["until"] else None,
        tax=cells["tax"],
        certificate=cells["certificate"],
    )
