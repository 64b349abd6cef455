"""Reads the files of a bundle: header, rows, cells, with every problem at its place."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import NamedTuple

from icb.exchange.columns import Column, Kind
from icb.exchange.decoding import Dialect, dialect_of
from icb.exchange.file_format import FileFormat
from icb.exchange.format import BUNDLE
from icb.exchange.problems import CellRefused, Problems
from icb.exchange.safety import unguarded
from icb.kernel.errors import InvalidInput

_GUARDED_KINDS = (Kind.TEXT, Kind.KEY, Kind.LIST)
_LARGEST_CELL = 1 << 20


class Row(NamedTuple):
    """One row in canonical text, a cell for each column of the format, in its order.

    None stands for a column that the file does not have: it says nothing.
    """

    line: int
    cells: tuple[str | None, ...]


class RawRow(NamedTuple):
    """One row as it stands in the file: the texts of the header's columns."""

    line: int
    cells: list[str]


@dataclass(frozen=True)
class OpenFile:
    """A file whose header has been checked."""

    format: FileFormat
    dialect: Dialect
    header: tuple[str, ...]
    rows: Iterator[RawRow]
    size: int
    position: Callable[[], int]
    """How many bytes of how many were read, for showing how far it is."""

    def place(self, name: str) -> int | None:
        """Where the column of that name stands in the file; None where it has none."""
        return self.header.index(name) if name in self.header else None


def bundle_files(folder: Path, *, problems: Problems) -> dict[str, Path]:
    """The files of a bundle by name without ".csv". Other CSV files are a problem, by name."""
    known = {file_format.file: file_format.name for file_format in BUNDLE}
    if not folder.is_dir():
        problems.add(
            str(folder), message="is not a folder; give the folder that holds the CSV files"
        )
        return {}
    found = {}
    for path in sorted(folder.iterdir()):
        if path.name in known:
            found[known[path.name]] = path
        elif path.suffix.lower() == ".csv":
            allowed = _nearest(path.name, list(known))
            problems.add(path.name, message=f"is not a file of a bundle; {allowed}")
    if not found and not problems.count:
        problems.add(str(folder), message="holds no file of a bundle, such as organizations.csv")
    return found


@contextmanager
def opened(path: Path, *, file_format: FileFormat, problems: Problems) -> Iterator[OpenFile | None]:
    """The file with its header checked; None, and problems, where it cannot be read."""
    try:
        dialect = dialect_of(path)
    except InvalidInput as refused:
        problems.add(path.name, message=refused.message)
        yield None
        return
    with path.open("rb") as file, TextIOWrapper(file, dialect.encoding, newline="") as lines:
        for _ in range(dialect.first_line - 1):
            next(lines)
        raw = _raw_rows(lines, dialect, path.name, problems)
        first = next(raw, None)
        header = _header(file_format, first.cells if first else [], problems)
        if header is None:
            yield None
            return
        line = first.line if first else 1
        full = _full_rows(raw, header, file=path.name, line=line, problems=problems)
        size = path.stat().st_size
        yield OpenFile(file_format, dialect, header, full, size, file.tell)


def read_rows(opened_file: OpenFile, *, problems: Problems) -> list[Row]:
    """All rows in canonical text. Rows with a problem are noted and left out."""
    file_format = opened_file.format
    places = [opened_file.place(column.name) for column in file_format.columns]
    readers = [_CellReader(column, opened_file.dialect) for column in file_format.columns]
    rows = []
    for raw in opened_file.rows:
        before = problems.count
        cells: list[str | None] = []
        for place, reader in zip(places, readers, strict=True):
            if place is None:
                cells.append(None)
                continue
            try:
                cells.append(reader.canonical(raw.cells[place]))
            except CellRefused as refused:
                problems.add(
                    file_format.file,
                    message=str(refused),
                    line=raw.line,
                    column=reader.column.name,
                    value=raw.cells[place],
                )
        if problems.count == before:
            rows.append(Row(raw.line, tuple(cells)))
    return rows


class _CellReader:
    """Turns the cells of one column into canonical text; equal cells are read once."""

    def __init__(self, column: Column, dialect: Dialect) -> None:
        self.column = column
        self._decimal_comma = dialect.decimal_comma
        self._known: dict[str, str] = {}

    def canonical(self, cell: str) -> str:
        found = self._known.get(cell)
        if found is None:
            found = self._known[cell] = self._read(cell)
        return found

    def _read(self, cell: str) -> str:
        text = unguarded(cell) if self.column.kind in _GUARDED_KINDS else cell
        if self.column.required and not text.strip():
            raise CellRefused(f"is empty; it takes: {self.column.takes}")
        return self.column.canonical(text, decimal_comma=self._decimal_comma)


def _raw_rows(
    lines: Iterator[str], dialect: Dialect, file: str, problems: Problems
) -> Iterator[RawRow]:
    csv.field_size_limit(_LARGEST_CELL)
    reader = csv.reader(lines, delimiter=dialect.separator, strict=True)
    before = dialect.first_line - 1
    line = before
    try:
        for cells in reader:
            first_line, line = line + 1, before + reader.line_num
            if any(cell.strip() for cell in cells):
                yield RawRow(first_line, cells)
    except csv.Error as error:
        problems.add(
            file,
            message=f"cannot be read from here on: {error}. Check the quotation marks",
            line=line + 1,
        )


def _full_rows(
    raw: Iterator[RawRow], header: tuple[str, ...], *, file: str, line: int, problems: Problems
) -> Iterator[RawRow]:
    """The rows that have a cell for each column; empty cells beyond the header are dropped."""
    width = len(header)
    for row in raw:
        cells = row.cells
        if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
            cells = cells[:width]
        if len(cells) != width:
            problems.add(
                file,
                message=f"has {len(cells)} cells, the header in line {line} has {width}; "
                "check separators and quotation marks",
                line=row.line,
            )
            continue
        yield RawRow(row.line, cells)


def _header(
    file_format: FileFormat, cells: list[str], problems: Problems
) -> tuple[str, ...] | None:
    names = [cell.strip().lower() for cell in cells]
    while names and not names[-1]:
        names.pop()
    allowed = [column.name for column in file_format.columns]
    before = problems.count
    for name in dict.fromkeys(names):
        if name not in allowed:
            message = f"is not a column of this file; {_nearest(name, allowed)}"
            problems.add(
                file_format.file, message=message, line=1, column=name or "(without a name)"
            )
        elif names.count(name) > 1:
            problems.add(file_format.file, message="stands twice", line=1, column=name)
    for column in file_format.columns:
        if column.required and column.name not in names:
            message = f"is missing; the file needs it ({column.about})"
            problems.add(file_format.file, message=message, line=1, column=column.name)
    return tuple(names) if problems.count == before else None


def _nearest(name: str, allowed: list[str]) -> str:
    close = difflib.get_close_matches(name, allowed, n=1)
    if close:
        return f"is {close[0]} meant? Allowed: {', '.join(allowed)}"
    return f"allowed: {', '.join(allowed)}"
