"""What the started processes do with long actions: ask for them, be their worker, and look."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from icb.billing.draft_queries import draft_ids, drafts_version
from icb.foundation.actor import acting_as
from icb.foundation.bulk import fetch
from icb.foundation.inputs import NewUser
from icb.foundation.jobs import JobRow, jobs
from icb.foundation.listing import Wanted
from icb.foundation.models import Role
from icb.foundation.users import add_users
from icb.invoicing.waiting_queries import Payer, issue_plan
from icb.kernel import clock
from icb.operations import issuing_run, posting_run
from icb.operations.verify import run as verify
from icb.operations.worker import Worker

_ASKS = "approver"
_ITEMS = """
SELECT o.key, i.line, i.amount, p.actor FROM billing_item i JOIN posting p ON p.id = i.posting_id
JOIN organization o ON o.id = i.organization_id
"""
_DOCUMENTS = """
SELECT o.key, d.net, d.actor FROM document d JOIN organization o ON o.id = d.organization_id
"""


def ask_to_post() -> None:
    """Somebody asks that all drafts be posted, as if they were very many."""
    posting_run.AT_ONCE = 0
    add_users([NewUser(_ASKS, role=Role.APPROVER)])
    with acting_as(_ASKS):
        wanted = Wanted()
        seen = drafts_version(draft_ids(wanted))
        made = posting_run.start_posting(wanted, seen=seen, with_estimates=True)
    assert isinstance(made, JobRow)


def ask_to_issue() -> None:
    """Somebody asks for the documents of all, as if they were very many."""
    issuing_run.AT_ONCE = 0
    payers = [
        Payer(key, "USD")
        for (key,) in fetch(
            "SELECT DISTINCT o.key FROM item_to_invoice w JOIN billing_item i ON i.id = w.item_id "
            "JOIN organization o ON o.id = i.organization_id ORDER BY o.key"
        )
    ]
    add_users([NewUser(_ASKS, role=Role.APPROVER)])
    with acting_as(_ASKS):
        made = issuing_run.start_issuing(payers, seen=issue_plan(payers).seen)
    assert isinstance(made, JobRow)


def long_turn(*, at: str) -> int:
    """A worker's turn at an instant, in small steps; how many jobs it ended."""
    issuing_run._PER_STEP = 1
    with clock.frozen(datetime.fromisoformat(at)):
        by_kind = {"post": posting_run.run_post, "issue": issuing_run.run_issue}
        return Worker(by_kind=by_kind).work_off()


def look_at_long() -> dict[str, Any]:
    """What is posted and issued, by whom, what the job says, and what is wrong."""
    (job,) = jobs()
    documents = [str(row) for row in fetch(_DOCUMENTS)]
    ((drafts,),) = fetch("SELECT COUNT(*) FROM draft_item")
    ((waiting,),) = fetch("SELECT COUNT(*) FROM item_to_invoice")
    numbers = sorted(row[0] for row in fetch("SELECT number FROM document"))
    return {
        "items": sorted(str(row) for row in fetch(_ITEMS)),
        "documents": sorted(documents),
        "numbers": numbers,
        "left": [drafts, waiting],
        "job": [job.state, job.message],
        "problems": [str(problem) for problem in verify(recompute=True)],
    }


LONG_JOBS: dict[str, Callable[..., Any]] = {
    "ask_to_post": ask_to_post,
    "ask_to_issue": ask_to_issue,
    "long_turn": long_turn,
    "look_at_long": look_at_long,
}
