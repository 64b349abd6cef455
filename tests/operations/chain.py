"""Short words for tests of the daily chain: a client is billed for what a module counts."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from tests.hub.books import JUNE, june
from tests.support.agreements import catalogue, clients, contract

from icb.contracts.models import ContractNote, ContractService
from icb.foundation.bulk import fetch
from icb.hub.actions import connect_modules
from icb.hub.inputs import NewBillingType, NewConnection, NewModuleOrganization
from icb.hub.models import CountKey
from icb.hub.queries import readings
from icb.kernel.days import ONE_DAY
from icb.kernel.quantity import MICRO
from icb.mapping.actions import map_organization, map_service
from icb.mapping.feeds import service_feeds
from icb.mapping.inputs import NewServiceMapping
from icb.mapping.models import Activity
from icb.mapping.units import combine, feed_runs

Units = int | None


def mapped_module(*, gap_days: int = 3) -> None:
    """acme has the module organizations 7 and 8; their devices are billed as agents. 9 is nobody's.

    Users are billed for acme as backup from 5 June on.
    """
    clients()
    catalogue()
    contract()
    types = [NewBillingType(key=key) for key in ("devices", "users", "searches")]
    organizations = [NewModuleOrganization(id=id, name=id) for id in ("7", "8", "9")]
    connect_modules(
        [
            NewConnection(
                key="rmm", gap_days=gap_days, billing_types=types, organizations=organizations
            )
        ]
    )
    for id in ("7", "8"):
        map_organization("rmm", id=id, organization="acme", from_day=date(2026, 1, 1))
    map_service("acme-1", mapping=NewServiceMapping("rmm", "devices", service="agents"))
    users = NewServiceMapping("rmm", "users", service="backup", from_day=june(5))
    map_service("acme-1", mapping=users)


def log(*, status: str = "") -> list[tuple[int, str, Units, Units, str]]:
    """The log's rows of keys as (day of June, place, before, after, status), as told."""
    rows = Activity.objects.filter(billing_type__isnull=False).order_by("id")
    if status:
        rows = rows.filter(status=status)
    return [
        ((day - JUNE).days + 1, f"{org} {kind}", _whole(before), _whole(after), status)
        for day, org, kind, before, after, status in rows.values_list(
            "day",
            "module_organization__external_id",
            "billing_type__key",
            "units_before",
            "units_after",
            "status",
        )
    ]


def syncs() -> list[tuple[int, str]]:
    """The log's rows of whole syncs as (day of June, status), as told."""
    rows = Activity.objects.filter(billing_type__isnull=True).order_by("id")
    return [((day - JUNE).days + 1, status) for day, status in rows.values_list("day", "status")]


def notes() -> list[tuple[int, str, Units, Units]]:
    """Notes about units as (day of June, service, before, after), as written."""
    rows = ContractNote.objects.filter(day__isnull=False).order_by("id")
    return [
        ((day - JUNE).days + 1, service, _whole(before), _whole(after))
        for day, service, before, after in rows.values_list(
            "day", "contract_service__key", "units_before", "units_after"
        )
    ]


def _whole(units: object) -> Units:
    return None if units is None else int(str(units).split(".")[0])


def told(first: date, last: date) -> dict[int, dict[date, Units]]:
    """By count key and day, the units that the log tells: the latest rows, day after day."""
    latest: dict[int, dict[date, Units]] = defaultdict(dict)
    for key, day, after in fetch(
        "SELECT k.id, a.day, a.units_after FROM activity a JOIN count_key k "
        "ON k.module_organization_id = a.module_organization_id "
        "AND k.billing_type_id = a.billing_type_id ORDER BY a.id"
    ):
        latest[key][day] = after
    return {
        key: {day: _step(latest[key], day) for day in _days(first, last)}
        for key in CountKey.objects.values_list("id", flat=True)
    }


def read(first: date, last: date) -> dict[int, dict[date, Units]]:
    """By count key and day, the units that the hub reads."""
    keys = list(CountKey.objects.values_list("id", flat=True))
    found = readings(keys, start=first, end=last + ONE_DAY)
    return {
        key: {
            day: next((r.units for r in found.get(key, ()) if r.start <= day < r.end), None)
            for day in _days(first, last)
        }
        for key in keys
    }


def service_units(first: date, last: date) -> dict[str, dict[date, Units]]:
    """By service of acme-1 and day, the units that its feeds give."""
    service = ContractService.objects.filter(contract__key="acme-1")
    feeds = service_feeds([service[0].contract_id])
    keys = [feed.count_key for found in feeds.values() for feed in found.feeds]
    until = last + ONE_DAY
    read_runs = readings(keys, start=first, end=until)
    units = {}
    for id, name in service.values_list("id", "key"):
        fed = [
            (
                feed,
                feed_runs(
                    feed,
                    readings=read_runs.get(feed.count_key, []),
                    known_until=until,
                    until=until,
                ),
            )
            for feed in (feeds[id].feeds if id in feeds else [])
        ]
        runs = combine(fed)
        units[name] = {
            day: next((run.units for run in runs if run.start <= day < run.end), None)
            for day in _days(first, last)
        }
    return units


def noted() -> dict[tuple[str, date], tuple[Units, Units]]:
    """By service and day, what the newest note says; each note says other than the one before."""
    found: dict[tuple[str, date], tuple[Units, Units]] = {}
    rows = ContractNote.objects.filter(day__isnull=False).order_by("id")
    for service, day, *units in rows.values_list(
        "contract_service__key", "day", "units_before", "units_after"
    ):
        before, after = [None if value is None else int(value * MICRO) for value in units]
        assert found.get((service, day)) != (before, after), "noted twice"
        found[service, day] = (before, after)
    return found


def _step(rows: dict[date, Units], day: date) -> Units:
    days = [known for known in rows if known <= day]
    return rows[max(days)] if days else None


def _days(first: date, last: date) -> list[date]:
    return [first + ONE_DAY * number for number in range((last - first).days + 1)]
