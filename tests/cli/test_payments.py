"""Payments and statements by commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Icb


@pytest.fixture
def issued(books: Icb) -> Icb:
    """The command line after the first invoices: 786.80 for acme, 253.93 for birch."""
    books("bill")
    books("post")
    books("invoice", "issue", "--no-render")
    return books


def test_a_payment_is_recorded_listed_and_reversed(issued: Icb) -> None:
    made = issued.data("payment", "record", "acme", "800.00", "--reference", "thanks", "--id", "7")
    assert made == {
        "number": 1,
        "organization": "acme",
        "currency": "USD",
        "amount": "800.00",
        "allocated": "786.80",
        "left": "13.20",
        "is_new": True,
    }
    assert "recorded already" in issued("payment", "record", "acme", "800.00", "--id", "7")
    (row,) = issued.data("payment", "list", "--organization", "acme", "--since", "2026-02-01")
    assert (row["state"], row["left"], row["reference"]) == ("credit", "13.20", "thanks")
    assert issued.data("payment", "list", "--organization", "birch") == []
    assert "thanks" in issued("payment", "list")
    said = issued("payment", "reverse", "1", "--reason", "bounced")
    assert "Payment 1 is reversed; 1 allocation with it." in said
    assert "was reversed" in issued.refused(3, "payment", "reverse", "1", "--reason", "again")
    assert "Payment 2 is recorded." in issued("payment", "record", "acme", "1.00", "--keep")
    assert "amount: x" in issued.refused(2, "payment", "record", "acme", "x")


def test_a_bank_file_is_shown_taken_and_undone(issued: Icb, tmp_path: Path) -> None:
    file = tmp_path / "bank.csv"
    file.write_text("date,amount,reference\n2026-02-01,100.00,INV-000001\n2026-02-01,5,who\n")
    shown = issued("payment", "import", str(file), "--dry-run")
    assert "1 payment would be recorded; nothing was stored." in shown
    assert issued.data("payment", "list") == []
    assert "1 payment recorded." in issued("payment", "import", str(file))
    issued.refused(2, "payment", "import", str(file))
    assert "1 payment reversed" in issued("payment", "undo", "--reason", "wrong account")
    assert len(issued.data("payment", "import", str(file))["recorded"]) == 1
    file.write_text("date,amount,reference\nx,100.00,acme\n")
    assert "line 2, column date" in issued.refused(2, "payment", "import", str(file))


def test_a_statement_is_printed_and_written(issued: Icb, tmp_path: Path) -> None:
    issued("payment", "record", "acme", "100.00")
    shown = issued("statement", "acme")
    assert "686.80" in shown and "INV-000001" in shown
    written = issued("statement", "acme", "--output", "-").splitlines()
    assert written[-1] == "2026-02-01,closing,,,,,686.80,USD"
    for name in ("acme.pdf", "acme.csv", "acme.json"):
        issued("statement", "acme", "--output", str(tmp_path / name))
    data = json.loads((tmp_path / "acme.json").read_text())
    assert (data["template"], data["opening"], data["closing"]) == ("statement/1", "0.00", "686.80")
    assert [entry["balance"] for entry in data["entries"]] == ["786.80", "686.80"]
    content = (tmp_path / "acme.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    issued("statement", "acme", "--output", str(tmp_path / "again.pdf"))
    assert (tmp_path / "again.pdf").read_bytes() == content
    assert "none of .pdf" in issued.refused(2, "statement", "acme", "--output", "x.doc")
    assert "has not come" in issued.refused(2, "statement", "acme", "--as-of", "2030-01-01")
