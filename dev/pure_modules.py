"""Find the modules that must be covered to the last branch: pure sums, pure decisions."""

from __future__ import annotations

import ast
from pathlib import Path

PURE_PACKAGES = ("kernel", "rating")
MONEY_APPS = ("billing", "invoicing")
# A module that reaches one of these talks to the outside and is measured by the overall gate.
IMPURE = ("django", "psycopg", "sqlite3", "typst", "subprocess")
IMPURE_FILES = ("models", "queries", "actions", "constraints")


def pure_modules(root: Path) -> list[Path]:
    """Every file of kernel and rating, and the pure files of billing and invoicing."""
    source = root / "src" / "icb"
    found = [path for name in PURE_PACKAGES for path in (source / name).rglob("*.py")]
    for app in MONEY_APPS:
        found += [path for path in (source / app).glob("*.py") if is_pure(path)]
    return sorted(found)


def is_pure(path: Path) -> bool:
    """Whether a file of an app reaches neither Django nor, through others, what does."""
    if path.stem in (*IMPURE_FILES, "apps", "__init__"):
        return False
    return not any(
        reaches_out(name, source=path.parent.parent.parent)
        for name in imported_names(path.read_text("utf-8"))
    )


def reaches_out(name: str, *, source: Path) -> bool:
    """Whether an imported dotted name leads to a database, a framework or a program.

    `source` is the folder in which the package icb stands.
    """
    parts = name.split(".")
    if parts[0] in IMPURE or parts[:2] == ["icb", "foundation"]:
        return True
    if parts[0] != "icb" or len(parts) < 3 or parts[1] in PURE_PACKAGES:
        return False
    if parts[2] in IMPURE_FILES:
        return True
    imported = source.joinpath(*parts[:3]).with_suffix(".py")
    return imported.is_file() and not is_pure(imported)


def imported_names(source: str) -> set[str]:
    """The dotted names that a source text imports, each with what it takes from there."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names
