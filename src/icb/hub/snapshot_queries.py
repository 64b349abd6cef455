"""The answers of modules, newest first, each with what became of it and what it changed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Max

from icb.foundation.listing import Asked, Kind, Page, Wanted, page_of
from icb.hub.models import Count, Snapshot, Sync
from icb.hub.module_queries import connection_named
from icb.hub.sync_queries import SyncRow, sync_row
from icb.kernel.errors import NotFound

_COLUMNS = (
    "id",
    "connection__key",
    "day",
    "revision",
    "state",
    "row_count",
    "is_complete",
    "stamp",
    "received_at",
    "reason",
)
_ASKED = {
    "day": Asked("day", Kind.DAY),
    "revision": Asked("revision", Kind.NUMBER),
    "state": Asked("state", Kind.CHOICE),
    "rows": Asked("row_count", Kind.NUMBER),
    "complete": Asked("is_complete", Kind.YES_NO),
    "received": Asked("received_at", Kind.MOMENT),
}
_CHANGED = {
    "organization": Asked("count_key__module_organization__name", is_searched=True),
    "id": Asked("count_key__module_organization__external_id", is_searched=True),
    "type": Asked("count_key__billing_type__key", is_searched=True),
    "state": Asked("state", Kind.CHOICE),
    "value": Asked("value"),
}


class AnswerRow(NamedTuple):
    """One answer. `rows`: how many counts it held. `revision`: which answer to its day it was."""

    id: int
    connection: str
    day: date
    revision: int
    state: str
    rows: int
    is_complete: bool
    stamp: int | None
    received_at: datetime
    reason: str


class ChangedCount(NamedTuple):
    """A count that an answer brought into force, or held. `is_replaced`: a later one took over."""

    organization: str
    id: str
    billing_type: str
    unit: str
    state: str
    value: Decimal
    reason: str
    is_replaced: bool


def newest_answers() -> dict[str, AnswerRow]:
    """The newest answer of each connection, by its key, whichever way it came."""
    newest = Snapshot.objects.values("connection_id").annotate(id=Max("id")).values_list("id")
    found = Snapshot.objects.filter(pk__in=newest).values_list(*_COLUMNS)
    return {row[1]: AnswerRow(*row) for row in found}


def answer_page(wanted: Wanted) -> Page[AnswerRow]:
    """One page of the answers of a connection (condition `connection`, its key), newest first."""
    module = connection_named(wanted.conditions.get("connection", ""))
    return page_of(
        Snapshot.objects.filter(connection=module).order_by("-id"),
        wanted=wanted,
        columns=_ASKED,
        fields=_COLUMNS,
        make=lambda row: AnswerRow(*row),
    )


def answer(connection: str, *, id: int) -> AnswerRow:
    """One answer of a connection; NotFound where the connection has none of the id."""
    module = connection_named(connection)
    found = Snapshot.objects.filter(connection=module, pk=id).values_list(*_COLUMNS).first()
    if found is None:
        raise NotFound(
            "snapshot_not_found",
            f"{connection} has no snapshot {id}. Nothing was changed. Choose one from its list.",
            snapshot=id,
        )
    return AnswerRow(*found)


def answers_of_day(connection: str, *, day: date) -> list[AnswerRow]:
    """All answers to a day, as they came."""
    found = Snapshot.objects.filter(connection=connection_named(connection), day=day)
    return [AnswerRow(*row) for row in found.order_by("revision").values_list(*_COLUMNS)]


def sync_behind(snapshot: int) -> SyncRow | None:
    """The attempt that brought an answer; None where it was pushed, or came as a file."""
    found = Sync.objects.filter(snapshot_id=snapshot).order_by("-id").values_list("id", flat=True)
    id = found.first()
    return None if id is None else sync_row(id)


def connection_of_snapshot(id: int) -> str:
    """The key of the connection that an answer is from; NotFound where there is none."""
    found = Snapshot.objects.filter(pk=id).values_list("connection__key", flat=True).first()
    if found is None:
        raise NotFound(
            "snapshot_not_found",
            f"There is no snapshot {id}. Nothing was changed. Look into the Activity Log again.",
            snapshot=id,
        )
    return str(found)


def changed_page(wanted: Wanted) -> Page[ChangedCount]:
    """One page of what an answer (condition `snapshot`, its id) brought into force, or held."""
    found = Count.objects.filter(snapshot_id=int(wanted.conditions["snapshot"])).order_by(
        "count_key__module_organization__name", "count_key__billing_type__key", "id"
    )
    fields = (
        "count_key__module_organization__name",
        "count_key__module_organization__external_id",
        "count_key__billing_type__key",
        "count_key__billing_type__unit",
        "state",
        "value",
        "reason",
        "replaced_at",
    )
    return page_of(found, wanted=wanted, columns=_CHANGED, fields=fields, make=_changed)


def _changed(row: tuple[Any, ...]) -> ChangedCount:
    *facts, value, reason, replaced_at = row
    return ChangedCount._make((*facts, value, reason, replaced_at is not None))
