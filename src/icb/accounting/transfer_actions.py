"""What a person does with transfers: hand documents over, retry, look again, reset."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from icb.accounting.models import (
    ENDED,
    Target,
    Transfer,
    TransferAct,
    TransferState,
)
from icb.accounting.outbox import Happening, NewTransfer, add_transfers, note
from icb.accounting.registry import is_online, target
from icb.accounting.target_queries import target_named
from icb.accounting.transfer_jobs import LOOK_ONLY, new_reconcile, new_transfer
from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.bulk import fetch, ids_in
from icb.foundation.canonical import digest
from icb.foundation.jobs import JobRow, enqueue
from icb.foundation.scope import provider_id
from icb.foundation.transactions import transaction
from icb.kernel import clock
from icb.kernel.checks import check_reason
from icb.kernel.errors import NotFound, Refused

RETRIABLE = (TransferState.REFUSED, TransferState.WAITING, TransferState.UNKNOWN)
RESETTABLE = (
    TransferState.SENT,
    TransferState.MISMATCH,
    TransferState.REFUSED,
    TransferState.UNKNOWN,
)
_LOCK = "billing"  # a void withdraws transfers under it
_NAMED = 20


def queue_documents(key: str, *, numbers: Sequence[str]) -> int:
    """Hand documents to a target; how many are new there. Those that are there or on their way
    stay as they are; what was reset goes in the next round.

    Raises NotFound for an unknown number, Refused for a void document.
    """
    with transaction(lock=_LOCK):
        require(Permission.TRANSFER)
        row = target_named(key)
        wanted = _wanted(row, numbers)
        news = [
            NewTransfer(id, hash, round=last + 1)
            for id, hash, last, is_live in wanted
            if not is_live
        ]
        if news:
            add_transfers(row, news=news)
            audit.record("queue_transfer", subject=key, data=_told(numbers))
        return len(news)


def retry_transfers(ids: Iterable[int]) -> int:
    """Let transfers go again at once that were refused or wait; how many."""
    with transaction(lock=_LOCK):
        require(Permission.TRANSFER)
        rows = _locked(ids, RETRIABLE)
        if rows:
            refused = [row.pk for row in rows if row.state == TransferState.REFUSED]
            now = clock.now()
            Transfer.objects.filter(pk__in=refused).update(
                state=TransferState.WAITING, code="", message="", due_at=now
            )
            others = [row.pk for row in rows if row.state != TransferState.REFUSED]
            Transfer.objects.filter(pk__in=others).update(due_at=now)
            note(
                Happening(id, TransferState.WAITING, "A person let it go again.") for id in refused
            )
            audit.record("retry_transfer", subject=_subject(rows), data=_numbers(rows))
        return len(rows)


def look_again(ids: Iterable[int]) -> int:
    """Look how documents that stood there with other figures stand now; how many are looked at.

    Nothing is sent: what is not there any more says so, and is reset to go again.
    """
    with transaction(lock=_LOCK):
        require(Permission.TRANSFER)
        rows = _locked(ids, (TransferState.MISMATCH,))
        if rows:
            Transfer.objects.filter(pk__in=[row.pk for row in rows]).update(
                state=TransferState.UNKNOWN, code=LOOK_ONLY, due_at=clock.now()
            )
            note(
                Happening(row.pk, TransferState.UNKNOWN, "A person let it be looked at again.")
                for row in rows
            )
            audit.record("look_at_transfer", subject=_subject(rows), data=_numbers(rows))
        return len(rows)


def reset_transfers(ids: Iterable[int], *, reason: str, is_sent_again: bool = True) -> int:
    """Take back that documents were transferred, so that they can go again; how many.

    Whatever stands at the target stays there: who resets has removed it, or wants it looked up. A
    new round is queued unless `is_sent_again` is off; documents that are void get none. Raises
    InvalidInput without a reason.
    """
    with transaction(lock=_LOCK):
        require(Permission.TRANSFER)
        check_reason(reason)
        rows = _locked(ids, RESETTABLE)
        if not rows:
            return 0
        chosen = [row.pk for row in rows]
        Transfer.objects.filter(pk__in=chosen).update(state=TransferState.RESET, message=reason)
        note(Happening(id, TransferState.RESET, reason) for id in chosen)
        if is_sent_again:
            _queue_next_round(rows)
        audit.record(
            "reset_transfer",
            subject=_subject(rows),
            data={**_numbers(rows), "reason": reason, "is_sent_again": is_sent_again},
        )
        return len(rows)


def request_transfer(key: str) -> JobRow:
    """A job that sends what is due for a target now; the one at work where there is one.

    Raises Refused for a target that takes files, is switched off or has to be connected again.
    """
    with transaction():
        require(Permission.TRANSFER)
        row = target_named(key)
        if not is_online(target(row.kind)):
            raise Refused(
                "target_is_a_file",
                f"{row.name} takes files that a person carries over. Nothing was sent. Make a "
                f"file (`icb transfer file --target {row.key}`).",
            )
        if not row.is_enabled or row.trouble:
            why = row.trouble or "It is switched off."
            raise Refused(
                "target_not_usable", f"Nothing can go to {row.name}: {why} Nothing was sent."
            )
        job = enqueue(new_transfer(row))
        audit.record("request_transfer", subject=key, data={"job": job.id})
        return job


def request_reconciliation(key: str) -> JobRow:
    """A job that looks how everything that was transferred stands at a target now.

    Raises Refused for a target that takes files.
    """
    with transaction():
        require(Permission.TRANSFER)
        row = target_named(key)
        if not is_online(target(row.kind)):
            raise Refused(
                "target_is_a_file",
                f"{row.name} takes files: what stands there cannot be asked for. Nothing was done.",
            )
        job = enqueue(new_reconcile(row))
        audit.record("request_reconciliation", subject=key, data={"job": job.id})
        return job


def _queue_next_round(rows: Sequence[Transfer]) -> None:
    for row in {row.target_id: row.target for row in rows}.values():
        own = [one for one in rows if one.target_id == row.pk and one.act == TransferAct.SEND]
        news = [
            NewTransfer(one.document_id, one.document.data_hash, round=one.round + 1)
            for one in own
            if not hasattr(one.document, "voided")
        ]
        add_transfers(row, news=news)


def _locked(ids: Iterable[int], states: Sequence[str]) -> list[Transfer]:
    """Those of the transfers that are in one of the states, kept as they are until the end."""
    rows = Transfer.objects.filter(pk__in=list(ids), state__in=states).order_by("pk")
    related = rows.select_related("target", "document", "document__voided")
    return list(related.select_for_update(of=("self",)))


def _wanted(row: Target, numbers: Sequence[str]) -> list[tuple[int, str, int, bool]]:
    """Of each document: id, hash, its last round at the target, and whether that is live."""
    found = {
        number: (id, hash, is_void)
        for id, number, hash, is_void in fetch(
            "SELECT d.id, d.number, d.data_hash, v.id FROM document d "
            "LEFT JOIN document_void v ON v.document_id = d.id "
            "WHERE d.provider_id = %s AND d.number IN "
            f"({', '.join(['%s'] * len(numbers)) or 'NULL'})",
            [provider_id(), *numbers],
        )
    }
    for number in numbers:
        if number not in found:
            raise NotFound(
                "unknown_document", f"There is no document {number}. Nothing was queued."
            )
        if found[number][2] is not None:
            raise Refused("document_is_void", f"{number} is void. Nothing was queued.")
    ids = sorted(found[number][0] for number in set(numbers))
    chosen, params = ids_in("document_id", ids=ids)
    ended = ", ".join(f"'{state}'" for state in ENDED)
    rounds = {
        document: (last, bool(live))
        for document, last, live in fetch(
            "SELECT document_id, MAX(round), "
            f"SUM(CASE WHEN state IN ({ended}) THEN 0 ELSE 1 END) FROM transfer "
            f"WHERE target_id = %s AND act = 'send' AND {chosen} GROUP BY document_id",
            [row.pk, *params],
        )
    }
    hashes = {id: hash for id, hash, _ in found.values()}
    return [(id, hashes[id], *rounds.get(id, (0, False))) for id in ids]


def _subject(rows: Sequence[Transfer]) -> str:
    first, last = rows[0].document.number, rows[-1].document.number
    return first if first == last else f"{first} … {last}"


def _numbers(rows: Sequence[Transfer]) -> dict[str, object]:
    told = [f"{row.target.key} {row.document.number}" for row in rows]
    return _told(told)


def _told(names: Sequence[str]) -> dict[str, object]:
    return {
        "count": len(names),
        "documents": list(names[:_NAMED]),
        "digest": digest(";".join(names)),
    }
