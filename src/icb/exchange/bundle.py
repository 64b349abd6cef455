"""A bundle in memory: its rows, checked against each other and against what is already known."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from icb.exchange.decoding import dialect_of
from icb.exchange.file_format import FileFormat
from icb.exchange.format import BUNDLE, CONTRACT_SERVICES, COUNTS
from icb.exchange.problems import Problems
from icb.exchange.reader import Row, bundle_files, opened, read_rows

Key = tuple[str, ...]


@dataclass
class Bundle:
    """The rows of each file that the folder has, in canonical text. Counts are read apart."""

    paths: dict[str, Path] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def of(self, file_format: FileFormat) -> list[Row]:
        """The rows of a file; none where the folder does not have it."""
        return self.rows.get(file_format.name, [])


def read_bundle(folder: Path, *, problems: Problems) -> Bundle:
    """All files of a folder but the counts, each row by itself in order; problems are noted."""
    bundle = Bundle(paths=bundle_files(folder, problems=problems))
    for file_format in BUNDLE:
        path = bundle.paths.get(file_format.name)
        if path is None or file_format is COUNTS:
            continue
        with opened(path, file_format=file_format, problems=problems) as file:
            if file is None:
                continue
            rows = read_rows(file, problems=problems)
            if file.dialect.note:
                bundle.notes.append(f"{path.name}: {file.dialect.note}")
        bundle.rows[file_format.name] = [_with_own_key(file_format, row) for row in rows]
        _check_once(file_format, bundle.rows[file_format.name], problems)
    return bundle


def note_of_counts(bundle: Bundle) -> None:
    """Say how the counts were read, where it had to be guessed."""
    path = bundle.paths.get(COUNTS.name)
    if path is not None and (note := dialect_of(path).note):
        bundle.notes.append(f"{path.name}: {note}")


def check_references(
    bundle: Bundle, *, known: Mapping[str, Collection[Key]], problems: Problems
) -> None:
    """Note every cell that names something neither the bundle nor the database has.

    `known` gives, by file, the keys that the database has.
    """
    there = {
        file_format.name: {
            *known.get(file_format.name, ()),
            *(file_format.key_of(row.cells) for row in bundle.of(file_format)),
        }
        for file_format in BUNDLE
    }
    for file_format in BUNDLE:
        for place, column in enumerate(file_format.columns):
            if column.refers_to:
                within = file_format.position(column.within) if column.within else None
                reference = _Reference(place, within, there[column.refers_to])
                _check_column(file_format, bundle.of(file_format), reference, problems)


class _Reference(NamedTuple):
    """A column that names rows of another file."""

    place: int
    within: int | None
    allowed: Collection[Key]


def _check_column(
    file_format: FileFormat, rows: list[Row], reference: _Reference, problems: Problems
) -> None:
    column = file_format.columns[reference.place]
    for row in rows:
        text = row.cells[reference.place]
        within = () if reference.within is None else (row.cells[reference.within] or "",)
        if text and (*within, text) not in reference.allowed:
            near = [key[-1] for key in reference.allowed if key[:-1] == within]
            problems.add(
                file_format.file,
                message=unknown(text, allowed=near, file=column.refers_to),
                line=row.line,
                column=column.name,
                value=text,
            )


def unknown(text: str, *, allowed: Collection[str], file: str) -> str:
    """The message for a key that nothing has: what there is, and where to add it."""
    shown = sorted(allowed)
    if len(shown) > 5:
        shown = sorted(shown, key=lambda key: _distance(key, text))[:3]
        there = f"the nearest are {', '.join(shown)}"
    else:
        there = f"known are {', '.join(shown)}" if shown else "there is none yet"
    return f"is not known; {there}. Add it to {file}.csv, or correct the cell"


def _distance(key: str, text: str) -> tuple[int, str]:
    same = 0
    for left, right in zip(key.lower(), text.lower(), strict=False):
        if left != right:
            break
        same += 1
    return -same, key


def _with_own_key(file_format: FileFormat, row: Row) -> Row:
    """A service that stands once on its contract goes by the service's own key."""
    if file_format is not CONTRACT_SERVICES:
        return row
    place = file_format.position("key")
    if row.cells[place]:
        return row
    cells = list(row.cells)
    cells[place] = row.cells[file_format.position("service")]
    return Row(row.line, tuple(cells))


def _check_once(file_format: FileFormat, rows: list[Row], problems: Problems) -> None:
    """Note each row that says what a row before it said already."""
    lines: dict[Key, int] = {}
    for row in rows:
        key = file_format.key_of(row.cells)
        before = lines.setdefault(key, row.line)
        if before != row.line:
            problems.add(
                file_format.file,
                message=f"stands in line {before} already; keep one of the two",
                line=row.line,
                column=", ".join(file_format.key),
                value=", ".join(key),
            )
