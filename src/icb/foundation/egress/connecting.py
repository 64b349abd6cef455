"""Resolving a name, and connecting to an address that was checked.

The HTTP library is given this in place of its own sockets. A name is resolved once for each
connection and the address that was checked is the one that is connected, so a name that changes
its answer in between gains nothing.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import httpcore2

from icb.foundation.egress.addresses import Address, read_address
from icb.foundation.egress.guard import PrivateTarget, Target, check_addresses
from icb.foundation.egress.limits import Deadline
from icb.foundation.egress.problems import NoAnswer, NoConnection, NotAllowed

Resolver = Callable[[str], Sequence[str]]
Endpoint = tuple[str, int]
SocketOptions = Iterable[
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
]


def resolve(host: str) -> list[str]:
    """The addresses of a host, as the machine's resolver gives them."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def resolve_in_time(host: str, *, resolver: Resolver, seconds: float) -> list[str]:
    """What the resolver says, NoConnection where it says nothing in time.

    The machine's resolver knows no time limit, so it is asked in a thread that is left behind.
    """
    answers: list[Sequence[str]] = []
    failures: list[Exception] = []

    def ask() -> None:
        try:
            answers.append(resolver(host))
        except (OSError, UnicodeError) as error:
            failures.append(error)

    thread = threading.Thread(target=ask, daemon=True, name=f"resolve {host}")
    thread.start()
    thread.join(seconds)
    if not answers:
        reason = failures[0] if failures else f"no reply of the resolver in {seconds:.0f} seconds"
        raise NoConnection(f"The name {host} could not be resolved ({reason})")
    return list(answers[0])


class GuardedNetwork(httpcore2.NetworkBackend):
    """Opens connections for the HTTP library, to checked addresses only.

    `targets` says, for each host and port that the client is about to ask, as what it was checked.
    `detours` leads a host to a place on this machine instead; only tests and the demo have any.
    """

    def __init__(
        self,
        *,
        private: Sequence[PrivateTarget],
        deadline: Deadline,
        resolver: Resolver = resolve,
        detours: Mapping[str, Endpoint] | None = None,
    ) -> None:
        self._private = private
        self._deadline = deadline
        self._resolver = resolver
        self._detours = dict(detours or {})
        self._sockets = httpcore2.SyncBackend()
        self.targets: dict[Endpoint, Target] = {}

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: SocketOptions | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection to one of the host's addresses, all of which were checked."""
        if host in self._detours:
            return self._opened(*self._detours[host], timeout=timeout)
        addresses = self._checked_addresses(host, port, timeout=timeout)
        failures = []
        for address in addresses[:4]:
            try:
                return self._opened(str(address), port, timeout=timeout)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failures.append(str(error) or "no reply in time")
        raise NoConnection(f"{host} does not answer ({'; '.join(failures)})")

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: SocketOptions | None = None
    ) -> httpcore2.NetworkStream:
        """Never: a socket file is of this machine."""
        raise NotAllowed("A socket file may not be asked. Nothing was asked.")

    def _checked_addresses(self, host: str, port: int, *, timeout: float | None) -> list[Address]:
        target = self.targets.get((host, port))
        if target is None:
            raise NotAllowed(f"{host} was not checked. Nothing was asked.")
        texts = [host]
        if target.address is None:
            seconds = self._deadline.left(timeout)
            texts = resolve_in_time(host, resolver=self._resolver, seconds=seconds)
        addresses = [read_address(text) for text in texts]
        known = [address for address in addresses if address is not None]
        if len(known) < len(addresses):
            raise NotAllowed(f"{host} resolves to something that is no address. Nothing was asked.")
        return check_addresses(target, addresses=known, private=self._private)

    def _opened(self, host: str, port: int, *, timeout: float | None) -> httpcore2.NetworkStream:
        seconds = self._deadline.left(timeout)
        return _TimedStream(
            self._sockets.connect_tcp(host, port, timeout=seconds), deadline=self._deadline
        )


class _TimedStream(httpcore2.NetworkStream):
    """A connection on which nothing waits beyond the deadline of the running request."""

    def __init__(self, stream: httpcore2.NetworkStream, *, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, timeout=self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout=self._deadline.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        seconds = self._deadline.left(timeout)
        try:
            secured = self._stream.start_tls(ssl_context, server_hostname, timeout=seconds)
        except httpcore2.ConnectTimeout:
            raise NoAnswer("The secure connection was not agreed on in time") from None
        return _TimedStream(secured, deadline=self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
