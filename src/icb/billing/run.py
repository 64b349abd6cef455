"""One chunk of a bill run: rate the contracts, and replace the drafts that differ.

A chunk is one transaction and holds whole organizations, so a run that is stopped has done whole
chunks, and the next one finds the rest by its state.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from icb.billing.diff import Draft, drafts_for
from icb.billing.facts import ContractFacts, LineKey
from icb.billing.loading import load_contracts
from icb.billing.models import ContractBilling, DraftItem
from icb.billing.periods import WantedPeriod, periods_to_rate, want_period
from icb.billing.work import Work
from icb.foundation.amounts import stored_parts
from icb.foundation.bulk import execute, fetch, ids_in, insert_rows
from icb.mapping.units import FAR

ITEM_COLUMNS = (
    "contract_id",
    "contract_service_id",
    "organization_id",
    "period_start",
    "period_end",
    "line",
    "effective_on",
    "revision",
    "kind",
    "units",
    "unit_days",
    "unit_price",
    "days_in_period",
    "estimated_days",
    "currency",
    "amount",
    "tax_rate_id",
    "working",
    "reason",
    "actor",
    "billed_on",
)
"""The columns that a draft and a posted item share."""

DRAFT_COLUMNS = (*ITEM_COLUMNS, "held", "deferred_until")
_BILLED_ON = ITEM_COLUMNS.index("billed_on")

DraftRow = tuple[Any, ...]


class ChunkResult(NamedTuple):
    """The rows of the drafts that a chunk made, and how many it removed or left as they were."""

    made: list[DraftRow]
    removed: int
    kept: int


class _Rated(NamedTuple):
    """What rating a chunk came to: drafts wanted, what they answer for, and new states."""

    drafts: list[DraftRow]
    answered: set[tuple[int, int | None, date]]  # contract, service, period start
    settled: list[tuple[int, date]]


def rate_chunk(
    work: Sequence[Work], *, through: date, billed_on: date, drafted: Mapping[int, date] = {}
) -> _Rated:
    """Rate the contracts of a chunk; reads only.

    `drafted` tells per contract id the last period's start for which a draft stands.
    """
    contracts = load_contracts({item.contract: item.first_day for item in work}, through=through)
    first_days = {item.contract: item.first_day for item in work}
    drafts: list[DraftRow] = []
    answered: set[tuple[int, int | None, date]] = set()
    settled: list[tuple[int, date]] = []
    for contract in contracts:
        first = first_days[contract.id]
        wanted = [
            want_period(contract, period=period, through=through)
            for period in periods_to_rate(
                contract,
                first=first,
                through=through,
                last_draft=drafted.get(contract.id, date.min),
            )
        ]
        for period in wanted:
            answered.update(_answered(contract, period))
            drafts += (
                _row(contract, draft, billed_on=billed_on)
                for draft in drafts_for(contract, wanted=period)
            )
        until = _settled_until(contract, first, wanted)
        if until != contract.settled_until:
            settled.append((contract.id, until))
    return _Rated(drafts, answered, settled)


def bill_chunk(work: Sequence[Work], *, through: date, billed_on: date) -> ChunkResult:
    """Rate the contracts of a chunk and bring their drafts up to date, in the caller's
    transaction. A draft that comes out the same stays untouched."""
    standing = _standing_drafts([item.contract for item in work])
    drafted = _last_periods(row for _, row in standing)
    rated = rate_chunk(work, through=through, billed_on=billed_on, drafted=drafted)
    wanted = {_identity(row): row for row in rated.drafts}
    stale = [
        draft_id
        for draft_id, row in standing
        if (row[0], row[1], row[3]) in rated.answered and _identity(row) not in wanted
    ]
    kept = {_identity(row) for _, row in standing} & wanted.keys()
    made = [row for identity, row in wanted.items() if identity not in kept]
    if stale:
        chosen, params = ids_in("id", ids=stale)
        execute(f"DELETE FROM draft_item WHERE {chosen}", params)
    insert_rows(DraftItem, columns=DRAFT_COLUMNS, rows=made)
    _store_settled(rated.settled)
    return ChunkResult(made, len(stale), len(kept))


def _answered(
    contract: ContractFacts, period: WantedPeriod
) -> Iterator[tuple[int, int | None, date]]:
    start = period.period.start
    for service in contract.services:
        yield contract.id, service, start
    yield contract.id, None, start


def _identity(row: DraftRow) -> DraftRow:
    """A draft without the date of the run that made it: what must be equal for it to stay."""
    return row[:_BILLED_ON] + row[_BILLED_ON + 1 :]


def _row(contract: ContractFacts, draft: Draft, *, billed_on: date) -> DraftRow:
    parts = stored_parts(contract.minor_digits)
    key = draft.key
    return (
        contract.id,
        key.service,
        contract.organization,
        key.period_start,
        draft.period.end,
        key.line,
        key.effective_on,
        draft.revision,
        draft.kind,
        draft.units,
        draft.unit_days,
        draft.unit_price,
        draft.days_in_period,
        draft.estimated_days,
        contract.currency,
        draft.amount * parts,
        _tax(contract, key),
        json.dumps(draft.working, sort_keys=True, separators=(",", ":")),
        "",
        "",
        billed_on,
        draft.held,
        draft.deferred_until,
    )


def _tax(contract: ContractFacts, key: LineKey) -> int | None:
    return contract.tax if key.service is None else contract.services[key.service].tax


def _standing_drafts(contracts: Sequence[int]) -> list[tuple[int, DraftRow]]:
    """The drafts that runs made for these contracts; manual items are none of a run's."""
    chosen, params = ids_in("contract_id", ids=contracts)
    rows = fetch(
        f"""
        SELECT id, {", ".join(DRAFT_COLUMNS)} FROM draft_item
        WHERE {chosen} AND line <> 'manual'
        """,
        params,
    )
    return [(row[0], row[1:]) for row in rows]


def _last_periods(rows: Iterable[DraftRow]) -> dict[int, date]:
    last: dict[int, date] = {}
    for row in rows:
        contract, start = row[0], row[3]
        last[contract] = max(start, last.get(contract, start))
    return last


def _settled_until(contract: ContractFacts, first: date, wanted: Iterable[WantedPeriod]) -> date:
    """The end of the unbroken row of settled periods; FAR once the contract's last one is."""
    until = min(contract.settled_until or contract.starts_on, contract.period_of(first).start)
    until = max(until, contract.starts_on)
    for period in wanted:
        if not period.settled:
            return max(until, period.period.start)
        until = period.period.end
    return FAR if until >= contract.cover.end else until


def _store_settled(settled: Sequence[tuple[int, date]]) -> None:
    if not settled:
        return
    chosen, params = ids_in("contract_id", ids=[contract for contract, _ in settled])
    execute(f"DELETE FROM contract_billing WHERE {chosen}", params)
    insert_rows(
        ContractBilling,
        columns=("contract_id", "settled_until"),
        rows=settled,
    )
