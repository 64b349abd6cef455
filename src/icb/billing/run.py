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
from icb.foundation.bulk import execute, fetch, ids_in, insert_rows, keys_checked_meanwhile
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
# At once: the database checks the keys of some contracts' drafts while the next are rated.
_CONTRACTS_AT_ONCE = 75

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
_BILLED_ON = ITEM_COLUMNS.index("billed_on")

DraftRow = tuple[Any, ...]


class ChunkResult(NamedTuple):
    """The rows of the drafts that a chunk made, and how many it removed or left as they were."""

    made: list[DraftRow]
    removed: int
    kept: int


class _Rated(NamedTuple):
    """What rating contracts came to: drafts wanted, what they answer for, and new states."""

    drafts: list[DraftRow]
    answered: set[tuple[int, int | None, date]]  # contract, service, period start
    settled: list[tuple[int, date]]


def rate_chunk(work: Sequence[Work], *, through: date, billed_on: date) -> list[DraftRow]:
    """The drafts that the contracts of a chunk come to; reads only."""
    first_days = {item.contract: item.first_day for item in work}
    contracts = load_contracts(first_days, through=through)
    rate = _Rate(first_days, through=through, billed_on=billed_on, drafted={})
    return rate.contracts(contracts).drafts


def bill_chunk(work: Sequence[Work], *, through: date, billed_on: date) -> ChunkResult:
    """Rate the contracts of a chunk and bring their drafts up to date, in the caller's
    transaction. A draft that comes out the same stays untouched."""
    first_days = {item.contract: item.first_day for item in work}
    standing = _standing_drafts(first_days)
    drafted = {contract: max(row[3] for _, row in rows) for contract, rows in standing.items()}
    contracts = load_contracts(first_days, through=through)
    rate = _Rate(first_days, through=through, billed_on=billed_on, drafted=drafted)
    made: list[DraftRow] = []
    removed = kept = 0
    settled: list[tuple[int, date]] = []
    for at in range(0, len(contracts), _CONTRACTS_AT_ONCE):
        some = contracts[at : at + _CONTRACTS_AT_ONCE]
        with keys_checked_meanwhile():
            rated = rate.contracts(some)
            changes = _compare(rated, [row for one in some for row in standing.get(one.id, ())])
        _store(changes)
        made += changes.made
        removed += len(changes.stale)
        kept += changes.kept
        settled += rated.settled
    _store_settled(settled)
    return ChunkResult(made, removed, kept)


class _Rate(NamedTuple):
    """Rates contracts that are loaded; asks the database for nothing."""

    first_days: Mapping[int, date]
    through: date
    billed_on: date
    drafted: Mapping[int, date]  # contract id -> start of the last period that has a draft

    def contracts(self, contracts: Iterable[ContractFacts]) -> _Rated:
        drafts: list[DraftRow] = []
        answered: set[tuple[int, int | None, date]] = set()
        settled: list[tuple[int, date]] = []
        for contract in contracts:
            first = self.first_days[contract.id]
            wanted = [
                want_period(contract, period=period, through=self.through)
                for period in periods_to_rate(
                    contract,
                    first=first,
                    through=self.through,
                    last_draft=self.drafted.get(contract.id, date.min),
                )
            ]
            for period in wanted:
                answered.update(_answered(contract, period))
                drafts += (
                    _row(contract, draft, billed_on=self.billed_on)
                    for draft in drafts_for(contract, wanted=period)
                )
            until = _settled_until(contract, first, wanted)
            if until != contract.settled_until:
                settled.append((contract.id, until))
        return _Rated(drafts, answered, settled)


class _Changes(NamedTuple):
    """What brings drafts up to date: ids to remove, rows to insert; and how many stay."""

    stale: list[int]
    made: list[DraftRow]
    kept: int


def _compare(rated: _Rated, standing: Sequence[tuple[int, DraftRow]]) -> _Changes:
    wanted = {_identity(row): row for row in rated.drafts}
    stale, kept = [], set()
    for draft_id, row in standing:
        identity = _identity(row)
        if identity in wanted:
            kept.add(identity)
        elif (row[0], row[1], row[3]) in rated.answered:
            stale.append(draft_id)
    made = [row for identity, row in wanted.items() if identity not in kept]
    return _Changes(stale, made, len(kept))


def _store(changes: _Changes) -> None:
    if changes.stale:
        chosen, params = ids_in("id", ids=changes.stale)
        execute(f"DELETE FROM draft_item WHERE {chosen}", params)
    insert_rows(DraftItem, columns=DRAFT_COLUMNS, rows=changes.made)


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
        _encode(draft.working),
        "",
        "",
        billed_on,
        draft.held,
        draft.deferred_until,
    )


def _tax(contract: ContractFacts, key: LineKey) -> int | None:
    return contract.tax if key.service is None else contract.services[key.service].tax


def _standing_drafts(contracts: Iterable[int]) -> dict[int, list[tuple[int, DraftRow]]]:
    """The drafts that runs made for these contracts, by contract; manual items are none of a
    run's."""
    chosen, params = ids_in("contract_id", ids=contracts)
    found: dict[int, list[tuple[int, DraftRow]]] = {}
    for draft_id, *row in fetch(
        f"""
        SELECT id, {", ".join(DRAFT_COLUMNS)} FROM draft_item
        WHERE {chosen} AND line <> 'manual'
        """,
        params,
    ):
        found.setdefault(row[0], []).append((draft_id, tuple(row)))
    return found


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
