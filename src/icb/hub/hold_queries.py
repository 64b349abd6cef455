"""What waits for a decision: held counts, long gaps, and answers that wait as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
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
    columns = (
        "id",
        "first_counted_on",
        "connection__key",
        "module_organization__external_id",
        "billing_type__key",
    )
    keys = {
        row[0]: row
        for row in CountKey.objects.order_by("connection_id", "id").values_list(*columns)
    }
    said = _said()
    today = local_today()
    first = min((row[1] for row in keys.values() if row[1] is not None), default=today)
    found = readings(list(keys), start=first, end=today + ONE_DAY)
    for id, (_, _, *names) in keys.items():
        place = (names[0], names[1], names[2])
        if id in said and id not in found:
            # With an accepted count it would read something, but for a departure: that answers it.
            for day, value, reason, _ in (held for held in said[id] if not held.is_kept):
                yield HoldRow(reason, *place, day, day, said=format_micro(value))
        for run in _joined(found.get(id, ())):
            yield _row(place, run, said.get(id, []))


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


def _said() -> dict[int, list[_Said]]:
    """What modules said and guards held, by key; values in millionths."""
    found: dict[int, list[_Said]] = {}
    held = Count.objects.filter(state=CountState.HELD, replaced_at=None).order_by("day")
    columns = ("count_key_id", "day", "value", "reason", "kept_value")
    for key, day, value, reason, kept in held.values_list(*columns):
        found.setdefault(key, []).append(_Said(day, int(value * 10**6), reason, kept is not None))
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
