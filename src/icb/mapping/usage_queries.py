"""What was counted: by organization, module and billing type, day by day.

A fixed number of statements for any number of keys and days.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from icb.foundation.bulk import fetch
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.hub.proof_queries import proving_snapshots
from icb.hub.queries import readings
from icb.hub.reading import KeyRun
from icb.kernel.days import ONE_DAY, DayRange
from icb.kernel.errors import InvalidInput
from icb.mapping.day_series import DayUnits, day_series, within
from icb.mapping.feeds import days_between

MOST_DAYS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageFilter:
    """Whose counts, of what, on which days (both inclusive). Empty keys are all.

    With an organization only the days count on which a module organization was mapped to it.
    """

    first: date
    last: date
    organization: str = ""
    module: str = ""
    billing_type: str = ""
    module_organization: str = ""


class Part(NamedTuple):
    """What one module organization has of a series; `organization` has it on the last day."""

    id: str
    name: str
    organization: str
    organization_key: str
    days: list[DayUnits]


class Series(NamedTuple):
    """One billing type of one module: all of it together, at `keys` module organizations; where
    they were asked for, some of its parts, and the answers (`snapshots`) that prove its days."""

    module: str
    module_name: str
    billing_type: str
    name: str
    unit: str
    keys: int
    days: list[DayUnits]
    parts: list[Part]
    snapshots: Mapping[date, int]


class CountedType(NamedTuple):
    """A billing type that something was counted of, and at how many module organizations."""

    module: str
    module_name: str
    billing_type: str
    name: str
    unit: str
    organizations: int


class _Key(NamedTuple):
    """What is counted where, with everything that stands beside it."""

    id: int
    connection: int
    module: str
    module_name: str
    billing_type: str
    name: str
    unit: str
    merge: str
    owner: int
    external_id: str
    owner_name: str


def counted_types() -> list[CountedType]:
    """Everything that is counted, by module and billing type as entered."""
    rows = fetch(
        """
        SELECT c.key, c.name, t.key, t.name, t.unit, k.counted
        FROM (
          SELECT connection_id, billing_type_id, COUNT(*) AS counted FROM count_key
          WHERE provider_id = %s AND first_counted_on IS NOT NULL
          GROUP BY connection_id, billing_type_id
        ) k
        JOIN billing_type t ON t.id = k.billing_type_id
        JOIN module_connection c ON c.id = k.connection_id ORDER BY c.id, t.id
        """,
        [provider_id()],
    )
    return [CountedType(*row) for row in rows]


def usage_series(wanted: UsageFilter, *, parts: int = 0) -> list[Series]:
    """The series of what is asked for, by module and billing type as entered.

    Each with so many of its parts; with any, the answers that prove its days are told as well.

    Raises InvalidInput for days that are too many or the wrong way round.
    """
    _check_days(wanted)
    keys, owned = _keys(wanted)
    # Up to today: so a gap that goes on behind the last day is seen whole.
    runs = readings([key.id for key in keys], start=wanted.first, end=local_today() + ONE_DAY)
    shown: dict[int, Sequence[KeyRun]] = {
        key.id: within(runs.get(key.id, ()), ranges=owned[key.owner].days)
        if wanted.organization
        else runs.get(key.id, ())
        for key in keys
    }
    told = _Told(wanted, shown, owned, _proofs(keys, wanted) if parts else {})
    grouped: dict[tuple[str, str], list[_Key]] = defaultdict(list)
    for key in keys:
        if shown[key.id]:
            grouped[key.module, key.billing_type].append(key)
    return [told.series(of_type, parts=parts) for of_type in grouped.values()]


def _proofs(keys: Sequence[_Key], wanted: UsageFilter) -> dict[tuple[int, date], int]:
    return proving_snapshots(
        {key.connection for key in keys},
        keys=[key.id for key in keys],
        first=wanted.first,
        last=wanted.last,
    )


class _Owned(NamedTuple):
    """The days on which somebody had a module organization, and who has it on the last one."""

    days: list[DayRange]
    organization: str
    key: str


class _Told(NamedTuple):
    """What was read: runs by key, who has what, and which answer proves which day."""

    wanted: UsageFilter
    runs: Mapping[int, Sequence[KeyRun]]
    owned: Mapping[int, _Owned]
    proofs: Mapping[tuple[int, date], int]

    def series(self, keys: Sequence[_Key], *, parts: int) -> Series:
        """The series of the keys of one billing type."""
        one = keys[0]
        shown = [self._part(key) for key in keys[:parts]]
        proven = self.proofs.items()
        snapshots = {day: proof for (owner, day), proof in proven if owner == one.connection}
        return Series(*one[2:7], len(keys), self._days(keys), shown, snapshots)

    def _part(self, key: _Key) -> Part:
        owner = self.owned[key.owner]
        days = self._days([key])
        return Part(key.external_id, key.owner_name, owner.organization, owner.key, days)

    def _days(self, keys: Sequence[_Key]) -> list[DayUnits]:
        wanted = self.wanted
        runs = [self.runs[key.id] for key in keys]
        return day_series(runs, first=wanted.first, last=wanted.last, merge=keys[0].merge)


def _check_days(wanted: UsageFilter) -> None:
    count = (wanted.last - wanted.first).days + 1
    if count < 1 or count > MOST_DAYS:
        raise InvalidInput(
            field="to",
            value=wanted.last,
            message=f"to {wanted.last}: from {wanted.first} these are {count} days. Nothing is "
            f"shown. Give the same day or a later one, {MOST_DAYS} days at most.",
        )


def _keys(wanted: UsageFilter) -> tuple[list[_Key], dict[int, _Owned]]:
    """The keys that are asked for, and who has their module organizations."""
    where, params = "", list[Any]()
    for column, value in (
        ("c.key", wanted.module),
        ("t.key", wanted.billing_type),
        ("m.external_id", wanted.module_organization),
    ):
        if value:
            where, params = f"{where} AND {column} = %s", [*params, value]
    if wanted.organization:
        where += f" AND {_WAS_MAPPED}"
        params = [*params, wanted.organization, wanted.last, wanted.first]
    rows = fetch(_KEYS.format(where=where), [provider_id(), wanted.last, *params])
    keys: dict[int, _Key] = {}
    owned: dict[int, _Owned] = {}
    seen: set[int] = set()
    for *facts, mapping, organization, name, starts_on, ends_on in rows:
        key = _Key._make(facts)
        keys[key.id] = key
        owner = owned.setdefault(key.owner, _Owned([], "", ""))
        if mapping is None or mapping in seen:
            continue
        seen.add(mapping)
        days = days_between(starts_on, ends_on)
        if organization == wanted.organization:
            owner.days.append(days)
        if days.contains(wanted.last):
            owned[key.owner] = owner._replace(organization=name or "", key=organization or "")
    return list(keys.values()), owned


_WAS_MAPPED = """EXISTS (
  SELECT 1 FROM organization_mapping x JOIN organization y ON y.id = x.organization_id
  WHERE x.module_organization_id = m.id AND y.key = %s
  AND (x.starts_on IS NULL OR x.starts_on <= %s) AND (x.ends_on IS NULL OR x.ends_on >= %s))
"""
_KEYS = """
SELECT k.id, c.id, c.key, c.name, t.key, t.name, t.unit, t.merge, m.id, m.external_id, m.name,
       om.id, o.key, o.name, om.starts_on, om.ends_on
FROM count_key k
JOIN billing_type t ON t.id = k.billing_type_id
JOIN module_connection c ON c.id = k.connection_id
JOIN module_organization m ON m.id = k.module_organization_id
LEFT JOIN organization_mapping om ON om.module_organization_id = m.id
LEFT JOIN organization o ON o.id = om.organization_id
WHERE k.provider_id = %s AND k.first_counted_on <= %s {where}
ORDER BY c.id, t.id, m.id, om.id
"""
