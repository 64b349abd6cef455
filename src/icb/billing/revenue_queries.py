"""Revenue, pending and posted, added up in the database: each currency by itself.

A month is that in which an item's period begins. A service's module is the first that was mapped
to it, so that nothing counts twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from icb.billing.stamp import item_stamp
from icb.foundation.bulk import fetch
from icb.foundation.fields import AMOUNT_SCALE
from icb.foundation.listing import Asked, Kind, Page, Wanted, page_of_rows
from icb.foundation.providers import local_today
from icb.foundation.remembered import Memory
from icb.foundation.scope import provider_id
from icb.kernel.errors import InvalidInput

GROUPS = ("module", "month", "organization", "service")
USUAL_MONTHS = 12


class RevenueRow(NamedTuple):
    """What one module, month, organization or service comes to in one currency."""

    key: str
    name: str
    currency: str
    items: int
    pending: Decimal
    posted: Decimal
    total: Decimal


class MonthlyRevenue(NamedTuple):
    """What a month comes to in one currency, of one module where asked for by module."""

    month: date
    name: str
    currency: str
    pending: Decimal
    posted: Decimal


_SHOWN = {
    "module": ("COALESCE(n.key, '')", "COALESCE(n.name, '')"),
    "organization": ("o.key", "o.name"),
    "service": ("COALESCE(s.key, '')", "COALESCE(s.name, '')"),
    "month": ("''", "''"),
}
# Looked up for each item by the index of mappings: quicker than the first mapping of all services.
_MODULES = """
LEFT JOIN billing_type bt ON bt.id = (
    SELECT sm.billing_type_id FROM service_mapping sm
    WHERE sm.contract_service_id = x.contract_service_id ORDER BY sm.id LIMIT 1)
LEFT JOIN module_connection n ON n.id = bt.connection_id
"""
_ORGANIZATIONS = "JOIN organization o ON o.id = x.organization_id\n"
_SERVICES = """
LEFT JOIN contract_service cs ON cs.id = x.contract_service_id
LEFT JOIN service s ON s.id = cs.service_id
"""
# Drafts are pending; posted is all that was posted less what was taken back.
_PARTS = (
    ("pending", "draft_item x", 1),
    ("posted", "billing_item x", 1),
    ("posted", "unposting u JOIN billing_item x ON x.id = u.item_id", -1),
)
_ASKED = {
    "name": Asked("name", is_searched=True),
    "items": Asked("items", Kind.NUMBER),
    "currency": Asked("currency", Kind.CHOICE),
    "pending": Asked("pending", Kind.NUMBER),
    "posted": Asked("posted", Kind.NUMBER),
    "total": Asked("total", Kind.NUMBER),
}


_memory: Memory[Sequence[tuple[Any, ...]]] = Memory()


def revenue(wanted: Wanted, *, by: str) -> list[RevenueRow]:
    """Pending and posted by module, month, organization or service, by name and currency.

    The conditions module, organization, service, period and currency of `wanted` narrow what is
    added up; without a period it is the last twelve months and what comes after them. Raises
    InvalidInput for a period that cannot be read.
    """
    sums: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for part, start, key, name, currency, items, amount in _added_up(wanted, by=by):
        if by == "month":
            key = name = f"{start:%Y-%m}"
        row = sums[key, name, currency]
        row[0] += items
        row[1 if part == "pending" else 2] += amount
    ordered = sorted(sums.items(), key=lambda pair: (pair[0][1].casefold(), pair[0][2]))
    return [
        RevenueRow(*names, items, _money(pending), _money(posted), _money(pending + posted))
        for names, (items, pending, posted) in ordered
    ]


def revenue_page(wanted: Wanted, *, by: str) -> Page[RevenueRow]:
    """One page of `revenue`."""
    return page_of_rows(revenue(wanted, by=by), wanted=wanted, columns=_ASKED)


def revenue_by_month(wanted: Wanted, *, by: str = "month") -> list[MonthlyRevenue]:
    """Pending and posted by month, and by module where `by` says so; oldest month first."""
    sums: dict[tuple[date, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for part, start, _key, name, currency, _items, amount in _added_up(wanted, by=by):
        sums[start.replace(day=1), name, currency][part == "posted"] += amount
    return [
        MonthlyRevenue(*names, _money(pending), _money(posted))
        for names, (pending, posted) in sorted(sums.items())
    ]


def _added_up(wanted: Wanted, *, by: str) -> Sequence[tuple[Any, ...]]:
    """Part, period start, key, name, currency, items and amount, added up by the database.

    Remembered until an item or a name changes: large books take a second to add up.
    """
    asked = (by, *sorted(wanted.conditions.items()))
    return _memory.answer(asked, stamp=item_stamp(), make=lambda: _add_up(wanted, by=by))


def _add_up(wanted: Wanted, *, by: str) -> Sequence[tuple[Any, ...]]:
    where, params, needed = _narrowed(wanted.conditions)
    needed.add(by)
    joins = _MODULES if "module" in needed else ""
    joins += _ORGANIZATIONS if "organization" in needed else ""
    joins += _SERVICES if "service" in needed else ""
    key, name = _SHOWN[by]
    found = []
    for part, table, sign in _PARTS:
        rows = fetch(
            f"SELECT x.period_start, {key}, {name}, x.currency, COUNT(*), SUM(x.amount) "
            f"FROM {table} {joins} WHERE {where} GROUP BY 1, 2, 3, 4",
            params,
        )
        found += [(part, *row[:4], sign * row[4], sign * int(row[5])) for row in rows]
    return found


def _narrowed(conditions: Any) -> tuple[str, list[Any], set[str]]:
    first, last = _period(conditions.get("period", ""))
    where, params = ["x.provider_id = %s", "x.period_start >= %s"], [provider_id(), first]
    needed = set()
    if last:
        where, params = [*where, "x.period_start <= %s"], [*params, last]
    for name, column in (
        ("module", "COALESCE(n.key, '') = %s"),
        ("organization", "LOWER(o.name) LIKE %s"),
        ("service", "LOWER(s.name) LIKE %s"),
        ("currency", "x.currency = %s"),
    ):
        text = conditions.get(name, "").strip()
        if text:
            is_part = "LIKE" in column
            where.append(column)
            params.append(f"%{text.lower()}%" if is_part else text)
            needed.add(name)
    return " AND ".join(where), params, needed


def _period(text: str) -> tuple[date, date | None]:
    first, is_range, last = text.partition("..")
    last = last if is_range else first
    try:
        return (
            date.fromisoformat(first) if first else _months_ago(USUAL_MONTHS - 1),
            date.fromisoformat(last) if last else None,
        )
    except ValueError:
        raise InvalidInput(
            field="period",
            value=text,
            message=f"period: {text} is no period. Nothing is shown. Give two days as "
            "2026-01-01..2026-03-31.",
        ) from None


def _months_ago(months: int) -> date:
    today = local_today()
    number = today.year * 12 + today.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def _money(stored: int) -> Decimal:
    return Decimal(stored).scaleb(-AMOUNT_SCALE)
