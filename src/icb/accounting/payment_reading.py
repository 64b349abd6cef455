"""Payments that a target tells, recorded here under its ids: read again, they are recorded once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from icb.accounting.models import Target, Transfer, TransferAct, TransferState
from icb.accounting.ports import Paid, TargetSession
from icb.foundation.providers import local_today
from icb.foundation.transactions import transaction
from icb.kernel.days import ONE_DAY
from icb.payments.external_actions import record_external_payments
from icb.payments.inputs import ExternalPayment

_AGAIN = 7 * ONE_DAY
"""What was changed so long before the last reading is read again: clocks and books differ."""
_EARLIEST = date(2000, 1, 1)
_AT_ONCE = 200


def read_payments(
    row: Target, *, session: TargetSession, hold: Callable[[], None] = lambda: None
) -> int:
    """Read and record what changed since the last reading; how many payments were told.

    Payments of documents that did not come from here are left out, and what payments refuses (a
    void document) is. One that is read again is recorded once. Raises TargetError.
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
        if paid.document_id in numbers
    ]
    for at in range(0, len(known), _AT_ONCE):
        with transaction(lock="billing"):
            hold()
            record_external_payments(row.key, payments=known[at : at + _AT_ONCE])
    with transaction():
        hold()
        Target.objects.filter(pk=row.pk).update(payments_read_on=today)
    return len(known)


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
    ids = {paid.document_id for paid in told}
    sent = Transfer.objects.filter(
        target=row, act=TransferAct.SEND, state=TransferState.SENT, sent_id__in=ids
    )
    return dict(sent.values_list("sent_id", "document__number"))
