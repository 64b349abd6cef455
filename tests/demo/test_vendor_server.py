"""The base of the fake vendors: real HTTP, one exchange after the other, breakable."""

from __future__ import annotations

import json
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException

import pytest
import trustme

from icb.demo.vendors.server import Answer, Fake, Fault, Request, Wire


class Echo(Fake):
    hosts = ("echo.example", "also.example")

    def answer(self, request: Request) -> Answer:
        """What was asked."""
        return Answer(body={"path": request.path, **request.query}, headers={"X-Kind": "echo"})


@pytest.fixture
def fake() -> Iterator[Echo]:
    with Echo() as fake:
        yield fake


def get(url: str, *, context: ssl.SSLContext | None = None) -> object:
    with urllib.request.urlopen(url, timeout=5, context=context) as response:
        return json.loads(response.read())


class Played:
    """A fault that does what a function does."""

    def __init__(self, *sent: bytes, seconds: float = 0, is_reset: bool = False) -> None:
        self.sent, self.seconds, self.is_reset = sent, seconds, is_reset

    def play(self, wire: Wire) -> None:
        for data in self.sent:
            wire.send(data)
        if self.seconds:
            wire.wait(self.seconds)
        if self.is_reset:
            wire.reset()


def test_requests_are_answered_and_noted(fake: Echo) -> None:
    assert get(f"{fake.url}/a/b?x=1&y=") == {"path": "/a/b", "x": "1", "y": ""}
    request = urllib.request.Request(f"{fake.url}/form", data=b"a=1&b=%20", method="POST")
    request.add_header("Authorization", "Basic dXNlcjpwYXNz")
    with urllib.request.urlopen(request, timeout=5) as response:
        assert response.headers["X-Kind"] == "echo"
    first, second = fake.requests
    assert (first.method, first.number, first.body) == ("GET", 0, b"")
    assert (second.method, second.number, second.form()) == ("POST", 1, {"a": "1", "b": " "})
    assert second.basic() == ("user", "pass") and second.bearer() == ""
    assert first.basic() == ("", "")


def test_hosts_are_led_to_the_fake(fake: Echo) -> None:
    assert fake.reroute == {"echo.example": fake.url, "also.example": fake.url}
    assert fake.url.startswith("http://127.0.0.1:")


def test_a_fault_may_change_the_answer(fake: Echo) -> None:
    fake.fault = lambda request, answer: (
        Answer(status=503, body="broken") if request.path == "/bad" else answer
    )
    assert get(f"{fake.url}/good") == {"path": "/good"}
    with pytest.raises(urllib.error.HTTPError, match="503") as raised:
        get(f"{fake.url}/bad")
    raised.value.close()
    assert [exchange.answer.status for exchange in fake.exchanges] == [200, 200]


@pytest.mark.parametrize(
    "fault",
    [
        Played(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"),
        Played(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", is_reset=True),
        Played(),
        Played(b"nonsense\r\n"),
    ],
    ids=["cut", "reset", "silence", "nonsense"],
)
def test_a_fault_may_spoil_the_connection(fake: Echo, fault: Fault) -> None:
    fake.fault = lambda request, answer: fault
    with pytest.raises((OSError, HTTPException)):
        get(f"{fake.url}/")


def test_a_hanging_answer_holds_up_nobody_else(fake: Echo) -> None:
    hung = threading.Event()

    def fault(request: Request, answer: Answer) -> Answer | Fault:
        if request.path != "/hang":
            return answer
        hung.set()
        return Played(seconds=60)

    def hang() -> None:
        with pytest.raises((OSError, HTTPException)):
            get(f"{fake.url}/hang")

    fake.fault = fault
    waiting = threading.Thread(target=hang)
    waiting.start()
    assert hung.wait(5)
    assert get(f"{fake.url}/other") == {"path": "/other"}
    started = time.monotonic()
    fake.__exit__(None, None, None)
    waiting.join(5)
    assert not waiting.is_alive() and time.monotonic() - started < 5


def test_many_at_once_are_all_answered(fake: Echo) -> None:
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda each=each: found.append(get(f"{fake.url}/{each}")))
        for each in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(found) == 40
    assert sorted(request.number for request in fake.requests) == list(range(40))


def test_it_speaks_tls_where_it_is_given_a_certificate() -> None:
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    with Echo(tls=server) as fake:
        assert fake.url.startswith("https://")
        assert get(f"{fake.url}/safe", context=client) == {"path": "/safe"}
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE"):
            get(f"{fake.url}/safe", context=ssl.create_default_context())


def test_without_a_block_it_does_not_listen() -> None:
    with pytest.raises(RuntimeError, match="with block"):
        assert Echo().url
