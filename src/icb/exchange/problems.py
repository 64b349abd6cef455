"""What is wrong with a bundle, cell by cell, and the error that carries it all at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from icb.kernel.errors import IcbError

SHOWN = 1_000
"""So many problems are kept with their words; the rest are only counted."""


class Problem(NamedTuple):
    """One thing that keeps a bundle out. Line 1 is the header; line 0 means the whole file."""

    file: str
    line: int
    column: str
    value: str
    message: str

    def __str__(self) -> str:
        place = self.file
        if self.line:
            place += f", line {self.line}"
        if self.column:
            place += f", column {self.column}"
        value = f": {self.value!r}" if self.value else ""
        return f"{place}{value}: {self.message}"


class CellRefused(ValueError):
    """A cell's text is not what its column takes; the message says what is allowed."""


class BundleRefused(IcbError):
    """A bundle that cannot be taken. Nothing of it was stored. `problems` says why."""

    def __init__(self, problems: Problems) -> None:
        count = problems.count
        noun = "1 problem" if count == 1 else f"{count} problems"
        super().__init__(
            "bundle_refused",
            f"The bundle has {noun}. Nothing was stored. Correct the files and import again.",
            problems=count,
        )
        self.problems = problems


@dataclass
class Problems:
    """The problems found so far: the first 1,000 in full, and how many there are."""

    found: list[Problem] = field(default_factory=list)
    count: int = 0
    _by_file: dict[str, int] = field(default_factory=dict)

    def add(
        self, file: str, *, message: str, line: int = 0, column: str = "", value: str = ""
    ) -> None:
        """Note one problem."""
        self.count += 1
        self._by_file[file] = self._by_file.get(file, 0) + 1
        if len(self.found) < SHOWN:
            self.found.append(Problem(file, line, column, value[:200], message))

    def in_file(self, file: str) -> int:
        """How many problems this file has."""
        return self._by_file.get(file, 0)

    def raise_if_any(self) -> None:
        """Raise BundleRefused where there is at least one problem."""
        if self.count:
            raise BundleRefused(self)
