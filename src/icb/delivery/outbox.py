"""Rows of the outbox: messages that are to be sent, written in bulk, and the job that sends them.

Called in the transaction that issues (`following.py`) and by the actions on deliveries.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from icb.delivery.models import Attempt, Delivery, DeliveryState
from icb.foundation.actor import current_actor
from icb.foundation.bulk import insert_rows, to_db_instant
from icb.foundation.canonical import digest
from icb.foundation.jobs import JobRow, NewJob, enqueue
from icb.foundation.scope import provider_id
from icb.kernel import clock

KIND = "deliver"
"""Of the job that sends what is due; one at a time for each provider."""

_BEGUN_AT_MOST = 5
_KEY_LENGTH = 40
_COLUMNS = (
    "kind",
    "organization_id",
    "document_id",
    "about",
    "round",
    "key",
    "state",
    "code",
    "message",
    "attempts",
    "due_at",
    "recipients",
    "subject",
    "text",
    "created_at",
    "actor",
)


class NewDelivery(NamedTuple):
    """A message to be sent. `hash` is that of the document's frozen data.

    A statement of account is no document: `about` says which one, and `hash` stands for that.
    """

    kind: str
    organization: int
    document: int | None
    hash: str
    round: int = 1
    about: str = ""


class Happening(NamedTuple):
    """Something that happened to a delivery, to be kept; `code` is of the server's answer."""

    delivery: int
    number: int
    result: str
    answer: str = ""
    code: int | None = None
    message_id: str = ""


def delivery_key(new: NewDelivery) -> str:
    """What stands for this message wherever it goes: 44 letters and digits, never another's.

    It follows from the document's data, the kind and the round. A database that was restored from
    a backup therefore sends under the same id what it sent before.
    """
    told = f"{new.hash}:{new.kind}:{new.round}"
    return f"icb-{digest(told)[:_KEY_LENGTH]}"


def add_deliveries(news: Iterable[NewDelivery]) -> int:
    """Write the rows of new messages, due at once; how many."""
    now, actor = to_db_instant(clock.now()), current_actor()
    return insert_rows(
        Delivery,
        columns=_COLUMNS,
        rows=(
            (
                new.kind,
                new.organization,
                new.document,
                new.about,
                new.round,
                delivery_key(new),
                DeliveryState.WAITING,
                "",
                "",
                0,
                now,
                "",
                "",
                "",
                now,
                actor,
            )
            for new in news
        ),
    )


def note(happenings: Iterable[Happening]) -> None:
    """Keep what happened to deliveries, in the transaction of the change."""
    now, actor = to_db_instant(clock.now()), current_actor()
    insert_rows(
        Attempt,
        columns=(
            "delivery_id",
            "number",
            "result",
            "code",
            "answer",
            "message_id",
            "actor",
            "at",
        ),
        rows=(
            (one.delivery, one.number, one.result, one.code, one.answer, one.message_id, actor, now)
            for one in happenings
        ),
    )


def send_soon() -> JobRow:
    """The job that sends what is due, made where none waits or runs."""
    return enqueue(new_job())


def new_job() -> NewJob:
    """The job that sends what is due. What it has to send is found when it runs."""
    lane = f"{KIND}:{provider_id()}"
    return NewJob(kind=KIND, unique_key=KIND, lane=lane, max_attempts=_BEGUN_AT_MOST)
