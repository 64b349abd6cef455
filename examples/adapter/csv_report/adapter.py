"""Counts from a CSV report: one line for each client, one column for each thing that is counted.

    client_id,client,devices,mailboxes
    7,Acme Ltd,12,30

The report comes in pages; the header X-Total-Rows says how many lines there are in all.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from icb.hub.ports import (
    ConnectionTest,
    DaySnapshot,
    Description,
    IncompleteAnswer,
    Item,
    Manifest,
    Reach,
    Seen,
    Session,
    SettingField,
    UnexpectedAnswer,
    UsageCount,
)

PATH = "/report.csv"
IDENTITY = ("client_id", "client")
BILLING_TYPES = ("devices", "mailboxes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The lines of all pages, by column name, and how many pages there were."""

    columns: Sequence[str]
    lines: Sequence[Mapping[str, str]]
    pages: int


class CsvReportAdapter:
    """What the port asks for."""

    description = Description(
        key="csv_report",
        module="csv_report",
        name="CSV report",
        version="1",
        settings=(
            SettingField(name="host", label="Host", pattern=r"[a-z0-9.-]+"),
            SettingField(name="token", label="Token", is_secret=True),
        ),
        reach=(Reach(method="GET", host="{host}", path=PATH),),
        billing_types=BILLING_TYPES,
        per_minute=60,
    )

    def test(self, session: Session) -> ConnectionTest:
        """Read the report; it is small enough."""
        found = len(read_report(session).lines)
        return ConnectionTest(message=f"The report names {found} clients.", organizations=found)

    def organizations(self, session: Session) -> Iterable[Seen]:
        """Every client of the report."""
        return [seen(line) for line in read_report(session).lines]

    def snapshot(self, session: Session, *, day: date) -> DaySnapshot:
        """The report as it is now, for `day`."""
        report = read_report(session)
        unknown = [name for name in report.columns if name not in (*IDENTITY, *BILLING_TYPES)]
        return DaySnapshot(
            day=day,
            counts=tuple(
                UsageCount(
                    organization=line["client_id"],
                    billing_type=name,
                    count=whole(line[name], column=name),
                )
                for line in report.lines
                for name in BILLING_TYPES
            ),
            organizations=tuple(seen(line) for line in report.lines),
            manifest=Manifest(
                is_complete=True,
                billing_types=BILLING_TYPES,
                pages=report.pages,
                items=len(report.lines),
                unknown={name: len(report.lines) for name in unknown},
            ),
            as_of=session.now,
        )

    def items(self, session: Session, *, organization: str, billing_type: str) -> Iterable[Item]:
        """None: the report holds counts only, so that there is no Capability.EVIDENCE."""
        return ()


ADAPTER = CsvReportAdapter()


def read_report(session: Session) -> Report:
    """All pages of the report. IncompleteAnswer where lines are missing or come twice."""
    lines: list[Mapping[str, str]] = []
    columns: Sequence[str] = ()
    pages, total = 0, 1
    while len(lines) < total:
        pages += 1
        response = session.http.request(
            "GET",
            url=f"https://{session.settings['host']}{PATH}",
            params={"page": str(pages)},
            headers={"Authorization": f"Bearer {session.settings['token']}"},
        )
        total = whole(response.headers.get("x-total-rows", ""), column="X-Total-Rows")
        columns, page = read_page(response.text())
        lines += page
        if not page:
            break
    if len(lines) != total or len({line["client_id"] for line in lines}) != total:
        raise IncompleteAnswer(
            f"The report announces {total} clients and gives {len(lines)}, or one twice. Nothing "
            "was stored; it is read again later."
        )
    return Report(columns=columns, lines=lines, pages=pages)


def read_page(text: str) -> tuple[Sequence[str], list[Mapping[str, str]]]:
    """The columns and lines of one page; UnexpectedAnswer where it is no such report."""
    reader = csv.DictReader(text.splitlines(), strict=True)
    columns = list(reader.fieldnames or ())
    missing = [name for name in (*IDENTITY, *BILLING_TYPES) if name not in columns]
    if missing:
        raise UnexpectedAnswer(
            f"The report has no column {', '.join(missing)}. Nothing was stored. Check the address."
        )
    lines: list[Mapping[str, str]] = list(reader)
    if any(None in line or None in line.values() for line in lines):
        raise UnexpectedAnswer("A line has more or fewer fields than there are columns.")
    return columns, lines


def seen(line: Mapping[str, str]) -> Seen:
    """The client of one line."""
    return Seen(id=line["client_id"], name=line["client"])


def whole(text: str, *, column: str) -> int:
    """A whole number, zero or more. An empty cell is not a zero."""
    if not text.isascii() or not text.isdigit():
        raise UnexpectedAnswer(f"{column}: '{text[:20]}' is no count. Nothing was stored.")
    return int(text)
