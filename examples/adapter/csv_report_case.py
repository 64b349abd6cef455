"""The adapter under ICB's suite: a fake tool with two pages, and what is in it."""

from __future__ import annotations

from pathlib import Path

import csv_report
from csv_report.adapter import ADAPTER
from tests.conformance.case import Case, Strange

from icb.demo.vendors.server import Answer, Fake, Request

PAGE_SIZE = 2


class FakeReport(Fake):
    """A tool that knows three clients."""

    hosts = ("reports.example.com",)

    def __init__(self) -> None:
        super().__init__()
        self.columns = ["client_id", "client", "devices", "mailboxes"]
        self.lines = [["7", "Acme Ltd", "12", "30"], ["8", "Baker, Sons", "1", "0"]]
        self.lines.append(["9", "Quiet Place", "0", "0"])

    def answer(self, request: Request) -> Answer:
        """One page of the report."""
        if request.bearer() != "a-token":
            return Answer(status=401, body={"error": "who are you?"})
        first = (int(request.query["page"]) - 1) * PAGE_SIZE
        rows = [self.columns, *self.lines[first : first + PAGE_SIZE]]
        text = "".join(",".join(f'"{cell}"' for cell in row) + "\r\n" for row in rows)
        headers = {"Content-Type": "text/csv", "X-Total-Rows": str(len(self.lines))}
        return Answer(body=text.encode(), headers=headers)


class CsvReport(Case):
    """What the suite asks for."""

    adapter = ADAPTER
    contract_file = Path(csv_report.__file__).with_name("contract.json")
    settings = {"host": "reports.example.com", "token": "a-token"}
    lists = ("report",)

    def fake(self) -> FakeReport:
        """The tool, new."""
        return FakeReport()

    def counted(self, fake: Fake) -> dict[tuple[str, str], int]:
        """Read off the lines."""
        assert isinstance(fake, FakeReport)
        devices = {(line[0], "devices"): int(line[2]) for line in fake.lines}
        return {**devices, **{(line[0], "mailboxes"): int(line[3]) for line in fake.lines}}

    def add_strange(self, fake: Fake) -> Strange:
        """A column that no billing type covers."""
        assert isinstance(fake, FakeReport)
        fake.columns = [*fake.columns, "phones"]
        fake.lines = [[*line, "4"] for line in fake.lines]
        return Strange("phones", len(fake.lines))


CASE = CsvReport()
