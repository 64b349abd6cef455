"""Find the modules that must be covered to the last branch: pure sums, pure decisions."""

from __future__ import annotations

import ast
from pathlib import Path

PURE_PACKAGES = ("kernel", "rating")
MONEY_APPS = ("billing", "invoicing", "payments")
# A module that reaches one of these talks to the outside and is measured by the overall gate.
IMPURE = ("django", "psycopg", "sqlite3", "typst", "subprocess")
IMPURE_FILES = ("models", "queries", "actions", "constraints")


def pure_modules(root: Path) -> list[Path]:
    """Every file of kernel and rating, and the pure files of billing, invoicing and payments."""
    source = root / "src" / "icb"
    found = [path for name in PURE_PACKAGES for path in (source / name).rglob("*.py")]
    for app in MONEY_APPS:
        found += [path for path in (source / app).glob("*.py") if is_pure(path)]
    return sorted(found)


def is_pure(path: Path) -> bool:
    """Whether a file of an app itself reaches for neither Django nor its app's impure files."""
    if path.stem in (*IMPURE_FILES, "apps", "__init__"):
        return False
    return not any(reaches_out(name) for name in imported_names(path.read_text("utf-8")))


def reaches_out(name: str) -> bool:
    """Whether an imported dotted name leads to a database, a framework or a program."""
    parts = name.split(".")
    if parts[0] in IMPURE or parts[:2] == ["icb", "foundation"]:
        return True
    return parts[0] == "icb" and len(parts) > 2 and parts[2] in IMPURE_FILES


def impure_imports(path: Path, *, source: Path) -> list[str]:
    """The modules that a pure file imports although they are not pure themselves.

    `source` is the folder in which the package icb stands.
    """
    names = (name.split(".") for name in imported_names(path.read_text("utf-8")))
    ours = {tuple(parts[:3]) for parts in names if parts[0] == "icb" and len(parts) > 2}
    files = sorted(source.joinpath(*parts).with_suffix(".py") for parts in ours)
    return [
        f"{file.parent.name}/{file.name}"
        for file in files
        if file.is_file() and file.parent.name not in PURE_PACKAGES and not is_pure(file)
    ]


def imported_names(source: str) -> set[str]:
    """The dotted names that a source text imports, each with what it takes from there."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names
