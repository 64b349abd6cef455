"""The example of docs/writing-a-module.md: a package of its own, found and held to the suite."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conformance.case import MORE

from icb.hub import registry

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = ROOT / "examples" / "adapter"
SUITE = ("-q", "-p", "no:cacheprovider", "tests/conformance/test_adapters.py", "-k", "csv_report")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The example as an installer leaves it: the package, and beside it what it announces."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text("utf-8"))["project"]
    shutil.copytree(EXAMPLE / "csv_report", tmp_path / "csv_report")
    folder = tmp_path / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n")
    lines = [
        line
        for group, points in project["entry-points"].items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in points.items()))
    ]
    (folder / "entry_points.txt").write_text("\n".join(lines) + "\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    registry._sources.cache_clear()
    yield tmp_path
    registry._sources.cache_clear()
    registry._load.cache_clear()


def test_a_package_of_somebody_else_is_found_by_its_entry_point(installed: Path) -> None:
    assert registry.adapter("csv_report").description.name == "CSV report"
    assert "csv_report" not in registry.adapter_problems()
    assert Path(sys.modules["csv_report"].__path__[0]).parent == installed


def test_the_suite_holds_somebody_elses_adapter(tmp_path: Path) -> None:
    places = (str(ROOT / "src"), str(EXAMPLE))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *SUITE],
        cwd=ROOT,
        env={
            **{name: text for name, text in os.environ.items() if not name.startswith("ICB_")},
            MORE: "csv_report_case",
            "PYTHONPATH": os.pathsep.join(places),
        },
        capture_output=True,
        text=True,
    )
    passed = re.search(r"(\d+) passed", done.stdout)
    assert done.returncode == 0 and passed, done.stdout[-3000:]
    tests = (ROOT / "tests" / "conformance" / "test_adapters.py").read_text("utf-8")
    assert int(passed[1]) >= tests.count("\ndef test_")
