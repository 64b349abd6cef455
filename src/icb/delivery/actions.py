"""Actions on deliveries: send, send again, try again, cancel, and say what became of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import uuid4

from icb.delivery.composing import (
    Addressee,
    Envelope,
    Letter,
    Postmark,
    message_bytes,
    message_id,
)
from icb.delivery.models import Delivery, DeliveryState, MessageKind
from icb.delivery.outbox import Happening, NewDelivery, add_deliveries, note, send_soon
from icb.delivery.plain_text import check_address, one_line
from icb.delivery.roads import OpenLine, line_to, sender_of
from icb.delivery.settings_queries import mail_server
from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.bulk import fetch
from icb.foundation.egress.problems import EgressProblem
from icb.foundation.jobs import JobRow
from icb.foundation.providers import current_provider
from icb.foundation.scope import provider_id
from icb.foundation.transactions import transaction
from icb.invoicing.models import Document, DocumentKind
from icb.invoicing.queries import document_named
from icb.kernel import clock
from icb.kernel.errors import NotFound, Refused

_AT_ONCE = 500
_SHOWN = 5
_RETRIED = (DeliveryState.FAILED, DeliveryState.WAITING)
_OLDER = """
SELECT document.id, document.number, document.kind, document.organization_id, document.data_hash,
  EXISTS (SELECT 1 FROM document_void gone WHERE gone.document_id = document.id),
  (SELECT MAX(sent.round) FROM delivery sent
   WHERE sent.document_id = document.id AND sent.kind = document.kind),
  EXISTS (SELECT 1 FROM delivery live WHERE live.document_id = document.id
          AND live.kind = document.kind
          AND live.state IN ('waiting', 'sending', 'unknown', 'failed'))
