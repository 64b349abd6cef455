"""Rows of the outbox: documents that are to go to targets, written in bulk.

Called in the transaction that issues or voids (`following.py`) and by the actions on transfers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from icb.accounting.models import Target, Transfer, TransferAct, TransferEvent, TransferState
from icb.foundation.actor import current_actor
from icb.foundation.bulk import fetch, ids_in, insert_rows, to_db_instant
from icb.foundation.canonical import digest
from icb.foundation.scope import provider_id
from icb.kernel import clock

_COLUMNS = (
    "document_id",
    "target_id",
    "act",
    "round",
    "key",
    "state",
    "code",
    "message",
    "attempts",
    "due_at",
    "sent_id",
    "sent_number",
    "sent_address",
    "created_at",
    "actor",
)
_KEY_LENGTH = 40


class NewTransfer(NamedTuple):
    """A document to go to a target. `hash` is that of its frozen data."""

    document: int
    hash: str
    round: int = 1
    act: str = TransferAct.SEND
    sent_id: str = ""  # of what is to be voided there


class Happening(NamedTuple):
    """What happened to a transfer, to be kept."""

    transfer: int
    state: str
    message: str


def transfer_key(new: NewTransfer, *, target: str) -> str:
    """What stands for this transfer wherever it is sent: 44 letters and digits, never another's.

    It follows from the document's data, the target's key, the act and the round. A database that
    was restored from a backup therefore sends under the same key what it sent before.
    """
    told = f"{new.hash}:{target}:{new.act}:{new.round}"
    return f"icb-{digest(told)[:_KEY_LENGTH]}"


def queue_issued(document_ids: Sequence[int]) -> None:
    """Queue documents that were just issued for every target that takes documents by itself."""
    chosen = list(Target.objects.filter(is_enabled=True, is_automatic=True).order_by("pk"))
    if not chosen:
        return
    condition, params = ids_in("id", ids=document_ids)
    rows = fetch(
        f"SELECT id, data_hash FROM document WHERE provider_id = %s AND {condition} ORDER BY id",
        [provider_id(), *params],
    )
    for target in chosen:
        add_transfers(target, news=[NewTransfer(*row) for row in rows])


def add_transfers(target: Target, *, news: Iterable[NewTransfer]) -> int:
    """Write the rows of a target's new transfers, due at once; how many."""
    now, actor = to_db_instant(clock.now()), current_actor()
    return insert_rows(
        Transfer,
        columns=_COLUMNS,
        rows=(
            (
                new.document,
                target.pk,
                new.act,
                new.round,
                transfer_key(new, target=target.key),
                TransferState.WAITING,
                "",
                "",
                0,
                now,
                new.sent_id,
                "",
                "",
                now,
                actor,
            )
            for new in news
        ),
    )


def note(happenings: Iterable[Happening]) -> None:
    """Keep what happened to transfers, in the transaction of the change."""
    now, actor = to_db_instant(clock.now()), current_actor()
    insert_rows(
        TransferEvent,
        columns=("transfer_id", "state", "message", "actor", "at"),
        rows=(
            (happening.transfer, happening.state, happening.message, actor, now)
            for happening in happenings
        ),
    )
