"""Reads of billing items, holds and unbilled usage. Nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from icb.billing.holds import Hold, holds
from icb.billing.sources import item_sources
from icb.billing.unbilled import Ledger, UnbilledRow
from icb.foundation.amounts import from_stored
from icb.foundation.bulk import fetch
from icb.foundation.scope import provider_id
from icb.hub.key_queries import KeyRow
from icb.kernel.money import Minor
from icb.kernel.quantity import Micro

_AFTER_SERVICES = 1 << 63
_KIND_ORDER = ("recurring", "adjustment", "correction", "discount", "minimum", "manual")


Row = tuple[Any, ...]


class ItemRow(NamedTuple):
    """A billing item with the keys people know. `status` is draft, held, posted or invoiced;
    `service` is the service's key on the contract, blank for the contract's own lines."""

    id: int
    organization: str
    contract: str
    service: str
    kind: str
    line: str
    period_start: date
    period_end: date
    effective_on: date
    units: Micro
    unit_days: Micro
    days_in_period: int
    unit_price: Micro | None
    amount: Minor
    currency: str
    status: str
    held: str
    deferred_until: date | None
    estimated_days: int
    billed_on: date
    working: str
    reason: str


_SELECTED = """
    x.id, o.key, c.key, COALESCE(cs.key, ''), x.kind, x.line, x.period_start, x.period_end,
    x.effective_on, x.units, x.unit_days, x.days_in_period, x.unit_price, x.amount, x.currency,
    {status}, {held}, {deferred}, x.estimated_days, x.billed_on, x.working, x.reason
"""

_JOINED = """
    JOIN organization o ON o.id = x.organization_id
    JOIN contract c ON c.id = x.contract_id
    LEFT JOIN contract_service cs ON cs.id = x.contract_service_id
"""


def items(
    *, organization: str = "", since: date | None = None, drafts_only: bool = False
) -> list[ItemRow]:
    """Drafts and posted items, in the order of documents and reports: by the day they were
    billed, period, contract and service as entered, kind and date."""
    found = _draft_rows(organization, since)
    if not drafts_only:
        found += _posted_rows(organization, since)
    found.sort(key=lambda pair: pair[0])
    return [row for _, row in found]


def _draft_rows(organization: str, since: date | None) -> list[tuple[Row, ItemRow]]:
    selected = _SELECTED.format(
        status="CASE WHEN x.held = '' THEN 'draft' ELSE 'held' END",
        held="x.held",
        deferred="x.deferred_until",
    )
    where, params = _where(organization, since)
    return _rows(
        f"SELECT {selected}, c.id, cs.id FROM draft_item x {_JOINED} WHERE {where}", params
    )


def _posted_rows(organization: str, since: date | None) -> list[tuple[Row, ItemRow]]:
    selected = _SELECTED.format(
        status="CASE WHEN w.id IS NULL THEN 'invoiced' ELSE 'posted' END",
        held="''",
        deferred="NULL",
    )
    where, params = _where(organization, since)
    return _rows(
        f"""
        SELECT {selected}, c.id, cs.id
        FROM billing_item x {_JOINED}
        LEFT JOIN item_to_invoice w ON w.item_id = x.id
        LEFT JOIN unposting u ON u.item_id = x.id
        WHERE {where} AND u.id IS NULL
        """,
        params,
    )


def _where(organization: str, since: date | None) -> tuple[str, list[Any]]:
    where = "x.provider_id = %s"
    params: list[Any] = [provider_id()]
    if organization:
        where, params = f"{where} AND o.key = %s", [*params, organization]
    if since:
        where, params = f"{where} AND x.period_end > %s", [*params, since]
    return where, params


def _rows(sql: str, params: list[Any]) -> list[tuple[Row, ItemRow]]:
    found = []
    for *values, contract_id, service_id in fetch(sql, params):
        row = ItemRow(*values)
        row = row._replace(amount=from_stored(row.amount, row.currency))
        order = (
            row.billed_on,
            row.period_start,
            contract_id,
            service_id or _AFTER_SERVICES,
            _KIND_ORDER.index(row.kind),
            row.effective_on,
            row.id,
        )
        found.append((order, row))
    return found


def unbilled(
    *, since: date | None = None, keys: Sequence[KeyRow] | None = None
) -> list[UnbilledRow]:
    """Usage that is on no line that was billed: unmapped, waived, ignored, held, waiting,
    deferred or out of cover, with its unit-days and, where a price is known, its money; of all
    that was counted, or of these keys where they are known already."""
    return list(Ledger(since=since, keys=keys).rows())


__all__ = ["Hold", "ItemRow", "UnbilledRow", "holds", "item_sources", "items", "unbilled"]
