"""What waits for a decision as people look through it: with names, age and the money it holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from urllib.parse import quote

from icb.billing.holds import Hold, holds
from icb.foundation.amounts import from_stored
from icb.foundation.bulk import fetch
from icb.foundation.listing import Asked, Kind, Page, Wanted, page_of_rows
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.kernel.currency import minor_digits
from icb.kernel.money import Minor


class HeldRow(NamedTuple):
    """One hold. `id` names it for as long as it stands; `days` is how long it has waited.

    `amount` is what the drafts that it holds come to, in `currency`; None where no draft is held
    yet. `carried` stands meanwhile, `said` is what the module said, as plain numbers.
    """

    id: str
    reason: str
    module: str
    module_name: str
    module_organization: str
    name: str
    billing_type: str
    type_name: str
    organization: str
    organization_name: str
    contract: str
    service: str
    from_day: date
    to_day: date
    days: int
    carried: str
    said: str
    amount: Decimal | None
    currency: str


class _HeldDraft(NamedTuple):
    start: date
    end: date
    amount: Minor
    currency: str


_ASKED = {
    "reason": Asked("reason", Kind.CHOICE),
    "module": Asked("module_name", is_searched=True),
    "name": Asked("name", is_searched=True),
    "id": Asked("module_organization", is_searched=True),
    "type": Asked("type_name", is_searched=True),
    "organization": Asked("organization_name", is_searched=True),
    "organization_key": Asked("organization", Kind.CHOICE),
    "contract": Asked("contract", is_searched=True),
    "service": Asked("service", is_searched=True),
    "from": Asked("from_day", Kind.DAY),
    "to": Asked("to_day", Kind.DAY),
    "days": Asked("days", Kind.NUMBER),
    "amount": Asked("amount", Kind.NUMBER),
}


def hold_page(wanted: Wanted) -> Page[HeldRow]:
    """One page of everything that waits for a decision, the oldest first."""
    return page_of_rows(
        sorted(_rows(), key=lambda row: row.from_day), wanted=wanted, columns=_ASKED
    )


def held_rows(ids: Collection[str]) -> list[HeldRow]:
    """The holds with these ids that still stand, the oldest first."""
    return sorted((row for row in _rows() if row.id in ids), key=lambda row: row.from_day)


def _rows() -> list[HeldRow]:
    found = holds()
    if not found:
        return []
    names, drafts, today = _names(), _held_drafts(), local_today()
    return [_row(hold, names=names, drafts=drafts, today=today) for hold in found]


def _row(
    hold: Hold,
    *,
    names: Mapping[tuple[str, ...], str],
    drafts: Mapping[tuple[str, str], list[_HeldDraft]],
    today: date,
) -> HeldRow:
    held = [
        draft
        for draft in drafts.get((hold.contract, hold.service), ())
        if draft.start <= hold.to_day and hold.from_day < draft.end
    ]
    currency = held[0].currency if held else ""
    amount = _major(sum(draft.amount for draft in held), currency) if held else None
    parts = (hold.reason, hold.module, hold.module_organization, hold.billing_type, hold.service)
    return HeldRow(
        "/".join(quote(part, safe="") for part in (*parts, hold.from_day.isoformat())),
        hold.reason,
        hold.module,
        names.get(("module", hold.module), hold.module),
        hold.module_organization,
        names.get(("place", hold.module, hold.module_organization), ""),
        hold.billing_type,
        names.get(("type", hold.module, hold.billing_type), hold.billing_type),
        hold.organization,
        names.get(("organization", hold.organization), hold.organization),
        hold.contract,
        hold.service,
        hold.from_day,
        hold.to_day,
        (today - hold.from_day).days,
        hold.carried,
        hold.said,
        amount,
        currency,
    )


def _major(amount: Minor, currency: str) -> Decimal:
    return Decimal(amount).scaleb(-minor_digits(currency))


def _held_drafts() -> dict[tuple[str, str], list[_HeldDraft]]:
    """The drafts that something holds, by contract and service."""
    found: dict[tuple[str, str], list[_HeldDraft]] = defaultdict(list)
    for contract, service, start, end, amount, currency in fetch(
        """
        SELECT c.key, COALESCE(s.key, ''), d.period_start, d.period_end, d.amount, d.currency
        FROM draft_item d
        JOIN contract c ON c.id = d.contract_id
        LEFT JOIN contract_service s ON s.id = d.contract_service_id
        WHERE d.provider_id = %s AND d.held <> ''
        """,
        [provider_id()],
    ):
        minor = from_stored(amount, currency)
        found[contract, service].append(_HeldDraft(start, end, minor, currency))
    return found


def _names() -> dict[tuple[str, ...], str]:
    """What people call modules, their organizations and types, and organizations, by keys."""
    rows = fetch(_NAMES, [provider_id()] * 4)
    return {(kind, *(key for key in keys if key)): name for kind, *keys, name in rows}


_NAMES = """
SELECT 'module', key, '', name FROM module_connection WHERE provider_id = %s
UNION ALL
SELECT 'place', c.key, m.external_id, m.name FROM module_organization m
JOIN module_connection c ON c.id = m.connection_id WHERE m.provider_id = %s
UNION ALL
SELECT 'type', c.key, t.key, t.name FROM billing_type t
JOIN module_connection c ON c.id = t.connection_id WHERE t.provider_id = %s
UNION ALL
SELECT 'organization', key, '', name FROM organization WHERE provider_id = %s
"""
