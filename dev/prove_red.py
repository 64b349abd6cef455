"""Prove that the tests see what they are there to see: `./icb prove-red [NUMBER ...]`.

Each file of tests/defects/ is a patch with a seeded defect. Above the patch stand lines of the
form `Test: tests/...::test_name` (at least one) and, where it matters, `Database: postgresql`. The
defect is applied to a copy of the tree; the named tests must pass without it and fail with it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tests" / "defects"
COPIED = ("src", "tests", "dev", "docs", "examples", "requirements", "pyproject.toml")
PASSED, FAILED = 0, 1
# What a test run sets for itself; the runs in the copy must not inherit it.
OURS = ("COV", "DJANGO_", "ICB_", "PYTEST_")


@dataclass(frozen=True)
class Defect:
    """A seeded error, the tests that must see it, and the database they run on."""

    path: Path
    tests: tuple[str, ...]
    database: str = "sqlite"

    @property
    def name(self) -> str:
        """The defect's file name without its ending."""
        return self.path.stem


def main(arguments: Sequence[str]) -> int:
    """Prove the chosen defects (numbers or parts of names; default all); 1 if one is not seen."""
    chosen = [defect for defect in defects() if wanted(defect, words=arguments)]
    problems = [problem for defect in chosen if (problem := prove(defect))]
    for problem in problems:
        print(problem)
    print(f"{len(chosen) - len(problems)} passed, {len(problems)} failed")
    return int(bool(problems) or not chosen)


def defects() -> list[Defect]:
    """Every seeded defect, in order of number."""
    return [read_defect(path) for path in sorted(FOLDER.glob("*.patch"))]


def read_defect(path: Path) -> Defect:
    """Read the lines above a patch; ValueError where no test is named."""
    head = path.read_text("utf-8").partition("diff --git ")[0]
    pairs = [line.partition(":") for line in head.splitlines()]
    tests = tuple(value.strip() for key, _, value in pairs if key == "Test")
    if not tests:
        raise ValueError(f"{path.name} names no test: write a line `Test: tests/...::test_...`")
    databases = [value.strip() for key, _, value in pairs if key == "Database"]
    return Defect(path, tests, *databases)


def wanted(defect: Defect, *, words: Sequence[str]) -> bool:
    """Whether the command line asks for this defect."""
    return not words or any(word in defect.name for word in words)


def prove(defect: Defect) -> str:
    """Run a defect's tests without and with it; what is wrong, or nothing."""
    print(f"== {defect.name}", flush=True)
    with tempfile.TemporaryDirectory(prefix="icb-red-") as name:
        tree = copy_of_tree(Path(name))
        before = run_tests(defect, tree=tree)
        if before.returncode != PASSED:
            return f"{defect.name}: the tests fail already without the defect\n{before.stdout}"
        applied = subprocess.run(
            ["git", "apply", str(defect.path)], cwd=tree, capture_output=True, text=True
        )
        if applied.returncode != 0:
            return f"{defect.name}: the patch no longer applies\n{applied.stderr}"
        after = run_tests(defect, tree=tree)
        if after.returncode != FAILED:
            return f"{defect.name}: NOT SEEN, pytest ended with {after.returncode}\n{after.stdout}"
    return ""


def copy_of_tree(folder: Path) -> Path:
    """Copy what the tests need into `folder`; the real tree is never touched."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.is_file():
            shutil.copy(source, folder / name)
    return folder


def run_tests(defect: Defect, *, tree: Path) -> subprocess.CompletedProcess[str]:
    """Run the defect's tests in a copy of the tree."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(OURS)},
        "PYTHONPATH": str(tree / "src"),
        "ICB_TEST_DATABASE": defect.database,
        "ICB_DATA_DIR": str(tree / "data"),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *defect.tests]
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
