"""Two commands on a bare machine: ./icb makes its environment, once, and says what it lacks.

The tests run the real launcher on a copy of the tree in a folder of its own, with a search path
that holds what they put there, and a lock of one small wheel that needs no network.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from dev.launcher import explain

ROOT = Path(__file__).resolve().parent.parent.parent
BASE_PYTHON = Path(sys.base_prefix) / "bin" / "python3"
SHELL_TOOLS = ("sh", "cmp", "dirname", "readlink", "realpath")
COMMAND = '''"""Stands for the real command."""

import sys

import tiny


def main() -> int:
    """Print what was asked."""
    print("ran", tiny.NAME, *sys.argv[1:])
    return 7
'''


def write_wheel(folder: Path) -> str:
    """Write the wheel tiny 1.0 into `folder` and return its hash."""
    path = folder / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("tiny.py", "NAME = 'tiny'\n")
        info = "tiny-1.0.dist-info"
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        tags = "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        wheel.writestr(f"{info}/WHEEL", tags)
        record = "".join(f"{name},,\n" for name in [*wheel.namelist(), f"{info}/RECORD"])
        wheel.writestr(f"{info}/RECORD", record)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass
class Machine:
    """A tree to start from, and a search path with little on it."""

    tree: Path
    tools: Path
    wheels: Path

    @property
    def lock(self) -> Path:
        """The run lock of the tree."""
        return self.tree / "requirements" / "run.txt"

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start ./icb and do not wait for it."""
        environment = {
            "PATH": str(self.tools),
            "HOME": str(self.tree.parent),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_CONFIG_FILE": os.devnull,
            **variables,
        }
        return subprocess.Popen(
            [str(self.tree / "icb"), *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **variables: str) -> tuple[int, str, str]:
        """Run ./icb and return its exit code, output and words."""
        process = self.start(*arguments, **variables)
        output, words = process.communicate()
        return process.returncode, output, words

    def put(self, name: str, script: str) -> None:
        """Put a shell script on the search path."""
        path = self.tools / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A bare machine: a shell, Python, and nothing installed."""
    tree, tools, wheels = (tmp_path / name for name in ("tree", "tools", "wheels"))
    for folder in (tree / "dev", tree / "requirements", tree / "src/icb/cli", tools, wheels):
        folder.mkdir(parents=True)
    shutil.copy(ROOT / "icb", tree)
    shutil.copy(ROOT / "dev" / "launcher.py", tree / "dev")
    (tree / "requirements/run.txt").write_text(f"tiny==1.0 --hash=sha256:{write_wheel(wheels)}\n")
    (tree / "src/icb/__init__.py").touch()
    (tree / "src/icb/cli/__init__.py").touch()
    (tree / "src/icb/cli/main.py").write_text(COMMAND)
    for name in SHELL_TOOLS:
        (tools / name).symlink_to(Path(shutil.which(name) or f"/bin/{name}"))
    (tools / "python3").symlink_to(BASE_PYTHON)
    return Machine(tree, tools, wheels)


def fake_uv(installing: str) -> str:
    """A uv that makes real environments, and installs by the given command line."""
    return f"""
for last in "$@"; do :; done
case "$1 $2" in
    "--version ") echo uv 1.0 ;;
    venv*) exec {BASE_PYTHON} -m venv --without-pip "$last" ;;
    "pip install") {installing} ;;
