"""Keep what became of each attempt to get a connection's counts of a day.

The row of an attempt is itself the record: it is kept, and says when, what and why.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from icb.foundation import audit
from icb.foundation.actor import require
from icb.foundation.bulk import execute_many, insert_rows
from icb.foundation.permissions import Permission
from icb.foundation.transactions import transaction
from icb.hub.judging import check_ids
from icb.hub.models import (
    BillingType,
    ModuleConnection,
    ModuleOrganization,
    ProvenDay,
    Snapshot,
    Sync,
    SyncState,
)
from icb.hub.module_queries import connection_named
from icb.hub.ports import Seen
from icb.hub.snapshot_actions import record_failed_sync
from icb.kernel import clock
from icb.kernel.days import ONE_DAY, DayRange

_ORGANIZATION_COLUMNS = (
    "connection_id",
    "external_id",
    "name",
    "parent_external_id",
    "domain",
    "hint",
    "vendor_created_on",
    "first_seen_on",
    "claimed_name",
    "claimed_created_on",
)
_LONGEST_NAME, _LONGEST_DOMAIN = 200, 253
_CANCELLED_LOCK = "hub:cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncResult:
    """How an attempt ended. `state` is one of models.SyncState; `revision` that of the answer."""

    state: str
    code: str = ""
    message: str = ""
    is_final: bool = False
    requests: int = 0
    counts: int = 0
    manifest: Mapping[str, Any] = field(default_factory=dict)
    revision: int | None = None


def start_sync(connection: str, *, day: date) -> int:
    """Note that an attempt begins; its id."""
    require(Permission.RECORD_COUNTS)
    row = Sync.objects.create(
        connection=connection_named(connection),
        day=day,
        state=SyncState.RUNNING,
        started_at=clock.now(),
    )
    return int(row.pk)


def finish_sync(sync: int, *, result: SyncResult) -> None:
    """Note how an attempt ended. A final failure ends the waiting for its day as well."""
    with transaction():
        require(Permission.RECORD_COUNTS)
        row = Sync.objects.select_related("connection").get(pk=sync)
        if row.state != SyncState.RUNNING:
            return  # somebody noted before that this attempt had died
        row.state, row.code, row.message = result.state, result.code, result.message
        row.is_final, row.requests, row.counts = result.is_final, result.requests, result.counts
        row.manifest, row.finished_at = dict(result.manifest), clock.now()
        if result.revision is not None:
            answers = Snapshot.objects.filter(connection=row.connection, day=row.day)
            row.snapshot = answers.filter(revision=result.revision).first()
        row.save()
        if result.is_final:
            _end_waiting(row.connection.key, days=[row.day], reason=result.message)


def give_up(connection: str, *, days: Sequence[date], code: str, message: str) -> None:
    """Note that no more is tried for these days: one attempt each that ended before it began."""
    module = connection_named(connection)
    with transaction(lock=f"hub:{module.pk}"):
        require(Permission.RECORD_COUNTS)
        known = Sync.objects.filter(connection=module, day__in=days, is_final=True)
        given_up = set(known.values_list("day", flat=True))
        left = [day for day in sorted(set(days)) if day not in given_up]
        now = clock.now()
        Sync.objects.bulk_create(
            [
                Sync(
                    connection=module,
                    day=day,
                    state=SyncState.FAILED,
                    code=code,
                    message=message,
                    is_final=True,
                    started_at=now,
                    finished_at=now,
                )
                for day in left
            ],
            batch_size=50,
        )
        _end_waiting(connection, days=left, reason=message)


class Cancelled(NamedTuple):
    """A sync of a connection (its key) that a person cancelled, asked for and ended when."""

    connection: str
    day: date
    asked_at: datetime
    at: datetime


def note_cancelled(syncs: Sequence[Cancelled], *, message: str) -> int:
    """Note each as an attempt of its day, unless one since says more; how many were noted.

    A day whose newest attempt was cancelled is not asked for by itself any more.
    """
    if not syncs:
        return 0
    with transaction(lock=_CANCELLED_LOCK):
        require(Permission.RECORD_COUNTS)
        keys = dict(ModuleConnection.objects.values_list("key", "pk"))
        tried: dict[tuple[int, date], list[Sync]] = defaultdict(list)
        first = min(one.day for one in syncs)
        for row in Sync.objects.filter(day__gte=first, started_at__gte=_earliest(syncs)):
            tried[row.connection_id, row.day].append(row)
        news = [
            _cancelled(one, connection=keys[one.connection], message=message)
            for one in sorted(syncs, key=lambda one: one.at)
            if one.connection in keys and not _is_noted(one, tried[keys[one.connection], one.day])
        ]
        Sync.objects.bulk_create(news, batch_size=50)
        if news:
            audit.record("note_cancelled", subject="syncs", data={"noted": len(news)})
    return len(news)


def _earliest(syncs: Sequence[Cancelled]) -> datetime:
    return min(one.asked_at for one in syncs)


def _is_noted(one: Cancelled, tried: Sequence[Sync]) -> bool:
    """Whether an attempt says that it was cancelled, or began after that."""
    return any(
        row.started_at >= one.at
        or (row.state == SyncState.CANCELLED and row.started_at >= one.asked_at)
        for row in tried
    )


def _cancelled(one: Cancelled, *, connection: int, message: str) -> Sync:
    return Sync(
        connection_id=connection,
        day=one.day,
        state=SyncState.CANCELLED,
        code="cancelled",
        message=message,
        started_at=one.at,
        finished_at=one.at,
    )


def end_interrupted(*, begun_before: datetime, message: str, sync: int | None = None) -> int:
    """Note for attempts that still seem to run, though their program is gone, that they failed.

    All that began before an instant, or only the one named; how many.
    """
    require(Permission.RECORD_COUNTS)
    running = Sync.objects.filter(state=SyncState.RUNNING, started_at__lt=begun_before)
    if sync is not None:
        running = Sync.objects.filter(state=SyncState.RUNNING, pk=sync)
    return running.update(
        state=SyncState.FAILED, code="interrupted", message=message, finished_at=clock.now()
    )


def note_module_organizations(connection: str, *, seen: Sequence[Seen]) -> int:
    """Take over what a vendor says of its clients: new ones, and where they belong; how many.

    Names of known ones come with the counts, where another identity under an old id is noticed.
    """
    module = connection_named(connection)
    with transaction(lock=f"hub:{module.pk}"):
        require(Permission.RECORD_COUNTS)
        columns = ("external_id", "id", "parent_external_id", "domain", "hint")
        rows = ModuleOrganization.objects.filter(connection=module).values_list(*columns)
        known = {external: (id, *place) for external, id, *place in rows}
        usable = [one for one in seen if not check_ids(one.id, billing_type="any", row=0)]
        new = {one.id: one for one in usable if one.id not in known}
        insert_rows(
            ModuleOrganization,
            columns=_ORGANIZATION_COLUMNS,
            rows=[_columns(module.pk, one) for one in new.values()],
        )
        moved = [
            (*_place(one), known[one.id][0])
            for one in usable
            if one.id in known and known[one.id][1:] != _place(one)
        ]
        execute_many(
            "UPDATE module_organization SET parent_external_id = %s, domain = %s, hint = %s "
            "WHERE id = %s",
            moved,
        )
        if new or moved:
            data = {"new": len(new), "moved": len(moved), "ids": sorted(new)[:100]}
            audit.record("note_module_organizations", subject=module.key, data=data)
    return len(new) + len(moved)


def name_billing_types(connection: str, *, names: Mapping[str, str]) -> int:
    """Call types that no catalogue has as their vendor calls them; how many got another name.

    A type that a person or the catalogue described keeps the name that it was given there.
    """
    module = connection_named(connection)
    plain = {key: _plain(name) for key, name in names.items()}
    with transaction(lock=f"hub:{module.pk}"):
        require(Permission.RECORD_COUNTS)
        waiting = BillingType.objects.filter(connection=module, is_known=False)
        renamed = [
            (plain[key], id)
            for id, key, name in waiting.values_list("id", "key", "name")
            if plain.get(key, "") not in ("", name)
        ]
        execute_many("UPDATE billing_type SET name = %s WHERE id = %s", renamed)
        if renamed:
            audit.record("name_billing_types", subject=module.key, data={"named": len(renamed)})
    return len(renamed)


def _plain(name: str) -> str:
    """A vendor's name as it can be shown and stored."""
    return "".join(filter(str.isprintable, name)).strip()[:_LONGEST_NAME]


def _end_waiting(connection: str, *, days: Sequence[date], reason: str) -> None:
    """Where some answer stands for the day, what it says stays, and nothing is missing."""
    module = connection_named(connection)
    proven = ProvenDay.objects.filter(connection=module, day__in=days)
    standing = set(proven.values_list("day", flat=True))
    for run in _runs([day for day in days if day not in standing]):
        record_failed_sync(connection, days=run, reason=reason)


def _runs(days: Sequence[date]) -> list[DayRange]:
    """Ascending days as stretches without a gap."""
    found: list[DayRange] = []
    for day in days:
        if found and found[-1].end == day:
            found[-1] = DayRange(found[-1].start, day + ONE_DAY)
        else:
            found.append(DayRange(day, day + ONE_DAY))
    return found


def _place(one: Seen) -> tuple[str, str, str]:
    return one.parent[:_LONGEST_NAME], one.domain[:_LONGEST_DOMAIN], one.hint[:_LONGEST_NAME]


def _columns(connection: int, one: Seen) -> tuple[object, ...]:
    name = one.name[:_LONGEST_NAME] or one.id
    return (connection, one.id, name, *_place(one), one.created_on, None, "", None)
