"""The continuous build installs what is missing and runs exactly the test command, strictly."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
NEEDED = ("git", "cmp", "curl", "strace", "faketime", "chromium", "python3")


def put(folder: Path, *, name: str, script: str) -> None:
    """Put a shell script into `folder`."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A tree with a command that says what it got, on a machine that lacks nothing."""
    tools = tmp_path / "tools"
    for folder in (tools, tmp_path / "tree" / ".ci"):
        folder.mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "run", tmp_path / "tree" / ".ci")
    says = 'echo "icb $* strict=$ICB_TEST_STRICT specs=$ICB_VENDOR_SPECS"'
    put(tmp_path / "tree", name="icb", script=says)
    for name in NEEDED:
        put(tools, name=name, script="exit 0")
    put(tools, name="apt-get", script=f'echo "$*" >> {tmp_path}/apt; exit 0')
    put(tools, name="sudo", script='exec "$@"')
    for name in ("bash", "dirname", "id"):
        (tools / name).symlink_to(Path(shutil.which(name) or f"/usr/bin/{name}"))
    return tmp_path


def run(machine: Path) -> str:
    """Run .ci/run on the machine; its output."""
    done = subprocess.run(
        [str(machine / "tools" / "bash"), str(machine / "tree/.ci/run")],
        env={"PATH": str(machine / "tools")},
        cwd=machine,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_a_full_machine_only_runs_the_strict_command(machine: Path) -> None:
    assert run(machine) == "icb test strict=1 specs=../shared/specs\n"
    assert not (machine / "apt").exists()


def test_what_is_missing_is_installed_first(machine: Path) -> None:
    (machine / "tools" / "faketime").unlink()
    put(machine / "tools", name="python3", script="exit 1")
    output = run(machine)
    calls = (machine / "apt").read_text()
    assert "installing faketime python3-venv" in output
    assert "update" in calls
    assert "faketime python3-venv" in calls
    assert output.endswith("icb test strict=1 specs=../shared/specs\n")
