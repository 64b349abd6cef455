"""What waits for a decision: held counts, long gaps, and answers that wait as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from icb.foundation.bulk import fetch
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.hub.key_queries import KeyRow
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
    module said, as plain numbers; empty where there is none. `key` is what it is about; None where
    a whole answer waits, and for what was never counted.
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
    key: KeyRow | None = None


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
    said = _said()
    keys = _keys_in_doubt()
    today = local_today()
    first = min((doubted.key.first_day for doubted in keys.values()), default=today)
    found = readings(list(keys), start=first, end=today + ONE_DAY)
    for id, (key, first_counted_on) in keys.items():
        about = key if first_counted_on else None
        place = (key.module, key.external_id, key.billing_type)
        if id in said and id not in found:
            # With an accepted count it would read something, but for a departure: that answers it.
            for day, value, reason, _ in (held for held in said[id] if not held.is_kept):
                yield HoldRow(reason, *place, day, day, said=format_micro(value), key=about)
        for run in _joined(found.get(id, ())):
            yield _row(place, run, said.get(id, []))._replace(key=about)


class _Doubted(NamedTuple):
    """A key that may be held. Where it was never counted, today stands for its first day."""

    key: KeyRow
    first_counted_on: date | None


def _keys_in_doubt() -> dict[int, _Doubted]:
    """The keys that may be held at all, by connection and key as entered.

    Where all of a key's points are counted and its connection has answered without a long gap since
    its first day, no day of it is held: those are most keys, and none of their days is read.
    """
    columns = (
        "id",
        "connection__key",
        "module_organization_id",
        "module_organization__external_id",
        "billing_type_id",
        "billing_type__key",
        "first_counted_on",
    )
    calm = _calm_since()
    chosen = Q(pk__in=_in_doubt().values("count_key_id"))
    chosen |= Q(connection__in=[id for id, first in calm.items() if first is None])
    for connection, first in calm.items():
        if first is not None:
            unread = Q(first_counted_on__lt=first) | Q(first_counted_on=None)
            chosen |= Q(connection=connection) & unread
    found = CountKey.objects.filter(chosen).order_by("connection_id", "id")
    today = local_today()
    return {
        id: _Doubted(KeyRow._make((id, *place, first or today)), first)
        for id, *place, first in found.values_list(*columns)
    }


def _calm_since() -> dict[int, date | None]:
    """The first answered day of each connection that has never since missed more days at a stretch
    than are carried by themselves; None for the others."""
    days: dict[int, list[date]] = {}
    gap_days: dict[int, int] = {}
    for connection, gap, day in fetch(_ANSWERED, [provider_id()]):
        days.setdefault(connection, []).extend([day] if day else [])
        gap_days[connection] = gap
    ends = local_today() + ONE_DAY
    return {
        connection: proven[0]
        if proven
        and all(
            (after - before).days - 1 <= gap_days[connection]
            for before, after in pairwise([*proven, ends])
        )
        else None
        for connection, proven in days.items()
    }


_ANSWERED = """
SELECT m.id, m.gap_days, p.day
FROM module_connection m LEFT JOIN proven_day p ON p.connection_id = m.id
WHERE m.provider_id = %s ORDER BY m.id, p.day
"""


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


def _in_doubt() -> QuerySet[Count]:
    """The points in force that are no plain count: few, and found by an index of their own."""
    return Count.objects.filter(replaced_at=None).exclude(state=CountState.COUNTED)


def _said() -> dict[int, list[_Said]]:
    """What modules said and guards held, by key, in millionths."""
    found: dict[int, list[_Said]] = {}
    points = _in_doubt().filter(state=CountState.HELD).order_by("day")
    columns = ("count_key_id", "day", "value", "reason", "kept_value")
    for key, day, value, reason, kept in points.values_list(*columns):
        said = _Said(day, int(value * 10**6), reason, kept is not None)
        found.setdefault(key, []).append(said)
    return found


def _quarantined() -> Iterator[HoldRow]:
    """Those that no newer answer of their whole day has overtaken."""
    newer = ProvenDay.objects.filter(
        connection=OuterRef("connection"), day=OuterRef("day"), snapshot_id__gt=OuterRef("pk")
    )
    waiting = Snapshot.objects.filter(~Exists(newer), state=SnapshotState.QUARANTINED)
    found = waiting.order_by("connection_id", "id")
    for key, day, reason in found.values_list("connection__key", "day", "reason"):
        yield HoldRow("quarantined", key, "", "", day, day, message=reason)
