"""Payments that a target tells, recorded here under its ids: read again, they are recorded once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from icb.accounting.models import Target, Transfer, TransferAct, TransferState
from icb.accounting.ports import Paid, TargetSession
from icb.foundation.providers import local_today
from icb.foundation.transactions import transaction
from icb.kernel.days import ONE_DAY
from icb.payments.external_actions import live_parts, record_external_payments
from icb.payments.inputs import ExternalPayment

_AGAIN = 7 * ONE_DAY
"""What was changed so long before the last reading is read again: clocks and books differ."""
_EARLIEST = date(2000, 1, 1)
_AT_ONCE = 200
_MOST_TOLD = 50


class PaymentsRead(NamedTuple):
    """How many payments of our documents were told, and in words those that could not be taken."""

    told: int
    problems: list[str]


def read_payments(
    row: Target, *, session: TargetSession, hold: Callable[[], None] = lambda: None
) -> PaymentsRead:
    """Read and record what changed since the last reading.

    Payments of documents that did not come from here are left out. What cannot be recorded (the
    payment of a void document) is told, and stands at the target until the next reading. One that
    is read again is recorded once; one that is gone there, or pays our document no longer, is taken
    back. Raises TargetError.
    """
    today = local_today()
    since = row.payments_read_on - _AGAIN if row.payments_read_on else _first_sent(row)
    told = session.payments(since=since)
    numbers = _numbers(row, told)
    known = [
        ExternalPayment(
            external_id=f"{paid.id}:{paid.document_id}",
            document=numbers[paid.document_id],
            received_on=paid.paid_on,
            amount=paid.amount,
            reference=paid.reference,
        )
        for paid in _merged(told)
        if paid.document_id and paid.document_id in numbers
    ]
    problems: list[str] = []
    for at in range(0, len(known), _AT_ONCE):
        with transaction(lock="billing"):
            hold()
            found = record_external_payments(row.key, payments=known[at : at + _AT_ONCE])
            problems += found.problems
    with transaction(lock="billing"):
        hold()
        record_external_payments(row.key, gone=_gone(row, told, known))
        Target.objects.filter(pk=row.pk).update(
            payments_read_on=today, payment_problems="\n".join(problems[:_MOST_TOLD])
        )
    return PaymentsRead(len(known), problems)


def _gone(row: Target, told: Sequence[Paid], known: Sequence[ExternalPayment]) -> set[str]:
    """The ids of what we recorded of payments that were told as a whole, and not of this part."""
    whole = [paid.id for paid in told if not paid.document_id]
    still = {one.external_id for one in known}
    return live_parts(row.key, payments=whole) - still if whole else set()


def _merged(told: Sequence[Paid]) -> list[Paid]:
    """One for each payment and document: a target may tell several parts."""
    found: dict[tuple[str, str], Paid] = {}
    for paid in told:
        place = (paid.id, paid.document_id)
        before = found.get(place)
        found[place] = replace(paid, amount=paid.amount + before.amount) if before else paid
    return list(found.values())


def _first_sent(row: Target) -> date:
    """The day of the first document that was sent there."""
    first = Transfer.objects.filter(target=row, sent_at__isnull=False).order_by("sent_at").first()
    return first.sent_at.date() if first is not None else _EARLIEST


def _numbers(row: Target, told: Sequence[Paid]) -> dict[str, str]:
    """The numbers of our documents by their id at the target."""
    ids = {paid.document_id for paid in told if paid.document_id}
    sent = Transfer.objects.filter(
        target=row, act=TransferAct.SEND, state=TransferState.SENT, sent_id__in=ids
    )
    return dict(sent.values_list("sent_id", "document__number"))
