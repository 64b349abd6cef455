"""The client connects where it may, and no vendor makes it wait, swell or take half an answer."""

from __future__ import annotations

import gzip
import socket
import ssl
import time
import zlib
from collections.abc import Iterator

import pytest
import trustme
from tests.support.raw_server import Script, answer, says, serving

from icb.foundation.egress.body import read_body
from icb.foundation.egress.client import Answer, Asked, Client, Question, Roads
from icb.foundation.egress.connecting import resolve_in_time
from icb.foundation.egress.guard import read_private_targets
from icb.foundation.egress.limits import Limits
from icb.foundation.egress.problems import (
    BadAnswer,
    NoAnswer,
    NoConnection,
    NotAllowed,
    Unsendable,
)

HOST = "api.vendor.example"
QUICK = Limits(connect_seconds=1, read_seconds=0.5, total_seconds=1, bytes=100_000)


def ask(script: Script, *, path: str = "/", limits: Limits = QUICK) -> Answer:
    """What the client makes of a server that follows the script."""
    with serving(script) as server:
        client = Client(roads=Roads(detours={HOST: server.url}), limits=limits)
        try:
            return client.ask(Question(method="GET", url=f"https://{HOST}{path}"))
        finally:
            client.close()


def drip(data: bytes, *, seconds: float) -> Script:
    """A script that sends one byte at a time."""

    def script(connection: socket.socket, head: bytes) -> None:
        for number in range(len(data)):
            connection.sendall(data[number : number + 1])
            time.sleep(seconds)

    return script


def cut(data: bytes) -> Script:
    """A script that sends this and hangs up."""

    def script(connection: socket.socket, head: bytes) -> None:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_RDWR)

    return script


CHUNKED = answer(b"", content_length="", transfer_encoding="chunked")


def silent(connection: socket.socket, head: bytes) -> None:
    """A script that never answers."""
    time.sleep(3)


def test_an_answer_is_read_to_its_end() -> None:
    found = ask(says(answer(b"hello", X_Page="2")))
    assert (found.status, found.body, found.headers["x-page"]) == (200, b"hello", "2")


def test_a_packed_answer_is_unpacked() -> None:
    body = gzip.compress(b"a" * 50_000)
    assert ask(says(answer(body, content_encoding="gzip"))).body == b"a" * 50_000


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_an_answer_and_is_not_followed(status: str) -> None:
    with serving(says(answer())) as other:
        found = ask(says(answer(status=status, location=other.url)))
        assert found.status == int(status[:3])
        assert other.connects == 0


def test_cookies_are_not_kept() -> None:
    with serving(says(answer(set_cookie="session=1"))) as server:
        client = Client(roads=Roads(detours={HOST: server.url}), limits=QUICK)
        for _ in range(2):
            client.ask(Question(method="GET", url=f"https://{HOST}/"))
        client.close()
        assert len(server.heads) == 2
        assert not any(b"cookie" in head.lower() for head in server.heads)


def test_a_header_of_the_connection_itself_cannot_be_given() -> None:
    with serving(says(answer())) as server:
        client = Client(roads=Roads(detours={HOST: server.url}), limits=QUICK)
        odd = {"Host": "other.example", "Content-Length": "7", "Transfer-Encoding": "chunked"}
        client.ask(Question(method="GET", url=f"https://{HOST}/", headers=odd))
        client.close()
        (head,) = server.heads
        assert f"host: {HOST}\r\n".encode() in head.lower()
        assert b"other.example" not in head
        assert b"chunked" not in head


@pytest.mark.parametrize(
    "script",
    [
        silent,
        drip(answer(b"x" * 500), seconds=0.05),
        drip(answer(b"", padding="x" * 500), seconds=0.05),
        drip(
            answer(content_length="", transfer_encoding="chunked")[:-2] + b"1\r\na\r\n" * 90,
            seconds=0.05,
        ),
    ],
    ids=["silent", "body drips", "headers drip", "chunks drip"],
)
def test_a_slow_vendor_costs_the_limit_and_no_more(script: Script) -> None:
    began = time.monotonic()
    with pytest.raises(NoAnswer, match=HOST):
        ask(script)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "data",
    [
        answer(b"x" * 10, content_length="11"),
        answer(b"5\r\nabc", content_length="", transfer_encoding="chunked"),
        answer(b"5\r\nabcde\r\n", content_length="", transfer_encoding="chunked"),
        b"HTTP/1.1 200 OK\r\ncontent-le",
        b"",
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        answer(b"x", content_length="many"),
    ],
)
def test_an_answer_that_is_cut_or_is_none_is_no_answer(data: bytes) -> None:
    with pytest.raises(NoAnswer, match="broke off"):
        ask(cut(data))


BOMB = gzip.compress(b"\0" * 20_000_000)


