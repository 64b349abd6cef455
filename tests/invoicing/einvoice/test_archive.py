"""The archive for auditors: all files, an index that adds up, sums that check, the same bytes."""

from __future__ import annotations

import csv
import hashlib
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from tests.invoicing.einvoice.conftest import item
from tests.invoicing.factory import Books

from icb.foundation.models import AuditEvent
from icb.invoicing.actions import (
    credit_document,
    electronic_file,
    issue_documents,
    rendered_file,
    void_document,
)
from icb.invoicing.archive import Entry, archive_of, plain_text
from icb.invoicing.archive_actions import archive_documents, archive_numbered
from icb.invoicing.models import Document
from icb.kernel import clock
from icb.kernel.errors import Refused


@pytest.fixture
def issued(books: Books) -> Books:
    """INV-000001 (credited in part, with an e-invoice) and, in August, INV-000002 (void)."""
    item(books, "120.00")
    issue_documents()
    credit_document("INV-000001", net=Decimal("20.00"), reason="agreed")
    electronic_file("INV-000001", format="ubl")
    with clock.frozen(datetime(2026, 8, 1, 12, tzinfo=UTC)):
        birch = books.organization("birch")
        birch.name = "=1+1"
        birch.save()
        books.item("birch", "10.00")
        issue_documents()
        void_document("INV-000002", reason="wrong address")
        birch.name = "Renamed since"
        birch.save()
    return books


def opened(content: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(BytesIO(content))


def index(file: zipfile.ZipFile) -> dict[str, dict[str, str]]:
    rows = csv.DictReader(StringIO(file.read("index.csv").decode()))
    return {row["number"]: row for row in rows}


def test_every_file_is_there_with_its_hash(issued: Books, tmp_path: Path) -> None:
    file = opened(b"".join(archive_documents()))
    assert file.testzip() is None
    assert set(file.namelist()) == {
        "CN-000001.pdf",
        "CN-000001.json",
        "INV-000001.pdf",
        "INV-000001.xml",
        "INV-000001.json",
        "INV-000002.pdf",
        "INV-000002.json",
        "index.csv",
        "SHA256SUMS",
    }
    rows = index(file)
    for number, row in rows.items():
        for column, ending in (("pdf", "pdf"), ("data", "json"), ("ubl", "xml")):
            if row[f"{column}_sha256"]:
                content = file.read(f"{number}.{ending}")
                assert hashlib.sha256(content).hexdigest() == row[f"{column}_sha256"]
    assert file.read("INV-000001.pdf") == rendered_file("INV-000001").read_bytes()
    assert file.read("CN-000001.json").decode() == Document.objects.get(number="CN-000001").data
    folder = tmp_path / "opened"
    file.extractall(folder)
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=folder, check=True)
    assert len(file.read("SHA256SUMS").splitlines()) == len(file.namelist()) - 1


def test_the_index_says_what_became_of_each(issued: Books) -> None:
    rows = index(opened(b"".join(archive_documents())))
    first, void, note = (rows[one] for one in ("INV-000001", "INV-000002", "CN-000001"))
    assert (first["total"], first["credited"], first["is_void"]) == ("142.80", "-23.80", "no")
    assert (first["net"], first["tax"], first["currency"]) == ("120.00", "22.80", "EUR")
    assert (note["credits"], note["total"], note["due_on"]) == (
        "INV-000001",
        "-23.80",
        "2026-07-01",
    )
    assert (void["is_void"], void["organization"], void["organization_name"]) == (
        "yes",
        "birch",
        "'=1+1",
    )
    assert {row["note"] for row in rows.values()} == {""}


def test_days_and_organization_choose(issued: Books) -> None:
    def numbers(**asked: Any) -> set[str]:
        return set(index(opened(b"".join(archive_documents(**asked)))))

    assert numbers(since=date(2026, 8, 1)) == {"INV-000002"}
    assert numbers(until=date(2026, 7, 1)) == {"INV-000001", "CN-000001"}
    assert numbers(organization="birch") == {"INV-000002"}
    with pytest.raises(Refused, match="No document fits"):
        archive_documents(organization="nobody")
    assert AuditEvent.objects.filter(action="archive_documents").count() == 3


def test_the_same_books_give_the_same_bytes(issued: Books) -> None:
    first = b"".join(archive_documents())
    with clock.frozen(datetime(2027, 1, 1, tzinfo=UTC)):
        assert b"".join(archive_documents()) == first


def test_chosen_documents_come_in_the_order_chosen(issued: Books) -> None:
    content = b"".join(archive_numbered(["INV-000002", "CN-000001", "INV-999999"]))
    assert list(index(opened(content))) == ["INV-000002", "CN-000001"]


def test_a_file_that_is_gone_or_changed_is_told_of(issued: Books) -> None:
    rendered_file("INV-000001").unlink()
    rendered_file("CN-000001").write_bytes(b"other")
    rows = index(opened(b"".join(archive_documents())))
    assert rows["INV-000001"]["note"] == "INV-000001.pdf is missing"
    assert rows["INV-000001"]["pdf_sha256"] == ""
    assert rows["CN-000001"]["note"] == "CN-000001.pdf was changed since it was stored"


def test_memory_holds_one_document_at_a_time() -> None:
    taken = []

    def entries() -> Iterator[Entry]:
        for number in range(3):
            taken.append(number)
            yield Entry({"number": str(number)}, {"data_sha256": (f"{number}.json", b"x" * 1000)})

    parts = archive_of(entries())
    assert len(next(parts)) >= 1000
    assert taken == [0]
    assert len(b"".join(parts)) > 2000


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("=1+1", "'=1+1"),
        ("@x", "'@x"),
        ("-x", "'-x"),
        ("-1.00", "-1.00"),
        ("+4.", "+4."),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_formulas_become_texts_and_amounts_stay_numbers(text: str, plain: str) -> None:
    assert plain_text(text) == plain
