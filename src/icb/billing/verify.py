"""Whether the ledger of items is whole: what must hold of every posted item and every key."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from icb.billing.facts import ContractFacts, LineKey, Settled
from icb.billing.loading import load_contracts
from icb.billing.periods import WantedPeriod, periods_to_rate, want_period
from icb.billing.work import contracts_behind
from icb.foundation.amounts import from_stored, to_stored
from icb.foundation.bulk import fetch
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.kernel.money import Minor, format_minor

CONTRACTS_PER_CHUNK = 500


def ledger_problems() -> list[str]:
    """What is wrong with the posted items of the provider in scope; empty where they are whole."""
    return [*_revision_problems(), *_posting_problems(), *_amount_problems()]


def _revision_problems() -> list[str]:
    """The posted revisions of a key are 1, 2, 3 … without a hole.

    Manual items of one day only count up: one that was deferred or waived may stand between.
    """
    rows = fetch(
        """
        SELECT c.key, i.period_start, i.line, i.effective_on, COUNT(*), MAX(i.revision)
        FROM billing_item i JOIN contract c ON c.id = i.contract_id
        WHERE i.provider_id = %s AND i.line <> 'manual'
        GROUP BY c.key, i.contract_id, i.contract_service_id, i.period_start, i.line,
                 i.effective_on
        HAVING COUNT(*) <> MAX(i.revision) OR MIN(i.revision) <> 1
        """,
        [provider_id()],
    )
    return [
        f"Contract {contract}, period from {start}, {line} of {effective_on}: {count} posted items "
        f"but the highest revision is {last}."
        for contract, start, line, effective_on, count, last in rows
    ]


def _posting_problems() -> list[str]:
    """A posting holds as many items as it says."""
    rows = fetch(
        """
        SELECT p.id, p.item_count, COUNT(i.id)
        FROM posting p LEFT JOIN billing_item i ON i.posting_id = p.id
        WHERE p.provider_id = %s
        GROUP BY p.id, p.item_count HAVING p.item_count <> COUNT(i.id)
        """,
        [provider_id()],
    )
    return [f"Posting {row[0]} says {row[1]} items and has {row[2]}." for row in rows]


def _amount_problems() -> list[str]:
    """Every amount is whole in its currency's minor unit."""
    problems = []
    for table in ("billing_item", "draft_item"):
        for (currency,) in fetch(
            f"SELECT DISTINCT currency FROM {table} WHERE provider_id = %s", [provider_id()]
        ):
            finer = fetch(
                f"SELECT id FROM {table} WHERE provider_id = %s AND currency = %s "
                "AND amount %% %s <> 0",
                [provider_id(), currency, to_stored(1, currency)],
            )
            problems += [f"Item {row[0]} has an amount finer than {currency} has." for row in finer]
    return problems


def recompute_problems() -> list[str]:
    """Where a settled period no longer comes out as it was billed, although no mark says so.

    Recomputes every contract from its start, with everything known now.
    """
    today = local_today()
    behind = contracts_behind()
    rows = [
        row
        for row in fetch(
            "SELECT id, starts_on FROM contract WHERE provider_id = %s ORDER BY id",
            [provider_id()],
        )
        if row[0] not in behind
    ]
    drafted = _drafted()
    problems = []
    for at in range(0, len(rows), CONTRACTS_PER_CHUNK):
        chunk = dict(rows[at : at + CONTRACTS_PER_CHUNK])
        for contract in load_contracts(chunk, through=today):
            for period in periods_to_rate(contract, first=contract.starts_on, through=today):
                if contract.settled_until and period.end <= contract.settled_until:
                    wanted = want_period(contract, period=period, through=today)
                    problems += _differences(contract, wanted, drafted)
    return problems


def _drafted() -> dict[tuple[int, LineKey], Minor]:
    found: dict[tuple[int, LineKey], Minor] = defaultdict(int)
    for contract, service, start, line, effective_on, amount, currency in fetch(
        """
        SELECT contract_id, contract_service_id, period_start, line, effective_on, amount, currency
        FROM draft_item WHERE provider_id = %s AND line <> 'manual'
        """,
        [provider_id()],
    ):
        key = LineKey(service, start, line, effective_on)
        found[contract, key] += from_stored(amount, currency)
    return found


def _differences(
    contract: ContractFacts, wanted: WantedPeriod, drafted: dict[tuple[int, LineKey], Minor]
) -> list[str]:
    start = wanted.period.start
    keys = {*wanted.lines, *(key for key in contract.posted if key.period_start == start)}
    return [
        problem
        for key in sorted(keys, key=_order)
        if (problem := _difference(contract, key, wanted, drafted.get((contract.id, key), 0)))
    ]


def _order(key: LineKey) -> tuple[int, str, date]:
    return key.service or 0, key.line, key.effective_on


def _difference(
    contract: ContractFacts, key: LineKey, wanted: WantedPeriod, drafted: Minor
) -> str | None:
    line = wanted.lines.get(key)
    should = line.rated.amount if line else 0
    posted = contract.posted[key].amount if key in contract.posted else 0
    billed = posted + drafted + contract.settled.get(key, Settled()).waived
    if should == billed:
        return None
    service = contract.services[key.service].key if key.service else "the contract's minimum"
    return (
        f"Contract {contract.key}, {service}, period from {key.period_start}, {key.line} of "
        f"{key.effective_on}: billed {format_minor(billed, contract.currency)}, recomputed "
        f"{format_minor(should, contract.currency)} {contract.currency}."
    )
