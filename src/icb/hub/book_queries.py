"""Load a connection's book: as much of its counts as the days in question need.

A fixed number of queries, whatever the number of keys and days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from icb.foundation.bulk import fetch, ids_in
from icb.hub.book import Book, Key, KnownOrganization, Lasting, Proof
from icb.hub.change_points import Entry, Point
from icb.hub.judging import ANY, RESETTING_SHAPES, Guards, TypeRule
from icb.hub.models import BillingType, ModuleConnection, ModuleOrganization

_BEFORE_ALL = date.min

# Of each key the newest accepted point before the first day, and all points from there on: no
# change at or after the first day can reach further back.
_POINTS = """
SELECT c.id, c.count_key_id, c.day, c.state, c.value, c.reason, c.kept_value, c.snapshot_id
FROM count_key k JOIN usage_count c ON c.count_key_id = k.id AND c.replaced_at IS NULL
WHERE k.connection_id = %s AND {chosen} AND c.day <= %s AND c.day >= COALESCE((
  SELECT x.day FROM usage_count x
  WHERE x.count_key_id = k.id AND x.replaced_at IS NULL AND x.day < %s
  AND (x.state = 'counted' OR x.kept_value IS NOT NULL)
  ORDER BY x.day DESC LIMIT 1), %s)
ORDER BY c.count_key_id, c.day
"""
_PROVEN = """
SELECT p.day, p.snapshot_id, p.stamp, s.content_hash
FROM proven_day p JOIN snapshot s ON s.id = p.snapshot_id
WHERE p.connection_id = %s AND p.day <= %s AND p.day >= COALESCE((
  SELECT x.day FROM proven_day x WHERE x.connection_id = %s AND x.day < %s
  ORDER BY x.day DESC LIMIT 1), %s)
