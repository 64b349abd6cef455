"""Make files of what waits for a file target, and take back that they were carried over."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from icb.accounting.entries import Entries, documents_to_send
from icb.accounting.models import ENDED, FileBatch, Target, Transfer, TransferAct, TransferState
from icb.accounting.outbox import Happening, note
from icb.accounting.ports import Entry, FileTarget, TargetError
from icb.accounting.registry import is_file, target
from icb.accounting.target_queries import BatchRow, target_named
from icb.accounting.transfer_actions import reset_transfers
from icb.foundation import audit
from icb.foundation.actor import Permission, current_actor, require
from icb.foundation.transactions import transaction
from icb.kernel import clock
from icb.kernel.errors import NotFound, Refused


class _Ready(NamedTuple):
    transfer: Transfer
    entry: Entry


def make_files(key: str) -> list[BatchRow]:
    """Write what waits for a file target to files, one for each currency; the files.

    Its documents count as transferred by that file from then on. What the format cannot hold and
    what is not mapped is refused in words and keeps no other document out. A credit note goes with
    its invoice or after it. Empty where nothing waits that can be written.
    """
    with transaction(lock="billing"):
        require(Permission.TRANSFER)
        row, one = _file_target(key)
        ready = _ready(row)
        made = []
        for currency, each in groupby(
            sorted(ready, key=lambda one: one.entry.currency), key=lambda one: one.entry.currency
        ):
            good = _writable(one, list(each))
            if good:
                made.append(_write(row, one, good, currency=currency))
        return made


def undo_file(key: str, *, sequence: int, reason: str) -> int:
    """Take back that a file's documents were transferred, so that they wait for the next file; how
    many. The file itself stays. Raises InvalidInput without a reason, NotFound."""
    with transaction(lock="billing"):
        require(Permission.TRANSFER)
        batch = FileBatch.objects.filter(target__key=key, sequence=sequence).first()
        if batch is None:
            raise NotFound("unknown_file", f"{key} has no file {sequence}. Nothing was changed.")
        ids = list(batch.transfers.filter(state=TransferState.SENT).values_list("pk", flat=True))
        count = reset_transfers(ids, reason=reason)
        audit.record("undo_file", subject=batch.name, data={"documents": count, "reason": reason})
        return count


def _file_target(key: str) -> tuple[Target, FileTarget]:
    row = target_named(key)
    one = target(row.kind)
    if not is_file(one):
        raise Refused(
            "target_is_online",
            f"{row.name} is sent to by itself. No file was made.",
        )
    return row, one


def _ready(row: Target) -> list[_Ready]:
    """What waits, invoices first, with its entry; what is not mapped is refused."""
    waiting = Transfer.objects.filter(
        target=row, act=TransferAct.SEND, state=TransferState.WAITING
    ).order_by("-document__kind", "document_id")
    transfers = list(waiting.select_related("document"))
    documents = documents_to_send(transfer.document_id for transfer in transfers)
    entries, going = Entries(row), _sent_invoices(row)
    found = []
    for transfer in transfers:
        document = documents[transfer.document_id]
        if document.credits is not None and document.credits not in going:
            credited = document.data["credited"]
            message = f"It credits {credited}, which is in no file yet. It goes after it."
            Transfer.objects.filter(pk=transfer.pk).update(code="awaits_invoice", message=message)
            continue
        entry, lacking = entries.entry(
            document, key=transfer.key, credited_id=document.data["credited"]
        )
        if lacking:
            _refuse(transfer, f"Not mapped in {row.name}: {', '.join(lacking)}.", code="mapping")
            continue
        going.add(transfer.document_id)
        found.append(_Ready(transfer, entry))
    return found


def _sent_invoices(row: Target) -> set[int]:
    """The documents that are in a file already."""
    sent = Transfer.objects.filter(target=row, act=TransferAct.SEND, state=TransferState.SENT)
    return set(sent.exclude(state__in=ENDED).values_list("document_id", flat=True))


def _writable(one: FileTarget, ready: Sequence[_Ready]) -> list[_Ready]:
    """Those that the format can hold; the others are refused, each with its own reason."""
    try:
        one.write([each.entry for each in ready])
    except TargetError:
        good = []
        for each in ready:
            try:
                one.write([each.entry])
            except TargetError as error:
                _refuse(each.transfer, error.message, code=str(error.trouble))
            else:
                good.append(each)
        return good
    return list(ready)


def _write(row: Target, one: FileTarget, ready: Sequence[_Ready], *, currency: str) -> BatchRow:
    content = one.write([each.entry for each in ready])
    last = FileBatch.objects.filter(target=row).order_by("-sequence").first()
    sequence = last.sequence + 1 if last is not None else 1
    now = clock.now()
    batch = FileBatch.objects.create(
        target=row,
        sequence=sequence,
        name=f"{row.key}-{sequence:04}-{currency}.{one.extension}",
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        documents=len(ready),
        currency=currency,
        total=sum((each.entry.total for each in ready), Decimal(0)),
        actor=current_actor(),
        made_at=now,
    )
    _mark(batch, ready)
    audit.record(
        "make_file",
        subject=batch.name,
        data={"documents": len(ready), "sha256": batch.sha256, "total": batch.total},
    )
    return BatchRow(
        sequence,
        batch.name,
        len(ready),
        currency,
        batch.total,
        batch.actor,
        batch.made_at,
        counting=len(ready),
    )


def _mark(batch: FileBatch, ready: Sequence[_Ready]) -> None:
    """Mark the documents as transferred by the file, in as few statements as can be."""
    rows = [each.transfer for each in ready]
    for row in rows:
        row.state, row.code, row.message = TransferState.SENT, "", ""
        row.batch, row.sent_at = batch, batch.made_at
        row.sent_id = row.sent_number = row.document.number
        row.attempts += 1
    changed = ["state", "code", "message", "batch", "sent_at", "sent_id", "sent_number", "attempts"]
    Transfer.objects.bulk_update(rows, changed, batch_size=200)
    note(Happening(row.pk, TransferState.SENT, f"In the file {batch.name}.") for row in rows)


def _refuse(transfer: Transfer, message: str, *, code: str) -> None:
    changed = {"state": TransferState.REFUSED, "code": code, "message": message}
    Transfer.objects.filter(pk=transfer.pk).update(**changed)
    note([Happening(transfer.pk, TransferState.REFUSED, message)])
