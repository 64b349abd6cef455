"""`icb document`: files, checks and archives by commands."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Icb


@pytest.fixture
def issued(books: Icb, settings: Any, tmp_path: Path) -> Icb:
    settings.DATA_DIR = tmp_path / "data"
    for command in (("bill",), ("post",), ("invoice", "issue", "--no-render")):
        books(*command)
    return books


def test_a_document_is_written_as_pdf_and_as_its_data(issued: Icb, tmp_path: Path) -> None:
    file = tmp_path / "one.pdf"
    issued("document", "INV-000001", "--format", "pdf", "--output", str(file))
    assert file.read_bytes().startswith(b"%PDF-1.7")
    issued("document", "write", "INV-000001", "--format", "json", "--output", str(file))
    assert json.loads(file.read_text("utf-8"))["number"] == "INV-000001"
    assert list(tmp_path.glob(".*")) == []


def test_a_check_tells_what_is_missing_and_no_file_is_written(issued: Icb, tmp_path: Path) -> None:
    told = issued.call("document", "check", "INV-000001")
    assert told.exit_code == 1
    assert "not valid" in told.stdout
    states = json.loads(issued.call("document", "check", "INV-000001", "--json").stdout)
    assert [state["format"] for state in states] == ["ubl", "factur-x"]
    assert all(state["problems"] for state in states)
    file = tmp_path / "one.xml"
    words = ("document", "INV-000001", "--format", "ubl", "--output", str(file))
    assert "cannot be an e-invoice" in issued.refused(3, *words)
    assert not file.exists()


def test_an_archive_is_written_whole_or_not_at_all(issued: Icb, tmp_path: Path) -> None:
    file = tmp_path / "all.zip"
    said = issued("document", "export", "--organization", "acme", "--output", str(file))
    assert "Wrote" in said
    with zipfile.ZipFile(file) as opened:
        assert "INV-000001.pdf" in opened.namelist()
    nothing = tmp_path / "none.zip"
    words = ("document", "export", "--to", "2020-01-01", "--output", str(nothing))
    assert "No document fits" in issued.refused(3, *words)
    assert not nothing.exists()
    nowhere = str(tmp_path / "no" / "folder.zip")
    assert "cannot be written" in issued.refused(2, "document", "export", "--output", nowhere)


def test_unknown_documents_and_formats_are_refused(issued: Icb, tmp_path: Path) -> None:
    target = str(tmp_path / "x")
    issued.refused(4, "document", "INV-000999", "--output", target)
    issued.refused(2, "document", "INV-000001", "--format", "docx", "--output", target)


def test_what_an_organization_gets_is_said_by_a_command(issued: Icb) -> None:
    assert "factur-x" in issued("document", "wanted", "acme", "factur-x")
    issued("document", "wanted", "acme", "pdf")
    issued.refused(4, "document", "wanted", "nobody", "ubl")
    issued.refused(2, "document", "wanted", "acme", "edifact")
