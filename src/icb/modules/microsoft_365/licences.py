"""From the licences of each tenant to counts: purchased and assigned, by part number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from icb.hub.ports import IncompleteAnswer, Seen, UsageCount
from icb.modules.reading import Record

ENABLED, WARNING = "enabled", "warning"
# Units that nobody uses as normal ones: named with their reason, and not counted as purchased.
REASONS = {
    WARNING: "units in the grace period",
    "suspended": "suspended units",
    "lockedOut": "locked out units",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Licences:
    """What a tenant holds of each licence, by billing type, and what of it is not counted."""

    counts: Mapping[str, int]
    names: Mapping[str, str] = field(default_factory=dict)
    excluded: Mapping[str, int] = field(default_factory=dict)
    unknown: Mapping[str, int] = field(default_factory=dict)
    rows: int = 0


def purchased(part: str) -> str:
    """The billing type of the units that a tenant has bought of a licence."""
    return f"{part}:purchased"


def assigned(part: str) -> str:
    """The billing type of the units that people of a tenant use of a licence."""
    return f"{part}:assigned"


def read_licences(rows: Sequence[Record], *, has_warning: bool) -> Licences:
    """A tenant's licences. `has_warning`: units in the grace period count as purchased.

    Raises IncompleteAnswer where a licence is listed twice.
    """
    identities = [row.key("skuId") for row in rows]
    if len(set(identities)) != len(rows):
        raise IncompleteAnswer(
            "A list of licences is not whole: some came twice, it moved while it was read. "
            "Nothing was stored; it is read again later."
        )
    counts: Counter[str] = Counter()
    excluded: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    names: dict[str, str] = {}
    for row, identity in zip(rows, identities, strict=True):
        part = row.text_or("skuPartNumber") or identity
        units = row.record("prepaidUnits")
        bought = units.whole(ENABLED)
        for state, reason in REASONS.items():
            if state == WARNING and has_warning:
                bought += units.whole_or_none(state) or 0
            else:
                excluded[reason] += units.whole_or_none(state) or 0
        unknown.update(_strange(units))
        counts[purchased(part)] += bought
        counts[assigned(part)] += row.whole("consumedUnits")
        names |= {purchased(part): f"{part}, purchased", assigned(part): f"{part}, assigned"}
    return Licences(
        counts=dict(counts),
        names=names,
        excluded=_positive(excluded),
        unknown=_positive(unknown),
        rows=len(rows),
    )


def counts(found: Mapping[str, Licences], *, organizations: Sequence[Seen]) -> Iterator[UsageCount]:
    """What each tenant has of every licence that any tenant has, zeros too."""
    types = billing_types(found)
    for seen in organizations:
        for billing_type in types:
            count = found[seen.id].counts.get(billing_type, 0)
            yield UsageCount(organization=seen.id, billing_type=billing_type, count=count)


def billing_types(found: Mapping[str, Licences]) -> tuple[str, ...]:
    """Both types of every licence that any tenant lists."""
    return tuple(sorted({name for licences in found.values() for name in licences.counts}))


def _strange(units: Record) -> dict[str, int]:
    """Units in a state that the vendor did not have before."""
    known = {ENABLED, *REASONS}
    states = [name for name in units.names() if name not in known and not name.startswith("@")]
    return {f"{state} units": units.whole_or_none(state) or 0 for state in states}


def _positive(found: Counter[str]) -> dict[str, int]:
    return {name: count for name, count in found.items() if count}
