"""What can be done with billing items: bill, post, un-post, defer, waive, add by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from django.db.transaction import set_rollback

from icb.billing.run import DRAFT_COLUMNS, ChunkResult, DraftRow, bill_chunk, rate_chunk
from icb.billing.work import Work, drop_marks, find_work
from icb.foundation import audit, runs
from icb.foundation.actor import Permission, require
from icb.foundation.canonical import canonical_json, digest
from icb.foundation.collector import collector_paused
from icb.foundation.fields import AMOUNT_SCALE
from icb.foundation.providers import local_today
from icb.foundation.transactions import transaction
from icb.kernel.errors import InvalidInput

ORGANIZATIONS_PER_CHUNK = 100
_AMOUNT = DRAFT_COLUMNS.index("amount")
_CURRENCY = DRAFT_COLUMNS.index("currency")

Progress = Callable[[int, int], None]


class BillResult(NamedTuple):
    """What a bill run came to: drafts made, removed and left, and the new drafts' totals."""

    through: date
    contracts: int
    made: int
    removed: int
    kept: int
    totals: dict[str, Decimal]


def bill(*, through: date | None = None, progress: Progress | None = None) -> BillResult:
    """Draft everything that is due by `through` (inclusive; by default today) and not billed.

    Recomputes what may have changed and replaces the drafts that differ; running it twice
    changes nothing (rules, section 4). Commits per chunk of organizations; `progress` is told
    the chunks done and in all. Raises InvalidInput for a day in the future.
    """
    require(Permission.BILL)
    through = _checked_through(through)
    with transaction(lock="billing"):
        found = find_work(through)
    chunks = list(_chunks(found.work))
    run = runs.start_run("bill")
    results = []
    for number, chunk in enumerate(chunks, start=1):
        with collector_paused(), transaction(lock="billing"):
            results.append(bill_chunk(chunk, through=through, billed_on=local_today()))
            drop_marks([mark for item in chunk for mark in found.marks.get(item.contract, ())])
        if progress:
            progress(number, len(chunks))
    with collector_paused():
        return _finish(run, through=through, contracts=len(found.work), results=results)


def _finish(
    run: int, *, through: date, contracts: int, results: Sequence[ChunkResult]
) -> BillResult:
    made = [row for result in results for row in result.made]
    result = BillResult(
        through=through,
        contracts=contracts,
        made=len(made),
        removed=sum(result.removed for result in results),
        kept=sum(result.kept for result in results),
        totals=_totals((row[_CURRENCY], row[_AMOUNT]) for row in made),
    )
    with transaction():
        runs.finish_run(run, progress={"made": result.made, "removed": result.removed})
        audit.record(
            "bill",
            subject=f"through {through}",
            data={
                "contracts": contracts,
                "made": result.made,
                "removed": result.removed,
                "totals": result.totals,
                "digest": digest(canonical_json([[*map(str, row)] for row in made])),
            },
        )
    return result


def preview(*, through: date | None = None) -> list[DraftRow]:
    """The drafts that a run would leave for the contracts it would look at; writes nothing.

    Rows as DRAFT_COLUMNS.
    """
    require(Permission.READ)
    through = _checked_through(through)
    rows: list[DraftRow] = []
    with collector_paused(), transaction(lock="billing"):
        found = find_work(through)
        for chunk in _chunks(found.work):
            rows += rate_chunk(chunk, through=through, billed_on=local_today())
        set_rollback(True)
    return rows


def _checked_through(through: date | None) -> date:
    today = local_today()
    if through is not None and through > today:
        raise InvalidInput(
            field="through",
            value=through,
            message=f"through: {through} lies in the future (today is {today}). Nothing was "
            "billed. Give today or an earlier day.",
        )
    return through or today


def _chunks(work: Sequence[Work]) -> Iterator[list[Work]]:
    """Whole organizations, at most ORGANIZATIONS_PER_CHUNK of them at a time."""
    chunk: list[Work] = []
    organizations = 0
    for _, items in groupby(work, key=attrgetter("organization")):
        chunk.extend(items)
        organizations += 1
        if organizations == ORGANIZATIONS_PER_CHUNK:
            yield chunk
            chunk, organizations = [], 0
    if chunk:
        yield chunk


def _totals(rows: Iterator[tuple[str, int]]) -> dict[str, Decimal]:
    sums: dict[str, int] = defaultdict(int)
    for currency, amount in rows:
        sums[currency] += amount
    return {code: Decimal(sums[code]).scaleb(-AMOUNT_SCALE) for code in sorted(sums)}
