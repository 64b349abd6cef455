"""The job that looks how what was transferred stands at a target, and reads payments there.

Nothing is written at the target. Each look is stored by itself, so a stop in the middle keeps what
was seen.
"""

from __future__ import annotations

from collections.abc import Sequence

from icb.accounting.entries import Entries, documents_to_send
from icb.accounting.models import Target, Transfer, TransferAct, TransferCheck, TransferState
from icb.accounting.outbox import Happening, note
from icb.accounting.payment_reading import read_payments
from icb.accounting.ports import Sent, TargetError, TargetSession, Trouble
from icb.accounting.registry import description
from icb.accounting.tokens import open_session
from icb.foundation.jobs import JobContext, JobRow, TryLater
from icb.foundation.transactions import transaction
from icb.kernel import clock
from icb.kernel.errors import Refused

_AT_ONCE = 50
_PAUSE = 300


def run_reconcile(job: JobRow, *, context: JobContext) -> None:
    """Look at everything that was transferred to the job's target, and read its payments.

    A look that is not older than the job is not made again: a job that was broken off goes on.
    """
    row = Target.objects.get(key=job.payload["target"])
    looked = Looker(row, context)
    try:
        session = open_session(row)
        if description(row.kind).reads_payments:
            context.progress({"target": row.name, "words": "reading payments"})
            read = read_payments(row, session=session, hold=context.hold)
            if read.problems:
                looked.said = f"{len(read.problems)} payments could not be taken: see the target."
        if job.payload.get("documents", True):
            looked.run(session, begun_at=job.created_at)
        if looked.said and not context.is_stopping():
            context.done(looked.said)
    except TargetError as error:
        _failed(row, error)


def _failed(row: Target, error: TargetError) -> None:
    if error.trouble == Trouble.SIGN_IN:
        Target.objects.filter(pk=row.pk).update(trouble=error.message)
        raise Refused("target_sign_in", error.message) from None
    if error.trouble == Trouble.REFUSED:
        raise Refused("target_refused", error.message) from None
    raise TryLater(int(error.retry_after or _PAUSE), error.message) from None


class Looker:
    """Looks at the documents of one target, one after the other."""

    def __init__(self, row: Target, context: JobContext) -> None:
        self._row = row
        self._context = context
        self._entries = Entries(row)
        self._last = 0
        self.count = 0
        self.said = ""  # beside what is stored

    def run(self, session: TargetSession, *, begun_at: object) -> None:
        """All that stand there as far as is known; what differs is told on its transfer."""
        while chunk := self._next(begun_at):
            documents = documents_to_send(transfer.document_id for transfer in chunk)
            for transfer in chunk:
                if self._context.is_stopping() or self._context.is_cancelled():
                    return
                entry, _ = self._entries.entry(
                    documents[transfer.document_id], key=transfer.key, credited_id=""
                )
                self._store(transfer, session.find(entry))

    def _next(self, begun_at: object) -> Sequence[Transfer]:
        rows = Transfer.objects.filter(
            target=self._row,
            act=TransferAct.SEND,
            state__in=[TransferState.SENT, TransferState.MISMATCH],
            batch=None,
        )
        unseen = rows.filter(pk__gt=self._last).exclude(check_row__at__gt=begun_at)
        chunk = list(unseen.order_by("pk").select_related("document")[:_AT_ONCE])
        if chunk:
            self._last = chunk[-1].pk
        return chunk

    def _store(self, transfer: Transfer, found: Sent | None) -> None:
        seen = {
            "is_there": found is not None,
            "is_void": found is not None and found.is_void,
            "net": found.net if found else None,
            "tax": found.tax if found else None,
            "total": found.total if found else None,
            "at": clock.now(),
        }
        with transaction():
            self._context.hold()
            TransferCheck.objects.update_or_create(transfer=transfer, defaults=seen)
            if found is None:
                message = f"It does not stand in {self._row.name} any more."
                note([Happening(transfer.pk, transfer.state, message)])
        self.count += 1
        self._context.progress({"target": self._row.name, "looked_at": self.count})
