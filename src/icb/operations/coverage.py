"""What was expected of each module on each day, what came, what was missing and what was new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from icb.foundation.bulk import fetch
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.hub.follow_queries import expected_connections, last_awaited_day
from icb.hub.queries import connection_named
from icb.kernel.days import ONE_DAY
from icb.kernel.errors import InvalidInput

_LONGEST = 400
# Of each key the newest point before the first day, and all up to the last. Left out is what an
# older answer of the same day had and no day before it: expected because of that answer.
_POINTS = """
SELECT c.count_key_id, c.day, CASE WHEN c.reason = 'absent' THEN 'left_out' ELSE c.state END
FROM count_key k CROSS JOIN usage_count c
WHERE k.connection_id = %s AND c.count_key_id = k.id AND c.replaced_at IS NULL AND c.day <= %s
AND c.day >= COALESCE((
  SELECT x.day FROM usage_count x
  WHERE x.count_key_id = k.id AND x.replaced_at IS NULL AND x.day < %s
  ORDER BY x.day DESC LIMIT 1), %s)
ORDER BY c.day
"""
_PLACES = """
SELECT k.id, o.external_id, t.key FROM count_key k
JOIN module_organization o ON o.id = k.module_organization_id
JOIN billing_type t ON t.id = k.billing_type_id
WHERE k.connection_id = %s
"""
_ANSWERS = """
SELECT day, state FROM snapshot
WHERE connection_id = %s AND day >= %s AND day <= %s AND state IN ('quarantined', 'refused')
ORDER BY id
"""
_DAYS = "SELECT day FROM {table} WHERE connection_id = %s AND day >= %s AND day <= %s"


class CoverageRow(NamedTuple):
    """One module's day.

    `state`: received, quarantined, refused, failed, missing or waiting. `expected` is how many
    counts the last whole answer before had, and an older one of the same day that is left out now;
    `received` is how many this day's had. `absent` and `new` name the ones that make the
    difference, by organization and billing type.
    """

    module: str
    day: date
    state: str
    expected: int
    received: int
    absent: tuple[tuple[str, str], ...]
    new: tuple[tuple[str, str], ...]

    @property
    def new_organizations(self) -> list[str]:
        """The module organizations among what is new."""
        return sorted({organization for organization, _ in self.new})


def coverage(first: date, *, last: date, module: str = "") -> list[CoverageRow]:
    """Every day from `first` to `last` of one module or of all from which answers are expected.

    By module as entered, oldest first; not beyond today. Raises InvalidInput for days in the wrong
    order and for more than a year, NotFound for an unknown module.
    """
    if not first <= last <= first + ONE_DAY * _LONGEST:
        raise InvalidInput(
            field="days",
            message=f"days: {first} to {last} is no stretch of 1 to {_LONGEST} days. Nothing was "
            "done. Give a first day and a last one of the same year.",
        )
    chosen = connection_named(module).pk if module else None
    names = dict(
        fetch("SELECT id, key FROM module_connection WHERE provider_id = %s", [provider_id()])
    )
    until = min(last, local_today())
    return [
        row
        for connection, expected_from in expected_connections(chosen).items()
        if max(first, expected_from) <= until
        for row in _Connection(connection, names[connection]).rows(max(first, expected_from), until)
    ]


class _Connection:
    """One connection's answers, walked day by day."""

    def __init__(self, id: int, module: str) -> None:
        self.id = id
        self.module = module
        self.present: set[int] = set()
        self.known: set[int] = set()

    def rows(self, first: date, last: date) -> Iterator[CoverageRow]:
        """A row for each day."""
        places = {row[0]: (row[1], row[2]) for row in fetch(_PLACES, [self.id])}
        points: dict[date, list[tuple[int, str]]] = defaultdict(list)
        for key, day, state in fetch(_POINTS, [self.id, last, first, date.min]):
            points[max(day, first - ONE_DAY)].append((key, state))
        self._step(points.get(first - ONE_DAY, ()))
        states = self._states(first, last)
        day = first
        while day <= last:
            expected, absent, new = self._step(points.get(day, ()))
            state = states[day]
            yield CoverageRow(
                self.module,
                day,
                state,
                expected,
                len(self.present) if state == "received" else 0,
                tuple(sorted(places[key] for key in absent)),
                tuple(sorted(places[key] for key in new)),
            )
            day += ONE_DAY

    def _step(self, points: Sequence[tuple[int, str]]) -> tuple[int, set[int], set[int]]:
        """Take a day's points; how many keys were expected, which went, and which are new."""
        left_out = {key for key, state in points if state == "left_out"}
        expected = self.present | left_out
        gone = {key for key, state in points if state in ("absent", "left_out")} & expected
        came = {key for key, state in points if state not in ("absent", "left_out")}
        new = came - self.known
        self.present = (expected - gone) | came
        self.known |= {key for key, _ in points}
        return len(expected), gone, new

    def _states(self, first: date, last: date) -> dict[date, str]:
        """What became of each day; of several answers to a day the best one counts."""
        awaited = last_awaited_day()
        found = {}
        day = first
        while day <= last:
            found[day] = "missing" if day <= awaited else "waiting"
            day += ONE_DAY
        window = [self.id, first, last]
        found.update((row[0], "failed") for row in fetch(_DAYS.format(table="failed_sync"), window))
        found.update(fetch(_ANSWERS, window))
        received = fetch(_DAYS.format(table="proven_day"), window)
        found.update((row[0], "received") for row in received)
        return found
