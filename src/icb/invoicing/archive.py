"""The archive of documents for an auditor: a ZIP file, written as it is read.

Its bytes depend on what is put in alone: no time of the present, no compression (PDF files are
compressed already, and compressors differ between machines). `SHA256SUMS` at its end names every
other file with its hash, in the form that `sha256sum -c` checks.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from io import RawIOBase, StringIO
from typing import Any, Final, NamedTuple
from zipfile import ZIP_STORED, ZipFile, ZipInfo

INDEX: Final = "index.csv"
SUMS: Final = "SHA256SUMS"
COLUMNS: Final = (
    "number",
    "kind",
    "organization",
    "organization_name",
    "issued_on",
    "due_on",
    "currency",
    "net",
    "tax",
    "total",
    "is_void",
    "credits",
    "credited",
    "pdf_sha256",
    "data_sha256",
    "ubl_sha256",
    "factur_x_sha256",
    "note",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first instant that a ZIP file can state


class Entry(NamedTuple):
    """A document in the archive: its row of the index without hashes, and its files by column."""

    row: Mapping[str, str]
    files: Mapping[str, tuple[str, bytes]]


class _Sink(RawIOBase):
    """Takes what the ZIP file writes until it is asked for. That it cannot be searched is what
    makes ZipFile write in one go."""

    def __init__(self) -> None:
        self._taken: list[bytes] = []

    def write(self, data: Any) -> int:
        content = bytes(data)
        self._taken.append(content)
        return len(content)

    def taken(self) -> bytes:
        content, self._taken = b"".join(self._taken), []
        return content


def archive_of(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The bytes of the archive, one document after the other: memory holds one at a time.

    The index and the sums, a line for each document, are kept until the end.
    """
    sink = _Sink()
    rows: list[dict[str, str]] = []
    sums: list[str] = []
    with ZipFile(sink, "w", ZIP_STORED) as file:
        for entry in entries:
            row = {column: plain_text(text) for column, text in entry.row.items()}
            for column, (name, content) in entry.files.items():
                row[column] = _put(file, name, content)
                sums.append(f"{row[column]}  {name}\n")
            rows.append(row)
            yield sink.taken()
        sums.append(f"{_put(file, INDEX, _index(rows))}  {INDEX}\n")
        _put(file, SUMS, "".join(sums).encode())
    yield sink.taken()


def plain_text(text: str) -> str:
    """Text that no spreadsheet takes for a formula; amounts below 0 stay numbers."""
    is_number = text[1:].replace(".", "", 1).isdecimal()
    return f"'{text}" if text.startswith(_FORMULA) and not is_number else text


def _put(file: ZipFile, name: str, content: bytes) -> str:
    about = ZipInfo(name, date_time=_EARLIEST)
    about.external_attr = 0o644 << 16
    file.writestr(about, content)
    return hashlib.sha256(content).hexdigest()


def _index(rows: Iterable[Mapping[str, str]]) -> bytes:
    written = StringIO()
    writer = csv.DictWriter(written, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode()