@pytest.mark.parametrize(
    "data",
    [
        answer(b"", content_length="100001"),
        answer(b"", content_length="9" * 15),
        answer(b"x" * 100_001),
        answer(BOMB, content_encoding="gzip"),
        answer(gzip.compress(b"x" * 100_001), content_encoding="gzip"),
        answer(zlib.compress(b"x" * 100_001), content_encoding="deflate"),
    ],
    ids=["announced", "announced as petabytes", "sent", "a bomb", "packed", "deflated"],
)
def test_an_answer_beyond_the_limit_is_refused(data: bytes) -> None:
    with pytest.raises(BadAnswer, match="larger than 97 KB"):
        ask(says(data))


def test_a_bomb_is_unpacked_only_to_the_limit() -> None:
    sizes = []

    def chunks() -> Iterator[bytes]:
        for start in range(0, len(BOMB), 100):
            sizes.append(start)
            yield BOMB[start : start + 100]

    with pytest.raises(BadAnswer, match="larger"):
        read_body(chunks(), encoding="gzip", limit=300_000)
    assert len(sizes) < len(BOMB) / 100 / 10


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(b"x" * 1000)[:-5], "gzip"),
        (gzip.compress(b"x" * 1000)[:12], "gzip"),
        (gzip.compress(b"x" * 1000) + b"more", "gzip"),
        (b"plain", "gzip"),
        (b"plain", "br"),
        (gzip.compress(gzip.compress(b"x")), "gzip, gzip"),
    ],
    ids=["no end", "no body", "more than its end", "plain as gzip", "unknown", "packed twice"],
)
def test_an_answer_that_is_not_packed_as_it_says_is_refused(body: bytes, encoding: str) -> None:
    with pytest.raises(BadAnswer, match="packed"):
        ask(says(answer(body, content_encoding=encoding)))


def test_endless_headers_are_refused() -> None:
    with pytest.raises(NoAnswer):
        ask(says(answer(b"", padding="x" * 1_000_000)))


@pytest.mark.parametrize("text", ["Bearer a\r\nX: 1", "Bearer a\n", "Bearer ä", "a\0b"])
def test_a_header_that_cannot_be_sent_is_refused_without_being_shown(text: str) -> None:
    with serving(says(answer())) as server:
        client = Client(roads=Roads(detours={HOST: server.url}), limits=QUICK)
        with pytest.raises(Unsendable, match="Authorization") as error:
            question = Question(
                method="GET", url=f"https://{HOST}/", headers={"Authorization": text}
            )
            client.ask(question)
        assert "Bearer" not in str(error.value)
        assert server.connects == 0


def test_a_resolver_that_hangs_costs_the_limit_and_no_more() -> None:
    def hangs(host: str) -> list[str]:
        time.sleep(3)
        return []

    began = time.monotonic()
    with pytest.raises(NoConnection, match="could not be resolved"):
        resolve_in_time(HOST, resolver=hangs, seconds=0.2)
    assert time.monotonic() - began < 1


def test_a_certificate_of_another_host_or_authority_is_refused() -> None:
    authority = trustme.CA()
    for trusted, certified in ((authority, "other.test"), (trustme.CA(), "localhost")):
        server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(certified).configure_cert(server_side)
        with serving(says(answer()), tls=server_side) as server:
            with pytest.raises(NoConnection, match="certificate verify failed"):
                _ask_over_tls(server.port, trusted=trusted)
            assert server.heads == []


def test_a_right_certificate_is_taken() -> None:
    authority = trustme.CA()
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server_side)
    with serving(says(answer(b"secure")), tls=server_side) as server:
        assert _ask_over_tls(server.port, trusted=authority).body == b"secure"


def _ask_over_tls(port: int, *, trusted: trustme.CA) -> Answer:
    tls = ssl.create_default_context()
    trusted.configure_trust(tls)
    roads = Roads(
        private=read_private_targets([f"localhost:{port}"]),
        resolver=lambda host: ["127.0.0.1"],
        tls=tls,
    )
    client = Client(roads=roads, limits=QUICK)
    try:
        return client.ask(Question(method="GET", url=f"https://localhost:{port}/"))
    finally:
        client.close()


def test_requests_are_told_of_as_they_leave() -> None:
    seen: list[Asked] = []
    with serving(says(answer())) as server:
        client = Client(
            roads=Roads(detours={HOST: server.url}), limits=QUICK, on_request=seen.append
        )
        client.ask(Question(method="POST", url=f"https://{HOST}/a/b?token=1", content=b"x"))
        client.close()
    assert seen == [Asked(method="POST", host=HOST, path="/a/b")]


def test_a_detour_leads_to_this_machine_only() -> None:
    for url in ("http://10.0.0.1:80", "https://127.0.0.1:443", "http://127.0.0.1"):
        with pytest.raises(ValueError, match="no detour"):
            Client(roads=Roads(detours={HOST: url}), limits=QUICK)


def test_the_place_that_a_detour_leads_to_cannot_be_asked_itself() -> None:
    with serving(says(answer())) as server:
        client = Client(roads=Roads(detours={HOST: server.url}), limits=QUICK)
        with pytest.raises(NotAllowed):
            client.ask(Question(method="GET", url=server.url))
        assert server.connects == 0
