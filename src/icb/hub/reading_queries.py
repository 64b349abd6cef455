"""Read what keys counted, day by day, with a fixed number of queries for any number of keys."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from icb.foundation.bulk import fetch, ids_in
from icb.foundation.collector import collector_paused
from icb.foundation.providers import provider_days
from icb.foundation.scope import provider_id
from icb.hub.change_points import COUNTED, Entry
from icb.hub.models import CountKey
from icb.hub.reading import (
    PROVEN,
    Decided,
    KeyRun,
    Span,
    clipped,
    key_runs,
    spans,
    with_own_days,
)
from icb.kernel import clock
from icb.kernel.days import ONE_DAY

_KEYS = """
SELECT k.id, k.connection_id, k.module_organization_id, k.billing_type_id, m.gap_days
FROM count_key k JOIN module_connection m ON m.id = k.connection_id
WHERE k.provider_id = %s AND k.first_counted_on < %s AND {chosen}
"""
# Of each key the newest accepted point before the window, and all from there to its end.
# CROSS JOIN keeps SQLite to this order: the last accepted day of a key first, then only its points
# from that day on, and never all its history.
_POINTS = """
SELECT c.count_key_id, c.day, c.state, c.value, c.reason, c.kept_value
FROM count_key k CROSS JOIN usage_count c
WHERE {chosen} AND c.count_key_id = k.id AND c.replaced_at IS NULL
AND c.day < %s AND c.day >= COALESCE((
  SELECT x.day FROM usage_count x
  WHERE x.count_key_id = k.id AND x.replaced_at IS NULL AND x.day < %s
  AND (x.state = 'counted' OR x.kept_value IS NOT NULL)
  ORDER BY x.day DESC LIMIT 1), %s)
ORDER BY c.count_key_id, c.day
"""
_LATER_POINTS = """
SELECT count_key_id, day, state, value, reason, kept_value FROM usage_count
WHERE {chosen} AND replaced_at IS NULL AND day >= %s ORDER BY count_key_id, day
"""
# The proven days and those whose sync has finally failed, told apart by the last column: of each
# connection from its last proven day before the one that is needed.
_CALENDAR = """
SELECT m.id, p.day, 1 FROM module_connection m CROSS JOIN proven_day p
WHERE {chosen} AND p.connection_id = m.id AND p.day >= {since}
UNION ALL
SELECT m.id, f.day, 0 FROM module_connection m CROSS JOIN failed_sync f
WHERE {chosen} AND f.connection_id = m.id AND f.day >= {since}
ORDER BY 1, 2
"""
_SINCE = """
COALESCE((SELECT MAX(x.day) FROM proven_day x WHERE x.connection_id = m.id AND x.day < %s), %s)
"""
_ALONE = """
SELECT k.id, p.day FROM count_key k CROSS JOIN proven_count p
WHERE {chosen} AND p.count_key_id = k.id AND p.day >= COALESCE((
  SELECT MAX(x.day) FROM proven_count x WHERE x.count_key_id = k.id AND x.day < %s), %s)
ORDER BY k.id, p.day
"""
_DECIDED = """
SELECT module_organization_id, billing_type_id, from_day, until_day, decision
FROM count_decision WHERE decision IN ('departed', 'carry') AND {chosen} ORDER BY id
"""


class _Key(NamedTuple):
    """What a key belongs to."""

    id: int
    connection: int
    organization: int
    billing_type: int
    gap_days: int


_Row = tuple[Any, ...]  # of a point: key, day, state, value, reason, kept value


@dataclass(slots=True)
class _Connection:
    """A connection's calendar, and what quiet keys read in it."""

    calendar: list[Span]
    starts_quiet: date  # a key that is counted from here on and has no later point is quiet
    is_open_at_end: bool
    quiet: list[KeyRun] = field(default_factory=list)
    by_units: dict[int, list[KeyRun]] = field(default_factory=dict)


def readings(
    key_ids: Iterable[int], *, start: date, end: date, with_departed: bool = False
) -> dict[int, list[KeyRun]]:
    """What each key reads on the days [start, end), as runs (see `reading.py`).

    Sorted and disjoint, from the key's first counted day to today; days of a departure are left
    out, but for those with an accepted count where `with_departed` asks for them. Keys without a
    run are left out. The lists are shared: not to be changed.
    """
    with collector_paused():
        return _Window(list(key_ids), start=start, end=end, with_departed=with_departed).read()


