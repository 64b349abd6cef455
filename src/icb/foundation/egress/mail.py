"""The way out for mail: a line to a mail server at a checked address, and what it said.

What counts is whether a message can have arrived. A server takes a message when it has seen the
mark at its end, so everything that fails before the mark was sent is surely not delivered, and
everything that fails after it is not known.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from icb.foundation.egress.addresses import Address, is_never, is_public, read_address
from icb.foundation.egress.client import Roads
from icb.foundation.egress.connecting import resolve_in_time
from icb.foundation.egress.guard import PrivateTarget, Target, read_target
from icb.foundation.egress.problems import EgressProblem, NoConnection, NotAllowed

PORTS = (25, 465, 587, 2525)
"""Where mail servers of the public internet are asked."""

STARTTLS, TLS, NONE = "starttls", "tls", "none"
CONNECT_SECONDS = 15
ANSWER_SECONDS = 60
MESSAGE_SECONDS = 300
_OK, _ACCEPTED, _GO_ON, _SERVICE_ENDS = 250, (250, 251), 354, 421
_LONGEST_ANSWER = 500
_SAFE = "Nothing was sent."


class Refusal(EgressProblem):
    """The server refuses the line: the credentials, or what was agreed on. Nothing was sent."""

    word = "mail_server_refuses"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPlace:
    """A mail server, how the line to it is secured, and who one is there."""

    host: str
    port: int
    security: str = STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)


class Said(NamedTuple):
    """A server's answer: its number, None where there was none, and its text."""

    code: int | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a message.

    `is_unsure`: the answer to the whole message was lost, so it may have arrived. Otherwise it was
    taken or surely was not. `refused` are addresses that the server did not take, each with its
    answer, beside those that it did.
    """

    is_taken: bool = False
    is_unsure: bool = False
    said: Said
    refused: Mapping[str, Said] = field(default_factory=dict)

    @property
    def is_passing(self) -> bool:
        """Whether the server asks to come again: 4xx, or nothing that it said."""
        return self.said.code is None or self.said.code // 100 == 4


class MailLine:
    """A line to one mail server, kept for several messages. Close it after use."""

    def __init__(self, place: MailPlace, *, roads: Roads, is_local_only: bool = False) -> None:
        self._place = place
        self._roads = roads
        self._is_local_only = is_local_only
        self._smtp: smtplib.SMTP | None = None
        self._sent = 0

    def open(self) -> None:
        """Connect, secure the line and sign in, where that has not been done.

        Raises NotAllowed, NoConnection or Refusal; nothing was sent then.
        """
        if self._smtp is None:
            self._smtp = self._opened()
            self._sent = 0

    def send(
        self, sender: str, *, recipients: Sequence[str], content: bytes, is_last: bool = False
    ) -> Outcome:
        """Hand over one message; `content` is the whole of it, with CRLF at the end of lines.

        Where an address is refused for now, all wait for it, unless this `is_last` try. Raises
        what `open` raises.
        """
        self.open()
        assert self._smtp is not None
        with _in_time(self._smtp, MESSAGE_SECONDS):
            try:
                outcome = self._dialog(sender, recipients, content, is_last=is_last)
            except (OSError, smtplib.SMTPException) as error:
                self.close()
                outcome = Outcome(said=Said(None, _words_of(error)))
        self._sent += 1
        return outcome

    def close(self) -> None:
        """End the line; whatever the server says to that does not matter."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            smtp.quit()
        except (OSError, smtplib.SMTPException):
            smtp.close()

    def _dialog(
        self, sender: str, recipients: Sequence[str], content: bytes, *, is_last: bool
    ) -> Outcome:
        begun = self._begun(sender)
        if begun.code != _OK:
            return self._given_up(begun)
        assert self._smtp is not None
        answers = {address: _said(self._smtp.rcpt(address)) for address in recipients}
        refused = {each: said for each, said in answers.items() if said.code not in _ACCEPTED}
        passing = [said for said in refused.values() if said.code and said.code // 100 == 4]
        if len(refused) == len(recipients) or (passing and not is_last):
            worst = (passing or list(refused.values()))[0]
            return self._given_up(worst, refused=refused)
        ready = _said(self._smtp.docmd("DATA"))
        if ready.code != _GO_ON:
            return self._given_up(ready, refused=refused)
        self._smtp.send(_quoted(content))  # without the mark at the end: an error here is sure
        return self._handed_over(refused)

    def _begun(self, sender: str) -> Said:
        """The answer to a new message; a line that was ended meanwhile is opened once more."""
        assert self._smtp is not None
        try:
            said = _said(self._smtp.mail(sender))
            if said.code != _SERVICE_ENDS or not self._sent:
                return said
        except (OSError, smtplib.SMTPException):
            if not self._sent:
                raise
        self.close()
        self.open()
        assert self._smtp is not None
        return _said(self._smtp.mail(sender))

    def _handed_over(self, refused: Mapping[str, Said]) -> Outcome:
        """Send the mark at the end. From here on, silence means that nobody knows."""
        assert self._smtp is not None
        try:
            self._smtp.send(b".\r\n")
            said = _said(self._smtp.getreply())
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return Outcome(is_unsure=True, said=Said(None, _words_of(error)), refused=refused)
        kind = said.code // 100 if said.code else 0
        if kind not in (2, 4, 5):
            self.close()
            return Outcome(is_unsure=True, said=said, refused=refused)
        return Outcome(is_taken=kind == 2, said=said, refused=refused)

    def _given_up(self, said: Said, *, refused: Mapping[str, Said] | None = None) -> Outcome:
        assert self._smtp is not None
        try:
            if said.code != _SERVICE_ENDS:
                self._smtp.rset()
            else:
                self.close()
        except (OSError, smtplib.SMTPException):
            self.close()
        return Outcome(said=said, refused=refused or {})

    def _opened(self) -> smtplib.SMTP:
        place = self._place
        target = read_target(f"https://{_in_brackets(place.host)}:{place.port}")
        line = self._connected(target)
        smtp = _Dialog(target.host, line=line)
        with _in_time(smtp, CONNECT_SECONDS + ANSWER_SECONDS), _told(target.host):
            _agree(smtp, place, tls=self._roads.tls)
        return smtp

    def _connected(self, target: Target) -> socket.socket:
        failures = []
        for address in self._addresses(target)[:4]:
            try:
                line = socket.create_connection((str(address), target.port), CONNECT_SECONDS)
            except OSError as error:
                failures.append(error.strerror or type(error).__name__)
                continue
            line.settimeout(ANSWER_SECONDS)
            return line
        raise NoConnection(f"{target.host} does not answer ({'; '.join(failures)}). {_SAFE}")

    def _addresses(self, target: Target) -> list[Address]:
        texts = [target.host]
        if target.address is None:
            texts = resolve_in_time(
                target.host, resolver=self._roads.resolver, seconds=CONNECT_SECONDS
            )
        addresses = [read_address(text) for text in texts]
        known = [address for address in addresses if address is not None]
        if not known or len(known) < len(addresses):
            raise NotAllowed(f"{target.host} resolves to no address. {_SAFE}")
        for address in known:
            self._check(target, address)
        return known

    def _check(self, target: Target, address: Address) -> None:
        if self._is_local_only and not address.is_loopback:
            raise NotAllowed(
                f"This is a demo, and {target.host} is not this machine. {_SAFE} A demo sends mail "
                "to a server on this machine alone."
            )
        if self._place.security == NONE and not address.is_loopback:
            raise NotAllowed(
                f"{target.host} is not this machine, and the line to it is not secured. {_SAFE} "
                "Choose STARTTLS or TLS."
            )
        if not may_ask(target, address=address, private=self._roads.private):
            raise NotAllowed(
                f"{target.host}:{target.port} may not be asked: only ports "
                f"{', '.join(map(str, PORTS))} of public addresses are open. {_SAFE} Check the "
                "server; if it is a machine of your own, list "
                f"{target.host}:{target.port} in ICB_PRIVATE_TARGETS."
            )


def may_ask(target: Target, *, address: Address, private: Sequence[PrivateTarget]) -> bool:
    """Whether a mail server at this address and port may be asked."""
    if is_never(address):
        return False
    if is_public(address) and target.port in PORTS:
        return True
    return any(
        entry.port is not None and entry.allows(target.host, address=address, port=target.port)
        for entry in private
    )


class _Dialog(smtplib.SMTP):
    """The dialog over a line that stands already."""

    def __init__(self, host: str, *, line: socket.socket) -> None:
        # A name of its own in greetings: the machine's would have to be looked up, and told.
        super().__init__(local_hostname="icb.invalid", timeout=ANSWER_SECONDS)
        self._host = host  # what the certificate is checked against
        self.sock = line
        self.file = None


def _agree(smtp: smtplib.SMTP, place: MailPlace, *, tls: ssl.SSLContext | None) -> None:
    """Greet, secure and sign in; never with less than was asked for."""
    context = tls or ssl.create_default_context()
    if place.security == TLS:
        assert smtp.sock is not None
        smtp.sock = context.wrap_socket(smtp.sock, server_hostname=_host_of(smtp))
    greeting = _said(smtp.getreply())
    if greeting.code != 220:
        raise smtplib.SMTPConnectError(greeting.code or -1, greeting.text)
    smtp.ehlo_or_helo_if_needed()
    if place.security == STARTTLS:
        smtp.starttls(context=context)
        smtp.ehlo_or_helo_if_needed()
    if place.user:
        smtp.login(place.user, place.password)


def _host_of(smtp: smtplib.SMTP) -> str:
    return str(getattr(smtp, "_host", ""))


@contextmanager
def _told(host: str) -> Iterator[None]:
    """Errors on the way to a line in our own words, without what was sent."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        said = _said((error.smtp_code, error.smtp_error))
        raise Refusal(
            f"{host} does not accept the user name and password ({said.code} {said.text}). {_SAFE} "
            "Enter them anew."
        ) from None
    except smtplib.SMTPNotSupportedError:
        raise Refusal(
            f"{host} offers no secured line, or no way to sign in. {_SAFE} Choose another port or "
            "way of securing."
        ) from None
    except ssl.SSLCertVerificationError as error:
        raise NoConnection(
            f"The certificate of {host} is not good ({error.verify_message}). {_SAFE} Name the "
            "host as its certificate does."
        ) from None
    except smtplib.SMTPResponseException as error:
        said = _said((error.smtp_code, error.smtp_error))
        raise NoConnection(f"{host} says {said.code} {said.text}. {_SAFE}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise NoConnection(f"{host}: {_words_of(error)}. {_SAFE}") from None


@contextmanager
def _in_time(smtp: smtplib.SMTP, seconds: float) -> Iterator[None]:
    """End the line when the time is over, however steadily a server drips."""
    timer = threading.Timer(seconds, _cut, args=(smtp,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut(smtp: smtplib.SMTP) -> None:
    try:
        if smtp.sock is not None:
            smtp.sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it ended by itself


def _said(answer: tuple[Any, Any]) -> Said:
    code, text = answer
    told = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    plain = " ".join("".join(one if one.isprintable() else " " for one in told).split())
    return Said(code if 200 <= code < 600 else None, plain[:_LONGEST_ANSWER])


def _words_of(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, smtplib.SMTPServerDisconnected | ConnectionError):
        return "the line was cut"
    return getattr(error, "strerror", None) or type(error).__name__


def _quoted(content: bytes) -> bytes:
    """The message as it is sent: ends with a line, and no line is the mark at the end."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    whole = lines if lines.endswith(b"\r\n") else lines + b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", whole)


def _in_brackets(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