esac
"""


@pytest.fixture
def quick(machine: Machine) -> Machine:
    """A machine whose uv unpacks the wheel, where the installer itself is not the question."""
    wheel = machine.wheels / "tiny-1.0-py3-none-any.whl"
    target = f'"$(echo {machine.tree}/.venv/lib/python3*/site-packages)"'
    machine.put("uv", fake_uv(f"exec {BASE_PYTHON} -m zipfile -e {wheel} {target}"))
    return machine


def test_the_first_call_installs_and_the_second_only_runs(machine: Machine) -> None:
    code, output, words = machine.run("bill", "--preview")
    assert (code, output) == (7, "ran tiny bill --preview\n"), words
    assert "installing 1 locked packages with pip" in words
    assert machine.run("bill") == (7, "ran tiny bill\n", "")


def test_a_changed_lock_is_installed_and_a_moved_tree_still_runs(quick: Machine) -> None:
    quick.run("x")
    quick.lock.write_text(quick.lock.read_text() + "# another lock\n")
    code, _, words = quick.run("x")
    assert code == 7
    assert "installing" in words
    assert "making .venv" not in words
    quick.tree = quick.tree.rename(quick.tree.with_name("moved"))
    assert quick.run("x") == (7, "ran tiny x\n", "")


def test_an_interrupted_installation_starts_over(quick: Machine) -> None:
    venv = quick.tree / ".venv"
    quick.run("x")
    (venv / ".unfinished").touch()
    (venv / ".installed-run").unlink()
    for spoiled in venv.glob("lib/python*/site-packages/tiny.py"):
        spoiled.unlink()
    code, output, words = quick.run("x")
    assert (code, output) == (7, "ran tiny x\n")
    assert "making .venv" in words


def test_two_calls_at_once_install_once(quick: Machine) -> None:
    both = [quick.start("one"), quick.start("two")]
    ended = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [7, 7]
    assert [output for output, _ in ended] == ["ran tiny one\n", "ran tiny two\n"]
    assert sum("installing" in words for _, words in ended) == 1


def test_a_wrong_hash_installs_nothing(machine: Machine) -> None:
    machine.lock.write_text(f"tiny==1.0 --hash=sha256:{'0' * 64}\n")
    code, output, words = machine.run("x")
    assert (code, output) == (70, "")
    assert "does not match its locked hash" in words
    assert not list((machine.tree / ".venv").glob("lib/python*/site-packages/tiny.py"))


def test_without_a_network_one_line_says_so(machine: Machine) -> None:
    closed = "http://127.0.0.1:9/simple"
    code, _, words = machine.run("x", PIP_NO_INDEX="", PIP_FIND_LINKS="", PIP_INDEX_URL=closed)
    assert code == 69
    assert "no network" in words.splitlines()[-1]


def test_an_old_python_is_named(machine: Machine) -> None:
    machine.put("python3", 'case "$2" in *print*) echo 3.9 ;; *) exit 1 ;; esac')
    code, _, words = machine.run("demo")
    assert code == 69
    assert words.count("\n") == 1
    assert "only 3.9 was found" in words
    assert "apt-get install python3" in words


def test_a_missing_python_is_said(machine: Machine) -> None:
    (machine.tools / "python3").unlink()
    code, _, words = machine.run("demo")
    assert code == 69
    assert "none was found" in words


def test_a_python_without_venv_names_the_package(machine: Machine) -> None:
    # A folder named like the module that Debian leaves out, in front of everything else.
    hidden = machine.tree / "dev" / "sitecustomize.py"
    hidden.write_text(
        "import importlib.util as util\n"
        "find = util.find_spec\n"
        "util.find_spec = lambda name: None if name == 'ensurepip' else find(name)\n"
    )
    code, _, words = machine.run("demo", PYTHONPATH=str(hidden.parent))
    assert code == 69
    assert "apt-get install python3-venv" in words
    assert not (machine.tree / ".venv").exists()


def test_uv_is_used_where_it_is_there(quick: Machine) -> None:
    code, output, words = quick.run("x")
    assert (code, output) == (7, "ran tiny x\n"), words
    assert "with uv" in words


def test_everything_is_compiled_once_where_python_writes_no_bytecode(machine: Machine) -> None:
    code, _, words = machine.run("x", PYTHONDONTWRITEBYTECODE="1")
    assert code == 7, words
    assert list((machine.tree / ".venv").glob("lib/python*/site-packages/__pycache__/tiny.*.pyc"))
    assert list((machine.tree / "src/icb/cli/__pycache__").glob("main.*.pyc"))


def test_uv_is_told_to_compile_too(machine: Machine) -> None:
    asked = machine.tree / "asked"
    machine.put("uv", fake_uv(f'echo "$@" > {asked}; echo dns error >&2; exit 2'))
    machine.run("x")
    assert " --compile-bytecode " in asked.read_text()


def test_pip_takes_over_where_uv_cannot_download(machine: Machine) -> None:
    machine.put("uv", fake_uv("echo dns error >&2; exit 2"))
    code, output, words = machine.run("x")
    assert (code, output) == (7, "ran tiny x\n"), words
    assert "trying pip" in words


def test_a_uv_that_does_not_start_is_passed_over(machine: Machine) -> None:
    machine.put("uv", "exit 127")
    code, _, words = machine.run("x")
    assert code == 7
    assert "with pip" in words


@pytest.mark.parametrize(
    ("output", "says", "code", "is_final"),
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "locked hash", 70, True),
        ("OSError: [Errno 28] No space left on device", "disk is full", 73, True),
        ("Temporary failure in name resolution", "no network", 69, False),
        ("invalid peer certificate: UnknownIssuer", "certificate", 69, False),
        ("Traceback\nsomething else", "something else", 70, False),
    ],
)
def test_an_installers_failure_becomes_one_clear_line(
    output: str, says: str, code: int, is_final: bool
) -> None:
    refusal = explain(output)
    assert says in str(refusal)
    assert (refusal.code, refusal.is_final) == (code, is_final)
