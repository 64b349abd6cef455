"""What holds for the adapters that come with the project, beyond what holds for all."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from tests.conformance.case import DAY, Case, all_cases

from icb.hub.catalogue import catalogue_module
from icb.hub.registry import adapter, adapter_problems

OWN: dict[str, str] = settings.ICB_MODULES
# What a person configures has no vendor: neither a catalogue entry nor a contract of its own.
CONFIGURED = {"generic_http"}
CASES = [case for case in all_cases() if case.name in OWN and case.name not in CONFIGURED]
SHARED = ("icb.hub.ports", "icb.kernel", "icb.modules.bearer", "icb.modules.reading")


def folder(key: str) -> Path:
    """Where the adapter of that key lies."""
    file = importlib.import_module(OWN[key].rsplit(".", 2)[0]).__file__
    assert file
    return Path(file).parent


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_every_adapter_loads_and_has_its_case() -> None:
    assert adapter_problems() == {}
    assert {case.name for case in all_cases()} >= set(OWN)


@pytest.mark.parametrize("key", OWN)
def test_an_adapter_imports_the_port_and_little_else(key: str) -> None:
    own = OWN[key].rsplit(".", 2)[0]
    for path in folder(key).rglob("*.py"):
        for name in imported(path):
            is_shared = any(name == allowed or name.startswith(f"{allowed}.") for allowed in SHARED)
            is_standard = name.split(".")[0] in sys.stdlib_module_names
            assert is_shared or is_standard or name.startswith(f"{own}."), f"{path.name}: {name}"


@pytest.mark.parametrize("key", OWN)
def test_an_adapter_says_how_it_is_set_up_and_what_is_proven(key: str) -> None:
    text = (folder(key) / "README.md").read_text("utf-8").lower()
    assert "set-up" in text or "set up" in text
    if not adapter(key).description.is_proven and key not in CONFIGURED:
        assert "unproven against a live account" in text
    assert key in CONFIGURED or (folder(key) / "contract.json").is_file()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_catalogue_knows_what_an_adapter_counts(case: Case) -> None:
    with case.fake() as fake:
        found = case.adapter.snapshot(case.session(fake), day=DAY).manifest.billing_types
    module = catalogue_module(case.adapter.description.module)
    known = {billing_type.key for billing_type in module.billing_types}
    assert set(case.adapter.description.billing_types) <= known
    if case.adapter.description.billing_types:
        assert set(found) <= known