"""
_PROVEN_ALONE = """
SELECT p.count_key_id, p.day, p.snapshot_id, p.stamp, s.content_hash
FROM count_key k JOIN proven_count p ON p.count_key_id = k.id
JOIN snapshot s ON s.id = p.snapshot_id
WHERE k.connection_id = %s AND {chosen} AND {early} AND p.day >= %s AND p.day <= %s
"""
_LASTING = """
SELECT d.id, o.external_id, t.key, d.decision, d.from_day, d.until_day
FROM count_decision d JOIN module_organization o ON o.id = d.module_organization_id
LEFT JOIN billing_type t ON t.id = d.billing_type_id
WHERE o.connection_id = %s AND d.decision IN ('departed', 'carry')
AND (d.until_day IS NULL OR d.until_day > %s)
ORDER BY d.id
"""


@dataclass(slots=True)
class Shelf:
    """A book with the rows behind it."""

    connection: ModuleConnection
    book: Book
    first: date  # the first day that may change
    organizations: dict[str, int] = field(default_factory=dict)
    billing_types: dict[str, int] = field(default_factory=dict)


def load_book(
    connection: ModuleConnection,
    *,
    first: date,
    last: date | None,
    organizations: Iterable[str] | None = None,
    is_for_answers: bool = False,
) -> Shelf:
    """The book for changes on the days from `first` to `last` (None: without an end).

    `organizations`, by the vendor's ids, leaves out all others: for partial answers. An answer is
    judged by what proved earlier days of a key only where its count starts anew each month:
    `is_for_answers` leaves out what proved them of all other keys alone, which may be very much.
    """
    guards = Guards(
        connection.fall_percent,
        connection.fall_units,
        connection.rise_percent,
        connection.rise_units,
    )
    shelf = Shelf(connection, Book(guards=guards), first)
    until = _next_proven(connection, last) or date.max
    _load_types(shelf)
    chosen = _load_organizations(shelf, organizations)
    by_row = _load_keys(shelf, chosen)
    _load_points(shelf, chosen, by_row=by_row, until=until)
    _load_proofs(shelf, until=until)
    early = _resetting(shelf) if is_for_answers else [*shelf.billing_types.values()]
    _load_own_proofs(shelf, (chosen, early), by_row=by_row, until=until)
    _load_lasting(shelf)
    shelf.book.had_rows = bool(
        fetch(
            "SELECT 1 FROM snapshot WHERE connection_id = %s AND state = 'accepted' "
            "AND row_count > 0 LIMIT 1",
            [connection.pk],
        )
    )
    return shelf


def _next_proven(connection: ModuleConnection, last: date | None) -> date | None:
    if last is None:
        return None
    found = fetch(
        "SELECT day FROM proven_day WHERE connection_id = %s AND day > %s ORDER BY day LIMIT 1",
        [connection.pk, last],
    )
    day: date | None = found[0][0] if found else None
    return day


def type_rules(connection: ModuleConnection) -> dict[str, TypeRule]:
    """By which rules counts of each known billing type are judged, by its key."""
    return {key: rule for _, key, rule in _types(connection)}


def _load_types(shelf: Shelf) -> None:
    for row, key, rule in _types(shelf.connection):
        shelf.book.types[key] = rule
        shelf.billing_types[key] = row


def _types(connection: ModuleConnection) -> Iterator[tuple[int, str, TypeRule]]:
    columns = ("id", "key", "value", "shape", "absent_is_zero", "is_known", "retired_on")
    rows = BillingType.objects.filter(connection=connection).values_list(*columns)
    for row, key, value, shape, absent_is_zero, is_known, retired_on in rows:
        kind = value if is_known else ANY
        yield row, key, TypeRule(kind, shape in RESETTING_SHAPES, absent_is_zero, retired_on)


def _load_organizations(shelf: Shelf, wanted: Iterable[str] | None) -> tuple[str, list[object]]:
    """Load them; what narrows the keys to them, as a condition with its parameters."""
    columns = ("id", "external_id", "name", "vendor_created_on")
    claims = ("claimed_name", "claimed_created_on")
    found = ModuleOrganization.objects.filter(connection=shelf.connection)
    if wanted is not None:
        found = found.filter(external_id__in=list(wanted))
    for row, id, name, created, claimed, claimed_on in found.values_list(*columns, *claims):
        known = KnownOrganization(id, name, created, claimed, claimed_on)
        shelf.book.organizations[id] = known
        shelf.organizations[id] = row
    if wanted is None:
        return "TRUE", []
    return ids_in("k.module_organization_id", ids=shelf.organizations.values())


def _load_keys(shelf: Shelf, chosen: tuple[str, list[object]]) -> dict[int, Key]:
    condition, params = chosen
    organization_of = {row: id for id, row in shelf.organizations.items()}
    type_of = {row: key for key, row in shelf.billing_types.items()}
    rows = fetch(
        "SELECT k.id, k.module_organization_id, k.billing_type_id, k.first_counted_on "
        f"FROM count_key k WHERE k.connection_id = %s AND {condition}",
        [shelf.connection.pk, *params],
    )
    by_row = {}
    for row, organization, billing_type, first_counted_on in rows:
        place = (organization_of[organization], type_of[billing_type])
        key = Key(place, row=row, first_counted_on=first_counted_on)
        by_row[row] = shelf.book.keys[place] = key
    return by_row


def _load_points(
    shelf: Shelf, chosen: tuple[str, list[object]], *, by_row: dict[int, Key], until: date
) -> None:
    condition, params = chosen
    rows = fetch(
        _POINTS.format(chosen=condition),
        [shelf.connection.pk, *params, until, shelf.first, _BEFORE_ALL],
    )
    for row, key, day, state, value, reason, kept, snapshot in rows:
        entry = Entry(state, value, reason, kept)
        by_row[key].history.points.append(Point(day, entry, snapshot, row))


def _load_proofs(shelf: Shelf, *, until: date) -> None:
    """What proves the days from the month of the first one on, and the proven day before it."""
    connection, month = shelf.connection.pk, shelf.first.replace(day=1)
    for day, snapshot, stamp, content in fetch(
        _PROVEN, [connection, until, connection, month, month]
    ):
        shelf.book.prove(day, proof=Proof(snapshot, stamp, content))


def _resetting(shelf: Shelf) -> list[int]:
    types = shelf.book.types
    return [row for key, row in shelf.billing_types.items() if types[key].is_resetting]


def _load_own_proofs(
    shelf: Shelf,
    wanted: tuple[tuple[str, list[object]], list[int]],
    *,
    by_row: dict[int, Key],
    until: date,
) -> None:
    """What proves days of single keys: from the first day on, and for the types wanted early from
    its month on."""
    (chosen, params), early_types = wanted
    since, early, early_params = shelf.first, "TRUE", list[object]()
    if early_types:
        since = since.replace(day=1)
        of_types, type_ids = ids_in("k.billing_type_id", ids=early_types)
        early, early_params = f"(p.day >= %s OR {of_types})", [shelf.first, *type_ids]
    rows = fetch(
        _PROVEN_ALONE.format(chosen=chosen, early=early),
        [shelf.connection.pk, *params, *early_params, since, until],
    )
    for key, day, snapshot, stamp, content in rows:
        shelf.book.prove_key(by_row[key], day=day, proof=Proof(snapshot, stamp, content))


def _load_lasting(shelf: Shelf) -> None:
    rows = fetch(_LASTING, [shelf.connection.pk, shelf.first])
    shelf.book.lasting = [Lasting(*row) for row in rows]
