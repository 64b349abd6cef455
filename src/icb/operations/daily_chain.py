"""From accepted counts to notes on contracts, rows of the activity log, and insights.

Every answer, decision and failed sync leaves a mark; following takes the marks away, oldest first.
What is told is found by comparing what the days read now with what notes and log say of them, so a
run that is stopped, doubled or late tells nothing twice and leaves nothing out. A chunk of marks is
one transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from icb.billing.unbilled_report import refresh_unbilled
from icb.contracts.actions.unit_notes import NewUnitNote, add_unit_notes
from icb.contracts.note_queries import noted_units, service_places
from icb.contracts.unit_notes import Units, notes_to_write
from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.collector import collector_paused
from icb.foundation.jobs import JobContext, JobRow
from icb.foundation.providers import local_today
from icb.foundation.transactions import transaction
from icb.hub import follow_queries as hub
from icb.hub.day_changes import day_changes, unit_steps
from icb.hub.follow_actions import drop_followed
from icb.hub.queries import connection_named, readings
from icb.hub.reading import KeyRun
from icb.insights.actions import refresh_insights
from icb.kernel.days import ONE_DAY, DayRange
from icb.mapping.actions.activity import NewActivity, add_activity
from icb.mapping.feeds import service_feeds
from icb.mapping.key_owner_queries import KeyOwners
from icb.mapping.log_rows import KeyDays, rows_to_tell
from icb.mapping.service_changes import service_changes
from icb.mapping.told_queries import last_told_days, told_keys, told_syncs
from icb.mapping.units import Feed

MARKS_PER_CHUNK = 100
_LOCK = "follow"
_LOOKS_BACK = timedelta(days=62)
"""Days without an answer are looked for so far back, or back to the last day that was told."""


class FollowResult(NamedTuple):
    """What was carried on: marks taken away, rows of the activity log and notes written."""

    marks: int = 0
    rows: int = 0
    notes: int = 0


def follow(connection: str | None = None) -> FollowResult:
    """Carry on whatever changed, of one connection or of all; running it again changes nothing."""
    id = connection_named(connection).pk if connection else None
    result = FollowResult()
    while True:
        part = _follow_chunk(id)
        if not part.marks:
            break
        result = FollowResult(*(one + other for one, other in zip(result, part, strict=True)))
    return result._replace(rows=result.rows + _tell_missing(id))


def _follow_chunk(connection: int | None) -> FollowResult:
    with collector_paused(), transaction(lock=_LOCK):
        require(Permission.RECORD_COUNTS)
        found = hub.marks_to_follow(connection, limit=MARKS_PER_CHUNK)
        marks = [mark for mark in found if mark.connection == found[0].connection]
        if not marks:
            return FollowResult()
        chunk = _Chunk(marks)
        rows = add_activity([*chunk.sync_rows(), *chunk.key_rows()])
        notes = add_unit_notes(chunk.notes())
        drop_followed([mark.id for mark in marks])
        result = FollowResult(len(marks), rows, notes)
        audit.record("follow", subject=str(marks[0].connection), data=result._asdict())
    return result


class _Chunk:
    """Some marks of one connection, and everything that their keys read."""

    def __init__(self, marks: Sequence[hub.FollowMark]) -> None:
        self.marks = marks
        self.connection = marks[0].connection
        self.until = local_today() + ONE_DAY
        self.keys = hub.changed_keys(mark.id for mark in marks)
        self.since = min((key.from_day for key in self.keys), default=self.until)
        ids = [key.id for key in self.keys]
        self.owners = KeyOwners(ids)
        self.feeds = self._load_feeds()
        fed = {feed.count_key for feeds in self.feeds.values() for feed in feeds}
        self.readings: dict[int, list[KeyRun]] = readings(
            sorted(fed.union(ids)), start=self.since - ONE_DAY, end=self.until
        )

    def _load_feeds(self) -> dict[int, list[Feed]]:
        """Everything that feeds the services that the changed keys drive."""
        contracts = self.owners.contracts_of_services()
        found = service_feeds(sorted(set(contracts.values())))
        return {service: found[service].feeds for service in contracts}

    def sync_rows(self) -> Iterator[NewActivity]:
        """A row for each whole answer, and for each sync that brought none."""
        snapshots = {mark.snapshot for mark in self.marks if mark.snapshot is not None}
        for answer in hub.answers(sorted(snapshots)):
            if answer.state in ("quarantined", "refused"):
                status, message = answer.state, answer.reason
            elif answer.state == "accepted" and answer.is_complete:
                status, message = "synced", _in_numbers(answer)
            else:
                continue
            yield NewActivity(answer.day, self.connection, status, message, answer.id)
        failed = [mark.failed_sync for mark in self.marks if mark.failed_sync is not None]
        for day, reason in hub.failed_syncs(failed):
            yield NewActivity(day, self.connection, "failed", reason)

    def key_rows(self) -> Iterator[NewActivity]:
        """A row for each day of a key that reads otherwise than the log says."""
        said = hub.said_points((key.id for key in self.keys), since=self.since)
        told = told_keys(
            self.connection,
            module_organizations={key.module_organization for key in self.keys},
            since=self.since,
        )
        for key in self.keys:
            place = (key.module_organization, key.billing_type)
            runs = self.readings.get(key.id, [])
            changes = day_changes(
                runs,
                said=said.get(key.id, ()),
                days=DayRange(key.from_day, self.until),
                first=key.first_counted_on,
            )
            days = KeyDays(key.from_day, changes, unit_steps(runs, until=self.until), key.snapshot)
            standing = self.owners.of(key.id)
            for row in rows_to_tell(days, told=told.get(place, {}), standing=standing):
                yield NewActivity(
                    row.day,
                    self.connection,
                    row.status,
                    row.message,
                    row.snapshot,
                    *place,
                    row.organization,
                    row.service,
                    row.before,
                    row.after,
                )

    def notes(self) -> Iterator[NewUnitNote]:
        """A note for each day on which the units of a service differ from what is noted."""
        since = self._services_since()
        noted = noted_units(since, since=self.since)
        places = service_places(since)
        for service, first in sorted(since.items()):
            known = {day: units for day, units in noted.get(service, {}).items() if day >= first}
            changes = service_changes(
                self.feeds[service],
                readings=self.readings,
                days=DayRange(first, self.until),
                also=known,
            )
            contract, key = places[service]
            units = {day: Units(*change) for day, change in changes.items()}
            for day, change, words in notes_to_write(units, noted=known):
                yield NewUnitNote(contract, service, day, change, f"{key}, {words}")

    def _services_since(self) -> dict[int, date]:
        """By service that a changed key drives, from when on its units may have changed."""
        found: dict[int, date] = {}
        changed = {key.id: key.from_day for key in self.keys}
        for service, feeds in self.feeds.items():
            days = [changed[feed.count_key] for feed in feeds if feed.count_key in changed]
            if days:
                found[service] = min(days)
        return found


def _in_numbers(answer: hub.AnswerRow) -> str:
    same = max(answer.rows - answer.changed, 0)
    words = f"{answer.rows:,} counts: {answer.changed:,} changed, {same:,} as before"
    return f"{words}; {answer.absent:,} no longer there" if answer.absent else words


def _tell_missing(connection: int | None) -> int:
    """Tell each day for which an answer was expected and none came, once; how many there were."""
    last = hub.last_awaited_day()
    expected = hub.expected_connections(connection)
    with transaction(lock=_LOCK):
        require(Permission.RECORD_COUNTS)
        told_until = last_told_days(expected)
        first_days = {
            id: max(first, min(told_until.get(id, first), last - _LOOKS_BACK))
            for id, first in expected.items()
        }
        since = min(first_days.values(), default=last)
        known = hub.answered_or_failed(list(expected), since=since)
        known |= told_syncs(expected, since=since)
        days: dict[int, list[date]] = defaultdict(list)
        for id, first in first_days.items():
            days[id] = [day for day in _days(first, last) if (id, day) not in known]
        rows = [
            NewActivity(day, id, "missing", "no complete answer came for this day")
            for id, missing in days.items()
            for day in missing
        ]
        if rows:
            add_activity(sorted(rows, key=lambda row: (row.day, row.connection)))
            audit.record("follow", subject="missing days", data={"rows": len(rows)})
    return len(rows)


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + ONE_DAY * number


def run_follow(job: JobRow, *, context: JobContext) -> None:
    """The job of the daily chain: follow what is marked, then find what needs attention."""
    connection = str(job.payload.get("connection", "")) or None
    result = follow(connection)
    context.progress({"rows": result.rows, "notes": result.notes})
    if not context.is_cancelled():
        refresh_insights()
        refresh_unbilled()
