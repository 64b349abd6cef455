"""What a vendor answers becomes an answer, or a problem that says what to do."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from decimal import Decimal

import pytest
from tests.support.clocks import StillClock
from tests.support.raw_server import RawServer, Script, answer, says, serving

from icb.foundation.egress.limits import Limits
from icb.hub.ports import (
    AccessRefused,
    Body,
    CredentialsRefused,
    Description,
    Reach,
    ReachRefused,
    SyncProblem,
    Throttled,
    UnexpectedAnswer,
    VendorUnavailable,
    WrongSettings,
)
from icb.operations.syncing import http
from icb.operations.syncing.http import AdapterHttp, AdapterResponse, open_http
from icb.operations.syncing.statuses import LONGEST_WAIT, retry_after

HOST = "api.vendor.example"
URL = f"https://{HOST}/v1/sites"
SECRET = "s3cr3t-in-a-header"
QUICK = Limits(connect_seconds=1, read_seconds=0.5, total_seconds=1, wait_seconds=5)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made; none of them takes any time."""
    made: list[float] = []

    def pause(seconds: float) -> None:
        if seconds > 0:
            made.append(seconds)

    monkeypatch.setattr(http, "sleep", pause)
    return made


def opened(server: RawServer, *, limits: Limits = QUICK, per_minute: int = 0) -> AdapterHttp:
    """The Http of an adapter whose vendor is the server."""
    description = Description(
        key="vendor",
        module="vendor",
        name="Vendor",
        version="1",
        settings=(),
        reach=[
            Reach(method="GET", host=HOST, path="/v1/sites"),
            Reach(method="POST", host=HOST, path="/token"),
        ],
        per_minute=per_minute,
    )
    return open_http(description, settings={}, limits=limits, reroute={HOST: server.url})


def asked(
    script: Script, *, limits: Limits = QUICK, allow: tuple[int, ...] = ()
) -> AdapterResponse:
    """The answer to one request of a vendor that follows the script."""
    headers = {"Authorization": f"Bearer {SECRET}"}
    with serving(script) as server, opened(server) as vendor:
        return vendor.request("GET", url=URL, params={"key": SECRET}, headers=headers, allow=allow)


def status(line: str, **headers: str) -> bytes:
    """An answer with a status, whose body tells a secret."""
    return answer(f"you sent {SECRET}".encode(), status=line, **headers)


def test_an_answer_is_given_to_the_adapter(pauses: list[float]) -> None:
    found = asked(says(answer(b'{"sites": [1.5]}', X_Total="1")))
    assert (found.status, found.headers["x-total"]) == (200, "1")
    assert found.json() == {"sites": [Decimal("1.5")]}
    assert found.text() == '{"sites": [1.5]}'
    assert pauses == []


@pytest.mark.parametrize(
    ("line", "headers", "kind", "words", "requests"),
    [
        ("400 Bad", {}, UnexpectedAnswer, "Check the settings", 1),
        ("401 No", {}, CredentialsRefused, "Enter them anew", 1),
        ("403 No", {}, AccessRefused, "Give them the rights", 1),
        ("403 No", {"retry_after": "600"}, Throttled, "in 600 seconds", 1),
        ("404 No", {}, UnexpectedAnswer, "Check the settings", 1),
        ("408 Slow", {}, VendorUnavailable, "outage", 4),
        ("429 Slow", {}, Throttled, "come back later", 4),
        ("429 Slow", {"retry_after": "2"}, Throttled, "in 2 seconds", 4),
        ("429 Slow", {"retry_after": "600"}, Throttled, "in 600 seconds", 1),
        ("500 Broken", {}, VendorUnavailable, "outage", 4),
        ("501 Never", {}, VendorUnavailable, "outage", 1),
        ("503 Busy", {"retry_after": "900"}, VendorUnavailable, "outage", 1),
        ("302 There", {"location": "http://127.0.0.1/"}, UnexpectedAnswer, "never followed", 1),
        ("304 Same", {}, UnexpectedAnswer, "never followed", 1),
    ],
)
def test_a_status_becomes_a_problem_that_says_what_to_do(
    line: str,
    headers: dict[str, str],
    kind: type[SyncProblem],
    words: str,
    requests: int,
    pauses: list[float],
) -> None:
    with serving(says(status(line, **headers))) as server, opened(server) as vendor:
        with pytest.raises(SyncProblem, match=words) as error:
            vendor.request("GET", url=URL, headers={"Authorization": SECRET})
        assert type(error.value) is kind
        assert "Nothing was stored" in error.value.message
        assert (vendor.requests, len(server.heads)) == (requests, requests)
    assert SECRET not in repr(error.value)


def test_a_far_retry_after_ends_the_sync_and_is_passed_on(pauses: list[float]) -> None:
    with pytest.raises(Throttled) as error:
        asked(says(status("429 Slow", retry_after="3600")))
    assert error.value.retry_after == 3600
    assert pauses == []


def test_what_passes_is_waited_for_and_the_answer_taken(pauses: list[float]) -> None:
    found = asked(says(status("429 Slow", retry_after="3"), status("500 Broken"), answer(b"[1]")))
    assert found.json() == [1]
    assert pauses == [3, 2.0]


def test_an_allowed_status_is_an_answer(pauses: list[float]) -> None:
    assert asked(says(status("404 No")), allow=(404,)).status == 404


