"""Each adapter asks only what its description declares, as a recorder on the client sees it.

The recorder stands where requests leave, behind the check of the reach, and is compared here with
the descriptions by a reading of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest
from tests.conformance.case import DAY, Case, all_cases
from tests.conformance.test_adapters import use_everything
from tests.modules.generic_http.test_generic_http import ALL, DEVICES, session, vendor_server
from tests.support.raw_server import answer, says, serving

from icb.demo.vendors.server import Fake
from icb.foundation.egress.client import Asked, Client, Roads
from icb.foundation.egress.limits import Limits
from icb.hub.ports import Capability, Description, Reach, ReachRefused
from icb.hub.registry import adapters
from icb.modules.generic_http.adapter import ADAPTER as GENERIC
from icb.operations.syncing import http
from icb.operations.syncing.http import AdapterHttp, open_http

CASES = all_cases()
HOST = "api.vendor.example"

# Requests beside what the adapter below declares: other hosts, methods, paths and spellings.
TEMPTATIONS = [
    ("GET", f"https://{HOST}/v1/users"),
    ("GET", f"https://{HOST}/v1/sites/"),
    ("GET", f"https://{HOST}/v1/sites/7/devices/9"),
    ("GET", f"https://{HOST}/v1/sites/../users"),
    ("GET", f"https://{HOST}/v1/sites/%2e%2e/users"),
    ("GET", f"https://{HOST}/v1/sites%2f7"),
    ("GET", f"https://{HOST}//v1/sites"),
    ("GET", "https://other.example/v1/sites"),
    ("GET", f"https://{HOST}:8443/v1/sites"),
    ("POST", f"https://{HOST}/v1/sites"),
    ("PUT", f"https://{HOST}/v1/sites"),
    ("DELETE", f"https://{HOST}/v1/sites"),
    ("GET", f"https://{HOST}/token"),
]


def is_declared(asked: Asked, *, reach: Reach, settings: Mapping[str, str]) -> bool:
    """Whether a request that left is one that the reach speaks of."""
    host, path = reach.host, reach.path
    for name, text in settings.items():
        parts = urlsplit(text)
        host = host.replace(f"{{{name}}}", parts.netloc or text)
        path = path.replace(f"{{{name}}}", parts.path.lstrip("/") if parts.netloc else text)
    declared, segments = path.split("/"), asked.path.split("/")
    return (
        (reach.method, host) == (asked.method, asked.host)
        and len(declared) == len(segments)
        and all("{*}" in one or one == other for one, other in zip(declared, segments, strict=True))
    )


def list_all_items(case: Case, fake: Fake) -> None:
    """The items behind each count of one organization, where the adapter knows them."""
    if Capability.EVIDENCE in case.adapter.description.capabilities:
        taken = case.adapter.snapshot(case.session(fake), day=DAY)
        for name in taken.manifest.billing_types:
            asked = case.session(fake)
            organization = taken.organizations[0].id
            list(case.adapter.items(asked, organization=organization, billing_type=name))


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """All requests that leave while the test runs."""
    recorded: list[Asked] = []

    class Recording(Client):
        def __init__(self, *, roads: Roads, limits: Limits, on_request: object = None) -> None:
            super().__init__(roads=roads, limits=limits, on_request=recorded.append)

    monkeypatch.setattr(http, "Client", Recording)
    monkeypatch.setattr(http, "PAUSES", ())
    return recorded


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_adapter_asks_what_it_declares_and_nothing_else(case: Case, seen: list[Asked]) -> None:
    with case.fake() as fake:
        use_everything(case, fake)
        list_all_items(case, fake)
    described = case.adapter.description
    given = {field.name: field.default for field in described.settings} | dict(case.settings)
    undeclared = [
        asked
        for asked in seen
        if not any(is_declared(asked, reach=reach, settings=given) for reach in described.reach)
    ]
    assert seen
    assert undeclared == []


def test_a_configured_list_is_all_that_the_generic_adapter_asks(seen: list[Asked]) -> None:
    settings = {**DEVICES, "paging": "page"}
    with vendor_server(lambda query: ALL if query["page"] == "1" else []) as server:
        GENERIC.test(session(server, settings))
    assert seen == [Asked(method="GET", host="rmm.example.com", path="/api/devices")] * 2


class Wandering:
    """An adapter that asks more than it declares, whatever its vendor or its author wanted."""

    description = Description(
        key="wandering",
        module="wandering",
        name="Wandering",
        version="1",
        settings=(),
        reach=(
            Reach(method="GET", host=HOST, path="/v1/sites"),
            Reach(method="GET", host=HOST, path="/v1/sites/{*}/devices"),
        ),
    )

    def ask(self, vendor: AdapterHttp, *, method: str, url: str) -> None:
        """One request of its own choice."""
        vendor.request(method, url=url)


@pytest.mark.parametrize(("method", "url"), TEMPTATIONS)
def test_a_request_beside_the_declared_ones_never_leaves(
    method: str, url: str, seen: list[Asked]
) -> None:
    adapter = Wandering()
    with serving(says(answer())) as server:
        reroute = {HOST: server.url, "other.example": server.url}
        with open_http(adapter.description, settings={}, reroute=reroute) as vendor:
            adapter.ask(vendor, method="GET", url=f"https://{HOST}/v1/sites")
            with pytest.raises(ReachRefused, match="Nothing was asked"):
                adapter.ask(vendor, method=method, url=url)
    assert seen == [Asked(method="GET", host=HOST, path="/v1/sites")]


@pytest.mark.parametrize("key", sorted(adapters()))
def test_an_adapter_declares_hosts_that_it_knows_and_paths_that_it_means(key: str) -> None:
    described = adapters()[key].description
    assert described.reach
    for reach in described.reach:
        assert reach.method in ("GET", "POST")
        assert "*" not in reach.host
        assert reach.path.startswith("/")
        assert reach.path not in ("/{*}", "/")
