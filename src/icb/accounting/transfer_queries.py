"""Transfers for people: the queue, what happened to one, and what was not handed over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef

from icb.accounting.models import ENDED, Transfer, TransferEvent
from icb.accounting.models import TransferState as TransferState
from icb.foundation.listing import Asked, Kind, Page, Wanted, page_of
from icb.invoicing.models import Document
from icb.kernel.errors import NotFound

STATES: Sequence[str] = tuple(TransferState.values)
_ASKED = {
    "number": Asked("document__number", is_searched=True),
    "target": Asked("target__key", Kind.CHOICE),
    "organization": Asked("document__organization__name", is_searched=True),
    "kind": Asked("document__kind", Kind.CHOICE),
    "act": Asked("act", Kind.CHOICE),
    "issued": Asked("document__issued_on", Kind.DAY),
    "currency": Asked("document__currency", Kind.CHOICE),
    "total": Asked("document__total", Kind.NUMBER),
    "theirs": Asked("their_total", Kind.NUMBER),
    "state": Asked("state", Kind.CHOICE),
    "message": Asked("message", is_searched=True),
    "attempts": Asked("attempts", Kind.NUMBER),
    "due": Asked("due_at", Kind.MOMENT),
    "sent": Asked("sent_at", Kind.MOMENT),
    "round": Asked("round", Kind.NUMBER),
}
_FIELDS = (
    "pk",
    "document__number",
    "document__kind",
    "document__organization__key",
    "document__organization__name",
    "document__issued_on",
    "document__currency",
    "document__total",
    "target__key",
    "target__name",
    "act",
    "round",
    "state",
    "code",
    "message",
    "attempts",
    "due_at",
    "their_net",
    "their_tax",
    "their_total",
    "sent_id",
    "sent_address",
    "sent_at",
    "batch__name",
    "key",
)


class TransferRow(NamedTuple):
    """A document on its way to a target, or there. Amounts in major units of its currency."""

    id: int
    number: str
    kind: str
    organization: str
    organization_name: str
    issued_on: date
    currency: str
    total: Decimal
    target: str
    target_name: str
    act: str
    round: int
    state: str
    code: str
    message: str
    attempts: int
    due_at: datetime
    their_net: Decimal | None
    their_tax: Decimal | None
    their_total: Decimal | None
    sent_id: str
    sent_address: str
    sent_at: datetime | None
    batch: str | None
    key: str


class EventRow(NamedTuple):
    """Something that happened to a transfer."""

    state: str
    message: str
    actor: str
    at: datetime


class Standing(NamedTuple):
    """How many transfers of a target are in a state."""

    target: str
    state: str
    transfers: int


class OpenDocument(NamedTuple):
    """A document that was not handed to a target."""

    number: str
    kind: str
    organization: str
    organization_name: str
    issued_on: date
    currency: str
    total: Decimal


_OPEN_ASKED = {
    "number": Asked("number", is_searched=True),
    "kind": Asked("kind", Kind.CHOICE),
    "organization": Asked("organization__name", is_searched=True),
    "issued": Asked("issued_on", Kind.DAY),
    "currency": Asked("currency", Kind.CHOICE),
    "total": Asked("total", Kind.NUMBER),
}
_OPEN_FIELDS = (
    "number",
    "kind",
    "organization__key",
    "organization__name",
    "issued_on",
    "currency",
    "total",
)


def transfer_page(wanted: Wanted) -> Page[TransferRow]:
    """One page of the transfers, newest first."""
    found = Transfer.objects.order_by("-pk")
    return page_of(
        found, wanted=wanted, columns=_ASKED, fields=_FIELDS, make=lambda row: TransferRow(*row)
    )


def transfer(id: int) -> TransferRow:
    """One transfer; NotFound where there is none."""
    found = Transfer.objects.filter(pk=id).values_list(*_FIELDS)
    if not found:
        raise NotFound("unknown_transfer", f"There is no transfer {id}. Nothing was done.")
    return TransferRow(*found[0])


def transfers_of(numbers: Sequence[str], *, target: str = "") -> list[TransferRow]:
    """The transfers of documents by number, oldest first; of one target or of all."""
    found = Transfer.objects.filter(document__number__in=numbers)
    if target:
        found = found.filter(target__key=target)
    return [TransferRow(*row) for row in found.order_by("pk").values_list(*_FIELDS)]


def transfer_events(id: int) -> list[EventRow]:
    """What happened to a transfer, newest first."""
    found = TransferEvent.objects.filter(transfer_id=id).order_by("-pk")
    return [EventRow(*row) for row in found.values_list("state", "message", "actor", "at")]


def transfer_standing() -> list[Standing]:
    """How many transfers each target has in each state."""
    found = Transfer.objects.order_by("target__key", "state").values("target__key", "state")
    counted = found.annotate(transfers=Count("pk"))
    return [Standing(*row) for row in counted.values_list("target__key", "state", "transfers")]


def not_handed_page(wanted: Wanted, *, target: str) -> Page[OpenDocument]:
    """Documents that are neither at a target nor on their way there, newest first."""
    live = Transfer.objects.filter(document=OuterRef("pk"), target__key=target, act="send")
    found = Document.objects.filter(voided__isnull=True)
    found = found.filter(~Exists(live.exclude(state__in=ENDED))).order_by("-pk")
    return page_of(
        found,
        wanted=wanted,
        columns=_OPEN_ASKED,
        fields=_OPEN_FIELDS,
        make=lambda row: OpenDocument(*row),
    )
