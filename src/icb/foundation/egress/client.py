"""The HTTP client of the product: guarded, limited, without redirects, cookies or proxies."""

from __future__ import annotations

import logging
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import httpcore2
import httpx2

from icb import __version__
from icb.foundation.egress.body import ACCEPTED, read_body, too_large
from icb.foundation.egress.connecting import Endpoint, GuardedNetwork, Resolver, resolve
from icb.foundation.egress.guard import PrivateTarget, Target, check_target, read_target
from icb.foundation.egress.limits import Deadline, Limits
from icb.foundation.egress.problems import BadAnswer, NoAnswer, NoConnection, Unsendable

# The libraries would log addresses with their queries, and the headers of answers.
for _library in ("httpx2", "httpcore2"):
    logging.getLogger(_library).setLevel(logging.CRITICAL + 1)

_HEADERS = {"accept-encoding": ACCEPTED, "user-agent": f"ICB/{__version__}"}
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_TEXT = re.compile(r"[ -~]*")
_REPLACED = {"host", "accept-encoding", "content-length", "transfer-encoding", "connection"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it left the client, for those who watch."""

    method: str
    host: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to ask: method, the whole URL, headers, and the body as it is sent."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer that was read to its end. Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roads:
    """How names become connections: what is allowed beyond the public internet, and by whom.

    `detours` leads a host to an address of this machine, as http://127.0.0.1:port, past the guard
    of addresses. Only tests and the demo give any. `tls` replaces the machine's trusted
    authorities.
    """

    private: Sequence[PrivateTarget] = ()
    resolver: Resolver = resolve
    detours: Mapping[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None


class Client:
    """Asks one vendor. Requests take turns, also from several threads. Close it after use."""

    def __init__(
        self,
        *,
        roads: Roads,
        limits: Limits,
        on_request: Callable[[Asked], None] | None = None,
    ) -> None:
        self._roads = roads
        self._limits = limits
        self._deadline = Deadline()
        self._turn = threading.Lock()
        self._network = GuardedNetwork(
            private=roads.private,
            deadline=self._deadline,
            resolver=roads.resolver,
            detours={host: _endpoint(url) for host, url in roads.detours.items()},
        )
        self._http = httpx2.Client(
            transport=_Transport(self._network, tls=roads.tls, on_request=on_request),
            trust_env=False,
            follow_redirects=False,
        )

    def ask(self, question: Question, *, seconds: float | None = None) -> Answer:
        """The answer, whatever its status. `seconds` shortens the limit of the whole request.

        Raises NotAllowed, NoConnection, NoAnswer or BadAnswer; their texts name no query.
        """
        target = read_target(question.url)
        is_detour = target.host in self._roads.detours
        if not is_detour:
            check_target(target, private=self._roads.private)
        limit = self._limits.total_seconds
        with self._turn, _told(target):
            self._deadline.start(limit if seconds is None else min(limit, seconds))
            self._network.targets[target.host, target.port] = target
            request = self._request(question, target, scheme="http" if is_detour else None)
            response = self._http.send(request, stream=True)
            try:
                return self._read(response)
            finally:
                response.close()

    def close(self) -> None:
        """End the connections that were kept for later requests."""
        self._http.close()

    def _request(self, question: Question, target: Target, *, scheme: str | None) -> httpx2.Request:
        query = f"?{target.query}" if target.query else ""
        host = f"[{target.host}]" if ":" in target.host else target.host
        _check_headers(question.headers)
        given = {name.lower(): text for name, text in question.headers.items()}
        kept = {name: text for name, text in given.items() if name not in _REPLACED}
        return httpx2.Request(
            question.method,
            f"{scheme or target.scheme}://{host}:{target.port}{target.path}{query}",
            headers={**_HEADERS, **kept, "host": target.place},
            content=question.content or None,
            extensions={"timeout": self._timeouts()},
        )

    def _timeouts(self) -> dict[str, float]:
        return {
            "connect": self._limits.connect_seconds,
            "read": self._limits.read_seconds,
            "write": self._limits.read_seconds,
            "pool": self._limits.connect_seconds,
        }

    def _read(self, response: httpx2.Response) -> Answer:
        headers = {name.lower(): text for name, text in response.headers.items()}
        announced = headers.get("content-length", "")
        if re.fullmatch(r"[0-9]{1,19}", announced) and int(announced) > self._limits.bytes:
            raise too_large(self._limits.bytes)
        body = read_body(
            response.iter_raw(),
            encoding=headers.get("content-encoding", ""),
            limit=self._limits.bytes,
        )
        return Answer(status=response.status_code, headers=headers, body=body)


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities that this machine trusts; reading them takes a while, so once."""
    return ssl.create_default_context()


def trusts_authorities() -> bool:
    """Whether this machine trusts any authority that certificates may come from."""
    if _trusted().cert_store_stats()["x509_ca"]:
        return True
    # Those in a folder are read one by one when they are needed, and are not counted before.
    folder = Path(ssl.get_default_verify_paths().capath or "")
    return folder.name != "" and any(folder.iterdir())


class _Transport(httpx2.BaseTransport):
    """Sends requests over the guarded network, and tells of each one that leaves."""

    def __init__(
        self,
        network: GuardedNetwork,
        *,
        tls: ssl.SSLContext | None,
        on_request: Callable[[Asked], None] | None,
    ) -> None:
        self._on_request = on_request
        self._pool = httpcore2.ConnectionPool(
            ssl_context=tls or _trusted(),
            max_connections=2,
            max_keepalive_connections=1,
            keepalive_expiry=20,
            network_backend=network,
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        if self._on_request is not None:
            path = url.raw_path.decode("ascii").partition("?")[0]
            self._on_request(Asked(method=request.method, host=request.headers["host"], path=path))
        response = self._pool.handle_request(
            httpcore2.Request(
                method=request.method,
                url=httpcore2.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                content=request.read() or None,
                extensions=request.extensions,
            )
        )
        return httpx2.Response(response.status, headers=response.headers, stream=_Stream(response))

    def close(self) -> None:
        self._pool.close()


class _Stream(httpx2.SyncByteStream):
    """The body as it arrives."""

    def __init__(self, response: httpcore2.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


@contextmanager
def _told(target: Target) -> Iterator[None]:
    """Errors of the HTTP library in our own words.

    Its own words can hold what was sent or received, so only those of the machine are taken over.
    """
    began = time.monotonic()
    try:
        yield
    except (NoConnection, NoAnswer, BadAnswer) as error:
        raise type(error)(f"{target.place}: {error.message}.") from None
    except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
        reason = str(error) or "it was not agreed on in time"
        raise NoConnection(f"{target.place}: no secure connection ({reason}).") from None
    except httpcore2.TimeoutException:
        waited = time.monotonic() - began
        raise NoAnswer(f"{target.place}: no answer in {waited:.0f} seconds.") from None
    except httpcore2.NetworkError as error:
        raise NoAnswer(f"{target.place}: the connection broke off ({error}).") from None
    except httpcore2.ProtocolError:
        text = "the answer broke off before its end, or is no answer of a web server"
        raise NoAnswer(f"{target.place}: {text}.") from None


def _check_headers(headers: Mapping[str, str]) -> None:
    for name, text in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_TEXT.fullmatch(text):
            raise Unsendable(
                f"The header {name[:40]!a} would hold a character that no header may hold, such "
                "as a line break or a letter outside of ASCII. Nothing was asked. Enter the "
                "setting that it is made of anew."
            )


def _endpoint(url: str) -> Endpoint:
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname != "127.0.0.1" or parts.port is None:
        raise ValueError(f"{url} is no detour: give http://127.0.0.1:port")
    return parts.hostname, parts.port