class _Window:
    """Loads and reads the days [start, end) of some keys."""

    def __init__(
        self, key_ids: Sequence[int], *, start: date, end: date, with_departed: bool
    ) -> None:
        now, days = clock.now(), provider_days()
        self.today = days.day_of(now)
        self.start, self.end = start, min(end, self.today + ONE_DAY)
        self.with_departed = with_departed
        yesterday = self.today - ONE_DAY
        self.waits_from = yesterday if now < days.noon_after(yesterday) else self.today
        self.keys = self._load_keys(key_ids) if self.start < self.end else {}
        self.points: dict[int, list[_Row]] = {}
        self.own_days: dict[int, list[date]] = {}
        self.needs_from: dict[int, date] = {}  # by connection: where its calendar has to begin

    def read(self) -> dict[int, list[KeyRun]]:
        """The runs of all keys."""
        if not self.keys:
            return {}
        self._load_points()
        self._load_own_days()
        decided = self._load_decisions()
        connections = self._load_connections()
        self._load_rest(connections)
        found, points_of, own_days = {}, self.points, self.own_days
        for id, key in self.keys.items():
            points = points_of.get(id)
            if points is None:
                continue
            connection = connections[key[1]]
            if (
                len(points) == 1
                and points[0][2] == COUNTED
                and points[0][1] <= connection.starts_quiet
                and id not in own_days
                and (key[2], None) not in decided
                and (key[2], key[3]) not in decided
            ):
                runs = connection.by_units.get(points[0][3])
                runs = _quiet(connection, points[0][3]) if runs is None else runs
            else:
                places = ((key[2], None), (key[2], key[3]))
                decisions = [one for place in places for one in decided.get(place, ())]
                runs = self._read_key(key, connection, decisions)
            if runs:
                found[id] = runs
        return found

    def _read_key(
        self, key: _Key, connection: _Connection, decisions: Sequence[Decided]
    ) -> list[KeyRun]:
        calendar: Sequence[Span] = connection.calendar
        own_days = self.own_days.get(key.id)
        if own_days:
            calendar = with_own_days(calendar, days=own_days)
        points = [(row[1], Entry(row[2], row[3], row[4], row[5])) for row in self.points[key.id]]
        runs = key_runs(
            points,
            calendar=calendar,
            gap_days=key.gap_days,
            decided=decisions,
            with_departed=self.with_departed,
        )
        return clipped(runs, start=self.start, end=self.end)

    def _load_keys(self, key_ids: Sequence[int]) -> dict[int, _Key]:
        condition, params = ids_in("k.id", ids=key_ids)
        rows = fetch(_KEYS.format(chosen=condition), [provider_id(), self.end, *params])
        return {row[0]: _Key._make(row) for row in rows}

    def _load_points(self) -> None:
        condition, params = ids_in("k.id", ids=self.keys)
        keys, start, points = self.keys, self.start, self.points
        rows = fetch(_POINTS.format(chosen=condition), [*params, self.end, start, date.min])
        for row in rows:
            if row[0] in points:
                points[row[0]].append(row)
            else:
                points[row[0]] = [row]
            # The days before the first unaccepted point decide how long its gap is.
            if row[2] != COUNTED and row[1] < start and row[5] is None:
                self._need(keys[row[0]], row[1])

    def _need(self, key: _Key, day: date) -> None:
        known = self.needs_from.get(key.connection)
        self.needs_from[key.connection] = day if known is None else min(day, known)

    def _load_own_days(self) -> None:
        """Days that were proven for one key alone, from the last one before the window on."""
        first = min([self.start, *self.needs_from.values()])
        condition, params = ids_in("k.id", ids=self.keys)
        for id, day in fetch(_ALONE.format(chosen=condition), [*params, first, first]):
            self.own_days.setdefault(id, []).append(day)
            self._need(self.keys[id], day)

    def _load_decisions(self) -> dict[tuple[int, int | None], list[Decided]]:
        organizations = {key.organization for key in self.keys.values()}
        condition, params = ids_in("module_organization_id", ids=sorted(organizations))
        found: dict[tuple[int, int | None], list[Decided]] = {}
        for organization, kind, from_day, until_day, decision in fetch(
            _DECIDED.format(chosen=condition), params
        ):
            decided = Decided(from_day, until_day, decision == "departed")
            found.setdefault((organization, kind), []).append(decided)
        return found

    def _load_connections(self) -> dict[int, _Connection]:
        gap_days = {key.connection: key.gap_days for key in self.keys.values()}
        needs = {id: min(self.needs_from.get(id, self.start), self.start) for id in gap_days}
        condition, params = ids_in("m.id", ids=sorted(needs))
        earliest = min(needs.values())
        days = fetch(
            _CALENDAR.format(chosen=condition, since=_SINCE), [*params, earliest, earliest] * 2
        )
        proven = _by_connection(row[:2] for row in days if row[2])
        failed = _by_connection(row[:2] for row in days if not row[2])
        found = {}
        for id in needs:
            calendar = spans(
                proven.get(id, []),
                start=min([earliest, *proven.get(id, [])[:1]]),
                end=self.today + ONE_DAY,
                failed=set(failed.get(id, ())),
                waits_from=self.waits_from,
            )
            found[id] = self._connection(calendar, proven.get(id, []), gap_days=gap_days[id])
        return found

    def _connection(
        self, calendar: list[Span], proven: Sequence[date], *, gap_days: int
    ) -> _Connection:
        index = bisect_right(proven, self.start)
        starts_quiet = proven[index - 1] if index else date.min
        last = self.end - ONE_DAY
        at_end = [span for span in calendar if span.start <= last < span.end]
        is_open = any(span.kind != PROVEN for span in at_end) and self.end <= self.today
        point = (starts_quiet, Entry(COUNTED, 0))
        known = [
            Span(max(span.start, starts_quiet), span.end, span.kind)
            for span in calendar
            if span.end > starts_quiet
        ]
        runs = key_runs([point], calendar=known, gap_days=gap_days)
        quiet = clipped(runs, start=self.start, end=self.end)
        return _Connection(calendar, starts_quiet, is_open, quiet)

    def _load_rest(self, connections: dict[int, _Connection]) -> None:
        """The points after the window, of keys whose last gap in it may go on behind it."""
        if self.end > self.today:
            return
        going_on = [
            id
            for id, points in self.points.items()
            if connections[self.keys[id].connection].is_open_at_end
            or (points[-1][2] != COUNTED and points[-1][5] is None)
        ]
        condition, params = ids_in("count_key_id", ids=going_on)
        rows = fetch(_LATER_POINTS.format(chosen=condition), [*params, self.end])
        for row in rows:
            self.points[row[0]].append(row)