FROM document WHERE document.provider_id = %s AND document.number IN ({places})
ORDER BY document.id
"""


class Queued(NamedTuple):
    """What was queued, and what was left out, each with its reason; the job that sends."""

    numbers: list[str]
    left_out: list[str]
    job: JobRow


class _Known(NamedTuple):
    """A document, and how often it was to be sent before."""

    id: int
    number: str
    kind: str
    organization: int
    hash: str
    is_void: bool
    rounds: int | None
    is_live: bool

    def new(self) -> NewDelivery:
        return NewDelivery(self.kind, self.organization, self.id, self.hash, (self.rounds or 0) + 1)


def send_documents(numbers: Sequence[str]) -> Queued:
    """Queue documents that were never sent before; a job sends them.

    Those that are void, wait already or were sent before are left out and told. Raises NotFound
    for an unknown number, Refused with `nothing_to_send` where all are left out.
    """
    with transaction(lock="delivery"):
        require(Permission.DELIVER)
        known = _known(numbers)
        reasons = {one.number: _reason(one) for one in known}
        chosen = [one for one in known if not reasons[one.number]]
        left_out = [f"{number}: {reason}" for number, reason in reasons.items() if reason]
        if not chosen:
            raise _nothing_to_send(left_out)
        add_deliveries(one.new() for one in chosen)
        job = send_soon()
        told = [one.number for one in chosen]
        audit.record("send_documents", subject=_first_and_last(told), data={"count": len(told)})
    return Queued(told, left_out, job)


def resend_document(number: str) -> JobRow:
    """Send a document once more, as a message of its own: to whom it goes is looked up anew.

    Raises NotFound, and Refused where the document is void or the message before is not settled.
    """
    with transaction(lock="delivery"):
        require(Permission.DELIVER)
        (known,) = _known([document_named(number).number])
        if known.is_void or known.is_live:
            raise _nothing_to_send([f"{known.number}: {_reason(known)}"])
        new = known.new()
        add_deliveries([new])
        job = send_soon()
        audit.record("resend_document", subject=known.number, data={"round": new.round})
    return job


def remind(number: str) -> JobRow:
    """Queue a reminder of an invoice, with its copy; a person decides each one.

    Raises NotFound, and Refused for a credit note, a void invoice, and one whose last reminder is
    not settled.
    """
    with transaction(lock="delivery"):
        require(Permission.DELIVER)
        document = document_named(number)
        is_void = hasattr(document, "voided")
        earlier = Delivery.objects.filter(document=document, kind=MessageKind.REMINDER)
        last = earlier.order_by("-round").first()
        if document.kind != DocumentKind.INVOICE or is_void:
            raise _nothing_to_send([f"{document.number}: it is no invoice that holds"])
        if last is not None and last.state not in (DeliveryState.SENT, DeliveryState.CANCELLED):
            raise _nothing_to_send([f"{document.number}: its last reminder is not settled"])
        add_deliveries([_reminder(document, round=last.round + 1 if last else 1)])
        job = send_soon()
        audit.record("remind", subject=document.number, data={})
    return job


def retry_deliveries(ids: Sequence[int]) -> JobRow:
    """Try messages again at once that failed or wait for later.

    One whose answer was lost is not among them: a person says first what became of it. Raises
    NotFound, and Refused naming those that cannot be tried again.
    """
    with transaction(lock="delivery"):
        require(Permission.DELIVER)
        rows = _chosen(ids, allowed=_RETRIED, verb="tried again")
        _change(rows, state=DeliveryState.WAITING, code="", message="", due_at=clock.now())
        note(Happening(row.pk, row.attempts, "retried") for row in rows)
        job = send_soon()
        audit.record("retry_deliveries", subject=_subject(rows), data={"count": len(rows)})
    return job


def cancel_deliveries(ids: Sequence[int]) -> int:
    """Let messages that wait or failed not be sent any more; how many.

    Raises NotFound, and Refused naming those that were sent or are being sent.
    """
    with transaction(lock="delivery"):
        require(Permission.DELIVER)
        rows = _chosen(ids, allowed=_RETRIED, verb="cancelled")
        message = "A person cancelled it."
        _change(rows, state=DeliveryState.CANCELLED, code="cancelled", message=message)
        note(Happening(row.pk, row.attempts, "cancelled", message) for row in rows)
        audit.record("cancel_deliveries", subject=_subject(rows), data={"count": len(rows)})
    return len(rows)


def resolve_delivery(id: int, *, has_arrived: bool) -> None:
    """Say what became of a message whose answer was lost: it arrived, or is to be sent again.

    It goes again under the id that it had, so that a receiver who keeps ids sees it once. Raises
    NotFound, and Refused where its answer is known.
    """
    with transaction(lock="delivery"):
        require(Permission.DELIVER)
        (row,) = _chosen([id], allowed=(DeliveryState.UNKNOWN,), verb="resolved")
        if has_arrived:
            message = "The answer was lost; a person found that it arrived."
            _change([row], state=DeliveryState.SENT, code="", message=message, sent_at=clock.now())
        else:
            message = "The answer was lost; a person found that it did not arrive."
            _change([row], state=DeliveryState.WAITING, code="", message=message)
            _change([row], due_at=clock.now())
            send_soon()
        result = "found_sent" if has_arrived else "found_lost"
        note([Happening(row.pk, row.attempts, result, message)])
        data = {"has_arrived": has_arrived, "round": row.round}
        audit.record("resolve_delivery", subject=_subject([row]), data=data)


def _known(numbers: Sequence[str]) -> list[_Known]:
    """The documents of these numbers; NotFound where there is none of one of them."""
    wanted = list(dict.fromkeys(numbers))
    found: dict[str, _Known] = {}
    for at in range(0, len(wanted), _AT_ONCE):
        part = wanted[at : at + _AT_ONCE]
        places = ", ".join(["%s"] * len(part))
        rows = fetch(_OLDER.format(places=places), [provider_id(), *part])
        found |= {row[1]: _Known(*row) for row in rows}
    missing = next((number for number in wanted if number not in found), None)
    if missing is not None:
        raise NotFound(
            "unknown_document",
            f"number: there is no document {missing}. Nothing was queued. Pick documents of the "
            "list.",
            number=missing,
        )
    return list(found.values())


def _reason(known: _Known) -> str:
    """Why a document is not queued; empty where it is."""
    if known.is_void:
        return "it is void"
    if known.is_live:
        return "it is in the delivery queue already"
    return "it was sent before; send it again from its own page" if known.rounds else ""


def _nothing_to_send(left_out: Sequence[str]) -> Refused:
    more = f", and {len(left_out) - _SHOWN} more" if len(left_out) > _SHOWN else ""
    return Refused(
        "nothing_to_send",
        f"Nothing was queued. {'; '.join(left_out[:_SHOWN]) or 'No document is picked'}{more}.",
    )


def _reminder(document: Document, *, round: int) -> NewDelivery:
    return NewDelivery(
        MessageKind.REMINDER, document.organization_id, document.pk, document.data_hash, round
    )


def _chosen(ids: Sequence[int], *, allowed: Sequence[str], verb: str) -> list[Delivery]:
    """These messages, held to the end of the transaction; refused where one is in another state."""
    wanted = set(ids)
    rows = list(
        Delivery.objects.filter(pk__in=wanted)
        .select_related("document")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    if not rows or len(rows) < len(wanted):
        raise NotFound(
            "unknown_delivery",
            "There is no such message. Nothing was changed. Pick messages of the queue.",
        )
    wrong = [row for row in rows if row.state not in allowed]
    if wrong:
        told = ", ".join(f"{_named(row)} is {row.state}" for row in wrong[:_SHOWN])
        raise Refused(
            "wrong_state",
            f"{told}: that cannot be {verb}. Nothing was changed. Leave it out.",
        )
    return rows


def _change(rows: Sequence[Delivery], **values: object) -> None:
    changes: Mapping[str, object] = values
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(**changes)


def _named(row: Delivery) -> str:
    return row.document.number if row.document else row.about


def _subject(rows: Sequence[Delivery]) -> str:
    return _first_and_last([_named(row) for row in rows])


def _first_and_last(numbers: Sequence[str]) -> str:
    first, last = numbers[0], numbers[-1]
    return first if first == last else f"{first} … {last}"


def send_test_message(address: str, *, open_line: OpenLine = line_to) -> str:
    """Send a message about nothing, to see whether the mail server takes it; what it answered.

    Raises InvalidInput for what is no address, Refused where there is no server or it does not
    take the message.
    """
    require(Permission.MANAGE_PROVIDER)
    to = check_address(address, field="address")
    server = mail_server()
    if server is None:
        raise Refused("no_mail_server", "There is no mail server. Nothing was sent. Set one.")
    name = current_provider().name
    content = message_bytes(
        Letter(f"Test message from {one_line(name)}", "The mail server takes messages of ICB.\n"),
        sender=sender_of(server),
        envelope=Envelope([Addressee(to)]),
        postmark=Postmark(message_id(f"icb-{uuid4().hex}", sender=server.sender), clock.now()),
    )
    line = open_line(server)
    try:
        outcome = line.send(server.sender, recipients=[to], content=content, is_last=True)
    except EgressProblem as error:
        raise Refused("mail_server_refuses", error.message) from error
    finally:
        line.close()
    said = f"{outcome.said.code or ''} {outcome.said.text}".strip()
    with transaction():
        audit.record("send_test_message", subject=to, data={"is_taken": outcome.is_taken})
    if not outcome.is_taken:
        raise Refused("mail_server_refuses", f"The mail server did not take it: {said}.")
    return said


def send_waiting() -> JobRow:
    """Let a job send what is due already; nothing is queued anew."""
    with transaction(lock="delivery"):
        require(Permission.DELIVER)
        job = send_soon()
        audit.record("send_waiting", subject="messages", data={"job": job.id})
    return job
