"""Opens a file of counts, whatever its kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from icb.exchange.count_files.csv_sheet import open_csv
from icb.exchange.count_files.sheets import LARGEST_FILE, SUFFIXES, Sheet, bad_file, check_header
from icb.exchange.count_files.xlsx_sheet import open_xlsx


@contextmanager
def open_sheet(path: Path, *, sheet: str = "") -> Iterator[Sheet]:
    """The rows of a file. BadFile where it is too large, of no known kind or cannot be read.

    `sheet` names the sheet of a workbook; empty: its first.
    """
    name = path.name
    if path.suffix.lower() not in SUFFIXES:
        raise bad_file(name, message=f"its kind is not known; bring one of {', '.join(SUFFIXES)}")
    if not path.is_file():
        raise bad_file(name, message="there is no such file")
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise bad_file(name, message=f"it has {size:,} bytes; at most {LARGEST_FILE:,} are read")
    if size == 0:
        raise bad_file(name, message="it is empty")
    opened = open_xlsx(path, sheet=sheet) if path.suffix.lower() == ".xlsx" else open_csv(path)
    with opened as found:
        check_header(name, header=found.header)
        yield found
