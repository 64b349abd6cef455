"""What of ours is to be mapped at a target, what it is mapped to, and what fits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from icb.accounting.chart_queries import accounts
from icb.accounting.models import AccountKind, MappingKind
from icb.accounting.pairing import Candidate, Pair, best_pair
from icb.accounting.ports import Listing
from icb.accounting.target_queries import mappings, records, target_row
from icb.contracts.queries import services
from icb.foundation.listing import Asked, Kind, Page, Wanted, page_of_rows
from icb.organizations.queries import organizations, tax_rates

_ASKED = {
    "ours": Asked("ours", is_searched=True),
    "name": Asked("name", is_searched=True),
    "theirs": Asked("their_name", is_searched=True),
    "state": Asked("state", Kind.CHOICE),
}


class OursRow(NamedTuple):
    """Something of ours and what it is at a target. `suggested` is offered where nothing is mapped;
    `is_sure` where it is the only one that fits exactly. `state`: mapped, suggested or open."""

    kind: str
    ours: str
    name: str
    theirs: str
    their_name: str
    suggested: str
    suggested_name: str
    reason: str
    is_sure: bool
    state: str


def kinds_to_map(target: str) -> list[str]:
    """What can be mapped at a target, in a steady order."""
    listings = target_row(target).description.listings
    return [kind for kind in MappingKind.values if Listing(kind) in listings]


def mapping_page(wanted: Wanted, *, target: str, kind: str) -> Page[OursRow]:
    """One page of what of ours can be mapped, as it stands at the target."""
    return page_of_rows(mapping_rows(target, kind=kind), wanted=wanted, columns=_ASKED)


def mapping_rows(target: str, *, kind: str) -> list[OursRow]:
    """Everything of ours of a kind, as it stands at the target."""
    mapped = {row.ours: row for row in mappings(target, kind=kind)}
    among = [Candidate(one.theirs, one.name, one.code) for one in records(target, kind=kind)]
    names = {one.id: one.name for one in among}
    rows = []
    for ours, name in _ours(kind):
        found = mapped.get(ours)
        pair = None if found or not ours else best_pair(ours, name=name, among=among)
        rows.append(_row(kind, ours, name, found=found and (found.theirs, found.name), pair=pair))
    return [
        row._replace(their_name=names.get(row.theirs, row.their_name)) if row.theirs else row
        for row in rows
    ]


def open_count(target: str) -> dict[str, int]:
    """How many of each kind are not mapped though the target needs them to be."""
    told = target_row(target).description
    left_out = _booked_there() if told.hosts else frozenset()
    return {
        kind: sum(
            row.state != "mapped"
            for row in mapping_rows(target, kind=kind)
            if row.ours and (kind, row.ours) not in left_out
        )
        for kind in kinds_to_map(target)
        if Listing(kind) in told.needed
    }


def _booked_there() -> frozenset[tuple[str, str]]:
    """Accounts that an application books itself: all but those of revenue."""
    rows = (row for row in accounts() if row.kind != AccountKind.REVENUE)
    return frozenset((MappingKind.ACCOUNTS.value, row.code) for row in rows)


def _row(
    kind: str, ours: str, name: str, *, found: tuple[str, str] | None, pair: Pair | None
) -> OursRow:
    theirs, their_name = found or ("", "")
    return OursRow(
        kind,
        ours,
        name,
        theirs,
        their_name or theirs,
        pair.candidate.id if pair else "",
        pair.candidate.name if pair else "",
        pair.reason if pair else "",
        bool(pair and pair.is_sure),
        "mapped" if theirs else "suggested" if pair else "open",
    )


def _ours(kind: str) -> Iterator[tuple[str, str]]:
    """Keys and names of ours; an empty key first where it stands for the rest, or for none."""
    if kind == MappingKind.CUSTOMERS:
        yield from ((row.key, row.name) for row in organizations())
    elif kind == MappingKind.ACCOUNTS:
        yield from ((row.code, row.name) for row in accounts())
    elif kind == MappingKind.ITEMS:
        yield "", ""
        yield from ((row.key, row.name) for row in services())
    else:
        yield "", ""
        yield from ((row.key, row.name) for row in tax_rates())
