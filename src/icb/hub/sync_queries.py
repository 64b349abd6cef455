"""Which days are expected of which connection, and what became of the attempts to get them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Count as CountOf
from django.db.models import Max, Q

from icb.foundation.listing import Asked, Kind, Page, Wanted, page_of
from icb.hub.models import (
    FileSource,
    ModuleConnection,
    Snapshot,
    SnapshotState,
    SnapshotToFollow,
    Sync,
    SyncState,
)
from icb.hub.module_queries import connection_named

_WITHOUT_COUNTS = (SyncState.FAILED, SyncState.REFUSED, SyncState.CANCELLED)


class SyncTarget(NamedTuple):
    """A connection as a sync sees it. `settings` are without the secrets."""

    id: int
    key: str
    name: str
    module: str
    adapter: str
    is_enabled: bool
    expected_from: date | None
    catch_up_days: int
    settings: dict[str, str]


class AnsweredDay(NamedTuple):
    """A day for which an answer came, whatever was decided on it; the newest receipt.

    `is_complete`: a whole answer was among them.
    """

    connection: int
    day: date
    received_at: datetime
    is_complete: bool


class TriedDay(NamedTuple):
    """A day with attempts that brought nothing: how many, the newest's code and end."""

    connection: int
    day: date
    attempts: int
    code: str
    at: datetime


class SyncRow(NamedTuple):
    """One attempt for a list, the newest first."""

    id: int
    connection: str
    day: date
    state: str
    code: str
    message: str
    is_final: bool
    requests: int
    counts: int
    started_at: datetime
    finished_at: datetime | None


_COLUMNS = ("id", "connection__key", *SyncRow._fields[2:])
_ASKED = {
    "day": Asked("day", Kind.DAY),
    "state": Asked("state", Kind.CHOICE),
    "started": Asked("started_at", Kind.MOMENT),
    "counts": Asked("counts", Kind.NUMBER),
    "requests": Asked("requests", Kind.NUMBER),
    "message": Asked("message"),
}


def sync_targets() -> list[SyncTarget]:
    """All connections, as entered."""
    rows = ModuleConnection.objects.order_by("id").values_list(*SyncTarget._fields)
    return [SyncTarget(*row) for row in rows]


def sync_target(connection: str) -> SyncTarget:
    """The connection with this key; NotFound where the provider has none."""
    return target_of(connection_named(connection))


def target_of(row: ModuleConnection) -> SyncTarget:
    """A connection that is at hand, as a sync sees it."""
    return SyncTarget(*(getattr(row, name) for name in SyncTarget._fields))


def answered_days(since: date) -> list[AnsweredDay]:
    """The days from `since` on for which answers came that could be read."""
    rows = (
        Snapshot.objects.filter(day__gte=since)
        .exclude(state=SnapshotState.REFUSED)
        .values("connection_id", "day", "is_complete")
        .annotate(at=Max("received_at"))
        .values_list("connection_id", "day", "at", "is_complete")
    )
    return [AnsweredDay(*row) for row in rows]


def given_up_days(since: date) -> set[tuple[int, date]]:
    """(connection, day) from `since` on whose sync has finally failed."""
    rows = Sync.objects.filter(day__gte=since, is_final=True)
    return set(rows.values_list("connection_id", "day"))


def tried_days(since: date) -> list[TriedDay]:
    """The days from `since` on with attempts that brought nothing."""
    found = Sync.objects.filter(day__gte=since, state__in=_WITHOUT_COUNTS)
    rows = found.values("connection_id", "day").annotate(attempts=CountOf("id"), newest=Max("id"))
    grouped = list(rows.values_list("connection_id", "day", "attempts", "newest"))
    newest = {row.pk: row for row in Sync.objects.filter(pk__in=[row[3] for row in grouped])}
    return [
        TriedDay(connection, day, attempts, last.code, last.finished_at or last.started_at)
        for connection, day, attempts, id in grouped
        for last in [newest[id]]
    ]


def failed_attempts(connection: int, *, day: date) -> int:
    """How many attempts for a connection's day brought nothing."""
    tried = Sync.objects.filter(connection_id=connection, day=day, state__in=_WITHOUT_COUNTS)
    return tried.count()


def syncs(connection: str = "", *, day: date | None = None, limit: int = 50) -> list[SyncRow]:
    """The newest attempts of one connection or of all, newest first."""
    chosen = Sync.objects.order_by("-id")
    if connection:
        chosen = chosen.filter(connection=connection_named(connection))
    if day is not None:
        chosen = chosen.filter(day=day)
    return _rows(chosen[:limit])


def sync_page(wanted: Wanted) -> Page[SyncRow]:
    """One page of the attempts of a connection (condition `connection`, its key), newest first."""
    module = connection_named(wanted.conditions.get("connection", ""))
    return page_of(
        Sync.objects.filter(connection=module).order_by("-id"),
        wanted=wanted,
        columns=_ASKED,
        fields=_COLUMNS,
        make=lambda row: SyncRow(*row),
    )


def newest_syncs_of_each() -> dict[str, SyncRow]:
    """The newest attempt of each connection, by its key; none for those that were never asked."""
    newest = Sync.objects.values("connection_id").annotate(id=Max("id")).values_list("id")
    return {row.connection: row for row in _rows(Sync.objects.filter(pk__in=newest))}


def sync_row(id: int) -> SyncRow:
    """The attempt with this id."""
    return _rows(Sync.objects.filter(pk=id))[0]


def has_snapshots_to_follow() -> bool:
    """Whether some answer has not been carried on to contracts and log yet."""
    return SnapshotToFollow.objects.exists()


def has_watched_folders() -> bool:
    """Whether files of counts are expected in some folder."""
    watched = Q(connection__is_enabled=True) & ~Q(folder="")
    return FileSource.objects.filter(watched).exists()


def _rows(chosen: Any) -> list[SyncRow]:
    return [SyncRow(*row) for row in chosen.values_list(*_COLUMNS)]
