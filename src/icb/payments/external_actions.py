"""Payments as an accounting program tells them: recorded once, taken back where it does so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from django.db.models import Q

from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.bulk import to_db_amount
from icb.foundation.providers import local_today
from icb.foundation.transactions import transaction
from icb.kernel.checks import check_text
from icb.kernel.errors import IcbError, InvalidInput
from icb.payments.booking import lock, reverse_payments
from icb.payments.checks import LONGEST_REFERENCE, check_payment, plain_line
from icb.payments.claims import Claim, claims_named
from icb.payments.inputs import ExternalPayment, NewPayment, Share
from icb.payments.models import Method, Payment
from icb.payments.recording_actions import (
    BY_PERSON,
    FROM_FILE,
    Prepared,
    book,
    known,
    prepare,
)

_LONGEST_SOURCE = 60
_AT_ONCE = 100  # payments to look for in one statement


class ExternalOutcome(NamedTuple):
    """What became of payments that were read.

    Numbers of the payments recorded, numbers of those reversed, how many were as before, and what
    could not be taken, in words.
    """

    recorded: list[int]
    reversed: list[int]
    unchanged: int
    problems: list[str]


class _Live(NamedTuple):
    """A payment of the source that holds."""

    id: int
    number: int
    external_id: str
    organization_id: int
    currency: str
    amount: int
    received_on: date


def record_external_payments(
    source: str,
    *,
    payments: Sequence[ExternalPayment] = (),
    gone: Collection[str] = (),
    complete_since: date | None = None,
) -> ExternalOutcome:
    """Record the payments that a program knows, each once, and follow what became of them there.

    `source` is the key of the target. A payment is known again by its `external_id`: one that
    changed is reversed and recorded anew, one whose amount is 0 now, or whose id is in `gone`, is
    reversed. With `complete_since`, `payments` holds all that were received from that day on, so
    what is not among them has vanished and is reversed. A payment settles its document as far as
    that is open; the rest is credit of the organization. What cannot be taken (a document that is
    unknown or void, an amount below 0, a day to come) is told and left out; the rest is stored, in
    one transaction.

    Raises InvalidInput for a source that is none, and for an `external_id` that comes twice.
    """
    with transaction():
        require(Permission.RECORD_PAYMENTS)
        lock()
        _check_source(source, payments)
        wanted, problems = _wanted(source, payments)
        ids = {one.external_id for one in payments} | set(gone)
        live = _live(source, ids=ids, since=complete_since)
        wrong = _wrong(live, wanted=wanted, source=source)
        wrong |= _vanished(live, payments=payments, gone=gone, since=complete_since)
        taken_back = _take_back(live, wrong)
        fresh = [one for key, one in wanted.items() if key in wrong or key not in live]
        recorded = _book(fresh)
        if recorded or taken_back:
            audit.record(
                "read_payments",
                subject=source,
                data={"recorded": recorded, "reversed": taken_back},
            )
    return ExternalOutcome(recorded, taken_back, len(wanted) - len(fresh), problems)


def live_parts(source: str, *, payments: Iterable[str]) -> set[str]:
    """The ids under which parts of these payments of a program are recorded here and hold: a part
    bears the payment's id, a colon and more."""
    wanted, found = sorted(set(payments)), set[str]()
    for at in range(0, len(wanted), _AT_ONCE):
        parts = Q()
        for id in wanted[at : at + _AT_ONCE]:
            parts |= Q(external_id__startswith=f"{id}:")
        rows = Payment.objects.filter(parts, source=source, reversal__isnull=True)
        found |= set(rows.values_list("external_id", flat=True))
    return found


def _check_source(source: str, payments: Sequence[ExternalPayment]) -> None:
    check_text(source, field="source", longest=_LONGEST_SOURCE, required=True)
    if source in (BY_PERSON, FROM_FILE):
        raise InvalidInput(
            field="source",
            value=source,
            message=f"source: {source} is not the key of a target. Nothing was stored.",
        )
    ids = [one.external_id for one in payments]
    if "" in ids or len(set(ids)) != len(ids):
        raise InvalidInput(
            field="external_id",
            message=f"external_id: {source} gave one that is empty, or one twice. Nothing was "
            "stored. Give each payment of each document an id of its own.",
        )


