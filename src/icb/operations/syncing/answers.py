"""An adapter's snapshot as an answer that the hub judges: whole, or a problem (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from icb.hub.inputs import Answer, CountRow
from icb.hub.ports import DaySnapshot, IncompleteAnswer, Manifest, Seen, UnexpectedAnswer

_SHOWN = 5


def answer_of(snapshot: DaySnapshot, *, day: date) -> Answer:
    """The answer that a snapshot is.

    Raises IncompleteAnswer where the adapter says that something is missing, and UnexpectedAnswer
    where it contradicts itself: another day, a count of an organization it does not list or of a
    type that its manifest does not cover, an organization without an id or with two records.
    Nothing is ever left out to make it fit.
    """
    if snapshot.day != day:
        raise UnexpectedAnswer(
            f"The counts are of {snapshot.day}, not of {day}. Nothing was stored."
        )
    if not snapshot.manifest.is_complete:
        raise IncompleteAnswer(
            "Not every organization and type was read to its end. Nothing was stored."
        )
    organizations = _by_id(snapshot.organizations)
    covered = set(snapshot.manifest.billing_types)
    _check(
        [
            count.organization
            for count in snapshot.counts
            if count.organization not in organizations
        ],
        says="There are counts of organizations that are not in the vendor's list",
    )
    _check(
        [one.billing_type for one in snapshot.counts if one.billing_type not in covered],
        says="There are counts of types that the answer does not say it covers",
    )
    return Answer(
        day=day,
        rows=[CountRow(c.organization, c.billing_type, c.count) for c in snapshot.counts],
        stamp=snapshot.stamp,
        names={id: one.name for id, one in organizations.items() if one.name},
        created={id: one.created_on for id, one in organizations.items() if one.created_on},
    )


def manifest_data(snapshot: DaySnapshot) -> dict[str, Any]:
    """What an answer covers, as it is kept with its sync."""
    manifest: Manifest = snapshot.manifest
    return {
        "billing_types": sorted(manifest.billing_types),
        "organizations": len(snapshot.organizations),
        "pages": manifest.pages,
        "items": manifest.items,
        "excluded": dict(manifest.excluded),
        "unknown": dict(manifest.unknown),
        "as_of": snapshot.as_of.isoformat() if snapshot.as_of else "",
    }


def _by_id(organizations: Sequence[Seen]) -> dict[str, Seen]:
    found: dict[str, Seen] = {}
    twice = []
    for one in organizations:
        if found.setdefault(one.id, one) != one:
            twice.append(one.id)
    _check(twice, says="The vendor's list has two records of one id")
    if not all(found):
        raise UnexpectedAnswer(
            "The vendor's list has an organization without an id. Nothing was stored."
        )
    return found


def _check(wrong: Sequence[str], *, says: str) -> None:
    if wrong:
        names = sorted(set(wrong))
        shown = ", ".join(name[:80] for name in names[:_SHOWN])
        rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        raise UnexpectedAnswer(f"{says}: {shown}{rest}. Nothing was stored.")
