"""Reads of deliveries: the queue, one message with its history, what a document went through."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, Q

from icb.delivery.models import LIVE, Attempt, Delivery, DeliveryState, MailServer
from icb.foundation.listing import Asked, Kind, Page, Wanted, page_of
from icb.invoicing.queries import document_named
from icb.kernel import clock
from icb.kernel.errors import NotFound

STATES: tuple[str, ...] = tuple(DeliveryState.values)
STOPPED = "stopped"
"""The code of messages that wait until a person retries them: their job was cancelled."""

_ASKED = {
    "number": Asked("document__number", is_searched=True),
    "kind": Asked("kind", Kind.CHOICE),
    "organization": Asked("organization__name", is_searched=True),
    "state": Asked("state", Kind.CHOICE),
    "reason": Asked("message", is_searched=True),
    "attempts": Asked("attempts", Kind.NUMBER),
    "due": Asked("due_at", Kind.MOMENT),
    "sent": Asked("sent_at", Kind.MOMENT),
    "created": Asked("created_at", Kind.MOMENT),
    "by": Asked("actor"),
}
_FIELDS = (
    "pk",
    "kind",
    "document__number",
    "about",
    "organization__key",
    "organization__name",
    "round",
    "state",
    "code",
    "message",
    "attempts",
    "due_at",
    "sent_at",
    "created_at",
    "actor",
    "recipients",
)


class DeliveryRow(NamedTuple):
    """A message of the outbox. `number` is empty where it is about no document; `recipients` are
    those that it went to, or was last tried to."""

    id: int
    kind: str
    number: str
    about: str
    organization: str
    name: str
    round: int
    state: str
    code: str
    message: str
    attempts: int
    due_at: datetime
    sent_at: datetime | None
    created_at: datetime
    actor: str
    recipients: tuple[str, ...]

    @property
    def is_live(self) -> bool:
        """Whether it is still to be dealt with."""
        return self.state in LIVE


class AttemptRow(NamedTuple):
    """Something that happened to a message; `number` is of the try."""

    number: int
    result: str
    code: int | None
    answer: str
    actor: str
    at: datetime


class DeliveryDetails(NamedTuple):
    """All about one message: what it said, and what happened to it, oldest first."""

    row: DeliveryRow
    message_id: str
    subject: str
    text: str
    history: list[AttemptRow]


def delivery_page(wanted: Wanted) -> Page[DeliveryRow]:
    """One page of the messages, the newest first where nothing else is asked."""
    return page_of(
        Delivery.objects.order_by("-pk"),
        wanted=wanted,
        columns=_ASKED,
        fields=_FIELDS,
        make=_row,
    )


def delivery_counts() -> dict[str, int]:
    """How many messages are in each state."""
    rows = Delivery.objects.order_by().values_list("state").annotate(number=Count("pk"))
    found = dict(rows)
    return {state: found.get(state, 0) for state in STATES}


def deliveries_of(number: str) -> list[DeliveryRow]:
    """The messages about a document, the newest first. Raises NotFound for an unknown number."""
    rows = Delivery.objects.filter(document_id=document_named(number).pk).order_by("-pk")
    return [_row(row) for row in rows.values_list(*_FIELDS)]


def delivery_details(id: int) -> DeliveryDetails:
    """All about one message. Raises NotFound for an unknown one."""
    found = Delivery.objects.filter(pk=id)
    texts = found.values_list("subject", "text").first()
    if texts is None:
        raise NotFound("unknown_delivery", f"There is no message {id}. Nothing was changed.")
    row = _row(found.values_list(*_FIELDS)[0])
    rows = Attempt.objects.filter(delivery_id=id).order_by("pk")
    history = [
        AttemptRow(*one)
        for one in rows.values_list("number", "result", "code", "answer", "actor", "at")
    ]
    last = rows.exclude(message_id="").values_list("message_id", flat=True).last()
    subject, text = texts
    return DeliveryDetails(row, last or "", subject, text, history)


def deliveries(ids: Sequence[int]) -> list[DeliveryRow]:
    """These messages, oldest first; unknown ones are left out."""
    rows = Delivery.objects.filter(pk__in=ids).order_by("pk")
    return [_row(row) for row in rows.values_list(*_FIELDS)]


def has_messages_to_send() -> bool:
    """Whether something is due, or was begun by a worker that is gone, and a server is there."""
    due = Q(state=DeliveryState.WAITING, due_at__lte=clock.now()) & ~Q(code=STOPPED)
    begun = Q(state=DeliveryState.SENDING)
    return bool(MailServer.objects.exists() and Delivery.objects.filter(due | begun).exists())


def _row(values: tuple[Any, ...]) -> DeliveryRow:
    told = json.loads(values[-1]) if values[-1] else {}
    addresses = [one["address"] for place in ("to", "cc", "bcc") for one in told.get(place, ())]
    row = DeliveryRow._make((*values[:-1], tuple(addresses)))
    return row._replace(number=row.number or "")
