"""A connection that is pushed to, its token, and a pace that no test meets by accident."""

from __future__ import annotations

import pytest

from icb.api.v1 import usage
from icb.api.v1.pace import Pace
from icb.foundation.models import Provider
from icb.hub.actions import NewConnected, connect_module
from icb.hub.push_actions import create_token


@pytest.fixture(autouse=True)
def pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "PACE", Pace(at_once=100_000))


@pytest.fixture
def token(provider: Provider) -> str:
    return connected()


def connected(key: str = "rmm") -> str:
    """Connect a module that is pushed to; its token."""
    connect_module(NewConnected(key=key, name="My RMM", adapter="push", settings={}))
    return create_token(key, name="tests").token
