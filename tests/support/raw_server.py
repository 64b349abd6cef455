"""A server on this machine that sends exactly the bytes it is told to, and counts who connects."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Script = Callable[[socket.socket, bytes], None]
"""Answers one request, of which it is given the bytes of the head; may do so in any broken way."""


class RawServer:
    """Listens on 127.0.0.1; `connects` counts, `heads` keeps what was asked."""

    def __init__(self, script: Script, *, tls: ssl.SSLContext | None = None) -> None:
        self._script = script
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.ended = threading.Event()
        self.connects = 0
        self.heads: list[bytes] = []
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def end(self) -> None:
        """Close everything; scripts that wait wake up."""
        self.ended.set()
        for each in (self._listener, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                accepted, _ = self._listener.accept()
                self.connects += 1
                self._open.append(accepted)
                threading.Thread(target=self._serve, args=[accepted], daemon=True).start()

    def _serve(self, accepted: socket.socket) -> None:
        with suppress(OSError), accepted:
            plain = self._tls.wrap_socket(accepted, server_side=True) if self._tls else accepted
            with plain:
                while head := _head(plain):
                    self.heads.append(head)
                    self._script(plain, head)


def _head(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65536)
        if not chunk:
            return b""
        received += chunk
    return received


def answer(body: bytes = b"{}", *, status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer; header names are written with underscores."""
    lines = [f"HTTP/1.1 {status}"]
    named = {"content_length": str(len(body)), **headers}
    lines += [f"{name.replace('_', '-')}: {text}" for name, text in named.items() if text]
    return "\r\n".join([*lines, "", ""]).encode() + body


def says(*answers: bytes) -> Script:
    """A script that gives these answers in order, and the last one from then on."""
    waiting = list(answers)

    def script(connection: socket.socket, head: bytes) -> None:
        connection.sendall(waiting.pop(0) if len(waiting) > 1 else waiting[0])

    return script


@contextmanager
def serving(script: Script, *, tls: ssl.SSLContext | None = None) -> Iterator[RawServer]:
    """A server for the length of the block."""
    server = RawServer(script, tls=tls)
    try:
        yield server
    finally:
        server.end()
