"""What an import gives back."""

from __future__ import annotations

from dataclasses import dataclass, field

from icb.exchange.problems import Problem


@dataclass
class FileReport:
    """How the rows of one file stood against the database."""

    file: str
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0


@dataclass
class ImportReport:
    """What an import did, or would do. Counts are told in days: one answer of one module."""

    provider: str = ""
    is_new_provider: bool = False
    files: list[FileReport] = field(default_factory=list)
    days: dict[str, int] = field(default_factory=dict)
    odd_days: list[dict[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0

    @property
    def is_changed(self) -> bool:
        """Whether anything was, or would be, stored."""
        taken = sum(count for state, count in self.days.items() if state != "unchanged")
        return bool(taken) or any(file.added or file.changed for file in self.files)
