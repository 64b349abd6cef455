"""From issued invoices to accounting, by commands alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.accounting import fake
from tests.cli.conftest import Icb

from icb.accounting.registry import registered


@pytest.fixture
def issued(books: Icb) -> Icb:
    """Three invoices of the example bundle."""
    books("bill")
    books("post")
    books("invoice", "issue", "--no-render")
    return books


def test_documents_go_to_an_application_and_are_compared(books: Icb) -> None:
    theirs = fake.Books()
    theirs.faults["INV-000002"] = [fake.WRONG]
    with fake.serving(theirs) as address, registered(fake.FakeTarget()):
        books("accounting", "connect", "fake", "--kind", "fake", "--set", f"address={address}",
              "--new-clients")  # fmt: skip
        books("accounting", "map", "--target", "fake", "items", "", "I1")
        books("bill")
        books("post")
        books("invoice", "issue", "--no-render")
        assert len(books.data("transfer", "list", "--state", "waiting")) == 3
        said = books.call("transfer")
        assert said.exit_code == 1
        assert "fake: 1 mismatch" in said.stdout and "fake: 2 sent" in said.stdout
        assert theirs.numbers() == dict.fromkeys(("INV-000001", "INV-000002", "INV-000003"), 1)
        compared = books.call("accounting", "reconcile", "--target", "fake")
        assert compared.exit_code == 1
        assert "INV-000002 differs" in compared.stdout and "difference -0.01" in compared.stdout
        theirs.documents[1]["total"] = "253.93"
        books("transfer", "look-again", "INV-000002")
        books("transfer", "--target", "fake")
        assert "0 not the same" in books("accounting", "reconcile", "--target", "fake")
        books("transfer", "reset", "INV-000001", "--reason", "a test")
        books("transfer")
        assert theirs.numbers()["INV-000001"] == 1
    assert "no problems" in books("verify").lower() or books("verify")


def test_documents_go_into_a_file_that_stays_the_same(issued: Icb, tmp_path: Path) -> None:
    issued("accounting", "connect", "iif", "--kind", "quickbooks_desktop")
    issued.refused(1, "transfer", "file", "--target", "iif", "--output", str(tmp_path))
    issued.refused(3, "transfer", "--target", "iif")
    issued("transfer", "--target", "iif", "--number", "INV-000001", "--number", "INV-000002")
    made = Path(issued("transfer", "file", "--target", "iif", "--output", str(tmp_path)).strip())
    first = made.read_bytes()
    assert b"INV-000001" in first and b"INV-000003" not in first
    issued("transfer", "file", "--target", "iif", "--sequence", "1", "--output", str(tmp_path))
    assert made.read_bytes() == first
    issued("transfer", "file", "--target", "iif", "--sequence", "1", "--undo", "wrong company")
    waiting = issued.data("transfer", "list", "--state", "waiting")
    assert {row["number"] for row in waiting} == {"INV-000001", "INV-000002"}


def test_the_books_are_closed_and_opened(issued: Icb) -> None:
    assert "closed until 2026-01-31" in issued("accounting", "close", "--until", "2026-01-31")
    issued("accounting", "close", "--until", "2026-02-01")
    issued.refused(3, "void", "INV-000001", "--reason", "wrong")
    issued("accounting", "reopen", "--reason", "wrong client")
    issued("void", "INV-000001", "--reason", "wrong")
    rows = issued.data("accounting", "journal")
    assert {row["kind"] for row in rows} == {"document", "reversal"}
    found = issued.data("accounting", "accounts")
    assert {row["code"] for row in found["accounts"]} >= {"1200", "2200", "4000"}
    issued("accounting", "add-account", "4010", "--name", "Agents", "--kind", "revenue")
    issued("accounting", "book", "service", "--of", "agents", "--on", "4010")