def test_a_broken_connection_is_tried_again(pauses: list[float]) -> None:
    tries = []

    def breaks_twice(connection: socket.socket, head: bytes) -> None:
        tries.append(head)
        connection.sendall(answer(b"[1]") if len(tries) == 3 else answer(b"[1]")[:-1])
        if len(tries) < 3:
            connection.shutdown(socket.SHUT_RDWR)

    assert asked(breaks_twice).json() == [1]
    assert len(tries) == 3


def test_what_may_have_arrived_is_not_posted_twice(pauses: list[float]) -> None:
    def hangs_up(connection: socket.socket, head: bytes) -> None:
        connection.shutdown(socket.SHUT_RDWR)

    with serving(hangs_up) as server, opened(server) as vendor:
        with pytest.raises(VendorUnavailable):
            vendor.request("POST", url=f"https://{HOST}/token", body=Body(form={"a": "b"}))
        assert len(server.heads) == 1


def test_a_vendor_that_is_not_there_is_unavailable(pauses: list[float]) -> None:
    with serving(says(answer())) as server:
        vendor = opened(server)
    with pytest.raises(VendorUnavailable, match="outage"):
        vendor.request("GET", url=URL)
    assert pauses == [1.0, 2.0, 4.0]


def test_what_is_outside_of_the_reach_is_not_asked() -> None:
    with serving(says(answer())) as server, opened(server) as vendor:
        for url in (
            f"https://{HOST}/v1/users",
            f"https://{HOST}/v1/sites/7",
            "https://other.example/v1/sites",
            f"https://user:word@{HOST}/v1/sites",
            f"{server.url}/v1/sites",
        ):
            with pytest.raises(ReachRefused, match="Nothing was asked"):
                vendor.request("GET", url=f"{url}?token={SECRET}")
        with pytest.raises(ReachRefused):
            vendor.request("DELETE", url=URL)
        assert (server.connects, vendor.requests) == (0, 0)


def test_a_setting_that_no_header_can_hold_is_named_as_wrong() -> None:
    with serving(says(answer())) as server, opened(server) as vendor:
        with pytest.raises(WrongSettings, match="Authorization") as error:
            vendor.request("GET", url=URL, headers={"Authorization": f"{SECRET}\n"})
        assert SECRET not in error.value.message


@pytest.mark.parametrize("body", [b"<html>sign in</html>", b'{"a": 1, "a": 2}', b"\xff", b""])
def test_a_body_that_is_no_json_is_an_unexpected_answer(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer, match="cannot be read"):
        asked(says(answer(body))).json()


def test_bytes_that_are_no_text_are_an_unexpected_answer() -> None:
    with pytest.raises(UnexpectedAnswer, match="UTF-8"):
        asked(says(answer(b"\xff"))).text()


def test_a_sync_asks_only_so_often() -> None:
    with serving(says(answer())) as server:
        vendor = opened(server, limits=Limits(requests=3))
        for _ in range(3):
            vendor.request("GET", url=URL)
        with pytest.raises(UnexpectedAnswer, match="asked 3 times"):
            vendor.request("GET", url=URL)
        assert len(server.heads) == 3


def test_a_sync_takes_only_so_much() -> None:
    with serving(says(answer(b" " * 400))) as server:
        vendor = opened(server, limits=Limits(all_bytes=1000))
        vendor.request("GET", url=URL)
        vendor.request("GET", url=URL)
        with pytest.raises(UnexpectedAnswer, match="in one sync"):
            vendor.request("GET", url=URL)


def test_a_sync_takes_only_so_long() -> None:
    with serving(says(answer())) as server:
        vendor = opened(server, limits=Limits(all_seconds=0.2))
        vendor.request("GET", url=URL)
        time.sleep(0.3)
        with pytest.raises(VendorUnavailable, match="one sync"):
            vendor.request("GET", url=URL)


def test_requests_keep_the_pace_that_the_vendor_allows() -> None:
    with serving(says(answer())) as server:
        vendor = opened(server, per_minute=600)
        began = time.monotonic()
        for _ in range(4):
            vendor.request("GET", url=URL)
        assert time.monotonic() - began >= 0.3


def test_bodies_are_sent_as_json_or_as_a_form() -> None:
    received = []

    def takes(connection: socket.socket, head: bytes) -> None:
        body = head.partition(b"\r\n\r\n")[2] or connection.recv(65536)
        received.append((head.lower(), body))
        connection.sendall(answer())

    with serving(takes) as server, opened(server) as vendor:
        for body in (Body(form={"a": "b c&"}), Body(json={"n": Decimal("1.50"), "w": Decimal(2)})):
            vendor.request("POST", url=f"https://{HOST}/token", body=body)
    (form_head, form), (json_head, json_body) = received
    assert (form, json_body) == (b"a=b+c%26", b'{"n": "1.5", "w": 2}')
    assert b"content-type: application/x-www-form-urlencoded" in form_head
    assert b"content-type: application/json" in json_head


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "0"}, 0),
        ({"retry-after": " 120 "}, 120),
        ({"retry-after": "Thu, 01 Jan 2026 09:05:00 GMT"}, 300),
        ({"retry-after": "Thu, 01 Jan 2026 08:00:00 GMT"}, 0),
        ({"retry-after": "Thu, 01 Jan 2099 08:00:00 GMT"}, LONGEST_WAIT),
        ({"retry-after": "999999999999"}, LONGEST_WAIT),
        ({"retry-after": "9" * 5000}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "²"}, None),
    ],
)
def test_a_pause_is_read_as_seconds_or_as_a_date(
    headers: Mapping[str, str], seconds: int | None, clock: StillClock
) -> None:
    assert retry_after(headers) == seconds
