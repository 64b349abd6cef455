"""The Activity Log: pages of it, newest day first, by any of its columns.

Each page is read along one index, which begins with the narrowest of the columns asked for and goes
on by day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from icb.foundation.bulk import fetch, ids_in
from icb.foundation.scope import provider_id
from icb.kernel.errors import InvalidInput
from icb.kernel.problems import unknown
from icb.kernel.quantity import Micro, format_micro
from icb.mapping.log_rows import TROUBLE
from icb.mapping.models import ActivityStatus

STATUSES = tuple(ActivityStatus.values)
"""What a row can say."""

_PAGE = """
SELECT a.id, a.day, n.key, COALESCE(t.key, ''), COALESCE(m.external_id, ''), COALESCE(m.name, ''),
  COALESCE(o.key, ''), COALESCE(c.key, ''), COALESCE(s.key, ''),
  a.units_before, a.units_after, a.status, a.message, a.snapshot_id
FROM (SELECT * FROM activity a WHERE {where} ORDER BY a.day DESC, a.id DESC LIMIT %s) a
JOIN module_connection n ON n.id = a.connection_id
LEFT JOIN billing_type t ON t.id = a.billing_type_id
LEFT JOIN module_organization m ON m.id = a.module_organization_id
LEFT JOIN organization o ON o.id = a.organization_id
LEFT JOIN contract_service s ON s.id = a.contract_service_id
LEFT JOIN contract c ON c.id = s.contract_id
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
    service's key on the contract.
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


class LogPage(NamedTuple):
    """Rows, newest day first, and where the next page begins; None where there is none."""

    rows: list[ActivityRow]
    next: LogPosition | None


def activity_log(
    wanted: LogFilter | None = None, *, after: LogPosition | None = None, limit: int = 50
) -> LogPage:
    """The next `limit` rows after a position. Rows that arrive meanwhile shift no page.

    Raises NotFound for a key that there is none of, InvalidInput for an unknown status.
    """
    where, params = _condition(wanted or LogFilter(), after)
    found = fetch(_PAGE.format(where=where), [*params, limit + 1])
    rows = [_row(row) for row in found[:limit]]
    is_more = len(found) > limit
    return LogPage(rows, LogPosition(rows[-1].day, rows[-1].id) if is_more else None)


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
    return _PAGE.format(where=where), [*params, limit + 1]


def _condition(wanted: LogFilter, after: LogPosition | None) -> tuple[str, list[Any]]:
    """The condition of a page with its parameters.

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
    if after is not None:
        parts.append("(a.day, a.id) < (%s, %s)")
        params += after
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
    *facts, before, after, status, message, snapshot = row
    change = "" if after is None and before is None else _signed((after or 0) - (before or 0))
    return ActivityRow._make(
        (*facts, _text(before), _text(after), change, status, message, snapshot)
    )


def _text(units: Micro | None) -> str:
    return "" if units is None else format_micro(units)


def _signed(moved: Micro) -> str:
    return f"+{format_micro(moved)}" if moved > 0 else format_micro(moved)
