"""From the items of a list to counts by organization and billing type."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from icb.hub.ports import DaySnapshot, Manifest, Seen, UnexpectedAnswer, UsageCount
from icb.modules.generic_http.configuration import ADD, Configuration
from icb.modules.generic_http.paths import MISSING, at_path

NO_ORGANIZATION = "no organization"
_NUMBER = re.compile(r"\d{1,18}(\.\d{1,12})?", re.ASCII)

Count = int | Decimal


@dataclass(slots=True)
class Counted:
    """What the items add up to."""

    counts: dict[tuple[str, str], Count] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    billing_types: list[str] = field(default_factory=list)
    excluded: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)

    def rows(self) -> list[UsageCount]:
        """A count for each organization and type that was seen; what did not come is zero."""
        return [
            UsageCount(
                organization=organization,
                billing_type=billing_type,
                count=self.counts.get((organization, billing_type), 0),
            )
            for organization in self.names
            for billing_type in self.billing_types
        ]

    def organizations(self) -> list[Seen]:
        """The organizations that were seen."""
        return [Seen(id=key, name=name) for key, name in self.names.items()]

    def manifest(self, *, pages: int, items: int) -> Manifest:
        """What the counts cover."""
        return Manifest(
            is_complete=True,
            billing_types=tuple(self.billing_types),
            pages=pages,
            items=items,
            excluded=dict(self.excluded),
            unknown=dict(self.unknown),
        )


def count_items(items: Sequence[object], *, configuration: Configuration) -> Counted:
    """Count the items as configured.

    Raises UnexpectedAnswer with the number of the first item that lacks what it must have, and
    where not one of them names an organization.
    """
    counted = Counted(billing_types=list(configuration.billing_types))
    for number, item in enumerate(items, start=1):
        _add(counted, item=item, number=number, configuration=configuration)
    if items and not counted.names:
        raise UnexpectedAnswer(
            f"None of the {len(items):,} items has an organization at organization_path "
            f"({configuration.organization_path}). Nothing was stored. Correct it in the "
            "connection."
        )
    return counted


def _add(counted: Counted, *, item: object, number: int, configuration: Configuration) -> None:
    organization = _text(item, path=configuration.organization_path)
    if not organization:
        counted.excluded[NO_ORGANIZATION] += 1
        return
    name = _text(item, path=configuration.name_path) if configuration.name_path else ""
    counted.names[organization] = name or counted.names.get(organization, "") or organization
    billing_type = _billing_type(item, number=number, configuration=configuration)
    if billing_type not in counted.billing_types:
        if configuration.billing_types:
            counted.unknown[billing_type] += 1
            return
        counted.billing_types.append(billing_type)
    key = (organization, billing_type)
    if configuration.count_path:
        count = _count(item, number=number, path=configuration.count_path)
        if key in counted.counts and configuration.repeated != ADD:
            raise UnexpectedAnswer(
                f"Item {number} is a second count of {billing_type} at {counted.names[key[0]]}. "
                "Nothing was stored. If such counts are to be added, say so in the connection."
            )
        counted.counts[key] = counted.counts.get(key, 0) + count
    else:
        counted.counts[key] = counted.counts.get(key, 0) + 1


def _billing_type(item: object, *, number: int, configuration: Configuration) -> str:
    if not configuration.type_path:
        return configuration.billing_types[0]
    found = _text(item, path=configuration.type_path)
    if not found:
        raise UnexpectedAnswer(
            f"Item {number} has no text at type_path ({configuration.type_path}). Nothing was "
            "stored. Correct it in the connection."
        )
    return found


def _count(item: object, *, number: int, path: str) -> Count:
    found = at_path(item, path=path)
    if isinstance(found, str) and _NUMBER.fullmatch(found):
        found = Decimal(found) if "." in found else int(found)
    if not isinstance(found, int | Decimal) or isinstance(found, bool) or found < 0:
        raise UnexpectedAnswer(
            f"Item {number} has no number, zero or more, at count_path ({path}). Nothing was "
            "stored. Correct it in the connection."
        )
    return found


def _text(item: object, *, path: str) -> str:
    """A text or a whole number as text; empty where there is neither."""
    found = at_path(item, path=path)
    if found is MISSING or isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    return str(found).strip()


def snapshot_words(snapshot: DaySnapshot, *, shown: int = 5) -> str:
    """What would be stored, in words, with the first counts as examples."""
    names = {seen.id: seen.name for seen in snapshot.organizations}
    examples = [
        f"{names[count.organization]}: {count.billing_type} {count.count}"
        for count in snapshot.counts[:shown]
    ]
    more = len(snapshot.counts) - len(examples)
    left_out = sum(snapshot.manifest.excluded.values()) + sum(snapshot.manifest.unknown.values())
    return (
        f"{snapshot.manifest.items:,} items on {snapshot.manifest.pages:,} pages give "
        f"{len(snapshot.counts):,} counts ({'; '.join(examples) or 'none'}"
        f"{f'; and {more:,} more' if more else ''}). {left_out:,} items are not counted."
    )
