"""A bank's file of payments: read, shown, and recorded through the actions of payments.

One line for each movement. Which column means what is told by its name; the names are matched
without case, spaces or underscores.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, TypeVar

from icb.exchange.count_files.csv_sheet import open_csv
from icb.exchange.count_files.sheets import (
    LARGEST_FILE,
    BadFile,
    Row,
    Sheet,
    bad_file,
    check_header,
)
from icb.exchange.problems import CellRefused, Problem
from icb.exchange.safety import unguarded
from icb.exchange.values import read_day, read_number
from icb.foundation.actor import require
from icb.foundation.canonical import canonical_json, digest
from icb.foundation.permissions import Permission
from icb.kernel.errors import InvalidInput, Refused
from icb.kernel.quantity import micro_to_decimal
from icb.payments.actions import record_file
from icb.payments.inputs import FileLine
from icb.payments.matching_queries import PlannedLine, planned_lines, refuse_empty
from icb.payments.recording_actions import Recorded

COLUMNS: dict[str, tuple[str, ...]] = {
    "date": ("date", "bookingdate", "day", "receivedon", "valuedate", "posted"),
    "amount": ("amount", "value", "sum"),
    "reference": ("reference", "description", "details", "purpose", "text", "memo"),
    "currency": ("currency", "ccy"),
    "organization": ("organization", "organisation", "customer", "payer", "debtor"),
    "invoice": ("invoice", "invoicenumber", "document"),
    "id": ("id", "transactionid", "transaction", "bankid"),
}
"""What each column may be called, the first name first."""
_SHOWN_PROBLEMS = 100

Value = TypeVar("Value")


class BankPlan(NamedTuple):
    """What would become of a file. `seen` is another text once anything about it changed."""

    name: str
    sha256: str
    lines: list[PlannedLine]
    note: str
    seen: str


def plan_bank_file(path: Path) -> BankPlan:
    """What would become of each line of a file. Nothing is stored.

    Raises BadFile, naming line and column, for a file that cannot be read whole; InvalidInput,
    naming the line, for a line that no payment could be.
    """
    require(Permission.RECORD_PAYMENTS)
    content = _content(path)
    with open_csv(path) as sheet:
        lines = _lines(sheet)
        note = sheet.note
    planned = planned_lines(lines)
    seal = digest(
        canonical_json(
            [
                [one.line.line, one.state, one.organization, list(one.documents), one.words]
                for one in planned
            ]
        )
        + content
    )
    return BankPlan(path.name, content, planned, note, seal[:32])


def record_bank_file(path: Path, *, seen: str = "") -> list[Recorded]:
    """Record the lines of a file that are somebody's and new: all of them, or none.

    With `seen` of a plan it is refused where something would become otherwise by now
    (`changed_since`). Raises what `plan_bank_file` raises, and InvalidInput where nothing of the
    file would be recorded.
    """
    plan = plan_bank_file(path)
    if seen and plan.seen != seen:
        raise Refused(
            "changed_since",
            f"{plan.name}: what would become of its lines has changed since you looked, or it is "
            "another file. Nothing was stored. Look at the lines again.",
        )
    return record_file(plan.name, sha256=plan.sha256, payments=refuse_empty(plan.lines))


def _content(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise bad_file(path.name, message="it is larger than 20 MB; bring it in parts")
        return sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InvalidInput(
            field="file",
            value=path.name,
            message=f"file: {path.name} cannot be read ({type(error).__name__}). Nothing was "
            "stored.",
        ) from None


def _lines(sheet: Sheet) -> list[FileLine]:
    check_header(sheet.name, header=sheet.header)
    places = _places(sheet)
    problems: list[Problem] = []
    found = []
    for row in sheet.rows:
        reader = _Reader(sheet, row, places, problems)
        line = reader.line()
        if line is not None:
            found.append(line)
    if problems:
        raise BadFile(sheet.name, problems=problems[:_SHOWN_PROBLEMS], count=len(problems))
    return found


def _places(sheet: Sheet) -> dict[str, int]:
    """Where each column stands."""
    headers = ["".join(text.casefold().replace("_", " ").split()) for text in sheet.header]
    places = {
        column: headers.index(name)
        for column, names in COLUMNS.items()
        for name in reversed(names)
        if name in headers
    }
    missing = [column for column in ("date", "amount") if column not in places]
    if not {"reference", "organization", "invoice"} & places.keys():
        missing.append("reference")
    if missing:
        raise bad_file(
            sheet.name,
            message=f"it has no column {', '.join(missing)}; needed are date, amount, and one of "
            "reference, organization and invoice",
            line=1,
        )
    return places


class _Reader:
    """Reads the cells of one row; what is wrong with them is kept with its place."""

    def __init__(
        self, sheet: Sheet, row: Row, places: dict[str, int], problems: list[Problem]
    ) -> None:
        self._sheet = sheet
        self._row = row
        self._places = places
        self._problems = problems

    def line(self) -> FileLine | None:
        """The row as a line; None where something of it cannot be read."""
        before = len(self._problems)
        comma = self._sheet.decimal_comma
        day = self._read("date", read_day)
        amount = self._read(
            "amount", lambda text: read_number(text, decimal_comma=comma, minimum=None)
        )
        if day is None or amount is None or len(self._problems) > before:
            return None
        return FileLine(
            line=self._row.line,
            received_on=day,
            amount=micro_to_decimal(amount),
            currency=self._text("currency").upper(),
            reference=" ".join(self._text("reference").split()),
            organization=self._text("organization"),
            document=self._text("invoice"),
            external_id=self._text("id"),
        )

    def _text(self, column: str) -> str:
        place = self._places.get(column)
        if place is None or place >= len(self._row.cells):
            return ""
        return unguarded(str(self._row.cells[place]).strip())

    def _read(self, column: str, read: Callable[[str], Value]) -> Value | None:
        text = self._text(column)
        try:
            return read(text)
        except CellRefused as refused:
            self._problems.append(
                Problem(self._sheet.name, self._row.line, column, text[:60], str(refused))
            )
            return None
