"""What a person does with a job beside cancelling it."""

from __future__ import annotations

from icb.foundation import audit
from icb.foundation.actor import require
from icb.foundation.jobs import JobRow, NewJob, enqueue, job_row
from icb.foundation.permissions import Permission
from icb.foundation.transactions import transaction
from icb.kernel.errors import Refused

_AGAIN = ("failed", "cancelled")


def may_be_retried(row: JobRow) -> bool:
    """Whether a job ended without having done its work."""
    return row.state in _AGAIN


def retry_job(id: int) -> JobRow:
    """Begin a job anew that failed or was cancelled: another one with the same work, due now.

    Where one with its unique key waits or runs already, that one is it. Raises NotFound, and
    Refused for a job that is at work or done.
    """
    with transaction():
        require(Permission.RECORD_COUNTS)
        row = job_row(id)
        if not may_be_retried(row):
            raise Refused(
                "nothing_to_retry",
                f"Job {id} is {row.state}: there is nothing to begin anew. Nothing was changed.",
            )
        new = enqueue(
            NewJob(
                kind=row.kind,
                payload=row.payload,
                unique_key=row.unique_key,
                lane=row.lane,
                max_attempts=row.max_attempts,
            )
        )
        audit.record("retry_job", subject=f"job {id}", data={"kind": row.kind, "as": new.id})
        return new
