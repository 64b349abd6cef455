"""The jobs that send what waits: one for each target at a time, found from the rows."""

from __future__ import annotations

from django.db.models import Q

from icb.accounting.models import Target, Transfer, TransferState
from icb.accounting.registry import is_online, target
from icb.foundation.jobs import NewJob
from icb.foundation.providers import local_today
from icb.kernel import clock
from icb.kernel.errors import NotFound

TRANSFER, RECONCILE = "transfer", "reconcile"
DUE = (TransferState.WAITING, TransferState.UNKNOWN)
"""States in which the program goes on by itself."""
LOOK_ONLY = "look"
"""The code of a transfer that is only to be looked at there, and not sent where it is not."""
_OPEN = (*DUE, TransferState.SENDING)
_BEGUN_AT_MOST = 5


def due_jobs() -> list[NewJob]:
    """A job for each target that something is due for; targets to connect again are left out."""
    now = clock.now()
    due = Transfer.objects.filter(state__in=_OPEN, due_at__lte=now).values("target_id").distinct()
    rows = Target.objects.filter(is_enabled=True, trouble="", pk__in=due).order_by("pk")
    return [new_transfer(row) for row in rows if _is_sent_to(row)]


def new_transfer(row: Target) -> NewJob:
    """The job of sending everything that is due for a target; there is one at a time."""
    return NewJob(
        kind=TRANSFER,
        payload={"target": row.key},
        unique_key=f"{TRANSFER}:{row.pk}",
        lane=f"{TRANSFER}:{row.pk}",
        max_attempts=_BEGUN_AT_MOST,
    )


def payment_jobs() -> list[NewJob]:
    """A job for each target whose payments were not read today."""
    today = local_today()
    unread = Q(payments_read_on=None) | Q(payments_read_on__lt=today)
    rows = Target.objects.filter(unread, is_enabled=True, trouble="").order_by("pk")
    return [new_reconcile(row, documents=False) for row in rows if _tells_payments(row)]


def new_reconcile(row: Target, *, documents: bool = True) -> NewJob:
    """The job of looking at what stands at a target; without `documents` at payments alone."""
    kind = RECONCILE if documents else f"{RECONCILE}:payments"
    return NewJob(
        kind=RECONCILE,
        payload={"target": row.key, "documents": documents},
        unique_key=f"{kind}:{row.pk}",
        lane=f"{RECONCILE}:{row.pk}",
        max_attempts=_BEGUN_AT_MOST,
    )


def _tells_payments(row: Target) -> bool:
    sent = Transfer.objects.filter(target=row, state=TransferState.SENT)
    return _is_sent_to(row) and target(row.kind).description.reads_payments and sent.exists()


def _is_sent_to(row: Target) -> bool:
    try:
        return is_online(target(row.kind))
    except NotFound:
        return False
