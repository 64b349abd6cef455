"""A file of counts as rows of cells, whatever its kind; and how much of one is read at most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from icb.exchange.problems import Problem
from icb.kernel.errors import IcbError

LARGEST_FILE = 20 * 1024 * 1024
MOST_ROWS = 200_000
MOST_COLUMNS = 500
LONGEST_CELL = 10_000
SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx")

Cell = str | int | Decimal | bool | date | None
"""What a cell says. Text of a CSV file is read by the column it stands in."""


class BadFile(IcbError):
    """A file that cannot be taken, with every reason. Nothing of it was stored."""

    def __init__(self, name: str, *, problems: Sequence[Problem], count: int = 0) -> None:
        number = count or len(problems)
        noun = "1 problem" if number == 1 else f"{number} problems"
        first = f": {problems[0].message}" if len(problems) == 1 else ""
        super().__init__(
            "bad_file",
            f"{name} has {noun}{first}. Nothing was stored. Correct the file and bring it again.",
        )
        self.found = list(problems)


class Row(NamedTuple):
    """One row; `line` is its place in the file, from 1."""

    line: int
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The header's texts, the rows below it, and how texts are to be read."""

    name: str
    header: Sequence[str]
    rows: Iterator[Row]
    decimal_comma: bool = False
    note: str = ""


def bad_file(name: str, *, message: str, line: int = 0, column: str = "") -> BadFile:
    """The refusal of a file for one reason."""
    return BadFile(name, problems=[Problem(name, line, column, "", message)])


def check_header(name: str, *, header: Sequence[str]) -> None:
    """A header has names, none of them twice."""
    if not any(header):
        raise bad_file(
            name, message="it has no header; the first row must name the columns", line=1
        )
    named = [text.casefold() for text in header if text]
    twice = sorted({text for text in named if named.count(text) > 1})
    if twice:
        raise bad_file(name, message=f"the header names {', '.join(twice)} more than once", line=1)


def check_row(name: str, *, row: Row) -> Row:
    """The row, where it is within the limits."""
    if row.line > MOST_ROWS:
        raise bad_file(name, message=f"it has more than {MOST_ROWS:,} rows; bring it in parts")
    if len(row.cells) > MOST_COLUMNS:
        raise bad_file(name, message=f"it has more than {MOST_COLUMNS} columns", line=row.line)
    for cell in row.cells:
        if isinstance(cell, str) and len(cell) > LONGEST_CELL:
            raise bad_file(
                name, message=f"a cell has more than {LONGEST_CELL:,} characters", line=row.line
            )
    return row
