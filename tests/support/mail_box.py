"""A mail server on this machine: takes messages for good, and misbehaves where a test wants it."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Box:
    """What a server took, and how it is to behave.

    `answers` are given to addresses, `verdicts` to whole messages, in turn; without one, all is
    taken. `hangs_at` never answers at that place. `cut_after` takes a message and ends the line
    without a word; `cut_before` ends the line without taking it.
    """

    port: int = 0
    contents: list[bytes] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    verdicts: list[str] = field(default_factory=list)
    cut_after: bool = False
    cut_before: bool = False
    hangs_at: str = ""  # "rcpt" or "data": never answers there
    has_hung: threading.Event = field(default_factory=threading.Event)
    lines: int = 0  # how often somebody connected
    dialogs: int = 0
    logins: list[tuple[str, str]] = field(default_factory=list)
    was_secured: list[bool] = field(default_factory=list)

    @property
    def messages(self) -> list[EmailMessage]:
        """The messages that were taken."""
        return [message_from_bytes(content, policy=policy.default) for content in self.contents]

    async def ehlo(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        self.lines += 1
        session.host_name = hostname
        return responses

    async def mail(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.dialogs += 1
        self.was_secured.append(session.ssl is not None)
        envelope.mail_from = address
        return "250 OK"

    async def rcpt(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self._hang("rcpt")
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def data(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.cut_before:
            _cut(server)
            return "451 never seen"
        verdict = self.verdicts.pop(0) if self.verdicts else "250 taken"
        if verdict.startswith("2"):
            self.contents.append(cast(bytes, envelope.content))
            self.recipients.append(list(envelope.rcpt_tos))
        await self._hang("data")
        if self.cut_after:
            _cut(server)
        return verdict

    async def _hang(self, place: str) -> None:
        while self.hangs_at == place:
            self.has_hung.set()
            await asyncio.sleep(0.02)

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        """Take the password `open` of anybody."""
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        is_right = data.password == b"open"
        return AuthResult(success=is_right, handled=is_right)


# The names that the server looks for.
for _verb in ("ehlo", "mail", "rcpt", "data"):
    setattr(Box, f"handle_{_verb.upper()}", getattr(Box, _verb))


class _Server(Controller):
    def __init__(self, box: Box, tls: ssl.SSLContext | None) -> None:
        secured: dict[str, Any] = (
            {
                "tls_context": tls,
                "require_starttls": True,
                "authenticator": box.authenticate,
            }
            if tls
            else {}
        )
        super().__init__(box, hostname="127.0.0.1", port=0, **secured)

    def _trigger_server(self) -> None:
        """The port was chosen by the machine: it is known only once the server listens."""
        listening = cast(asyncio.Server, self.server)
        self.port = listening.sockets[0].getsockname()[1]
        trigger: Callable[[], None] = super()._trigger_server
        trigger()


@contextmanager
def mail_box(*, tls: ssl.SSLContext | None = None) -> Iterator[Box]:
    """A server that answers as long as the block lasts."""
    box = Box()
    server = _Server(box, tls)
    server.start()
    box.port = server.port
    try:
        yield box
    finally:
        server.stop()


def _cut(server: SMTP) -> None:
    cast(asyncio.WriteTransport, server.transport).abort()
