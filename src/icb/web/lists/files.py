"""A list as a file: all rows that the filters leave, in the columns that are shown."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from icb.foundation.actor import acting_as, current_actor
from icb.foundation.listing import UNCOUNTED, Wanted
from icb.foundation.providers import local_today, provider_days
from icb.foundation.scope import in_provider, provider_id
from icb.kernel.errors import Refused
from icb.web.lists.columns import Column, Listing, Look

CSV, XLSX = "csv", "xlsx"
_XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_AT_ONCE = 5000
MOST_IN_WORKBOOK = 50_000  # rows; more would keep a person, and memory, waiting
# A cell that begins like this is a formula to a spreadsheet; what came from a vendor never is one.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_file(
    listing: Listing, *, wanted: Wanted, columns: Sequence[Column], kind: str
) -> HttpResponseBase:
    """All rows that are wanted, as CSV or as a spreadsheet.

    Raises Refused for a spreadsheet of more than `MOST_IN_WORKBOOK` rows.
    """
    name = f"{listing.key}-{local_today().isoformat()}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    rows = _rows(listing, wanted, columns)
    if kind == CSV:
        # Read while it is sent, after the request's own scope has ended: it enters them again.
        lines = in_scope(_csv_lines(rows))
        return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
    return HttpResponse(_workbook(rows), content_type=_XLSX_TYPE, headers=headers)


def safe_text(value: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def _rows(listing: Listing, wanted: Wanted, columns: Sequence[Column]) -> Iterator[list[Any]]:
    header: list[Any] = []
    for column in columns:
        header.append(str(column.label))
        if column.look is Look.MONEY:
            header.append(f"{column.label} (currency)")
    yield header
    asked = replace(wanted, start=0, size=_AT_ONCE, position="")
    while True:
        page = listing.rows(asked)
        for row in page.rows:
            yield _values(row, columns)
        if page.total == UNCOUNTED:
            asked = replace(asked, position=page.after)
        else:
            asked = replace(asked, start=asked.start + _AT_ONCE)
        if not page.rows or not (page.after or asked.start < page.total):
            return


def _values(row: Any, columns: Sequence[Column]) -> list[Any]:
    found: list[Any] = []
    for column in columns:
        value = column.value(row)
        found.append(str(value) if isinstance(value, str) else value)
        if column.look is Look.MONEY:
            currency = column.currency(row) if column.currency else ""
            found.append("" if value is None else currency)
    return found


def _csv_lines(rows: Iterator[list[Any]]) -> Iterator[bytes]:
    yield "\ufeff".encode()  # or Excel takes the file for another encoding
    for row in rows:
        line = StringIO()
        csv.writer(line).writerow([_plain(value) for value in row])
        yield line.getvalue().encode()


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return provider_days().local(value).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int):
        return str(value)
    return safe_text(str(value))


def _workbook(rows: Iterator[list[Any]]) -> bytes:
    from xlsxwriter import Workbook

    target = BytesIO()
    with Workbook(target, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for number, row in enumerate(rows):
            if number > MOST_IN_WORKBOOK:
                raise _too_long()
            for place, value in enumerate(row):
                _write(sheet, (number, place), value=value, day=day, bold=bold)
        sheet.freeze_panes(1, 0)
        sheet.autofit()
    return target.getvalue()


def _too_long() -> Refused:
    return Refused(
        "too_long_for_workbook",
        f"The list has more than {MOST_IN_WORKBOOK:,} rows, too many for an XLSX file. Nothing was "
        "changed. Narrow the list by its filters, or take the CSV, which holds any number.",
    )


def _write(sheet: Any, place: tuple[int, int], *, value: Any, day: Any, bold: Any) -> None:
    if isinstance(value, date) and not isinstance(value, datetime):
        sheet.write_datetime(*place, value, day)
    elif isinstance(value, Decimal | int) and not isinstance(value, bool):
        sheet.write_number(*place, value)
    else:
        # A text stays a text here, whatever it begins with.
        text = _plain(value) if not isinstance(value, str) else value
        sheet.write_string(*place, text, bold if place[0] == 0 else None)


def in_scope(lines: Iterator[bytes]) -> Iterator[bytes]:
    """The same, read as the person and for the provider of this request, also after its end."""
    provider, user = provider_id(), current_actor()

    def again() -> Iterator[bytes]:
        with ExitStack() as stack:
            stack.enter_context(in_provider(provider))
            stack.enter_context(acting_as(user))
            yield from lines

    return again()
