"""What a bundle says beyond what the database has: rows to add, and rows to change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from icb.exchange.file_format import FileFormat
from icb.exchange.reader import Row


class Change(NamedTuple):
    """A row that the database has otherwise: the row, and old and new text by column."""

    row: Row
    columns: dict[str, tuple[str, str]]


@dataclass
class Difference:
    """How the rows of one file stand against the database."""

    file_format: FileFormat
    added: list[Row] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0


def differences(
    file_format: FileFormat, *, wanted: Iterable[Row], stored: Iterable[Sequence[str]]
) -> Difference:
    """Compare by the rows' keys. What the database has beyond the bundle is left alone."""
    known = {file_format.key_of(cells): cells for cells in stored}
    difference = Difference(file_format)
    for row in wanted:
        cells = known.get(file_format.key_of(row.cells))
        if cells is None:
            difference.added.append(row)
        elif columns := _changed_columns(file_format, row=row, stored=cells):
            difference.changed.append(Change(row, columns))
        else:
            difference.unchanged += 1
    return difference


def _changed_columns(
    file_format: FileFormat, *, row: Row, stored: Sequence[str]
) -> dict[str, tuple[str, str]]:
    """The columns that differ. A missing column, or an empty cell that stands, says nothing."""
    return {
        column.name: (before, after)
        for column, before, after in zip(file_format.columns, stored, row.cells, strict=True)
        if after is not None
        and after != before
        and (after or not column.stands)
        and not column.at_first
    }
