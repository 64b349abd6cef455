"""`POST /api/v1/usage`: modules without an adapter send their counts here."""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from standardwebhooks.webhooks import Webhook

from icb.api.v1.answers import invalid, not_taken, pushed, refused
from icb.api.v1.pace import Pace
from icb.api.v1.usage_bodies import MOST_ROWS, BadBody, TooManyRows, read_day, read_events
from icb.foundation.access import public
from icb.foundation.actor import acting_as_system
from icb.foundation.providers import local_today
from icb.foundation.scope import in_provider
from icb.foundation.strict_json import NoJson, read_json
from icb.hub.inputs import Answer
from icb.hub.push_actions import (
    note_use,
    take_pushed_events,
    take_pushed_part,
    take_pushed_snapshot,
)
from icb.hub.push_inputs import Delivery, NewPart, Pushed
from icb.hub.push_queries import Sender, sender_at, sender_of_token, signing_secret
from icb.kernel.errors import InvalidInput, Refused

MOST_BYTES = 8 * 1024 * 1024
PACE = Pace()
JSON, EVENT, EVENTS = (
    "application/json",
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
)
_SIGNED = ("webhook-id", "webhook-timestamp", "webhook-signature")


class _Stop(Exception):
    """The request goes no further; `response` says why."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.response = response


class _Message(NamedTuple):
    """A request that was read: who sent it, what form it has, its bytes."""

    sender: Sender
    form: str
    body: bytes
    delivery: Delivery | None


@public
@csrf_exempt
def push_usage(request: HttpRequest, *, provider: str = "", connection: str = "") -> HttpResponse:
    """Take pushed counts: by token, or signed at the address of a connection.

    No cookie is read, so that no browser can be made to push for somebody.
    """
    try:
        message = _read(request, provider=provider, connection=connection)
        sender = message.sender
        with in_provider(sender.provider), acting_as_system(f"push:{sender.connection}"):
            return pushed(_take(message))
    except _Stop as stop:
        return stop.response
    except BadBody as error:
        return invalid(error.problems)
    except TooManyRows:
        return refused(
            413,
            code="too_many_rows",
            field="counts",
            message=f"More than {MOST_ROWS:,} rows. Nothing was stored. Send the day in parts.",
        )
    except InvalidInput as error:
        return refused(422, code=error.code, message=error.message, field="body")
    except Refused as error:
        return not_taken(error)


def _read(request: HttpRequest, *, provider: str, connection: str) -> _Message:
    if request.method != "POST":
        raise _stop(
            405,
            code="not_post",
            field="method",
            message="Counts are sent here with POST.",
            headers={"Allow": "POST"},
        )
    is_signed = bool(provider)
    if is_signed and not f"{provider}{connection}".isprintable():
        raise _unauthorized()  # no key has such characters, and a database may choke on them
    sender = sender_at(provider, connection=connection) if is_signed else _by_token(request)
    form = _form(request)
    if sender is not None:
        _keep_pace(sender)
    body = _body(request)
    if is_signed:
        _check_signature(request, sender=sender, body=body)
    if sender is None:
        raise _unauthorized()
    delivery = None
    if is_signed:
        delivery = Delivery(id=request.headers["webhook-id"], content=sha256(body).hexdigest())
    return _Message(sender, form, body, delivery)


def _take(message: _Message) -> Pushed:
    """Read the body, with the provider in scope, and hand it to the hub."""
    if message.sender.token is not None:
        note_use(message.sender.token)
    try:
        said = read_json(message.body)
    except NoJson as error:
        text = f"The body cannot be read: {error}. Nothing was stored."
        raise _stop(400, code="not_json", field="body", message=text) from None
    connection, delivery, today = message.sender.connection, message.delivery, local_today()
    if message.form == EVENTS and not isinstance(said, list):
        text = "A batch of CloudEvents is a JSON list. Nothing was stored."
        raise _stop(400, code="not_a_batch", field="body", message=text)
    if message.form in (EVENT, EVENTS):
        events = read_events(said, today=today)
        return take_pushed_events(connection, events=events, delivery=delivery)
    found: Answer | NewPart = read_day(said, today=today)
    if isinstance(found, NewPart):
        return take_pushed_part(connection, new=found, delivery=delivery)
    return take_pushed_snapshot(connection, answer=found, delivery=delivery)


def _by_token(request: HttpRequest) -> Sender:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    found = sender_of_token(token.strip()) if kind.lower() == "bearer" else None
    if found is None:
        raise _unauthorized()
    return found


def _check_signature(request: HttpRequest, *, sender: Sender | None, body: bytes) -> None:
    """Stop unless the message was signed with the connection's secret within five minutes."""
    secret = ""
    if sender is not None:
        with in_provider(sender.provider):
            secret = signing_secret(sender.connection)
    try:
        headers = {name: request.headers[name] for name in _SIGNED}
        if not secret:
            raise _unauthorized()
        Webhook(secret).verify(body, headers, json_parse=False)
    except _Stop:
        raise
    except Exception:  # the library raises as many kinds as there are ways to be wrong
        raise _unauthorized() from None


def _keep_pace(sender: Sender) -> None:
    seconds = PACE.wait_of(f"{sender.provider}:{sender.connection}:{sender.token}")
    if seconds:
        raise _stop(
            429,
            code="too_many_requests",
            field="requests",
            message=f"Too many requests. Nothing was stored. Send again after {seconds} s.",
            headers={"Retry-After": str(seconds)},
        )


def _form(request: HttpRequest) -> str:
    form = (request.content_type or "").lower()
    if form not in (JSON, EVENT, EVENTS) or request.headers.get("Content-Encoding"):
        raise _stop(
            415,
            code="unknown_form",
            field="content-type",
            message=f"Send {JSON}, {EVENT} or {EVENTS}, not packed. Nothing was stored.",
        )
    return form


def _body(request: HttpRequest) -> bytes:
    """The body, read no further than the limit. How long it is must be told before."""
    told = request.headers.get("Content-Length", "")
    if not told and request.headers.get("Transfer-Encoding"):
        # The server's interface ends a body by its length alone: this one would be read as empty.
        text = "The length of the body is missing. Nothing was stored. Send Content-Length."
        raise _stop(411, code="no_length", field="content-length", message=text)
    if told.isdecimal() and int(told) > MOST_BYTES:
        raise _too_large()
    try:
        body = request.read(MOST_BYTES + 1)
    except UnreadablePostError:
        text = "The body ended before it was whole. Nothing was stored. Send it again."
        raise _stop(400, code="cut_off", field="body", message=text) from None
    if len(body) > MOST_BYTES:
        raise _too_large()
    return bytes(body)


def _too_large() -> _Stop:
    size = MOST_BYTES // 1024 // 1024
    text = f"The body is larger than {size} MB. Nothing was stored. Send the day in parts."
    return _stop(413, code="too_large", field="body", message=text)


def _unauthorized() -> _Stop:
    """The same words whatever was wrong: they help nobody to guess."""
    return _stop(
        401,
        code="not_authorized",
        field="authorization",
        message="No token or signature that is good for pushing counts. Nothing was stored. Make "
        "one with `icb modules token new`.",
        headers={"WWW-Authenticate": 'Bearer realm="ICB usage"'},
    )


def _stop(
    status: int, *, code: str, field: str, message: str, headers: dict[str, str] | None = None
) -> _Stop:
    return _Stop(refused(status, code=code, field=field, message=message, headers=headers))
