"""Short words for tests of the stored hub: one module, its answers and what it reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from tests.hub.books import JUNE, june, rows

from icb.hub.actions import connect_modules, take_snapshot
from icb.hub.inputs import Answer, NewBillingType, NewConnection, Receipt
from icb.hub.models import CountKey, ModuleOrganization
from icb.hub.queries import readings
from icb.hub.reading import KeyRun
from icb.kernel import clock
from icb.kernel.quantity import MICRO

DEVICES = NewBillingType(key="devices")


def connect(*types: NewBillingType, key: str = "rmm") -> None:
    """Connect a module that counts these types, devices where none is named."""
    connect_modules([NewConnection(key=key, billing_types=types or (DEVICES,))])


def at_night_after(day: int) -> None:
    """Stand at 02:00 UTC of the day after, when a sync comes in."""
    stand_at(june(day + 1), hour=2)


def stand_at(day: date, *, hour: int) -> None:
    clock.set_frozen(datetime.combine(day, time(hour), UTC))


def say(
    day: int,
    counts: Mapping[str, Mapping[str, object]],
    *,
    is_complete: bool = True,
    stamp: int | None = None,
    names: Mapping[str, str] | None = None,
    created: Mapping[str, date] | None = None,
    key: str = "rmm",
) -> Receipt:
    """The module's answer for a day of June."""
    answer = Answer(
        day=june(day),
        rows=rows(counts),
        is_complete=is_complete,
        stamp=stamp,
        names=names or {},
        created=created or {},
    )
    return take_snapshot(key, answer=answer)


def key_id(organization: str = "7", billing_type: str = "devices") -> int:
    return int(
        CountKey.objects.get(
            module_organization__external_id=organization, billing_type__key=billing_type
        ).pk
    )


def organization_id(id: str = "7") -> int:
    return int(ModuleOrganization.objects.get(external_id=id).pk)


def reads(
    first: int, last: int, *, organization: str = "7", billing_type: str = "devices"
) -> list[tuple[int, int, int, str, str]]:
    """The runs as (first day, last day, units, status, reason), days by their number in June."""
    id = key_id(organization, billing_type)
    found = readings([id], start=june(first), end=june(last + 1)).get(id, [])
    return in_june(found)


def in_june(runs: Sequence[KeyRun]) -> list[tuple[int, int, int, str, str]]:
    return [
        (
            (run.start - JUNE).days + 1,
            (run.end - timedelta(days=1) - JUNE).days + 1,
            run.units // MICRO,
            run.status.name.lower(),
            run.reason,
        )
        for run in runs
    ]
