"""Behind a billing item, day by day: which counts fed it, by which mappings, at which price.

As everything stands now, with the day it became known: what the item itself was worked out from is
kept in its working. Nothing here writes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from icb.billing.models import BillingItem
from icb.contracts.models import ContractPrice
from icb.foundation.bulk import fetch, ids_in
from icb.hub.models import CountKey
from icb.hub.reading import KeyRun
from icb.hub.reading_queries import readings
from icb.kernel.days import ONE_DAY, DayRange
from icb.kernel.quantity import Micro
from icb.mapping.feeds import days_between
from icb.mapping.models import OrganizationMapping, ServiceMapping


class Version(NamedTuple):
    """A mapping as it stands: its days (None: open), when it became known and by whom."""

    starts_on: date | None
    ends_on: date | None
    recorded_at: datetime
    actor: str
    reason: str


class Source(NamedTuple):
    """A billing type of a module organization that feeds the item's service on these days."""

    key: int
    connection: str
    module: str
    billing_type: str
    type_name: str
    unit: str
    organization: str
    external_id: str
    first_day: date
    last_day: date
    organization_mapping: Version
    service_mapping: Version


class DayCount(NamedTuple):
    """What one source counts on a day, and the snapshot that proves it (None: nothing does).

    `state` is counted, carried, held, waiting or departed.
    """

    source: Source
    units: Micro
    state: str
    snapshot: int | None


class PriceVersion(NamedTuple):
    """A price of the service from a day on; `tiers` in millionths. `is_in_force`: it holds on some
    day of the item, and no price for the same day became known later."""

    from_day: date
    unit_price: Decimal
    tiers: list[list[Any]]
    recorded_at: datetime
    recorded_by: str
    is_in_force: bool


class ItemSources(NamedTuple):
    """Everything behind an item. `days` holds only days on which a source counts."""

    sources: list[Source]
    days: Mapping[date, Sequence[DayCount]]
    prices: list[PriceVersion]


def item_evidence(item: int) -> ItemSources:
    """What feeds an item's service in its period, and the prices that hold there.

    Empty for what belongs to no service. A fixed number of queries, however long the period.
    """
    row = (
        BillingItem.objects.filter(pk=item, contract_service__isnull=False)
        .values_list("contract_service_id", "contract_id", "period_start", "period_end")
        .first()
    )
    if row is None:
        return ItemSources([], {}, [])
    service, contract, start, end = row
    period = DayRange(start, end)
    sources = _sources(service, contract, period)
    return ItemSources(sources, _days(sources, period), _prices(service, period))


def _sources(service: int, contract: int, period: DayRange) -> list[Source]:
    versions = ("starts_on", "ends_on", "recorded_at", "actor", "reason")
    of_service: dict[int, list[Version]] = defaultdict(list)
    for billing_type, *facts in (
        ServiceMapping.objects.filter(contract_service_id=service)
        .order_by("pk")
        .values_list("billing_type_id", *versions)
    ):
        of_service[billing_type].append(Version(*facts))
    of_organization: dict[int, list[Version]] = defaultdict(list)
    for module_organization, *facts in (
        OrganizationMapping.objects.filter(organization__contracts=contract)
        .order_by("pk")
        .values_list("module_organization_id", *versions)
    ):
        of_organization[module_organization].append(Version(*facts))
    found = []
    for key in _keys(of_organization, of_service):
        for organization_mapping in of_organization[key.organization_id]:
            for service_mapping in of_service[key.type_id]:
                days = _shared(period, organization_mapping, service_mapping)
                if days:
                    first, last = days.start, days.end - ONE_DAY
                    names = key[3:]
                    found.append(
                        Source(key.id, *names, first, last, organization_mapping, service_mapping)
                    )
    return found


class _Key(NamedTuple):
    id: int
    organization_id: int
    type_id: int
    connection: str
    module: str
    billing_type: str
    type_name: str
    unit: str
    organization: str
    external_id: str


def _keys(organizations: Collection[int], types: Collection[int]) -> list[_Key]:
    rows = CountKey.objects.filter(
        module_organization__in=list(organizations), billing_type__in=list(types)
    )
    return [
        _Key(*row)
        for row in rows.order_by("connection_id", "module_organization_id", "pk").values_list(
            "pk",
            "module_organization_id",
            "billing_type_id",
            "connection__key",
            "connection__name",
            "billing_type__key",
            "billing_type__name",
            "billing_type__unit",
            "module_organization__name",
            "module_organization__external_id",
        )
    ]


def _shared(period: DayRange, first: Version, second: Version) -> DayRange | None:
    days: DayRange | None = period
    for version in (first, second):
        days = days and days.intersect(days_between(version.starts_on, version.ends_on))
    return days


def _days(sources: Sequence[Source], period: DayRange) -> dict[date, list[DayCount]]:
    if not sources:
        return {}
    read = readings({one.key for one in sources}, start=period.start, end=period.end)
    proofs = _proofs({one.key for one in sources}, period)
    found: dict[date, list[DayCount]] = defaultdict(list)
    for source in sources:
        for day, run in _each_day(read.get(source.key, ()), source):
            snapshot = proofs.get((source.key, day))
            found[day].append(DayCount(source, run.units, run.status.name.lower(), snapshot))
    return dict(found)


def _each_day(runs: Iterable[KeyRun], source: Source) -> Iterable[tuple[date, KeyRun]]:
    mapped = DayRange(source.first_day, source.last_day + ONE_DAY)
    for run in runs:
        days = mapped.intersect(DayRange(run.start, run.end))
        day = days.start if days else None
        while days and day is not None and day < days.end:
            yield day, run
            day += ONE_DAY


def _proofs(keys: Collection[int], period: DayRange) -> dict[tuple[int, date], int]:
    """The snapshot in force for each key and day: its own partial one, else the connection's."""
    if not keys:
        return {}
    chosen, params = ids_in("k.id", ids=keys)
    window = [period.start, period.end, *params]
    rows = fetch(
        f"""
        SELECT 1, k.id, p.day, p.snapshot_id FROM count_key k
        JOIN proven_day p ON p.connection_id = k.connection_id
        WHERE p.day >= %s AND p.day < %s AND {chosen}
        UNION ALL
        SELECT 2, k.id, p.day, p.snapshot_id FROM count_key k
        JOIN proven_count p ON p.count_key_id = k.id
        WHERE p.day >= %s AND p.day < %s AND {chosen}
        ORDER BY 1
        """,
        [*window, *window],
    )
    return {(key, day): snapshot for _whose, key, day, snapshot in rows}


def _prices(service: int, period: DayRange) -> list[PriceVersion]:
    """Prices that hold in the period, as they became known; superseded ones as well."""
    rows = ContractPrice.objects.filter(contract_service_id=service, from_day__lt=period.end)
    known = list(
        rows.order_by("from_day", "pk").values_list(
            "pk", "from_day", "unit_price", "tiers", "recorded_at", "recorded_by"
        )
    )
    newest = {row[1]: row[0] for row in known}
    first = max((day for day in newest if day <= period.start), default=period.start)
    return [
        PriceVersion(day, price, tiers, at, actor, newest[day] == id)
        for id, day, price, tiers, at, actor in known
        if day >= first
    ]
