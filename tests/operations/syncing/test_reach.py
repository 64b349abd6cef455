"""An adapter asks what it declares and nothing else."""

from __future__ import annotations

import pytest

from icb.foundation.egress.guard import read_target
from icb.hub.ports import Description, Reach, WrongSettings
from icb.operations.syncing.reach import ReachOf

SETTINGS = {"region": "eu1", "url": "https://rmm.example.com:8443/api/v2/sites", "account": "a.b"}


def covers(reach: Reach, *, url: str, method: str = "GET") -> bool:
    """Whether an adapter with this one reach may ask the URL."""
    description = Description(
        key="one", module="one", name="One", version="1", settings=(), reach=[reach]
    )
    return ReachOf(description, settings=SETTINGS).covers(read_target(url), method=method)


def get(path: str, host: str = "api.example.com") -> Reach:
    """What an adapter declares that it reads."""
    return Reach(method="GET", host=host, path=path)


@pytest.mark.parametrize(
    ("reach", "url"),
    [
        (get("/v1/sites"), "https://api.example.com/v1/sites"),
        (get("/v1/sites"), "https://API.example.com:443/v1/sites?page=2"),
        (get("/v1/{*}/devices"), "https://api.example.com/v1/a%20b/devices"),
        (get("/v1/{account}/devices"), "https://api.example.com/v1/a.b/devices"),
        (get("/v1/delegated({*})"), "https://api.example.com/v1/delegated(7)"),
        (get("/v1", host="{region}.example.com"), "https://eu1.example.com/v1"),
        (get("/{url}", host="{url}"), "https://rmm.example.com:8443/api/v2/sites"),
        (get("/"), "https://api.example.com"),
    ],
)
def test_what_is_declared_may_be_asked(reach: Reach, url: str) -> None:
    assert covers(reach, url=url)


@pytest.mark.parametrize(
    ("reach", "url"),
    [
        (get("/v1/sites"), "https://api.example.com/v1/sites/"),
        (get("/v1/sites"), "https://api.example.com/v1/site"),
        (get("/v1/sites"), "https://api.example.com/v1/sitesX"),
        (get("/v1/sites"), "https://api.example.com/V1/sites"),
        (get("/v1/sites"), "https://api.example.com:8443/v1/sites"),
        (get("/v1/sites"), "https://api.example.com.evil.example/v1/sites"),
        (get("/v1/sites"), "https://xapi.example.com/v1/sites"),
        (get("/v1/sites"), "https://apiXexample.com/v1/sites"),
        (get("/v1.0/sites"), "https://api.example.com/v1X0/sites"),
        (get("/v1/{*}/devices"), "https://api.example.com/v1//devices"),
        (get("/v1/{*}/devices"), "https://api.example.com/v1/a/b/devices"),
        (get("/v1/{*}/devices"), "https://api.example.com/v1/a%2fb/devices"),
        (get("/v1/{*}/devices"), "https://api.example.com/v1/../devices"),
        (get("/v1/{*}/devices"), "https://api.example.com/v1/%2e%2e/devices"),
        (get("/v1/{*}/devices"), "https://api.example.com/v1/.%2E/devices"),
        (get("/v1/{*}/devices"), "https://api.example.com/v1/a;b=1/devices"),
        (get("/v1/{*}/devices"), "https://api.example.com/v1/a%5cb/devices"),
        (get("/v1/{*}/devices"), "https://api.example.com/v1/a%00/devices"),
        (get("/v1/{account}"), "https://api.example.com/v1/aXb"),
        (get("/{url}", host="{url}"), "https://rmm.example.com/api/v2/sites"),
        (get("/{url}", host="{url}"), "https://rmm.example.com:8443/api/v2/devices"),
    ],
)
def test_what_is_not_declared_may_not_be_asked(reach: Reach, url: str) -> None:
    assert not covers(reach, url=url)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "get"])
def test_another_method_may_not_be_used(method: str) -> None:
    assert not covers(get("/v1"), url="https://api.example.com/v1", method=method)


@pytest.mark.parametrize(
    ("settings", "reach"),
    [
        ({}, get("/v1", host="{region}.example.com")),
        ({"region": "evil.example/"}, get("/v1", host="{region}.example.com")),
        ({"region": "a@b"}, get("/v1", host="{region}.example.com")),
        ({"region": ""}, get("/v1", host="{region}.example.com")),
        ({"account": "a/b"}, get("/v1/{account}")),
        ({"account": "{*}"}, get("/v1/{account}")),
    ],
)
def test_a_setting_does_not_widen_the_reach(settings: dict[str, str], reach: Reach) -> None:
    description = Description(
        key="one", module="one", name="One", version="1", settings=(), reach=[reach]
    )
    with pytest.raises(WrongSettings, match=r"region|account"):
        ReachOf(description, settings=settings)