def _wanted(
    source: str, payments: Sequence[ExternalPayment]
) -> tuple[dict[str, Prepared], list[str]]:
    """The payments that can be taken, by their id, and what is wrong with the others."""
    claims = claims_named(one.document for one in payments)
    today, good, problems = local_today(), [], []
    for one in payments:
        if not one.amount:
            continue
        try:
            good.append(_checked(one, claims=claims, today=today))
        except IcbError as error:
            problems.append(f"{one.external_id}: {error.message}")
    return {one.new.external_id: one for one in prepare(good, source=source)}, problems


def _checked(one: ExternalPayment, *, claims: Mapping[str, Claim], today: date) -> NewPayment:
    claim = claims.get(one.document)
    if claim is None:
        raise InvalidInput(
            field="document",
            value=one.document,
            message=f"document: {one.document} is not there, or is void. This payment was left "
            "out.",
        )
    new = NewPayment(
        organization=claim.organization,
        amount=one.amount,
        currency=claim.currency,
        received_on=one.received_on,
        method=one.method,
        reference=plain_line(one.reference, longest=LONGEST_REFERENCE),
        external_id=one.external_id,
        shares=[Share(one.document)],
    )
    check_payment(new, currency=claim.currency, today=today, methods=Method.values)
    return new


def _live(source: str, *, ids: Collection[str], since: date | None) -> dict[str, _Live]:
    """The source's payments that hold: those of the ids, and those received from a day on."""
    which = Q(external_id__in=list(ids))
    if since is not None:
        which |= Q(received_on__gte=since)
    rows = Payment.objects.filter(which, source=source, reversal__isnull=True).order_by("pk")
    return {
        row[2]: _Live._make((*row[:5], to_db_amount(row[5]), row[6]))
        for row in rows.values_list(
            "pk",
            "number",
            "external_id",
            "organization_id",
            "currency",
            "amount",
            "received_on",
        )
    }


def _wrong(
    live: Mapping[str, _Live], *, wanted: Mapping[str, Prepared], source: str
) -> dict[str, str]:
    """Why payments that hold are not what the source says of them now, by their id."""
    found = {}
    for key, one in wanted.items():
        row = live.get(key)
        if row is None:
            continue
        here = (row.organization_id, row.currency, row.amount, row.received_on)
        there = (one.organization_id, one.currency, one.amount, one.new.received_on)
        if here != there:
            found[key] = (
                f"{source} changed it: {one.new.amount} {one.currency} received on "
                f"{one.new.received_on}."
            )
    return found


def _vanished(
    live: Mapping[str, _Live],
    *,
    payments: Sequence[ExternalPayment],
    gone: Collection[str],
    since: date | None,
) -> dict[str, str]:
    told = {one.external_id for one in payments}
    ended = {one.external_id for one in payments if not one.amount} | set(gone)
    reason = "It is not there any more where it was read."
    return {
        key: reason
        for key, row in live.items()
        if key in ended or (since is not None and row.received_on >= since and key not in told)
    }


def _take_back(live: Mapping[str, _Live], wrong: Mapping[str, str]) -> list[int]:
    """Reverse the payments that are wrong, those of one reason together; their numbers."""
    by_reason: dict[str, list[int]] = {}
    for key, reason in wrong.items():
        by_reason.setdefault(reason, []).append(live[key].id)
    for reason, ids in by_reason.items():
        reverse_payments(ids, reason=reason)
    return sorted(live[key].number for key in wrong)


def _book(fresh: Sequence[Prepared]) -> list[int]:
    if not fresh:
        return []
    before = known(fresh)
    return book(
        [
            one._replace(revision=before[one.new.external_id].revision + 1)
            if one.new.external_id in before
            else one
            for one in fresh
        ]
    )
