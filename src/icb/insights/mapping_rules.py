"""What needs attention about mappings: usage that nobody is billed for, or somebody twice. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from icb.insights.finding import Finding, at_stake
from icb.insights.situation import Situation, Usage
from icb.kernel.quantity import format_micro

_UNMAPPABLE = ("dead", "cancelation")


def new_organizations(situation: Situation) -> Iterator[Finding]:
    """An enabled module reports an organization that is mapped to nobody."""
    counted = _by((row.connection, row.organization_id, row) for row in situation.usage)
    for unmapped in situation.unmapped:
        rows = [row for row in counted.get((unmapped.connection, unmapped.id), ()) if row.units]
        yield Finding(
            "new_organization",
            f"{unmapped.connection}/{unmapped.id}",
            {
                "module": unmapped.connection,
                "id": unmapped.id,
                "name": unmapped.name,
                "billing_types": sorted(row.billing_type for row in rows),
            },
            {"usage": _in_words(rows), "unpriced": _unpriced(situation, rows)},
            at_stake((row.units, situation.price(row)) for row in rows),
        )


def unmapped_types(situation: Situation) -> Iterator[Finding]:
    """A client under contract is counted for something that drives none of its services."""
    found: dict[tuple[str, str, str], list[Usage]] = defaultdict(list)
    for row in situation.usage:
        customer = situation.customers.get(row.organization)
        is_open = bool(row.units) and not row.services and not row.is_ignored
        if is_open and customer is not None and customer.has_contract:
            found[row.organization, row.connection, row.billing_type].append(row)
    for (organization, module, billing_type), rows in found.items():
        yield Finding(
            "unmapped_type",
            f"{organization}/{module}/{billing_type}",
            {"organization": organization, "module": module, "billing_type": billing_type},
            {"units": format_micro(sum(row.units for row in rows)), "name": rows[0].type_name},
            at_stake((row.units, situation.price(row)) for row in rows),
        )


def no_contract(situation: Situation) -> Iterator[Finding]:
    """An organization is counted and mapped, and none of its contracts covers today."""
    for organization, rows in _by_organization(situation).items():
        customer = situation.customers[organization]
        if customer.has_contract or customer.type in _UNMAPPABLE:
            continue
        last = customer.last_contract_day
        yield Finding(
            "no_active_contract",
            organization,
            {
                "organization": organization,
                "modules": sorted({row.connection for row in rows}),
                "ended_on": last and last.isoformat(),
            },
            {"usage": _in_words(rows), "unpriced": _unpriced(situation, rows)},
            at_stake((row.units, situation.price(row)) for row in rows),
        )


def dead_organizations(situation: Situation) -> Iterator[Finding]:
    """An organization of type Dead or Cancelation is still counted."""
    for organization, rows in _by_organization(situation).items():
        customer = situation.customers[organization]
        if customer.type not in _UNMAPPABLE:
            continue
        yield Finding(
            "dead_organization",
            organization,
            {
                "organization": organization,
                "type": customer.type,
                "modules": sorted({row.connection for row in rows}),
            },
            {"usage": _in_words(rows), "unpriced": _unpriced(situation, rows)},
            at_stake((row.units, situation.price(row)) for row in rows),
        )


def overlaps(situation: Situation) -> Iterator[Finding]:
    """A total and a part of it are both billed on one contract: the part is billed twice."""
    driven: dict[tuple[str, str, str], list[Usage]] = defaultdict(list)
    for row in situation.usage:
        for id in row.services:
            if id in situation.services:
                contract = situation.services[id].contract
                driven[contract, row.connection, row.billing_type].append(row)
    for both in situation.overlaps:
        rows = driven.get((both.contract, both.module, both.part), [])
        yield Finding(
            "overlapping_types",
            f"{both.contract}/{both.module}/{both.total}/{both.part}",
            both._asdict(),
            {"units": format_micro(sum(usage.units for usage in rows))},
            at_stake((usage.units, situation.price(usage)) for usage in rows),
        )


def _by_organization(situation: Situation) -> dict[str, list[Usage]]:
    found: dict[str, list[Usage]] = defaultdict(list)
    for row in situation.usage:
        if row.units and row.organization in situation.customers and not row.is_ignored:
            found[row.organization].append(row)
    return found


def _by(rows: Iterable[tuple[Any, Any, Usage]]) -> dict[tuple[Any, Any], list[Usage]]:
    found: dict[tuple[Any, Any], list[Usage]] = defaultdict(list)
    for one, other, row in rows:
        found[one, other].append(row)
    return found


def _in_words(rows: Iterable[Usage]) -> str:
    units: dict[str, int] = defaultdict(int)
    for row in rows:
        units[row.type_name] += row.units
    return ", ".join(f"{format_micro(number)} {name}" for name, number in sorted(units.items()))


def _unpriced(situation: Situation, rows: Iterable[Usage]) -> list[str]:
    """The billing types for which no price is known: the money at stake leaves them out."""
    return sorted({row.billing_type for row in rows if situation.price(row) is None})
