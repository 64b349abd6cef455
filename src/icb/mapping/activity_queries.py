"""The Activity Log: pages of it, newest day first, by any of its columns.

Each page is read along one index, which begins with the narrowest of the columns asked for and goes
on by day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from icb.foundation.bulk import fetch, ids_in
from icb.foundation.listing import UNCOUNTED, Page, Wanted
from icb.foundation.scope import provider_id
from icb.kernel.errors import InvalidInput, NotFound
from icb.kernel.problems import unknown
from icb.kernel.quantity import Micro, format_micro
from icb.mapping.log_rows import TROUBLE
from icb.mapping.models import ActivityStatus

_ALL_AT_ONCE = 5000
STATUSES = tuple(ActivityStatus.values)
"""What a row can say."""

_PAGE = """
SELECT a.id, a.day, n.key, COALESCE(t.key, ''), COALESCE(m.external_id, ''), COALESCE(m.name, ''),
  COALESCE(o.key, ''), COALESCE(c.key, ''), COALESCE(s.key, ''),
  a.units_before, a.units_after, a.status, a.message, a.snapshot_id,
  n.name, COALESCE(t.name, ''), COALESCE(o.name, ''), COALESCE(v.name, '')
FROM (SELECT * FROM activity a WHERE {where} ORDER BY a.day {way}, a.id {way} LIMIT %s) a
JOIN module_connection n ON n.id = a.connection_id
LEFT JOIN billing_type t ON t.id = a.billing_type_id
LEFT JOIN module_organization m ON m.id = a.module_organization_id
LEFT JOIN organization o ON o.id = a.organization_id
LEFT JOIN contract_service s ON s.id = a.contract_service_id
LEFT JOIN contract c ON c.id = s.contract_id
LEFT JOIN service v ON v.id = s.service_id
ORDER BY a.day DESC, a.id DESC
"""
# By kind of key: the column of the log, the table, and where the ids of its rows' kind are.
_KEYS = {
    "module": ("connection_id", "module_connection x", "x.id"),
    "billing type": ("billing_type_id", "billing_type x", "x.id"),
    "organization": ("organization_id", "organization x", "x.id"),
    "contract": (
        "contract_service_id",
        "contract x LEFT JOIN contract_service s ON s.contract_id = x.id",
        "s.id",
    ),
    "service": ("contract_service_id", "contract_service x", "x.id"),
}


_CHOICES = {
    "organization": ("organization x", "x.name"),
    "contract": ("contract x JOIN organization o ON o.id = x.organization_id", "o.name"),
    "service": ("contract_service x JOIN service v ON v.id = x.service_id", "v.name"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """Which rows, by key: empty is all. Days are inclusive; `only_failed` is only trouble."""

    module: str = ""
    billing_type: str = ""
    organization: str = ""
    contract: str = ""
    service: str = ""
    status: str = ""
    first: date | None = None
    last: date | None = None
    only_failed: bool = False


class LogPosition(NamedTuple):
    """Where a page ended: the last row's day and id. Pages go back in time."""

    day: date
    id: int


class ActivityRow(NamedTuple):
    """One row: of a key's day or (without a billing type) of a whole sync.

    `before`, `after` and `change` are plain numbers, empty where there are none. `service` is the
    service's key on the contract. The last four are what people call what the keys name.
    """

    id: int
    day: date
    module: str
    billing_type: str
    module_organization: str
    name: str
    organization: str
    contract: str
    service: str
    before: str
    after: str
    change: str
    status: str
    message: str
    snapshot: int | None
    module_name: str
    type_name: str
    organization_name: str
    service_name: str


class LogPage(NamedTuple):
    """Rows, newest day first, and where the pages beside it are; None where there is none.

    `next` goes back in time and is given as `after`, `previous` forward and is given as `before`.
    """

    rows: list[ActivityRow]
    next: LogPosition | None
    previous: LogPosition | None = None


