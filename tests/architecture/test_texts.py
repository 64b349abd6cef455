"""No text of the project names a machine it was made on or a place to download from."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from tests.architecture.source import ROOT, Finding, project_texts

pytestmark = pytest.mark.architecture

# Written in parts, so that this file keeps its own rule.
REGISTRY_HOSTS = re.compile(
    r"pypi\.(?:org|io|python\.org)|files\.pythonhosted\.org|registry\.npmjs\.org"
    r"|^\s*--(?:extra-)?index-url|^\s*--find-links",
    re.MULTILINE,
)
MACHINE_PATHS = re.compile(r"(?<![\w.$}\-~/])/(?:work|root|home/\w+|Users/\w+)(?:/|\b)")
MADE_ELSEWHERE = ("LICENSE",)
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE | re.IGNORECASE)
WANTED = re.compile(r"^([a-z0-9][a-z0-9._-]*)", re.MULTILINE | re.IGNORECASE)


def findings(path: str, text: str) -> Iterator[Finding]:
    """Each registry host and each path of one machine in a text."""
    for number, line in enumerate(text.splitlines(), start=1):
        if REGISTRY_HOSTS.search(line):
            yield Finding(path, number, "a registry: the installer's own settings name it")
        if MACHINE_PATHS.search(line):
            yield Finding(path, number, "a path of one machine: write it from the project's root")


@pytest.mark.parametrize(
    "line",
    [
        "see ../shared/specs and ./data",
        "requests==2.0 --hash=sha256:00",
        "the framework/root of it, src/work/x",
        "https://example.org/home",
    ],
)
def test_a_plain_line_passes(line: str) -> None:
    assert list(findings("a.md", line)) == []


@pytest.mark.parametrize(
    "line",
    [
        "https://" + "py" + "pi.org/simple",
        "--index-url https://mirror.example",
        "open('/ho" + "me/anna/data')",
        "cd /ro" + "ot/icb",
        "/wo" + "rk/main",
    ],
)
def test_a_host_or_a_machine_path_is_found(line: str) -> None:
    assert list(findings("a.md", line))


def test_no_text_of_the_project_names_a_machine_or_a_registry() -> None:
    texts = [(path, text) for path, text in project_texts() if path not in MADE_ELSEWHERE]
    assert len(texts) > 50, "the project's files were not found"
    found = [str(finding) for path, text in texts for finding in findings(path, text)]
    assert not found, "\n".join(["", *found])


def read(name: str) -> str:
    """One file of the requirements folder."""
    return (ROOT / "requirements" / name).read_text("utf-8")


def pins(name: str) -> dict[str, str]:
    """The packages of a lock with their versions."""
    return {match.group(1).lower(): match.group(2) for match in PIN.finditer(read(name))}


def test_the_test_lock_holds_the_run_lock_at_the_same_versions() -> None:
    run, test = pins("run.txt"), pins("test.txt")
    assert run
    assert {name: test.get(name) for name in run} == run


@pytest.mark.parametrize("need", ["run", "test"])
def test_everything_wanted_is_locked_with_hashes(need: str) -> None:
    wanted = {name.lower() for name in WANTED.findall(read(f"{need}.in"))}
    assert wanted
    assert wanted <= set(pins(f"{need}.txt"))
    blocks = re.split(r"^(?=[a-z0-9])", read(f"{need}.txt"), flags=re.MULTILINE | re.IGNORECASE)
    bare = [block.split()[0] for block in blocks if "==" in block and "--hash=sha256:" not in block]
    assert bare == []
