"""What happens to journal and outbox when a document is issued or voided, in its transaction."""

from __future__ import annotations

from collections.abc import Sequence

from icb.accounting.journal_writing import book_documents, book_reversal
from icb.accounting.models import ENDED, Transfer, TransferAct, TransferState
from icb.accounting.outbox import Happening, NewTransfer, add_transfers, note, queue_issued
from icb.accounting.period_queries import closed_until
from icb.accounting.registry import description
from icb.invoicing.models import Document
from icb.kernel.errors import NotFound, Refused

_NOT_THERE = (TransferState.WAITING, TransferState.REFUSED)
"""States in which a document surely does not stand at the target."""


class Follower:
    """Books and queues documents (`invoicing.ports.DocumentFollower`)."""

    def issued(self, document_ids: Sequence[int]) -> None:
        """Write the journal entries and the outbox of new documents."""
        book_documents(document_ids)
        queue_issued(document_ids)

    def voided(self, document_id: int) -> None:
        """Reverse the journal entry; withdraw what has not gone, void what has."""
        book_reversal(document_id)
        for transfer in _live(document_id, is_locked=True):
            obstacle = _obstacle_of(transfer)
            if obstacle:  # it was taken up after whoever voids had asked
                raise Refused("not_voidable", f"{obstacle}. Nothing was changed. Try again.")
            if transfer.state in _NOT_THERE:
                _withdraw(transfer)
            else:
                _void_there(transfer)


def obstacle_to_void(document_id: int) -> str:
    """Why accounting does not let a document be voided any more; blank where it does."""
    issued_on = Document.objects.values_list("issued_on", flat=True).get(pk=document_id)
    until = closed_until()
    if until is not None and issued_on <= until:
        return f"it was issued on {issued_on}, and the books are closed until {until}"
    obstacles = (_obstacle_of(transfer) for transfer in _live(document_id))
    return next((obstacle for obstacle in obstacles if obstacle), "")


def _live(document_id: int, *, is_locked: bool = False) -> list[Transfer]:
    rows = Transfer.objects.filter(document_id=document_id, act=TransferAct.SEND)
    rows = rows.exclude(state__in=ENDED).order_by("pk")
    if is_locked:
        rows = rows.select_for_update(of=("self",))
    return list(rows.select_related("target"))


def _obstacle_of(transfer: Transfer) -> str:
    name = transfer.target.name
    if transfer.state in _NOT_THERE:
        return ""
    if transfer.state in (TransferState.SENDING, TransferState.UNKNOWN):
        return f"it is just being transferred to {name}; see the accounting transfer"
    if transfer.state == TransferState.MISMATCH:
        return f"it stands in {name} with other figures; resolve that first"
    if not _can_void(transfer):
        return f"it was transferred to {name} on {transfer.sent_at:%Y-%m-%d}"
    return ""


def _can_void(transfer: Transfer) -> bool:
    try:
        return transfer.batch_id is None and description(transfer.target.kind).voids
    except NotFound:
        return False


def _withdraw(transfer: Transfer) -> None:
    message = "The document was declared void before it was transferred."
    changed = {"state": TransferState.WITHDRAWN, "code": "", "message": message}
    Transfer.objects.filter(pk=transfer.pk).update(**changed)
    note([Happening(transfer.pk, TransferState.WITHDRAWN, message)])


def _void_there(transfer: Transfer) -> None:
    new = NewTransfer(
        transfer.document_id,
        transfer.document.data_hash,
        round=transfer.round,
        act=TransferAct.VOID,
        sent_id=transfer.sent_id,
    )
    add_transfers(transfer.target, news=[new])
