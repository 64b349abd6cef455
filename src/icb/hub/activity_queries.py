"""The activity log: what changed from day to day, and which syncs failed or never came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import Min

from icb.foundation.bulk import fetch
from icb.foundation.providers import local_today
from icb.hub.models import (
    CountKey,
    FailedSync,
    ModuleConnection,
    ProvenDay,
    Snapshot,
    SnapshotState,
)
from icb.hub.reading import KeyRun, Reading
from icb.hub.reading_queries import readings
from icb.kernel.days import ONE_DAY
from icb.kernel.quantity import Micro, format_micro

TROUBLE = frozenset({"failed", "missing", "quarantined", "refused", "held", "absent"})
_KEYS = """
SELECT k.id, o.external_id, o.name, t.key FROM count_key k
JOIN module_organization o ON o.id = k.module_organization_id
JOIN billing_type t ON t.id = k.billing_type_id
WHERE k.connection_id = %s AND k.first_counted_on <= %s
AND (o.external_id, t.key) > (%s, %s)
ORDER BY o.external_id, t.key LIMIT %s
"""


class Position(NamedTuple):
    """Where a page ended: the last row's day, connection id and key. Pages go back in time."""

    day: date
    connection: int = 0
    module_organization: str = ""
    billing_type: str = ""


class ActivityRow(NamedTuple):
    """One key's day, or (without a billing type) a whole sync's.

    `before` and `after` are plain numbers, empty where nothing was counted. `status`: new,
    increased, decreased, unchanged, absent or held; of a sync failed, missing, waiting,
    quarantined or refused.
    """

    day: date
    module: str
    billing_type: str
    module_organization: str
    name: str
    before: str
    after: str
    change: str
    status: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityFilter:
    """Which rows: of one module, on the days from `first` to `last`, or only trouble."""

    module: str = ""
    first: date | None = None
    last: date | None = None
    only_trouble: bool = False


class ActivityPage(NamedTuple):
    """Rows, newest day first, and where the next page begins; None where there is none."""

    rows: list[ActivityRow]
    next: Position | None


def activity(
    wanted: ActivityFilter | None = None, *, after: Position | None = None, limit: int = 50
) -> ActivityPage:
    """The next `limit` rows after a position. Rows that arrive meanwhile shift no page."""
    rows: list[ActivityRow] = []
    position = None
    for position, row in _rows(wanted or ActivityFilter(), after, limit=limit):
        rows.append(row)
        if len(rows) == limit:
            return ActivityPage(rows, position)
    return ActivityPage(rows, None)


def _rows(
    wanted: ActivityFilter, after: Position | None, *, limit: int
) -> Iterator[tuple[Position, ActivityRow]]:
    modules = ModuleConnection.objects.order_by("id")
    if wanted.module:
        modules = modules.filter(key=wanted.module)
    connections = dict(modules.values_list("id", "key"))
    first = wanted.first or _first_day(list(connections))
    day = min(wanted.last or local_today(), local_today())
    if after is not None:
        day = min(day, after.day)
    while first is not None and day >= first:
        for connection, key in connections.items():
            begin = Position(day, connection)
            if after is not None and day == after.day:
                if connection < after.connection:
                    continue
                if connection == after.connection:
                    begin = after
            for position, row in _of_day(begin, key, limit=limit):
                if not wanted.only_trouble or row.status in TROUBLE:
                    yield position, row
        day -= ONE_DAY


def _of_day(begin: Position, module: str, *, limit: int) -> Iterator[tuple[Position, ActivityRow]]:
    """One connection's day: its sync, where that is worth a row, and then its keys."""
    day = begin.day
    is_proven = ProvenDay.objects.filter(connection_id=begin.connection, day=day).exists()
    if not begin.module_organization:
        syncs = list(_syncs(begin.connection, day=day, is_proven=is_proven))
        # The rows of a sync have no key: their place is their number, before all keys.
        for number in range(int(begin.billing_type or 0), len(syncs)):
            at = Position(day, begin.connection, "", str(number + 1))
            yield at, ActivityRow(day, module, "", "", "", "", "", "", *syncs[number])
    at = begin
    while True:
        place = (at.module_organization, at.billing_type)
        keys = fetch(_KEYS, [begin.connection, day, *place, limit])
        found = readings([row[0] for row in keys], start=day - ONE_DAY, end=day + ONE_DAY)
        for id, organization, name, billing_type in keys:
            at = Position(day, begin.connection, organization, billing_type)
            row = _key_row(found.get(id, ()), day=day, is_proven=is_proven)
            if row is not None:
                yield at, ActivityRow(day, module, billing_type, organization, name, *row)
        if len(keys) < limit:
            return


def _syncs(connection: int, *, day: date, is_proven: bool) -> Iterator[tuple[str, str]]:
    """The rows of a sync: what failed or waits for a decision, and a day without an answer."""
    waiting = Snapshot.objects.filter(
        connection_id=connection,
        day=day,
        state__in=[SnapshotState.QUARANTINED, SnapshotState.REFUSED],
    )
    said = list(waiting.order_by("id").values_list("state", "reason"))
    failed = FailedSync.objects.filter(connection_id=connection, day=day).order_by("id")
    said += [("failed", reason) for reason in failed.values_list("reason", flat=True)]
    yield from said
    if not is_proven and not said and CountKey.objects.filter(connection_id=connection).exists():
        status = "waiting" if day == local_today() else "missing"
        yield status, "no complete answer came for this day"


def _key_row(
    runs: Sequence[KeyRun], *, day: date, is_proven: bool
) -> tuple[str, str, str, str, str] | None:
    """(before, after, change, status, message) of one key; None where it has nothing to say."""
    before = next((run for run in runs if run.start < day), None)
    after = next((run for run in runs if run.end > day), None)
    if after is None or (not is_proven and after.status != Reading.COUNTED):
        return None
    status, message = _status(before, after)
    moved = after.units - before.units if before is not None else after.units
    return (_text(before), _text(after), _signed(moved), status, message)


def _status(before: KeyRun | None, after: KeyRun) -> tuple[str, str]:
    if after.status == Reading.HELD and after.reason not in ("gap", "absent"):
        return "held", f"{after.reason}: waits for a decision, the last accepted count carries"
    if after.status != Reading.COUNTED:
        return "absent", "not in the answer: the last accepted count carries"
    if before is None:
        return "new", ""
    if after.units == before.units:
        return "unchanged", ""
    return ("increased" if after.units > before.units else "decreased"), ""


def _text(run: KeyRun | None) -> str:
    return "" if run is None else format_micro(run.units)


def _signed(moved: Micro) -> str:
    return f"+{format_micro(moved)}" if moved > 0 else format_micro(moved)


def _first_day(connections: Sequence[int]) -> date | None:
    days = []
    for model in (Snapshot, FailedSync):
        found = model.objects.filter(connection_id__in=connections)
        days.append(found.aggregate(first=Min("day"))["first"])
    return min((day for day in days if day is not None), default=None)