def activity_log(
    wanted: LogFilter | None = None,
    *,
    after: LogPosition | None = None,
    before: LogPosition | None = None,
    limit: int = 50,
) -> LogPage:
    """The next `limit` rows after a position, or the last ones before one.

    Rows that arrive meanwhile shift no page. Raises NotFound for a key that there is none of,
    InvalidInput for an unknown status.
    """
    is_forward = before is not None
    where, params = _condition(wanted or LogFilter(), before or after, is_forward=is_forward)
    way = "ASC" if is_forward else "DESC"
    found = fetch(_PAGE.format(where=where, way=way), [*params, limit + 1])
    is_more = len(found) > limit
    if is_forward:
        rows = [_row(row) for row in found[-limit:]]
        return LogPage(rows, _last(rows), _first(rows) if is_more else None)
    rows = [_row(row) for row in found[:limit]]
    return LogPage(rows, _last(rows) if is_more else None, _first(rows) if after else None)


def activity_page(wanted: Wanted) -> Page[ActivityRow]:
    """The log as a list that is not counted: pages by position, newest first.

    Its conditions are the fields of LogFilter, with `type` for the billing type, a range of days in
    `day`, and `failed` (yes) for only trouble. Raises InvalidInput for what cannot be looked for.
    """
    said = wanted.conditions
    first, last = _days(said.get("day", ""))
    chosen = LogFilter(
        module=said.get("module", ""),
        billing_type=said.get("type", ""),
        organization=said.get("organization", ""),
        contract=said.get("contract", ""),
        service=said.get("service", ""),
        status=said.get("status", ""),
        first=first,
        last=last,
        only_failed=said.get("failed", "") == "yes",
    )
    way, position = _position(wanted.position)
    limit = wanted.size or _ALL_AT_ONCE
    try:
        page = activity_log(chosen, **{way: position}, limit=limit)
    except NotFound as error:
        raise InvalidInput(field=error.details.get("field", ""), message=error.message) from None
    return Page(
        page.rows,
        UNCOUNTED,
        before=f"before:{page.previous.day}/{page.previous.id}" if page.previous else "",
        after=f"after:{page.next.day}/{page.next.id}" if page.next else "",
    )


def whole_log(wanted: LogFilter | None = None, *, page: int = 5000) -> Iterator[ActivityRow]:
    """All rows, read page by page, so that any number of them can be written out."""
    position = None
    while True:
        found = activity_log(wanted, after=position, limit=page)
        yield from found.rows
        position = found.next
        if position is None:
            return


def explained(
    wanted: LogFilter, *, after: LogPosition | None = None, limit: int = 50
) -> tuple[str, list[Any]]:
    """The statement behind a page with its parameters, for whoever looks at its plan."""
    where, params = _condition(wanted, after)
    return _PAGE.format(where=where, way="DESC"), [*params, limit + 1]


def _first(rows: Sequence[ActivityRow]) -> LogPosition | None:
    return LogPosition(rows[0].day, rows[0].id) if rows else None


def _last(rows: Sequence[ActivityRow]) -> LogPosition | None:
    return LogPosition(rows[-1].day, rows[-1].id) if rows else None


def _position(text: str) -> tuple[str, LogPosition | None]:
    """On which side of which row a page begins; the first page where it cannot be read."""
    way, _sign, place = text.partition(":")
    day, _sign, id = place.partition("/")
    if way not in ("after", "before") or not id.isdecimal():
        return "after", None
    try:
        return way, LogPosition(date.fromisoformat(day), int(id))
    except ValueError:
        return "after", None


def _days(text: str) -> tuple[date | None, date | None]:
    first, is_range, last = text.partition("..")
    try:
        found = [date.fromisoformat(end) if end else None for end in (first, last)]
    except ValueError:
        raise InvalidInput(
            field="day",
            value=text,
            message=f"day: {text} cannot be looked for here. Nothing is shown. Give a day, or two "
            "as 2026-01-01..2026-01-31.",
        ) from None
    return found[0], found[1] if is_range else found[0]


