"""What the architecture tests read: source files, parsed once, and what they report."""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "src" / "icb"
NOT_OURS = {".git", ".venv", "data", "demo-data", "_build", "__pycache__"}


@dataclass(frozen=True)
class Finding:
    """One place where a rule is broken, and what to write instead."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Source:
    """A Python file: its path from the root (with slashes), its text and its tree."""

    path: str
    text: str
    tree: ast.Module

    @classmethod
    def of(cls, path: str, text: str) -> Source:
        """Parse `text` as if it stood at `path`."""
        return cls(path, text, ast.parse(text))

    @property
    def package(self) -> str:
        """The package below icb that the file belongs to; empty outside of src/icb."""
        parts = self.path.split("/")
        return parts[2] if parts[:2] == ["src", "icb"] and len(parts) > 3 else ""

    @property
    def is_migration(self) -> bool:
        """Whether Django wrote the file; its shape is not ours."""
        return "/migrations/" in self.path

    def at(self, node: ast.AST, message: str) -> Finding:
        """A finding at the line of `node`."""
        return Finding(self.path, getattr(node, "lineno", 1), message)


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file of the package, the tests and the tools, without migrations."""
    paths = [path for folder in ("src", "tests", "dev") for path in (ROOT / folder).rglob("*.py")]
    read = (Source.of(relative(path), path.read_text("utf-8")) for path in sorted(paths))
    return tuple(source for source in read if not source.is_migration)


def relative(path: Path) -> str:
    """`path` from the root of the project, with slashes."""
    return path.relative_to(ROOT).as_posix()


def packages() -> list[Path]:
    """The packages directly below icb."""
    return sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))


def django_apps() -> list[Path]:
    """The packages that are Django apps: those with an apps.py."""
    return [path for path in packages() if (path / "apps.py").is_file()]


def project_texts() -> Iterator[tuple[str, str]]:
    """Path and text of every text file that belongs to the project."""
    for path in project_files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        yield relative(path), text


def project_files() -> list[Path]:
    """The files under version control or about to be; without git, all but what is made here."""
    if shutil.which("git") is not None and (ROOT / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
        paths = [ROOT / name for name in listed.decode().split("\0") if name]
    else:
        paths = [path for path in ROOT.rglob("*") if not NOT_OURS & set(path.parts)]
    return sorted(path for path in paths if path.is_file())
