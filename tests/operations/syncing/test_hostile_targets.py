"""No address that a person, a vendor or a resolver gives leads anywhere but to the internet.

Every connection that the product would open lands at one listener on this machine, whatever address
it was meant for. The listener counts.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpcore2
import pytest
from tests.support.raw_server import RawServer, Script, answer, says, serving

from icb.foundation.egress.addresses import is_public, read_address
from icb.foundation.egress.limits import Limits
from icb.hub.ports import Description, Reach, SyncProblem
from icb.operations.syncing import http
from icb.operations.syncing.http import AdapterHttp, open_http

PUBLIC, PUBLIC_V6 = "93.184.216.34", "2606:4700::1111"
QUICK = Limits(connect_seconds=1, read_seconds=1, total_seconds=2)
REAL_RESOLVER = socket.getaddrinfo

# What a person might enter as a module's address, or a vendor send as its next page.
LITERALS = r"""
https://127.0.0.1/ https://127.8.9.1/ https://0.0.0.0/ https://10.0.0.5/ https://172.16.3.4/
https://192.168.1.1/ https://100.64.7.7/ https://198.18.0.9/ https://192.0.2.7/
https://224.0.0.251/ https://240.0.0.1/ https://255.255.255.255/
https://169.254.169.254/latest/meta-data/ https://100.100.100.200/latest/
https://168.63.129.16/machine https://192.0.0.192/latest/ https://169.254.170.2/v2/credentials
https://[::1]/ https://[::]/ https://[fe80::1]/ https://[fc00::1]/
https://[fd00:ec2::254]/latest/ https://[ff02::1]/ https://[::127.0.0.1]/
https://[::ffff:127.0.0.1]/ https://[::ffff:169.254.169.254]/ https://[::ffff:a00:5]/
https://[64:ff9b::7f00:1]/ https://[64:ff9b::a9fe:a9fe]/ https://[64:ff9b:1::a00:5]/
https://[2002:7f00:1::1]/ https://[2002:a9fe:a9fe::1]/ https://[2001:0:7f00:1::1]/
https://[2001:db8::1]/ https://[2606:4700::5efe:7f00:1]/ https://2130706433/ https://0x7f000001/
https://017700000001/ https://127.1/ https://127.0.1/ https://0177.0.0.1/
https://0x7f.0x0.0x0.0x1/ https://2852039166/ https://0xa9fea9fe/ https://localhost/
https://localhost./ https://LOCALHOST/ https://example.com@127.0.0.1/
https://example.com:443@169.254.169.254/ https://127.0.0.1\@example.com/
https://127.0.0.1%23@example.com/ https://%31%32%37.0.0.1/ http://example.com/
https://example.com:22/ https://example.com:6379/ file:///etc/passwd
gopher://127.0.0.1:6379/_INFO ftp://127.0.0.1/ unix:///var/run/docker.sock https://①②⑦.0.0.1/
https://127。0。0。1/
"""

# What a resolver might say of an honest-looking name: one bad address is enough.
NAMES: dict[str, list[str]] = {
    "loop.example.com": ["127.0.0.1"],
    "six.example.com": ["::1"],
    "private.example.com": ["10.1.2.3"],
    "metadata.example.com": ["169.254.169.254"],
    "mixed.example.com": [PUBLIC, "192.168.0.10"],
    "mixed-first.example.com": ["127.0.0.1", PUBLIC],
    "mapped.example.com": [PUBLIC, "::ffff:10.0.0.1"],
    "nat.example.com": ["64:ff9b::c0a8:1"],
    "tunnel.example.com": ["2002:c0a8:1::1"],
    "zone.example.com": ["fe80::1%eth0"],
    "wire.example.com": ["168.63.129.16"],
    "empty.example.com": [],
}
TARGETS = [*LITERALS.split(), *(f"https://{name}/" for name in NAMES)]


class Watched:
    """Where connections would have gone."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.resolved: list[str] = []


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    """A resolver that knows NAMES, and notes of all connections."""
    found = Watched()

    def getaddrinfo(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        found.resolved.append(str(host))
        addresses = NAMES.get(str(host))
        if addresses is None:
            if str(host).endswith("example.com"):
                addresses = [PUBLIC, PUBLIC_V6]
            else:
                return REAL_RESOLVER(host, port, *rest, **named)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(http, "PAUSES", ())
    return found


@pytest.fixture
def listener(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> Iterator[RawServer]:
    """The one listener, at which every connection lands."""
    with serving(says(b"")) as server:

        def connect(self: Any, host: str, port: int, *rest: Any, **named: Any) -> Any:
            watched.addresses.append(host)
            return direct(self, "127.0.0.1", server.port, *rest, **named)

        direct = httpcore2.SyncBackend.connect_tcp
        monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect)
        yield server


def opened(url: str, *, reroute: Mapping[str, str] | None = None) -> AdapterHttp:
    """The Http of an adapter that declares to ask exactly this configured address."""
    description = Description(
        key="any",
        module="any",
        name="Any",
        version="1",
        settings=(),
        reach=[Reach(method="GET", host="{url}", path="/{url}")],
    )
    return open_http(description, settings={"url": url}, limits=QUICK, reroute=reroute)


def refused(url: str) -> SyncProblem:
    """The problem that asking a configured address ends in."""
    with pytest.raises(SyncProblem) as error:
        opened(url).request("GET", url=url)
    return error.value


def test_there_are_at_least_sixty_targets() -> None:
    assert len(set(TARGETS)) == len(TARGETS) >= 60


@pytest.mark.parametrize("url", TARGETS)
def test_a_hostile_target_is_not_connected(url: str, listener: RawServer) -> None:
    problem = refused(url)
    assert listener.connects == 0
    assert problem.code in ("reach_refused", "wrong_settings")
    assert not problem.is_passing


def test_the_listener_hears_what_is_let_through(listener: RawServer, watched: Watched) -> None:
    problem = refused("https://honest.example.com/")
    assert problem.code == "vendor_unavailable"
    assert (listener.connects, watched.addresses) == (1, [PUBLIC])


@pytest.mark.parametrize(
    "answers",
    [
        [[PUBLIC], ["127.0.0.1"]],
        [[PUBLIC], ["169.254.169.254"], [PUBLIC]],
        [[PUBLIC], [PUBLIC, "10.0.0.1"]],
    ],
)
def test_a_name_that_changes_its_answer_gains_nothing(
    answers: Sequence[list[str]],
    listener: RawServer,
    watched: Watched,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left = list(answers)

    def getaddrinfo(host: str, port: int, *rest: Any, **named: Any) -> Any:
        said = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in said]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    url = "https://rebinding.example.com/"
    vendor = opened(url)
    for _ in range(4):
        with pytest.raises(SyncProblem):
            vendor.request("GET", url=url)
    connected = [read_address(text) for text in watched.addresses]
    assert connected
    assert all(address is not None and is_public(address) for address in connected)


REDIRECTS = [
    f"{status} {there}"
    for status in (301, 302, 303, 307, 308)
    for there in ("http://127.0.0.1:{port}/", "https://169.254.169.254/", "//localhost:{port}/")
]


@pytest.mark.parametrize("redirect", REDIRECTS)
def test_a_redirect_is_not_followed(redirect: str, watched: Watched) -> None:
    with serving(says(answer())) as trap:
        status, _, there = redirect.format(port=trap.port).partition(" ")
        lines: Script = says(answer(status=f"{status} There", location=there))
        with serving(lines) as vendor:
            url = "https://vendor.example.com/"
            reroute = {"vendor.example.com": vendor.url}
            with pytest.raises(SyncProblem):
                opened(url, reroute=reroute).request("GET", url=url)
            assert vendor.connects == 1
        assert trap.connects == 0
    assert watched.resolved.count("localhost") == 0


@pytest.mark.parametrize("url", TARGETS)
def test_a_next_page_leads_to_no_hostile_target(url: str, listener: RawServer) -> None:
    with serving(says(answer(b'{"next": "..."}'))) as vendor:
        first = "https://vendor.example.com/"
        asked = opened(first, reroute={"vendor.example.com": vendor.url})
        before = listener.connects
        with pytest.raises(SyncProblem) as error:
            asked.request("GET", url=url)
        assert error.value.code == "reach_refused"
        assert listener.connects == before == 0


def test_no_proxy_of_the_machine_is_used(
    listener: RawServer, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://10.0.0.1:3128")
        monkeypatch.setenv(name.lower(), "http://10.0.0.1:3128")
    refused("https://honest.example.com/")
    assert watched.addresses == [PUBLIC]