def _condition(
    wanted: LogFilter, at: LogPosition | None, *, is_forward: bool = False
) -> tuple[str, list[Any]]:
    """The condition of a page with its parameters; forward: what is newer than the position.

    SQLite takes the columns as they come: a plus sign keeps all but the narrowest from leading it.
    PostgreSQL knows by its statistics, which such a sign would hide.
    """
    asked = _asked(wanted)
    is_trouble = wanted.only_failed or wanted.status in TROUBLE
    leading = _leading(asked, is_trouble=is_trouble, has_status=bool(wanted.status))
    aside = "" if connection.vendor == "postgresql" else "+"
    is_provider_first = leading in ("is_trouble", "status", "day")
    parts = [f"{'' if is_provider_first else aside}a.provider_id = %s"]
    params: list[Any] = [provider_id()]
    for column, ids in asked.items():
        condition, values = _one_of(f"{'' if column == leading else aside}a.{column}", ids)
        parts.append(condition)
        params += values
    if is_trouble:
        parts.append("a.is_trouble")
    if wanted.status:
        parts.append(f"{'' if leading == 'status' else aside}a.status = %s")
        params.append(wanted.status)
    for sign, day in ((">=", wanted.first), ("<=", wanted.last)):
        if day is not None:
            parts.append(f"a.day {sign} %s")
            params.append(day)
    if at is not None:
        parts.append(f"(a.day, a.id) {'>' if is_forward else '<'} (%s, %s)")
        params += at
    return " AND ".join(parts), params


def _leading(asked: Collection[str], *, is_trouble: bool, has_status: bool) -> str:
    """The column whose index is read: the one that leaves the fewest rows to look at."""
    if "contract_service_id" in asked:
        return "contract_service_id"
    if "organization_id" in asked:
        return "organization_id"
    if is_trouble:
        return "is_trouble"
    for column in ("billing_type_id", "connection_id"):
        if column in asked:
            return column
    return "status" if has_status else "day"


def _one_of(column: str, ids: Collection[int]) -> tuple[str, list[Any]]:
    if len(ids) == 1:
        return f"{column} = %s", list(ids)
    return ids_in(column, ids=sorted(ids))


def _asked(wanted: LogFilter) -> dict[str, set[int]]:
    """By column of the log the ids behind the keys that were asked for."""
    if wanted.status and wanted.status not in STATUSES:
        raise InvalidInput(
            field="status",
            value=wanted.status,
            message=f"status: there is no {wanted.status}. Nothing was done. Give one of "
            f"{', '.join(STATUSES)}.",
        )
    found: dict[str, set[int]] = {}
    for kind, (column, table, id) in _KEYS.items():
        key = getattr(wanted, kind.replace(" ", "_"))
        if not key:
            continue
        rows = f"FROM {table} WHERE x.provider_id = %s"
        if column == "billing_type_id" and "connection_id" in found:
            rows += f" AND x.connection_id = {min(found['connection_id'])}"
        named = fetch(f"SELECT {id} {rows} AND x.key = %s", [provider_id(), key])
        if not named:
            known = fetch(f"SELECT DISTINCT x.key {rows} ORDER BY x.key", [provider_id()])
            raise unknown(kind, key=key, known=[row[0] for row in known])
        ids = {row[0] for row in named if row[0] is not None}
        found[column] = found[column] & ids if column in found else ids
    return found


def _row(row: tuple[Any, ...]) -> ActivityRow:
    facts, (before, after, status, message, snapshot, *names) = row[:9], row[9:]
    change = "" if after is None and before is None else _signed((after or 0) - (before or 0))
    return ActivityRow._make(
        (*facts, _text(before), _text(after), change, status, message, snapshot, *names)
    )


def _text(units: Micro | None) -> str:
    return "" if units is None else format_micro(units)


def _signed(moved: Micro) -> str:
    return f"+{format_micro(moved)}" if moved > 0 else format_micro(moved)


def log_choices(kind: str, *, words: str, limit: int = 20) -> list[tuple[str, str]]:
    """Keys by which the log can be narrowed, each with its name: those that hold the words.

    `kind` is organization, contract or service.
    """
    table, name = _CHOICES[kind]
    conditions, params = ["x.provider_id = %s"], list[Any]([provider_id()])
    for word in words.split():
        part = (
            "%" + word.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        )
        conditions.append(
            f"(LOWER(x.key) LIKE %s ESCAPE '\\' OR LOWER({name}) LIKE %s ESCAPE '\\')"
        )
        params += [part, part]
    found = fetch(
        f"SELECT x.key, MIN({name}) FROM {table} WHERE {' AND '.join(conditions)} "
        "GROUP BY x.key ORDER BY 2, 1 LIMIT %s",
        [*params, limit],
    )
    return [(key, text) for key, text in found]
