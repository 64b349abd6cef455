"""What waits for a decision: held counts, long gaps, and answers that wait as a whole."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from django.db.models import Exists, OuterRef

from icb.foundation.providers import local_today
from icb.hub.models import (
    Count,
    CountKey,
    CountState,
    ProvenDay,
    Snapshot,
    SnapshotState,
)
from icb.hub.reading import KeyRun, Reading
from icb.hub.reading_queries import readings
from icb.kernel.days import ONE_DAY
from icb.kernel.quantity import format_micro


class HoldRow(NamedTuple):
    """One hold. `reason`: fall, rise, identity, gap, absent or quarantined.

    The last day is inclusive. `carried` is the count that stands meanwhile and `said` what the
    module said, as plain numbers; empty where there is none.
    """

    reason: str
    connection: str
    module_organization: str
    billing_type: str
    from_day: date
    to_day: date
    carried: str = ""
    said: str = ""
    message: str = ""


class _Said(NamedTuple):
    """What a module said and a guard holds. `is_kept`: the day has an accepted count as well."""

    day: date
    value: int
    reason: str
    is_kept: bool


class SnapshotRow(NamedTuple):
    """One answer of a module, and what became of it. `rows`: how many counts it brought."""

    module: str
    day: date
    state: str
    revision: int
    stamp: int | None
    rows: int
    reason: str


def snapshots(connection: str = "") -> list[SnapshotRow]:
    """All answers of one connection, or of all, in order of receipt."""
    found = Snapshot.objects.order_by("id")
    if connection:
        found = found.filter(connection__key=connection)
    columns = ("connection__key", "day", "state", "revision", "stamp", "row_count", "reason")
    return [
        SnapshotRow(module, day, state, revision, stamp, _brought(state, rows), reason)
        for module, day, state, revision, stamp, rows, reason in found.values_list(*columns)
    ]


def holds() -> list[HoldRow]:
    """Everything of the hub that waits for a decision, by connection and key as entered."""
    return [*_held_keys(), *_quarantined()]


def _brought(state: str, rows: int) -> int:
    return rows if state == SnapshotState.ACCEPTED else 0


def _held_keys() -> Iterator[HoldRow]:
    said, doubted = _said()
    keys = _keys_in_doubt(doubted)
    today = local_today()
    first = min((key.first_day for key in keys.values()), default=today)
    found = readings(list(keys), start=first, end=today + ONE_DAY)
    for id, key in keys.items():
        place = (key.connection, key.organization, key.billing_type)
        if id in said and id not in found:
            # With an accepted count it would read something, but for a departure: that answers it.
            for day, value, reason, _ in (held for held in said[id] if not held.is_kept):
                yield HoldRow(reason, *place, day, day, said=format_micro(value))
        for run in _joined(found.get(id, ())):
            yield _row(place, run, said.get(id, []))


class _Key(NamedTuple):
    """A key with its first counted day, and what it belongs to, by their keys and ids."""

    id: int
    first_day: date
    connection_id: int
    connection: str
    organization: str
    billing_type: str


def _keys_in_doubt(doubted: Collection[int]) -> dict[int, _Key]:
    """The keys that may be held at all, by connection and key as entered.

    Where all of a key's points are counted and its connection has answered without a long gap since
    its first day, no day of it is held: those are most keys, and none of their days is read.
    """
    columns = (
        "id",
        "first_counted_on",
        "connection_id",
        "connection__key",
        "module_organization__external_id",
        "billing_type__key",
    )
    calm = _calm_since()
    found = CountKey.objects.order_by("connection_id", "id")
    today = local_today()
    return {
        row[0]: _Key._make((row[0], row[1] or today, *row[2:]))
        for row in found.values_list(*columns)
        if row[0] in doubted or row[1] is None or row[1] < calm.get(row[2], date.max)
    }


def _calm_since() -> dict[int, date]:
    """The first answered day of each connection that has never since missed more days at a stretch
    than are carried by themselves; others are left out."""
    rows = ProvenDay.objects.order_by("connection_id", "day")
    days: dict[int, list[date]] = {}
    gap_days: dict[int, int] = {}
    for connection, day, gap in rows.values_list("connection_id", "day", "connection__gap_days"):
        days.setdefault(connection, []).append(day)
        gap_days[connection] = gap
    ends = local_today() + ONE_DAY
    return {
        connection: proven[0]
        for connection, proven in days.items()
        if all(
            (after - before).days - 1 <= gap_days[connection]
            for before, after in pairwise([*proven, ends])
        )
    }


def _row(place: tuple[str, str, str], run: KeyRun, said: list[_Said]) -> HoldRow:
    values = [held.value for held in said if held.day < run.end]
    is_guard = run.reason not in ("gap", "absent")
    return HoldRow(
        run.reason,
        *place,
        run.start,
        run.end - ONE_DAY,
        format_micro(run.units),
        format_micro(values[-1]) if is_guard and values else "",
    )


def _joined(runs: list[KeyRun] | tuple[KeyRun, ...]) -> Iterator[KeyRun]:
    """The held runs; neighbours with one reason are one hold."""
    last: KeyRun | None = None
    for run in runs:
        if run.status != Reading.HELD:
            continue
        if last is not None and last.end == run.start and last.reason == run.reason:
            last = run._replace(start=last.start)
            continue
        if last is not None:
            yield last
        last = run
    if last is not None:
        yield last


def _said() -> tuple[dict[int, list[_Said]], set[int]]:
    """What modules said and guards held, by key, in millionths; and all keys with a point in force
    that is no plain count."""
    found: dict[int, list[_Said]] = {}
    doubted = set()
    points = Count.objects.filter(replaced_at=None).exclude(state=CountState.COUNTED)
    columns = ("count_key_id", "state", "day", "value", "reason", "kept_value")
    for key, state, day, value, reason, kept in points.order_by("day").values_list(*columns):
        doubted.add(key)
        if state == CountState.HELD:
            said = _Said(day, int(value * 10**6), reason, kept is not None)
            found.setdefault(key, []).append(said)
    return found, doubted


def _quarantined() -> Iterator[HoldRow]:
    """Those that no newer answer of their whole day has overtaken."""
    newer = ProvenDay.objects.filter(
        connection=OuterRef("connection"), day=OuterRef("day"), snapshot_id__gt=OuterRef("pk")
    )
    waiting = Snapshot.objects.filter(~Exists(newer), state=SnapshotState.QUARANTINED)
    found = waiting.order_by("connection_id", "id")
    for key, day, reason in found.values_list("connection__key", "day", "reason"):
        yield HoldRow("quarantined", key, "", "", day, day, message=reason)
