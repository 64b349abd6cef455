"""Shorthands of the tests of delivery."""

from __future__ import annotations

from typing import Any

from icb.delivery.models import Delivery
from icb.delivery.outbox import send_soon
from icb.invoicing.actions import issue_documents
from icb.operations.worker import Worker


def issued() -> list[str]:
    """Issue what waits; the numbers."""
    return [one.number for one in issue_documents()]


def work() -> str:
    """Let a worker send what is due; what its job says afterwards."""
    job = send_soon()
    Worker(only=[job.id]).work_off()
    from icb.foundation.jobs import job_row

    return job_row(job.id).message


def only() -> Any:
    """The one delivery that there is."""
    return Delivery.objects.get()
