"""From the rows of a file to one answer for each of its days, with every problem at its cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from icb.exchange.count_files.profile import LONG, Profile
from icb.exchange.count_files.sheets import BadFile, Cell, Row, Sheet, bad_file
from icb.exchange.problems import CellRefused, Problems
from icb.exchange.safety import unguarded
from icb.exchange.values import read_day, read_number
from icb.hub.inputs import Answer, CountRow
from icb.kernel.quantity import micro_to_decimal

MOST_DAYS = 400
_SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
_TRUTH = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(slots=True)
class _Day:
    rows: list[CountRow] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)


def plan(sheet: Sheet, *, profile: Profile, day: date | None, today: date) -> list[Answer]:
    """The answers that a sheet holds, by day. `day` is that of all rows where no column says it.

    Raises BadFile with everything that is wrong.
    """
    return _Planner(sheet, profile=profile, day=day, today=today).answers()


class _Planner:
    def __init__(self, sheet: Sheet, *, profile: Profile, day: date | None, today: date) -> None:
        self.sheet = sheet
        self.profile = profile
        self.day = day
        self.today = today
        self.problems = Problems()
        self.days: dict[date, _Day] = {}
        self.places = {text: number for number, text in enumerate(sheet.header)}
        self._check_columns()

    def answers(self) -> list[Answer]:
        for row in self.sheet.rows:
            try:
                self._take(row)
            except _Refused as refused:
                self.problems.add(
                    self.sheet.name,
                    message=refused.problem,
                    line=row.line,
                    column=refused.column,
                    value=refused.value,
                )
        if not self.days and not self.problems.count:
            raise bad_file(self.sheet.name, message="it has no row below its header")
        if self.problems.count:
            found = self.problems.found
            raise BadFile(self.sheet.name, problems=found, count=self.problems.count)
        return [
            Answer(
                day=day,
                rows=said.rows,
                is_complete=self.profile.is_complete,
                names=said.names,
            )
            for day, said in sorted(self.days.items())
        ]

    def _check_columns(self) -> None:
        profile, name = self.profile, self.sheet.name
        wanted = [profile.organization, profile.day, profile.name, *profile.types]
        if profile.layout == LONG:
            wanted = [*wanted[:3], profile.billing_type, profile.count]
        missing = [text for text in wanted if text and text not in self.places]
        if missing:
            there = ", ".join(filter(None, self.sheet.header))
            raise bad_file(
                name, message=f"it has no column {', '.join(missing)}; it has {there}", line=1
            )
        if not profile.day and self.day is None:
            raise bad_file(name, message="no column holds the day; say it with --day")

    def _take(self, row: Row) -> None:
        day = self._day_of(row)
        organization = self._text(row, self.profile.organization)
        counts = list(self._counts(row))
        said = self.days.setdefault(day, _Day())
        if len(self.days) > MOST_DAYS:
            raise bad_file(self.sheet.name, message=f"it has more than {MOST_DAYS} days")
        if self.profile.name:
            name = self._cell(row, self.profile.name)
            if name not in (None, ""):
                said.names[organization] = str(name).strip()[:200]
        said.rows += [CountRow(organization, kind, count) for kind, count in counts]

    def _counts(self, row: Row) -> Iterator[tuple[str, object]]:
        profile = self.profile
        if profile.layout == LONG:
            yield self._text(row, profile.billing_type), self._number(row, profile.count)
            return
        for header, kind in profile.types.items():
            if self._cell(row, header) not in (None, ""):
                yield kind, self._number(row, header)

    def _day_of(self, row: Row) -> date:
        header = self.profile.day
        if self.day is not None and not header:
            return self.day
        cell = self._cell(row, header)
        try:
            day = cell if isinstance(cell, date) else self._read_day(cell)
        except CellRefused as refused:
            raise _Refused(str(refused), column=header, value=cell) from None
        if day > self.today:
            raise _Refused("has not come yet", column=header, value=cell)
        return day

    def _read_day(self, cell: Cell) -> date:
        if not isinstance(cell, str):
            raise CellRefused("is not a day; write it as year-month-day, such as 2026-01-31")
        match = _SLASHED.fullmatch(cell.strip())
        if not match or not self.profile.day_order:
            return read_day(cell.strip())
        first, second, year = (int(part) for part in match.groups())
        is_day_first = self.profile.day_order.startswith("day")
        number, month = (first, second) if is_day_first else (second, first)
        try:
            return date(year, month, number)
        except ValueError:
            raise CellRefused("is not a day of the calendar") from None

    def _text(self, row: Row, header: str) -> str:
        cell = self._cell(row, header)
        if isinstance(cell, bool | Decimal | date):
            raise _Refused("is no id; an id is a text or a whole number", column=header, value=cell)
        text = unguarded(str(cell).strip()) if cell is not None else ""
        if not text:
            raise _Refused("is empty", column=header, value="")
        return text

    def _number(self, row: Row, header: str) -> object:
        cell = self._cell(row, header)
        if isinstance(cell, bool | int | Decimal):
            return cell
        if not isinstance(cell, str) or not cell.strip():
            raise _Refused("is no count", column=header, value=cell)
        text = cell.strip()
        if text.lower() in _TRUTH:
            return _TRUTH[text.lower()]
        try:
            number = micro_to_decimal(read_number(text, decimal_comma=self.sheet.decimal_comma))
        except CellRefused as refused:
            raise _Refused(str(refused), column=header, value=cell) from None
        whole = int(number)
        return whole if whole == number else number

    def _cell(self, row: Row, header: str) -> Cell:
        place = self.places[header]
        return row.cells[place] if place < len(row.cells) else None


class _Refused(Exception):
    """One cell that cannot be taken."""

    def __init__(self, problem: str, *, column: str, value: Cell) -> None:
        super().__init__(problem)
        self.problem = problem
        self.column = column
        self.value = "" if value is None else str(value)


def known_words(types: Mapping[str, str]) -> dict[str, str]:
    """Billing types by every word they go by: key and name."""
    return {**{name: key for key, name in types.items()}, **{key: key for key in types}}