def _quiet(connection: _Connection, units: int) -> list[KeyRun]:
    """The runs of a key that reads one and the same count on all proven days of the window."""
    found = connection.by_units.get(units)
    if found is None:
        found = [run._replace(units=units) for run in connection.quiet]
        connection.by_units[units] = found
    return found


def _by_connection(rows: Iterable[Sequence[object]]) -> dict[int, list[date]]:
    found: dict[int, list[date]] = {}
    for connection, day in rows:
        assert isinstance(connection, int) and isinstance(day, date)
        found.setdefault(connection, []).append(day)
    return found


def first_true_days(key_ids: Iterable[int]) -> dict[int, date]:
    """The first day on which each key was counted above 0; keys that never were are left out."""
    condition, params = ids_in("count_key_id", ids=key_ids)
    return dict(
        fetch(
            'SELECT count_key_id, MIN(day) AS "day [date]" FROM usage_count '
            f"WHERE provider_id = %s AND {condition} AND replaced_at IS NULL "
            "AND ((state = 'counted' AND value > 0) OR kept_value > 0) GROUP BY count_key_id",
            [provider_id(), *params],
        )
    )


class CountedRange(NamedTuple):
    """Days [start, end) of one key that read alike, with what the key belongs to."""

    count_key: int
    connection: int
    module_organization: int
    billing_type: int
    run: KeyRun


def counted_ranges(start: date, *, end: date) -> list[CountedRange]:
    """All runs of all keys in [start, end), by key as entered."""
    columns = ("id", "connection_id", "module_organization_id", "billing_type_id")
    keys = {row[0]: row for row in CountKey.objects.order_by("id").values_list(*columns)}
    found = readings(list(keys), start=start, end=end)
    return [
        CountedRange(row[0], row[1], row[2], row[3], run)
        for id, row in keys.items()
        for run in found.get(id, ())
    ]
