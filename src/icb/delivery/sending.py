"""The job that sends what is due: one message after the other, each at most once.

A message is marked as being sent, with its id, and that is committed before the server hears of
it. So whoever comes after a stop finds it marked: it may have arrived, and a person decides. What
was surely not taken is tried again by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from icb.delivery.attaching import Attached, attached
from icb.delivery.bounce_actions import mark_bouncing
from icb.delivery.bounces import Failure, status_in
from icb.delivery.composing import (
    Envelope,
    Letter,
    Postmark,
    letter_of,
    message_bytes,
    message_id,
)
from icb.delivery.letter_queries import Draft, drafts
from icb.delivery.link_queries import PATH
from icb.delivery.links import new_link
from icb.delivery.models import Delivery, DeliveryState, SharedLink
from icb.delivery.outbox import KIND, Happening, note
from icb.delivery.plain_text import day_text
from icb.delivery.queries import STOPPED
from icb.delivery.retrying import SERVER_PAUSE, is_last, pause_after
from icb.delivery.roads import OpenLine, line_to, sender_of
from icb.delivery.settings_queries import MailServerRow, mail_server, public_address, usual
from icb.foundation import audit
from icb.foundation.canonical import canonical_json
from icb.foundation.egress.mail import MailLine, Outcome, Refusal, Said
from icb.foundation.egress.problems import EgressProblem, NotAllowed
from icb.foundation.jobs import JobContext, JobLost, JobRow, TryLater, cancelled_jobs
from icb.foundation.providers import local_today
from icb.foundation.transactions import transaction
from icb.kernel import clock
from icb.kernel.errors import Refused

_KEPT_LINK = f"{PATH}…"
"""Stands in what is kept of a message: whoever reads the books does not get its link."""

CHUNK = 50
_SECONDS_TO_WAIT_AT_MOST = 3600
_NOT_TAKEN = (550, 551, 553)
"""Answers to an address that say that it is none, rather than that the message is unwanted."""


def run_deliver(job: JobRow, *, context: JobContext, open_line: OpenLine = line_to) -> None:
    """Send everything that is due for the provider in scope; later what waits for later.

    Begun again after a stop, it first marks what was being sent as unknown. Raises Refused where
    there is no mail server, TryLater where something waits for later.
    """
    hold_back_cancelled()
    server = mail_server()
    if server is None:
        raise Refused(
            "no_mail_server",
            "There is no mail server. Nothing was sent; the messages wait. Set one.",
        )
    run = _Run(server, context=context, line=open_line(server))
    try:
        run.mark_interrupted()
        run.send_all()
    finally:
        run.close()
    wait = _seconds_until_next()
    if wait is not None:
        raise TryLater(wait, f"{run.words()} Others wait for their next try.")


def hold_back_cancelled() -> None:
    """Let wait what a person stopped by cancelling its job: until somebody retries it."""
    ended = [job.finished_at for job in cancelled_jobs(KIND) if job.finished_at is not None]
    if ended:
        waiting = Delivery.objects.filter(state=DeliveryState.WAITING, due_at__lte=max(ended))
        waiting.exclude(code=STOPPED).update(
            code=STOPPED, message="Its job was cancelled. Retry sends it."
        )


class _Run:
    """One run of the job: the line, and what became of the messages so far."""

    def __init__(self, server: MailServerRow, *, context: JobContext, line: MailLine) -> None:
        self._sender = sender_of(server)
        self._context = context
        self._line = line
        self._usual = usual()
        self._counts: dict[str, int] = {}
        self._total = _due().count()

    def mark_interrupted(self) -> None:
        """What a worker that is gone was sending may have arrived."""
        with transaction():
            self._context.hold()
            rows = list(Delivery.objects.filter(state=DeliveryState.SENDING).select_for_update())
            message = "The program stopped while it was being sent. It may have arrived."
            Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(
                state=DeliveryState.UNKNOWN, code="interrupted", message=message
            )
            note(Happening(row.pk, row.attempts, "unknown", message) for row in rows)

    def send_all(self) -> None:
        """Send chunk by chunk until nothing is due."""
        self._tell()
        while rows := list(_due().select_related("document", "organization")[:CHUNK]):
            files = attached(rows)
            for draft in drafts(rows):
                self._stop_where_asked()
                self._send(draft, attached=files[draft.delivery.pk])
                self._tell()

    def close(self) -> None:
        """End the line, and tell the audit what was done."""
        self._line.close()
        if self._counts:
            with transaction():
                audit.record("deliver", subject="messages", data=dict(self._counts))

    def words(self) -> str:
        """What was done, in words."""
        told = [f"{count} {result}" for result, count in sorted(self._counts.items())]
        return f"{', '.join(told) or 'Nothing was due'}."

    def _send(self, draft: Draft, *, attached: Attached) -> None:
        row = draft.delivery
        if draft.envelope is None:
            self._fail(row, "no_recipient", "There is no address to send it to. Name a recipient.")
            return
        if attached.problem:
            self._fail(row, "no_file", attached.problem)
            return
        if draft.names_link and not public_address():
            words = "Its words hold a link, and ICB_URL is not set. Set it, or change the words."
            self._fail(row, "no_public_address", words)
            return
        self._open_line()
        attempt = row.attempts + 1
        id = message_id(row.key, sender=self._sender.address)
        content = self._begun(draft, attempt=attempt, id=id, attached=attached)
        if content is not None:
            outcome = self._line.send(
                self._sender.address,
                recipients=draft.envelope.addresses,
                content=content,
                is_last=is_last(attempt),
            )
            self._end(draft, attempt=attempt, id=id, outcome=outcome)

    def _open_line(self) -> None:
        """The line stands before a message is begun: what fails here is no try of the message."""
        try:
            self._line.open()
        except EgressProblem as error:
            later = clock.now() + SERVER_PAUSE
            code = "server_refuses" if isinstance(error, Refusal | NotAllowed) else "no_connection"
            _due().update(due_at=later, code=code, message=error.message)
            seconds = int(SERVER_PAUSE / timedelta(seconds=1))
            raise TryLater(seconds, error.message) from error

    def _begun(self, draft: Draft, *, attempt: int, id: str, attached: Attached) -> bytes | None:
        """Commit that the message is being sent; its bytes, None where another took it."""
        row, envelope = draft.delivery, draft.envelope
        assert envelope is not None
        with transaction():
            self._context.hold()
            values = self._values(draft)
            kept = _letter(draft, {**values, **({"link": _KEPT_LINK} if "link" in values else {})})
            if not _take(row, attempt=attempt, envelope=envelope, letter=kept):
                return None
            note([Happening(row.pk, attempt, "begun", ", ".join(envelope.addresses), None, id)])
        letter = _letter(draft, values)._replace(files=attached.read())
        postmark = Postmark(id, clock.now())
        return message_bytes(letter, sender=self._sender, envelope=envelope, postmark=postmark)

    def _values(self, draft: Draft) -> Mapping[str, str]:
        """The values, with a link of the message's own where it holds one."""
        base, row = public_address(), draft.delivery
        if not base or not (self._usual.has_link or draft.names_link) or row.document_id is None:
            return draft.values
        until = clock.now() + timedelta(days=self._usual.link_days)
        made = new_link(row.document_id, until=until, delivery=row.pk)
        last = local_today() + timedelta(days=self._usual.link_days)
        return {
            **draft.values,
            "link": f"{base}{PATH}{made.token}",
            "valid_until": day_text(last, language=draft.language),
        }

    def _end(self, draft: Draft, *, attempt: int, id: str, outcome: Outcome) -> None:
        """Store what became of a try. What another has settled meanwhile stays settled."""
        state, result, changes = _settled(outcome, attempt=attempt)
        told = "; ".join([_words_of(outcome), *draft.warnings])
        row = draft.delivery
        with transaction():
            open_ones = (DeliveryState.SENDING, DeliveryState.UNKNOWN)
            own = Delivery.objects.filter(pk=row.pk, attempts=attempt, state__in=open_ones)
            own.update(state=state, message=told, **changes)
            note([Happening(row.pk, attempt, result, told, outcome.said.code, id)])
            if state in (DeliveryState.WAITING, DeliveryState.FAILED):
                # It surely reached nobody, and the next try makes a link of its own.
                unsent = SharedLink.objects.filter(delivery=row, revoked_at=None)
                unsent.update(revoked_at=clock.now(), revoked_by=KIND)
            mark_bouncing(_not_taken(outcome), delivery=row, report=f"{id}:{attempt}")
        self._count(result)

    def _fail(self, row: Delivery, code: str, message: str) -> None:
        """Nothing was sent, and a person must change something first."""
        with transaction():
            self._context.hold()
            own = Delivery.objects.filter(pk=row.pk, state=DeliveryState.WAITING)
            if own.update(state=DeliveryState.FAILED, code=code, message=message):
                note([Happening(row.pk, row.attempts, "failed", message)])
        self._count("failed")

    def _count(self, result: str) -> None:
        self._counts[result] = self._counts.get(result, 0) + 1

    def _tell(self) -> None:
        done = sum(self._counts.values())
        total = max(self._total, done)
        self._context.progress({"done": done, "total": total, "words": self.words()})

    def _stop_where_asked(self) -> None:
        if self._context.is_cancelled():
            raise JobLost("job_lost", f"{self.words()} A person cancelled the rest.")
        if self._context.is_stopping():
            raise TryLater(0, f"{self.words()} The program stopped; the rest is sent later.")


