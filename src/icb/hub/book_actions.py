"""Store what a book's answers and decisions changed, with a fixed number of statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from operator import attrgetter

from django.db import connection as database

from icb.foundation.bulk import (
    execute,
    execute_many,
    execute_values,
    ids_in,
    insert_rows,
    reserve_ids,
)
from icb.foundation.scope import provider_id
from icb.hub.book import Key
from icb.hub.book_queries import Shelf
from icb.hub.change_points import Point
from icb.hub.follow_actions import ToFollow, mark_to_follow
from icb.hub.models import (
    BillingType,
    Count,
    CountDecision,
    CountKey,
    CountMark,
    ModuleOrganization,
    Shape,
    ValueKind,
)
from icb.kernel.quantity import MICRO

_COUNT_COLUMNS = (
    "id",
    "count_key_id",
    "day",
    "state",
    "value",
    "reason",
    "kept_value",
    "snapshot_id",
    "replaced_at",
    "replaced_by_id",
)
_PROVE = """
INSERT INTO proven_day (provider_id, connection_id, day, snapshot_id, stamp)
VALUES {values}
ON CONFLICT (connection_id, day) DO UPDATE
SET snapshot_id = excluded.snapshot_id, stamp = excluded.stamp
"""
_PROVE_ALONE = """
INSERT INTO proven_count (provider_id, count_key_id, day, snapshot_id, stamp)
VALUES {values}
ON CONFLICT (count_key_id, day) DO UPDATE
SET snapshot_id = excluded.snapshot_id, stamp = excluded.stamp
"""
_FIRST_COUNTED = """
UPDATE count_key SET first_counted_on = (
  SELECT MIN(c.day) FROM usage_count c
  WHERE c.count_key_id = count_key.id AND c.replaced_at IS NULL
  AND (c.state = 'counted' OR c.kept_value IS NOT NULL))
WHERE
"""
_FIRST_SEEN = """
UPDATE module_organization SET first_seen_on = (
  SELECT MIN(k.first_counted_on) FROM count_key k
  WHERE k.module_organization_id = module_organization.id)
