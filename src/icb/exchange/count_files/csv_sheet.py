"""Reads a CSV file of counts, in the encodings and separators that spreadsheets write."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from icb.exchange.count_files.sheets import LONGEST_CELL, Row, Sheet, bad_file, check_row
from icb.exchange.decoding import Dialect, dialect_of
from icb.kernel.errors import InvalidInput


@contextmanager
def open_csv(path: Path) -> Iterator[Sheet]:
    """The rows of a CSV file; BadFile where its encoding cannot be told."""
    _check_length(path)
    try:
        dialect = dialect_of(path)
    except InvalidInput as refused:
        problem = refused.message.removeprefix(path.name).split(". Nothing")[0].strip()
        raise bad_file(path.name, message=problem) from None
    with path.open(encoding=dialect.encoding, newline="") as lines:
        for _ in range(dialect.first_line - 1):
            next(lines)
        rows = _rows(path.name, lines, dialect=dialect)
        first = next(rows, None)
        header = [str(cell).strip() for cell in first.cells] if first else []
        yield Sheet(
            name=path.name,
            header=header,
            rows=rows,
            decimal_comma=dialect.decimal_comma,
            note=dialect.note,
        )


def _check_length(path: Path) -> None:
    """Counted before anything is read: a file with too many rows is refused at once."""
    with path.open("rb") as file:
        lines = sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
    check_row(path.name, row=Row(lines, ()))


def _rows(name: str, lines: Iterator[str], *, dialect: Dialect) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL + 1)
    reader = csv.reader(lines, delimiter=dialect.separator, strict=True)
    line = before = dialect.first_line - 1
    try:
        for cells in reader:
            first, line = line + 1, before + reader.line_num
            if any(cell.strip() for cell in cells):
                yield check_row(name, row=Row(first, cells))
    except csv.Error as error:
        problem = f"it cannot be read from here on ({error}); check the quotation marks"
        raise bad_file(name, message=problem, line=line + 1) from None
