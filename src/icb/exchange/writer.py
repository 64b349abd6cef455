"""Writes a file of a bundle: UTF-8, commas, one line feed a row, the same bytes every time."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from icb.exchange.columns import Kind
from icb.exchange.file_format import FileFormat
from icb.exchange.safety import guarded

_GUARDED_KINDS = (Kind.TEXT, Kind.KEY, Kind.LIST)


def write_file(folder: Path, *, file_format: FileFormat, rows: Iterable[Sequence[str]]) -> int:
    """Write the rows, texts in the order of the columns, and return how many there were."""
    is_text = [column.kind in _GUARDED_KINDS for column in file_format.columns]
    count = 0
    with (folder / file_format.file).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.name for column in file_format.columns])
        for row in rows:
            count += 1
            writer.writerow(
                guarded(cell) if is_cell_text else cell
                for cell, is_cell_text in zip(row, is_text, strict=True)
            )
    return count
