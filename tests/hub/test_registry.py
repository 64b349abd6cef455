"""Adapters are found without being known to the hub, and a broken one breaks nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from tests.hub.counter_adapter import CounterAdapter

from icb.hub import registry
from icb.hub.ports import ENTRY_POINTS
from icb.kernel.errors import NotFound

ADAPTER = CounterAdapter(key="plugged")
NO_ADAPTER = object()


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    _forget()
    yield
    _forget()


def _forget() -> None:
    registry._sources.cache_clear()
    registry._load.cache_clear()


def _plug(monkeypatch: pytest.MonkeyPatch, **dotted: str) -> None:
    points = [EntryPoint(name, value, ENTRY_POINTS) for name, value in dotted.items()]

    def found(**chosen: Any) -> list[EntryPoint]:
        assert chosen == {"group": ENTRY_POINTS}
        return points

    monkeypatch.setattr(registry, "entry_points", found)


def test_an_installed_package_brings_its_adapter(monkeypatch: pytest.MonkeyPatch) -> None:
    _plug(monkeypatch, plugged="tests.hub.test_registry:ADAPTER")
    assert registry.adapter("plugged").description.name == "Counter"
    assert "plugged" in registry.adapters()


def test_the_projects_own_adapters_are_found_by_the_settings() -> None:
    own = registry.adapter("datto_rmm")
    assert own.description.key == "datto_rmm"


def test_an_adapter_that_cannot_be_loaded_is_named_and_leaves_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _plug(monkeypatch, gone="no.such.package:ADAPTER", odd="tests.hub.test_registry:NO_ADAPTER")
    problems = registry.adapter_problems()
    assert "No module named 'no'" in problems["gone"]
    assert "it is no adapter" in problems["odd"]
    assert "datto_rmm" in registry.adapters()
    with pytest.raises(NotFound, match=r"gone cannot be loaded: .*No module named"):
        registry.adapter("gone")


def test_an_adapter_under_another_ones_key_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    _plug(monkeypatch, other="tests.hub.test_registry:ADAPTER")
    assert registry.adapter_problems()["other"] == "it calls itself plugged"


@pytest.mark.parametrize("key", ["push", "files", "datto_rmm"])
def test_a_package_cannot_take_the_place_of_what_is_built_in(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    before = registry.adapter_keys()
    _forget()
    _plug(monkeypatch, **{key: "tests.hub.test_registry:ADAPTER"})
    assert registry.adapter_keys() == before
    assert key not in registry.adapter_problems()


def test_an_unknown_adapter_is_refused_with_those_there_are() -> None:
    with pytest.raises(NotFound, match=r"none for 'nonsense'.*datto_rmm"):
        registry.adapter("nonsense")


def test_a_registered_adapter_is_found_within_its_block_alone() -> None:
    with registry.registered(CounterAdapter()):
        assert registry.adapter("counter").description.key == "counter"
    assert "counter" not in registry.adapter_keys()