WHERE
"""


_ROW = attrgetter("row")


def store_book(shelf: Shelf, *, at: datetime) -> None:
    """Write what changed, and take the book for stored."""
    book = shelf.book
    _add_organizations(shelf)
    _add_billing_types(shelf)
    new = [key for key in book.touched if not key.row]
    _add_keys(shelf, new)
    # In the order of the index, so that neighbours are written together.
    changed = sorted((key for key in book.touched if key.history.is_changed), key=_ROW)
    _replace(changed, at=at)
    _add_points(changed)
    _store_proofs(shelf)
    _store_firsts(shelf, changed=changed, new=new)
    _store_lasting(shelf)
    book.touched.clear()
    book.proven_anew.clear()
    book.unproven.clear()
    book.proven_alone.clear()


def _add_organizations(shelf: Shelf) -> None:
    known = shelf.book.organizations
    new = [known[id] for id in known if id not in shelf.organizations]
    ids = reserve_ids(ModuleOrganization, count=len(new))
    rows = []
    for row, organization in zip(ids, new, strict=True):
        shelf.organizations[organization.id] = row
        organization.is_changed = False
        name, created = organization.name[:200], organization.created_on
        rows.append(
            (row, shelf.connection.pk, organization.id, name, "", "", "", created, None, "", None)
        )
    columns = ("id", "connection_id", "external_id", "name", "parent_external_id", "domain")
    more = ("hint", "vendor_created_on", "first_seen_on", "claimed_name", "claimed_created_on")
    insert_rows(ModuleOrganization, columns=(*columns, *more), rows=rows)
    changed = [organization for organization in known.values() if organization.is_changed]
    execute_many(
        "UPDATE module_organization SET name = %s, vendor_created_on = %s, claimed_name = %s, "
        "claimed_created_on = %s WHERE id = %s",
        [
            (o.name[:200], o.created_on, o.claimed_name[:200], o.claimed_created_on, row)
            for o in changed
            for row in [shelf.organizations[o.id]]
        ],
    )
    for organization in changed:
        organization.is_changed = False


def _add_billing_types(shelf: Shelf) -> None:
    """Types that no catalogue has: kept, waiting to be mapped, never dropped."""
    new = [key for key in shelf.book.types if key not in shelf.billing_types]
    if not new:
        return
    broken = {
        key.place[1]
        for key in shelf.book.keys.values()
        if any(point.entry.value % MICRO for point in key.history.points)
    }
    rows = [
        BillingType(
            connection=shelf.connection,
            key=key,
            name=key,
            value=ValueKind.DECIMAL if key in broken else ValueKind.WHOLE,
            shape=Shape.GAUGE,
            is_known=False,
        )
        for key in new
    ]
    for row in BillingType.objects.bulk_create(rows, batch_size=2000):
        shelf.billing_types[row.key] = row.pk


def _add_keys(shelf: Shelf, new: Sequence[Key]) -> None:
    rows = []
    for row, key in zip(reserve_ids(CountKey, count=len(new)), new, strict=True):
        key.row = row
        key.first_counted_on = key.history.first_accepted_on()
        organization, billing_type = key.place
        rows.append(
            (
                row,
                shelf.connection.pk,
                shelf.organizations[organization],
                shelf.billing_types[billing_type],
                key.first_counted_on,
            )
        )
    columns = ("id", "connection_id", "module_organization_id", "billing_type_id")
    insert_rows(CountKey, columns=(*columns, "first_counted_on"), rows=rows)


def _replace(changed: Sequence[Key], *, at: datetime) -> None:
    """Take rows out of force: one statement for each snapshot that replaced some."""
    rows: dict[int | None, list[int]] = {}
    for key in changed:
        for row, cause in key.history.dropped or ():
            rows.setdefault(cause, []).append(row)
        key.history.dropped = None
    instant = database.ops.adapt_datetimefield_value(at)
    for cause, dropped in rows.items():
        condition, params = ids_in("id", ids=dropped)
        execute(
            f"UPDATE usage_count SET replaced_at = %s, replaced_by_id = %s WHERE {condition}",
            [instant, cause, *params],
        )


def _add_points(changed: Sequence[Key]) -> None:
    new = [
        (key, index)
        for key in changed
        for index, point in enumerate(key.history.points)
        if not point.row
    ]
    rows = []
    for row, (key, index) in zip(reserve_ids(Count, count=len(new)), new, strict=True):
        point = key.history.points[index]
        key.history.points[index] = point._replace(row=row)
        rows.append(_count_row(row, key, point=point))
    insert_rows(Count, columns=_COUNT_COLUMNS, rows=rows)


def _count_row(row: int, key: Key, *, point: Point) -> tuple[object, ...]:
    entry = point.entry
    said = (entry.state, entry.value, entry.reason, entry.kept)
    return (row, key.row, point.day, *said, point.source, None, None)


def _store_proofs(shelf: Shelf) -> None:
    book, provider = shelf.book, provider_id()
    rows = []
    for day in sorted(book.proven_anew):
        proof = book.proven[day]
        rows.append((provider, shelf.connection.pk, day, proof.snapshot, proof.stamp))
    execute_values(_PROVE, rows=rows)
    ended = [(shelf.connection.pk, day) for day in sorted(book.unproven)]
    execute_many("DELETE FROM proven_day WHERE connection_id = %s AND day = %s", ended)
    alone, gone = [], []
    for key, day in sorted(book.proven_alone, key=lambda one: (one[0].row, one[1])):
        own = key.proofs.get(day)
        if own is None:
            gone.append((key.row, day))
        else:
            alone.append((provider, key.row, day, own.snapshot, own.stamp))
    execute_many("DELETE FROM proven_count WHERE count_key_id = %s AND day = %s", gone)
    execute_values(_PROVE_ALONE, rows=alone)


def _store_firsts(shelf: Shelf, *, changed: Sequence[Key], new: Sequence[Key]) -> None:
    """The first counted days that may have moved, and the first seen days that follow them."""
    moved = [
        key
        for key in changed
        if key.first_counted_on is None or key.first_counted_on >= shelf.first
    ]
    if not moved and not new:
        return
    condition, params = ids_in("id", ids=[key.row for key in moved])
    execute(_FIRST_COUNTED + condition, params)
    rows = {shelf.organizations[key.place[0]] for key in (*moved, *new)}
    condition, params = ids_in("id", ids=sorted(rows))
    execute(_FIRST_SEEN + condition, params)


def _store_lasting(shelf: Shelf) -> None:
    """Store which decisions ended; from that day on their keys read differently."""
    ended: dict[int, date] = {}
    for lasting in [lasting for lasting in shelf.book.lasting if lasting.is_changed]:
        CountDecision.objects.filter(pk=lasting.row).update(until_day=lasting.until_day)
        lasting.is_changed = False
        for key in shelf.book.keys.values():
            is_about = lasting.billing_type in (None, key.place[1])
            if key.place[0] == lasting.organization and is_about and lasting.until_day:
                ended[key.row] = min(lasting.until_day, ended.get(key.row, lasting.until_day))
    insert_rows(
        CountMark,
        columns=("snapshot_id", "count_key_id", "from_day"),
        rows=[(None, key, day) for key, day in ended.items()],
    )
    connection = shelf.connection.pk
    mark_to_follow(ToFollow(connection, day, count_key=key) for key, day in ended.items())
