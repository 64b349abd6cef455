"""The bill run as people start it: at once where it is short, else as a job; and its preview."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.transaction import set_rollback

from icb.billing.actions import BillResult, bill
from icb.billing.draft_queries import Total, totals_of
from icb.billing.work import find_work
from icb.foundation.actor import Permission, require
from icb.foundation.jobs import JobContext, JobRow, NewJob, enqueue
from icb.foundation.listing import Wanted
from icb.foundation.providers import local_today
from icb.foundation.transactions import transaction
from icb.operations.unchecked import Checked, checked_modules

AT_ONCE = 200
"""So many contracts are billed while somebody waits."""


class Preview(NamedTuple):
    """What a run would leave: drafts by state and currency, and the modules they rely on."""

    made: int
    removed: int
    kept: int
    made_totals: dict[str, Decimal]
    totals: list[Total]
    checked: list[Checked]


def contracts_to_bill(through: date | None = None) -> int:
    """How many contracts a run would look at."""
    require(Permission.READ)
    with transaction(lock="billing"):
        count = len(find_work(through or local_today()).work)
        set_rollback(True)
    return count


def preview_bill(*, through: date | None = None) -> Preview:
    """Bill, look at what came of it and at what it relies on, and take it all back."""
    require(Permission.BILL)
    with transaction(lock="billing"):
        result = bill(through=through)
        preview = Preview(
            result.made,
            result.removed,
            result.kept,
            result.totals,
            list(totals_of(Wanted())),
            checked_modules(),
        )
        set_rollback(True)
    return preview


def start_bill(*, through: date | None = None) -> BillResult | JobRow:
    """Bill at once where few contracts are to be looked at, else by a job; what came of it."""
    require(Permission.BILL)
    if contracts_to_bill(through) <= AT_ONCE:
        return bill(through=through)
    day = through or local_today()
    with transaction():
        return enqueue(NewJob(kind="bill", payload={"through": day.isoformat()}, unique_key="bill"))


def run_bill(job: JobRow, *, context: JobContext) -> None:
    """The job: bill through the day it names. Begun again, it finds what is left by its state."""
    bill(
        through=date.fromisoformat(job.payload["through"]),
        progress=lambda done, total: context.progress({"done": done, "total": total}),
    )
