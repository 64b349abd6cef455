"""Makes workbooks for tests, sound ones and such as are made to harm."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl


def workbook(path: Path, *sheets: Sequence[Sequence[object]]) -> Path:
    book = openpyxl.Workbook()
    for number, rows in enumerate(sheets):
        sheet = book.active if number == 0 else book.create_sheet(f"More {number}")
        assert sheet is not None
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def repacked(path: Path, *, parts: Mapping[str, bytes], level: int = 9) -> Path:
    """The workbook with these parts added, or in the place of its own."""
    with zipfile.ZipFile(path) as package:
        found = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as package:
        for name, content in {**found, **parts}.items():
            package.writestr(name, content)
    return path
