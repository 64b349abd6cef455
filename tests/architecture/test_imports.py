"""The import contracts of pyproject.toml hold, and each one stops what it is there to stop."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.architecture.source import ROOT, packages

pytestmark = pytest.mark.architecture

RUN = "from importlinter.cli import lint_imports_command as run; run()"

# A tree in which every name stands that a contract mentions, and no import is wrong.
CLEAN = {
    "kernel/rounding.py": "",
    "rating/rate.py": "import icb.kernel.rounding",
    "foundation/models.py": "",
    "organizations/models.py": "import icb.foundation.models",
    "contracts/models.py": "import icb.organizations.models",
    "hub/models.py": "import icb.foundation.models",
    "hub/ports.py": "",
    "modules/one.py": "import icb.hub.ports",
    "billing/models.py": "import icb.contracts.models",
    "billing/queries.py": "import icb.billing.models",
    "cli/main.py": "import icb.billing.queries",
}

BREAKS = {
    "layers": {"contracts/models.py": "import icb.billing.models"},
    "pure-core": {"rating/rate.py": "from django.db import models"},
    "hub-knows-no-customer": {"hub/models.py": "import icb.organizations.models"},
    "models-are-private": {"cli/main.py": "import icb.billing.models"},
    "no-sums-in-entry-points": {"cli/main.py": "from icb.kernel.rounding import round_ratio"},
    "adapters-know-no-database": {"modules/one.py": "import icb.hub.models"},
    "targets-know-no-database": {
        "accounting/ports.py": "",
        "accounting/targets/one.py": "import icb.billing.models",
    },
    "no-cycles": {
        "billing/models.py": "import icb.billing.queries",
        "billing/queries.py": "import icb.billing.models",
    },
}


def contracts() -> list[dict[str, Any]]:
    """The contracts as pyproject.toml states them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    found: list[dict[str, Any]] = settings["tool"]["importlinter"]["contracts"]
    return found


def check(source: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter over the icb package that stands in the folder `source`."""
    return subprocess.run(
        [sys.executable, "-c", RUN, "--no-logo", "--no-cache", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
    )


def write_tree(folder: Path, files: dict[str, str]) -> Path:
    """Write `files` as a package icb into `folder`."""
    for name, text in files.items():
        path = folder / "icb" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(text + "\n")
    (folder / "icb" / "__init__.py").touch()
    return folder


def test_the_tree_keeps_every_contract() -> None:
    done = check(ROOT / "src")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_clean_tree_keeps_every_contract(tmp_path: Path) -> None:
    done = check(write_tree(tmp_path, CLEAN))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", [contract["id"] for contract in contracts()])
def test_each_contract_stops_its_bad_example(name: str, tmp_path: Path) -> None:
    done = check(write_tree(tmp_path, {**CLEAN, **BREAKS[name]}), "--contract", name)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout


def test_a_package_without_a_place_in_the_layers_is_refused(tmp_path: Path) -> None:
    done = check(write_tree(tmp_path, {**CLEAN, "extras/one.py": ""}), "--contract", "layers")
    assert done.returncode == 1, done.stdout + done.stderr


def test_every_package_stands_in_the_layers() -> None:
    (layers,) = [contract["layers"] for contract in contracts() if contract["id"] == "layers"]
    placed = {name.strip(" ()") for line in layers for name in line.split("|")}
    assert {path.name for path in packages()} <= placed
