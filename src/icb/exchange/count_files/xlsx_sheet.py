"""Reads a workbook of counts: numbers exactly, days as days, and no formula.

A workbook is a packed folder, which may say anything about its size: what it unpacks to is checked
before it is read, and nothing is ever written to a place that it names.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from icb.exchange.count_files.sheets import (
    BadFile,
    Cell,
    Row,
    Sheet,
    bad_file,
    check_row,
)

LARGEST_UNPACKED = 60 * 1024 * 1024
MOST_PARTS = 500
LARGEST_RATIO = 100
_SMALL = 1024 * 1024
_EXACT_BELOW = 10**15  # a workbook keeps fifteen digits


@contextmanager
def open_xlsx(path: Path, *, sheet: str = "") -> Iterator[Sheet]:
    """The rows of a sheet; BadFile where the workbook is broken, too large or has no such sheet."""
    import openpyxl

    _check_parts(path)
    try:
        workbook = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
    except Exception as error:  # of the many that a broken workbook can cause
        raise _broken(path.name, error) from error
    with closing(workbook):
        chosen = _sheet(path.name, workbook, wanted=sheet)
        rows = _rows(path.name, chosen)
        first = next(rows, None)
        cells = first.cells if first else []
        header = ["" if cell is None else str(cell).strip() for cell in cells]
        yield Sheet(name=path.name, header=header, rows=rows)


def _check_parts(path: Path) -> None:
    """What the package says of itself; a part never unpacks to more than that."""
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            _check_sizes(path.name, parts)
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    _check_declarations(path.name, package, part=part)
    except BadFile:
        raise
    except Exception as error:  # of the many that a broken package can cause
        raise _broken(path.name, error) from error


def _check_sizes(name: str, parts: Sequence[zipfile.ZipInfo]) -> None:
    if len(parts) > MOST_PARTS:
        raise bad_file(
            name, message=f"it is packed from {len(parts)} parts; at most {MOST_PARTS} are read"
        )
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if unpacked > LARGEST_UNPACKED or (unpacked > _SMALL and unpacked > packed * LARGEST_RATIO):
        raise bad_file(
            name, message=f"it unpacks to {unpacked:,} bytes, which is not credible for counts"
        )
    for part in parts:
        if part.filename.startswith(("/", "\\")) or ".." in Path(part.filename).parts:
            raise bad_file(name, message="it names a part outside of itself")
        if part.flag_bits & 1:
            raise bad_file(name, message="it is protected by a password; save it without one")


def _check_declarations(name: str, package: zipfile.ZipFile, *, part: zipfile.ZipInfo) -> None:
    """No part of a workbook declares entities; one that does is made to harm."""
    with package.open(part) as file:
        start = file.read(4096)
    if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
        raise bad_file(name, message="it declares entities, which no workbook of counts does")


def _sheet(name: str, workbook: Any, *, wanted: str) -> Any:
    names = list(workbook.sheetnames)
    if wanted and wanted not in names:
        raise bad_file(name, message=f"it has no sheet {wanted!r}; it has {', '.join(names)}")
    if not names:
        raise bad_file(name, message="it has no sheet")
    found = workbook[wanted or names[0]]
    if not hasattr(found, "iter_rows"):
        raise bad_file(name, message=f"{wanted or names[0]} is no sheet with cells")
    found.reset_dimensions()  # what it says of its size is not to be relied on
    return found


def _rows(name: str, sheet: Any) -> Iterator[Row]:
    try:
        for line, cells in enumerate(sheet.iter_rows(), 1):
            read = check_row(name, row=Row(line, cells)).cells
            values = [_value(name, cell, line=line) for cell in read]
            while values and values[-1] is None:
                values.pop()
            if any(value not in (None, "") for value in values):
                yield check_row(name, row=Row(line, values))
    except BadFile:
        raise
    except Exception as error:  # of the many that a broken sheet can cause
        raise _broken(name, error) from error


def _value(name: str, cell: Any, *, line: int) -> Cell:
    value, kind = cell.value, getattr(cell, "data_type", "n")
    if value is None:
        return None
    place = getattr(cell, "coordinate", "")
    if kind == "f":
        problem = "holds a formula; paste the values instead"
        raise bad_file(name, message=problem, line=line, column=place)
    if kind == "e":
        raise bad_file(name, message=f"holds the error {value}", line=line, column=place)
    if isinstance(value, datetime):
        if value.time() == datetime.min.time():
            return value.date()
        raise bad_file(
            name, message="holds a time of day; a day belongs here", line=line, column=place
        )
    if isinstance(value, bool | int | str | date):
        return value
    if isinstance(value, float):
        return _exact(name, value, line=line, place=place)
    raise bad_file(name, message="holds what is no text, number or day", line=line, column=place)


def _exact(name: str, value: object, *, line: int, place: str) -> Cell:
    """The number that the workbook shows: the shortest decimal that its binary form stands for."""
    number = Decimal(repr(value))
    if not number.is_finite() or abs(number) >= _EXACT_BELOW:
        raise bad_file(name, message="holds a number that is not exact", line=line, column=place)
    whole = int(number)
    return whole if whole == number else number


def _broken(name: str, error: Exception) -> BadFile:
    return bad_file(name, message=f"it cannot be read as a workbook ({type(error).__name__})")
