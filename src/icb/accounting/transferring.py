"""The job that sends what waits for one target: one document after the other, each once.

What is to be sent is found from the rows. The network is never asked inside a transaction: a row
is taken (`sending`) and what came of it is stored in two short ones, both of which ask whether the
job is still ours. A row that is found as `sending` was left by a worker that died: whether it
stands there is unknown, and it is looked up.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from icb.accounting.customers import create_customer
from icb.accounting.entries import DocumentToSend, Entries, documents_to_send
from icb.accounting.models import (
    ENDED,
    Target,
    Transfer,
    TransferAct,
    TransferState,
)
from icb.accounting.outbox import Happening, note
from icb.accounting.outcome import (
    Outcome,
    Step,
    must_look,
    outcome_of_failure,
    outcome_of_sent,
)
from icb.accounting.ports import Entry, Sent, TargetError, TargetSession, Trouble
from icb.accounting.tokens import open_session
from icb.accounting.transfer_jobs import DUE, LOOK_ONLY
from icb.foundation.jobs import JobContext, JobLost, JobRow, TryLater
from icb.foundation.transactions import transaction
from icb.kernel import clock

_AT_ONCE = 20
_FAILURES_IN_A_ROW = 3
"""After so many failures that are the target's own, it is left alone for a while."""
_INVOICE_PAUSE = 300

_log = logging.getLogger("icb.accounting")


def run_transfer(job: JobRow, *, context: JobContext) -> None:
    """Send everything that is due for the job's target (a handler, see foundation.jobs)."""
    row = Target.objects.get(key=job.payload["target"])
    if row.is_enabled:
        Lane(row, context=context).run()


class NotThere(Exception):
    """A document that was only to be looked at does not stand there."""


@dataclass
class Taken:
    """A transfer on its way: what is sent, and whether it may stand there already."""

    transfer: Transfer
    entry: Entry
    before: str
    is_looked_up: bool
    step: Step = Step.LOOK


