"""Which counts drive which contract services, loaded for many contracts at once.

Reads only; a fixed number of queries for any number of contracts. A mapping reaches no further
than its contract's days (rules, section 8).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from icb.foundation.bulk import fetch, ids_in
from icb.foundation.scope import provider_id
from icb.hub.models import Shape
from icb.kernel.days import ONE_DAY, DayRange
from icb.mapping.units import FAR, Feed, ServiceFeeds
from icb.rating.terms import CountingRule

EVER = date.min
"""The start of a range that has no start."""

_PERIOD_VALUES = {
    Shape.CUMULATIVE_IN_PERIOD,
    Shape.UNIQUE_IN_PERIOD,
    Shape.HIGH_WATER,
    Shape.UNIT_DAYS,
}


def counting_rule(shape: str) -> CountingRule:
    """How a billing type of this shape is billed (rules, section 3)."""
    if shape in _PERIOD_VALUES:
        return CountingRule.PERIOD_VALUE
    return CountingRule.ONE_TIME if shape == Shape.ONE_TIME else CountingRule.LEVEL


@lru_cache(maxsize=4096)
def days_between(start: date | None, end: date | None) -> DayRange:
    """Dated columns (null: open; the end inclusive) as a half-open range."""
    return DayRange(start or EVER, FAR if end is None else end + ONE_DAY)


def service_feeds(contract_ids: Sequence[int]) -> dict[int, ServiceFeeds]:
    """Per contract service that any billing type is mapped to: its days, rule, feeds, conflicts."""
    found: dict[int, ServiceFeeds] = {}
    for service, shape, *dates in _mapped_rows(contract_ids):
        entry = found.get(service)
        if entry is None:
            entry = found[service] = ServiceFeeds([], counting_rule(shape), [], [])
        days = _in_all(tuple(dates))
        if days:
            entry.mapped.append(days)
    for feed in _feeds(contract_ids):
        found[feed.contract_service].feeds.append(feed)
    for service, _, days in _conflicts(contract_ids):
        found[service].conflicts.append(days)
    return found


def double_mappings() -> list[tuple[int, int, DayRange]]:
    """Where two contracts of one organization take the same billing type: contract service,
    billing type and days of each, over all contracts."""
    return _conflicts(None)


def _mapped_rows(contract_ids: Sequence[int]) -> list[tuple[Any, ...]]:
    chosen, params = ids_in("c.id", ids=contract_ids)
    return fetch(
        f"""
        SELECT sm.contract_service_id, bt.shape, c.starts_on, c.ends_on, sm.starts_on, sm.ends_on
        FROM contract c
        JOIN service_mapping sm ON sm.contract_id = c.id
        JOIN billing_type bt ON bt.id = sm.billing_type_id
        WHERE {chosen} AND sm.contract_service_id IS NOT NULL
        ORDER BY sm.id
        """,
        params,
    )


def _feeds(contract_ids: Sequence[int]) -> list[Feed]:
    """One feed per contract service and count key; several mappings of the pair are its ranges."""
    chosen, params = ids_in("c.id", ids=contract_ids)
    rows = fetch(
        f"""
        SELECT sm.contract_service_id, k.id, bt.id, bt.merge, c.starts_on, c.ends_on,
               sm.starts_on, sm.ends_on, om.starts_on, om.ends_on
        FROM contract c
        JOIN organization_mapping om ON om.organization_id = c.organization_id
        JOIN count_key k ON k.module_organization_id = om.module_organization_id
        JOIN service_mapping sm ON sm.contract_id = c.id AND sm.billing_type_id = k.billing_type_id
        JOIN billing_type bt ON bt.id = sm.billing_type_id
        WHERE {chosen} AND sm.contract_service_id IS NOT NULL
        ORDER BY sm.contract_service_id, k.id
        """,
        params,
    )
    ranges: dict[tuple[int, int, int, str], list[DayRange]] = defaultdict(list)
    for service, key, billing_type, merge, *dates in rows:
        days = _in_all(tuple(dates))
        if days:
            ranges[service, key, billing_type, merge].append(days)
    return [
        Feed(service, key, billing_type, merge, tuple(sorted(days)))
        for (service, key, billing_type, merge), days in ranges.items()
    ]


@lru_cache(maxsize=4096)
def _in_all(dates: tuple[date | None, ...]) -> DayRange | None:
    """The days that lie in each of the ranges; contracts and mappings share most of theirs."""
    days: DayRange | None = days_between(None, None)
    for start, end in zip(dates[::2], dates[1::2], strict=True):
        days = days and days.intersect(days_between(start, end))
    return days


def _conflicts(contract_ids: Sequence[int] | None) -> list[tuple[int, int, DayRange]]:
    """Days on which two contracts of one organization take the same billing type.

    Of these contracts, or of all. Saving such a mapping is refused; this finds what an import or a
    changed contract let in.
    """
    by_type: dict[tuple[int, int], list[_Taken]] = defaultdict(list)
    for organization, billing_type, contract, service, *dates in _taken_rows(contract_ids):
        days = _in_all(tuple(dates))
        if days:
            by_type[organization, billing_type].append(_Taken(contract, service, days))
    asked = None if contract_ids is None else set(contract_ids)
    return [
        (one.service, billing_type, shared)
        for (_, billing_type), taken in by_type.items()
        for one in taken
        if asked is None or one.contract in asked
        for other in taken
        if other.contract != one.contract and (shared := one.days.intersect(other.days))
    ]


class _Taken(NamedTuple):
    contract: int
    service: int
    days: DayRange


def _taken_rows(contract_ids: Sequence[int] | None) -> list[tuple[Any, ...]]:
    """Mappings of types that more than one contract of an organization takes, at any time."""
    only = "1 = 1"
    params: list[Any] = []
    if contract_ids is not None:
        chosen, params = ids_in("chosen.id", ids=contract_ids)
        only = f"c.organization_id IN (SELECT organization_id FROM contract chosen WHERE {chosen})"
    several = fetch(
        f"""
        SELECT c.organization_id, sm.billing_type_id
        FROM contract c JOIN service_mapping sm ON sm.contract_id = c.id
        WHERE c.provider_id = %s AND {only} AND sm.contract_service_id IS NOT NULL
        GROUP BY c.organization_id, sm.billing_type_id
        HAVING MIN(c.id) < MAX(c.id)
        """,
        [provider_id(), *params],
    )
    if not several:
        return []
    organizations, org_params = ids_in("c.organization_id", ids={row[0] for row in several})
    types, type_params = ids_in("sm.billing_type_id", ids={row[1] for row in several})
    return fetch(
        f"""
        SELECT c.organization_id, sm.billing_type_id, c.id, sm.contract_service_id,
               c.starts_on, c.ends_on, sm.starts_on, sm.ends_on
        FROM contract c JOIN service_mapping sm ON sm.contract_id = c.id
        WHERE {organizations} AND {types} AND sm.contract_service_id IS NOT NULL
        """,
        [*org_params, *type_params],
    )
