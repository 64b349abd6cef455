"""A vendor that is not one: real HTTP on loopback, state of its own, and answers that can break.

A fake vendor is a class that turns a `Request` into an `Answer`. It notes every exchange, so that a
test can compare what was asked with what an adapter declares. `fault`, where it is set, sees each
request with the answer that would be sent and returns what is sent instead: another answer, or a
`Fault` that does to the connection whatever it likes.
"""

from __future__ import annotations

import base64
import json
import socket
import ssl
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client asked. Header names are in lower case; `number` counts from 0."""

    number: int
    method: str
    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def form(self) -> dict[str, str]:
        """The fields of a form in the body."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    def json(self) -> object:
        """The body read as JSON."""
        return json.loads(self.body)

    def basic(self) -> tuple[str, str]:
        """User and password of HTTP Basic; two empty texts where there are none."""
        kind, _, sealed = self.headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic":
            return "", ""
        user, _, password = base64.b64decode(sealed).decode().partition(":")
        return user, password

    def bearer(self) -> str:
        """The bearer token; an empty text where there is none."""
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        return token if kind.lower() == "bearer" else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is sent back: JSON, or bytes as they are."""

    status: int = HTTPStatus.OK
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        """The bytes of the body."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    def wire(self) -> bytes:
        """The whole answer as it goes over the connection."""
        content = self.content()
        kind = "text/html" if isinstance(self.body, bytes) else "application/json"
        headers = {
            "Content-Type": kind,
            "Content-Length": str(len(content)),
            "Connection": "close",
            **self.headers,
        }
        lines = [f"HTTP/1.1 {int(self.status)} {HTTPStatus(self.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + content


class Wire(Protocol):
    """The connection to the client, for a fault to spoil."""

    def send(self, data: bytes) -> None:
        """Send these bytes as they are."""
        ...

    def reset(self) -> None:
        """Break the connection off, so that the client reads an error."""
        ...

    def wait(self, seconds: float) -> None:
        """Do nothing for so long, or until the fake ends."""
        ...


class Fault(Protocol):
    """A broken way to answer: it sends what it likes, or nothing."""

    def play(self, wire: Wire) -> None:
        """Answer over the connection, which is closed afterwards."""
        ...


Break = Callable[[Request, Answer], Answer | Fault]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request with the answer that the fake had for it, before any fault."""

    request: Request
    answer: Answer


class Fake(ABC):
    """One fake vendor. Used as a context: it listens from `with` on, and ends after it.

    A subclass sets `hosts`, the names under which the vendor is known to its adapter, and writes
    `answer`. Calls of `answer` take turns, so that it may change the vendor's state.
    """

    hosts: tuple[str, ...] = ()

    def __init__(self, *, fault: Break | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.fault = fault
        self.exchanges: list[Exchange] = []
        self.ended = threading.Event()
        self._tls = tls
        self._turn = threading.Lock()
        self._received = 0
        self._server: _Server | None = None

    @abstractmethod
    def answer(self, request: Request) -> Answer:
        """What the vendor says to a request."""

    @property
    def url(self) -> str:
        """Where the fake listens, without a slash at the end."""
        if self._server is None:
            raise RuntimeError("the fake is not listening: use it in a with block")
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._server.server_port}"

    @property
    def reroute(self) -> dict[str, str]:
        """Each of the vendor's hosts with the address at which the fake stands for it."""
        return dict.fromkeys(self.hosts, self.url)

    @property
    def requests(self) -> list[Request]:
        """Everything that was asked so far, in order."""
        return [exchange.request for exchange in self.exchanges]

    def respond(
        self, method: str, *, target: str, headers: Mapping[str, str], body: bytes
    ) -> Answer | Fault:
        """Note a request, and give what to send for it."""
        with self._turn:
            request = _request(
                method, target=target, headers=headers, body=body, number=self._received
            )
            self._received += 1
            answer = self.answer(request)
            self.exchanges.append(Exchange(request=request, answer=answer))
        return answer if self.fault is None else self.fault(request, answer)

    def __enter__(self) -> Self:
        self._server = _Server(self, tls=self._tls)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ended.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def _request(
    method: str, *, target: str, headers: Mapping[str, str], body: bytes, number: int
) -> Request:
    parts = urlsplit(target)
    return Request(
        number=number,
        method=method,
        host=headers.get("host", ""),
        path=parts.path,
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        headers=headers,
        body=body,
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, fake: Fake, *, tls: ssl.SSLContext | None) -> None:
        self.fake = fake
        self.tls = tls
        super().__init__(("127.0.0.1", 0), _Handler)

    # Here, in the thread of the connection, so that a slow handshake holds up nobody else.
    def finish_request(self, request: object, client_address: object) -> None:
        if not isinstance(request, socket.socket):
            return
        try:
            wired = self.tls.wrap_socket(request, server_side=True) if self.tls else request
            _Handler(wired, client_address, self)
        except OSError:
            request.close()  # the client went away: nothing is left to say to it


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def serve(self) -> None:
        """Answer one request, or let a fault do so."""
        length = int(self.headers.get("Content-Length") or 0)
        wired = self.server.fake.respond(
            self.command,
            target=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
        )
        self.close_connection = True
        if isinstance(wired, Answer):
            self.wfile.write(wired.wire())
        else:
            wired.play(_Line(self.connection, file=self.wfile, ended=self.server.fake.ended))

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the exchanges are the log."""


for _method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
    setattr(_Handler, f"do_{_method}", _Handler.serve)


class _Line:
    def __init__(
        self, connection: socket.socket, *, file: BufferedIOBase, ended: threading.Event
    ) -> None:
        self._connection = connection
        self._file = file
        self._ended = ended

    def send(self, data: bytes) -> None:
        self._file.write(data)
        self._file.flush()

    def reset(self) -> None:
        # Closing with a linger of zero seconds sends a reset instead of an orderly end.
        linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._connection.close()

    def wait(self, seconds: float) -> None:
        self._ended.wait(seconds)