@dataclass
class Lane:
    """Sends the documents of one target, under the lease of one job."""

    row: Target
    context: JobContext
    counts: dict[str, int] = field(default_factory=dict)
    _session: TargetSession | None = None
    _failures: int = 0
    _is_signed_in_again: bool = False

    def run(self) -> None:
        """Until nothing is due, the program stops, or the target wants to be left alone."""
        self._recover()
        self._entries = Entries(self.row)
        while due := self._due():
            documents = documents_to_send(transfer.document_id for transfer in due)
            for transfer in due:
                if self.context.is_stopping() or self.context.is_cancelled():
                    return
                self._one(transfer, documents[transfer.document_id])
                if self._failures >= _FAILURES_IN_A_ROW:
                    return
        self._tell()

    def _recover(self) -> None:
        """What a worker that died left in the middle is looked up first of all."""
        message = "The program ended while it was being sent. It is looked up before a retry."
        with transaction():
            self.context.hold()
            left = Transfer.objects.filter(target=self.row, state=TransferState.SENDING)
            ids = list(left.values_list("pk", flat=True))
            if ids:
                changed = {"state": TransferState.UNKNOWN, "message": message}
                left.update(code="interrupted", due_at=clock.now(), **changed)
                note(Happening(id, TransferState.UNKNOWN, message) for id in ids)

    def _due(self) -> list[Transfer]:
        """Invoices before credit notes before voids, in the order of their issue."""
        rows = Transfer.objects.filter(target=self.row, state__in=DUE, due_at__lte=clock.now())
        ordered = rows.order_by("act", "-document__kind", "document_id")
        return list(ordered.select_related("document")[:_AT_ONCE])

    def _one(self, transfer: Transfer, document: DocumentToSend) -> None:
        """Send one; whatever comes of it is stored, and delays no other."""
        taken: Taken | None = None
        try:
            entry = self._ready(transfer, document)
            if entry is None or not self._take(transfer):
                return
            taken = Taken(
                transfer,
                entry,
                before=transfer.state,
                is_looked_up=must_look(
                    state=transfer.state, attempts=transfer.attempts, round=transfer.round
                ),
            )
            sent = self._exchanged(taken)
        except TargetError as error:
            self._failed(transfer, taken, error)
        except NotThere:
            self._end(transfer, _gone(transfer, self.row))
        except (JobLost, TryLater):
            raise
        except Exception as error:
            _log.error("transfer %s failed", transfer.pk, exc_info=_without_words(error))
            words = f"An error in the program itself ({type(error).__name__})."
            self._failed(transfer, taken, TargetError(Trouble.UNKNOWN, words))
        else:
            self._failures = 0
            self._store(taken, sent)

    def _ready(self, transfer: Transfer, document: DocumentToSend) -> Entry | None:
        """The entry to send; None where it cannot go yet, which is then stored with the reason."""
        credited_id = ""
        if document.credits is not None and transfer.act == TransferAct.SEND:
            invoice = _standing(self.row, document.credits)
            if invoice is None or invoice.state != TransferState.SENT:
                self._keep_waiting(transfer, document, invoice)
                return None
            credited_id = invoice.sent_id
        entry, lacking = self._entries.entry(document, key=transfer.key, credited_id=credited_id)
        if lacking and transfer.act == TransferAct.SEND:
            if self.row.creates_customers and not entry.customer.id:
                create_customer(self.row, customer=entry.customer, session=self._opened())
                self._entries.read_again()
                entry, lacking = self._entries.entry(
                    document, key=transfer.key, credited_id=credited_id
                )
            if lacking:
                self._refuse(transfer, lacking)
                return None
        return entry

    def _keep_waiting(
        self, transfer: Transfer, document: DocumentToSend, invoice: Transfer | None
    ) -> None:
        credited = document.data["credited"]
        if invoice is None:
            message = (
                f"It credits {credited}, which was not handed to {self.row.name}. Transfer "
                f"{credited} first, then retry."
            )
            outcome = Outcome(TransferState.REFUSED, "invoice_missing", message)
        else:
            message = f"It waits until {credited} stands in {self.row.name}."
            outcome = Outcome(transfer.state, "awaits_invoice", message, _INVOICE_PAUSE)
        self._end(transfer, outcome)

    def _refuse(self, transfer: Transfer, lacking: list[str]) -> None:
        message = (
            f"Not mapped in {self.row.name}: {', '.join(lacking)}. Map that; it goes by itself "
            "afterwards."
        )
        self._end(transfer, Outcome(TransferState.REFUSED, "mapping", message))

    def _take(self, transfer: Transfer) -> bool:
        """Mark it as being sent; False where somebody withdrew or changed it meanwhile."""
        with transaction():
            self.context.hold()
            free = Transfer.objects.filter(pk=transfer.pk, state=transfer.state)
            return bool(
                free.update(
                    state=TransferState.SENDING,
                    attempts=transfer.attempts + 1,
                    code="",
                    message="",
                )
            )

    def _exchanged(self, taken: Taken) -> Sent:
        """What stands there afterwards. With a token that is refused, once more with a new one."""
        try:
            return self._exchange(taken, session=self._opened())
        except TargetError as error:
            if error.trouble != Trouble.SIGN_IN or self._is_signed_in_again:
                raise
            self._is_signed_in_again = True
            self._session = open_session(self.row, is_again=True)
            return self._exchange(taken, session=self._session)

    def _exchange(self, taken: Taken, *, session: TargetSession) -> Sent:
        transfer, entry = taken.transfer, taken.entry
        is_void = transfer.act == TransferAct.VOID
        if taken.is_looked_up:
            taken.step = Step.LOOK
            found = session.find(entry)
            if found is not None and (found.is_void or not is_void):
                return found
            if transfer.code == LOOK_ONLY:
                raise NotThere
        taken.step = Step.WRITE
        if is_void:
            return session.void(transfer.sent_id, key=transfer.key)
        return session.send(entry)

    def _opened(self) -> TargetSession:
        if self._session is None:
            self._session = open_session(self.row)
        return self._session

    def _store(self, taken: Taken, sent: Sent) -> None:
        transfer = taken.transfer
        if transfer.act == TransferAct.VOID:
            self._end(transfer, _outcome_of_void(taken.entry, sent), sent_at=clock.now())
            return
        outcome = outcome_of_sent(taken.entry, sent=sent)
        self._end(
            transfer,
            outcome,
            sent_id=sent.id,
            sent_number=sent.number,
            sent_address=sent.address,
            their_net=sent.net,
            their_tax=sent.tax,
            their_total=sent.total,
            sent_at=clock.now(),
        )

    def _failed(self, transfer: Transfer, taken: Taken | None, error: TargetError) -> None:
        before = transfer.state
        step = taken.step if taken is not None else Step.LOOK
        attempts = transfer.attempts + 1
        outcome = outcome_of_failure(error, step=step, before=before, attempts=attempts)
        self._end(transfer, outcome)
        if error.trouble == Trouble.SIGN_IN:
            self._stop_for_sign_in(error)
        if error.retry_after:
            self._leave_alone(int(error.retry_after), error.message)
        if error.trouble in (Trouble.LATER, Trouble.UNKNOWN):
            self._failures += 1
        else:
            self._failures = 0

    def _end(self, transfer: Transfer, outcome: Outcome, **changed: Any) -> None:
        """Store what came of a transfer, while the job is ours."""
        due_at = clock.now() + timedelta(seconds=outcome.pause)
        told = {"state": outcome.state, "code": outcome.code, "message": outcome.message}
        with transaction():
            self.context.hold()
            own = Transfer.objects.filter(
                pk=transfer.pk, state__in=[transfer.state, TransferState.SENDING]
            )
            if not own.update(due_at=due_at, **told, **changed):
                return
            note([Happening(transfer.pk, outcome.state, outcome.message)])
            if outcome.state == TransferState.SENT:
                self._wake_credit_notes(transfer)
        self.counts[outcome.state] = self.counts.get(outcome.state, 0) + 1
        self._tell()

    def _wake_credit_notes(self, transfer: Transfer) -> None:
        """Credit notes that waited for this invoice are due."""
        waiting = Transfer.objects.filter(
            target=self.row, state=TransferState.WAITING, document__credits=transfer.document_id
        )
        waiting.update(due_at=clock.now())

    def _leave_alone(self, seconds: int, message: str) -> None:
        """Nothing is asked before the target wants to be asked again."""
        until = clock.now() + timedelta(seconds=seconds)
        with transaction():
            self.context.hold()
            soon = Transfer.objects.filter(target=self.row, state__in=DUE, due_at__lt=until)
            soon.update(due_at=until)
        raise TryLater(seconds, message)

    def _stop_for_sign_in(self, error: TargetError) -> None:
        with transaction():
            self.context.hold()
            Target.objects.filter(pk=self.row.pk).update(trouble=error.message)
        raise TryLater(_INVOICE_PAUSE, error.message)

    def _tell(self) -> None:
        self.context.progress({"target": self.row.name, **self.counts})


def _outcome_of_void(entry: Entry, sent: Sent) -> Outcome:
    if sent.is_void:
        return Outcome(TransferState.SENT)
    return Outcome(
        TransferState.MISMATCH,
        "not_void_there",
        f"{entry.number} is void here but not there. Void it there, and look again.",
    )


def _gone(transfer: Transfer, row: Target) -> Outcome:
    return Outcome(
        TransferState.MISMATCH,
        "gone",
        f"{transfer.document.number} does not stand in {row.name} any more. Reset it to send it "
        "again.",
    )


def _standing(row: Target, document: int) -> Transfer | None:
    """The live transfer of a document to a target."""
    rows = Transfer.objects.filter(target=row, document_id=document, act=TransferAct.SEND)
    found: Transfer | None = rows.exclude(state__in=ENDED).first()
    return found


def _without_words(error: Exception) -> Exception:
    """The error with its place and kind; what it says may hold what no log should."""
    return RuntimeError(type(error).__name__).with_traceback(error.__traceback__)