def _letter(draft: Draft, values: Mapping[str, str]) -> Letter:
    return letter_of(draft.words, values=values, language=draft.language)


def _due() -> Any:
    """What is to be sent now, in its order."""
    waiting = Delivery.objects.filter(state=DeliveryState.WAITING, due_at__lte=clock.now())
    return waiting.exclude(code=STOPPED).order_by("due_at", "pk")


def _take(row: Delivery, *, attempt: int, envelope: Envelope, letter: Letter) -> int:
    """Mark a message as being sent, unless it was changed since it was read; 1 where it was."""
    recipients = {
        place: [one._asdict() for one in getattr(envelope, place)] for place in ("to", "cc", "bcc")
    }
    own = Delivery.objects.filter(
        pk=row.pk, state=DeliveryState.WAITING, attempts=row.attempts
    ).exclude(code=STOPPED)
    taken: int = own.update(
        state=DeliveryState.SENDING,
        attempts=attempt,
        code="",
        message="",
        recipients=canonical_json(recipients),
        subject=letter.subject,
        text=letter.text,
    )
    return taken


def _settled(outcome: Outcome, *, attempt: int) -> tuple[str, str, dict[str, Any]]:
    """The state of a message after a try, what the try came to, and what else changes."""
    now = clock.now()
    if outcome.is_taken:
        return DeliveryState.SENT, "sent", {"sent_at": now, "code": ""}
    if outcome.is_unsure:
        return DeliveryState.UNKNOWN, "unknown", {"code": "answer_lost"}
    pause = pause_after(attempt) if outcome.is_passing else None
    if pause is None:
        code = "given_up" if outcome.is_passing else "server_refuses"
        return DeliveryState.FAILED, "failed", {"code": code}
    return DeliveryState.WAITING, "deferred", {"due_at": now + pause, "code": "deferred"}


def _words_of(outcome: Outcome) -> str:
    """What the server said, and which addresses it did not take."""
    said = _told(outcome.said)
    if outcome.is_unsure:
        said = f"The answer was lost ({said}). It may have arrived."
    refused = [f"{address}: {_told(one)}" for address, one in outcome.refused.items()]
    return "; ".join([said, *refused] if outcome.is_taken or not refused else refused)


def _told(said: Said) -> str:
    return f"{said.code} {said.text}" if said.code else said.text


def _not_taken(outcome: Outcome) -> list[Failure]:
    return [
        Failure(address.lower(), status_in(said.text), _told(said))
        for address, said in outcome.refused.items()
        if said.code in _NOT_TAKEN
    ]


def _seconds_until_next() -> int | None:
    """In how many seconds the next message is due; None where none waits."""
    waiting = Delivery.objects.filter(state=DeliveryState.WAITING).exclude(code=STOPPED)
    due = waiting.order_by("due_at").values_list("due_at", flat=True).first()
    if due is None:
        return None
    left = int((due - clock.now()) / timedelta(seconds=1)) + 1
    return min(max(left, 1), _SECONDS_TO_WAIT_AT_MOST)
