"""The adapter by configuration, at a made-up API: one row for each client and kind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.conformance.case import Case, Strange

from icb.demo.vendors.server import Answer, Fake, Request
from icb.modules.generic_http.adapter import ADAPTER

PAGE_SIZE = 2


class FakeApi(Fake):
    hosts = ("api.example.com",)

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Mapping[str, object]] = []
        for identity, name, devices in ((7, "Acme", 3), (8, "Baker", "12"), (9, "Quiet", 0)):
            client = {"id": identity, "name": name}
            self.add(client, kind="devices", count=devices)
            self.add(client, kind="mailboxes", count=0 if name == "Quiet" else identity)
        self.add(None, kind="devices", count=99)

    def add(self, client: Mapping[str, object] | None, *, kind: str, count: object) -> None:
        """Add a row."""
        row = {"id": len(self.rows) + 1, "client": client, "kind": kind, "count": count}
        self.rows.append(row)

    def answer(self, request: Request) -> Answer:
        """A page of rows."""
        if request.bearer() != "a-token":
            return Answer(status=401, body={"error": "who are you?"})
        first = (int(request.query["page"]) - 1) * PAGE_SIZE
        return Answer(body={"total": len(self.rows), "rows": self.rows[first : first + PAGE_SIZE]})


class GenericHttp(Case):
    adapter = ADAPTER
    contract_file = Path(__file__).with_suffix(".json")
    settings = {
        "url": "https://api.example.com/usage",
        "authentication": "bearer",
        "secret": "a-token",
        "paging": "page",
        "list_path": "rows",
        "total_path": "total",
        "item_path": "id",
        "organization_path": "client.id",
        "name_path": "client.name",
        "type_path": "kind",
        "billing_types": "devices, mailboxes",
        "count_path": "count",
    }
    lists = ("usage",)

    def fake(self) -> FakeApi:
        return FakeApi()

    def counted(self, fake: Fake) -> dict[tuple[str, str], int]:
        assert isinstance(fake, FakeApi)
        found = {}
        for row in fake.rows:
            client = row["client"]
            if isinstance(client, dict):
                found[str(client["id"]), str(row["kind"])] = int(str(row["count"]))
        return found

    def excluded(self, fake: Fake) -> int:
        assert isinstance(fake, FakeApi)
        return sum(row["client"] is None for row in fake.rows)

    def add_strange(self, fake: Fake) -> Strange:
        assert isinstance(fake, FakeApi)
        fake.add({"id": 7, "name": "Acme"}, kind="phones", count=4)
        return Strange("phones", 1)


CASE = GenericHttp()
