"""Taxes by commands."""

from __future__ import annotations

from typing import Any

from tests.cli.conftest import Icb


def percentages(icb: Icb, key: str) -> list[tuple[Any, ...]]:
    """Region, first day and parts of all percentages of a tax."""
    return [
        (row["region"], row["from"], [tuple(part.values()) for part in row["parts"]])
        for row in icb.data("tax", "show", key)["percentages"]
    ]


def test_a_tax_is_added_listed_and_gets_another_percentage(books: Icb) -> None:
    assert "Added the tax vat." in books("tax", "add", "vat", "20", "--name", "VAT")
    books("tax", "rate", "vat", "21.5", "--from", "2027-01-01")
    books("tax", "rate", "vat", "19", "--from", "2026-03-01", "--region", "DE")
    assert percentages(books, "vat") == [
        ("", None, [("", "20", False)]),
        ("", "2027-01-01", [("", "21.5", False)]),
        ("DE", "2026-03-01", [("", "19", False)]),
    ]
    sales, vat = books.data("tax", "list")
    assert (sales["key"], vat["key"], vat["name"], vat["category"]) == ("sales", "vat", "VAT", "S")
    assert [part["percent"] for row in vat["today"] for part in row["parts"]] == ["20"]
    shown = books("tax", "list")
    assert "8.25 %" in shown and "VAT" in shown
    assert "from ever" in books("tax", "show", "vat")


def test_parts_stand_in_their_order_and_may_be_compound(books: Icb) -> None:
    first = ("tax", "add", "quebec", "--part", "GST:5", "--part", "QST:9.5:compound")
    books(*first, "--from", "2013-01-01", "--region", "CA-QC")
    books("tax", "rate", "quebec", "--from", "2027-01-01", "--part", "GST:5", "--part", "QST:10")
    assert percentages(books, "quebec") == [
        ("", "2027-01-01", [("GST", "5", False), ("QST", "10", False)]),
        ("CA-QC", "2013-01-01", [("GST", "5", False), ("QST", "9.5", True)]),
    ]
    assert "GST 5 % + QST 9.5 % compound" in books("tax", "show", "quebec")


def test_a_tax_that_is_not_charged_says_why(books: Icb) -> None:
    books("tax", "add", "reverse", "--category", "AE", "--reason", "Reverse charge")
    row = books.data("tax", "list")[-1]
    assert (row["category"], row["reason"], row["today"]) == ("AE", "Reverse charge", [])
    assert "is not charged" in books("tax", "show", "reverse")


def test_what_cannot_be_is_refused_and_nothing_stays(books: Icb) -> None:
    before = books.data("tax", "list")
    assert "sales" in books.refused(2, "tax", "add", "sales", "5")
    assert "--from: 'soon'" in books.refused(2, "tax", "rate", "sales", "9", "--from", "soon")
    assert "--from: ''" in books.refused(2, "tax", "rate", "sales", "9")
    for parts in ((), ("5", "--part", "GST:5")):
        said = books.refused(2, "tax", "rate", "sales", *parts, "--from", "2027-01-01")
        assert "either PERCENT or the parts" in said
    for part in ("GST", "GST:5:twice", "GST:5:compound:compound"):
        said = books.refused(2, "tax", "add", "new", "--part", part)
        assert f"--part: {part!r} is not a part" in said
    assert "percent" in books.refused(2, "tax", "add", "new", "x", "--from", "2027-01-01")
    assert "category" in books.refused(2, "tax", "add", "new", "5", "--category", "X")
    assert "Known: " in books.refused(4, "tax", "rate", "none", "9", "--from", "2027-01-01")
    books.refused(4, "tax", "show", "none")
    assert books.data("tax", "list") == before


def test_what_documents_took_stays(books: Icb) -> None:
    for words in (("bill",), ("post",), ("invoice", "issue", "--no-render")):
        books(*words)
    said = books.refused(3, "tax", "rate", "sales", "9", "--from", "2026-01-01")
    assert "Documents took the tax sales" in said
    assert "documents took it" in books("tax", "show", "sales")


def test_an_organization_is_exempt_and_no_more(books: Icb) -> None:
    given = ("tax", "exempt", "acme", "--reason", "Charity")
    books(*given, "--tax", "sales", "--from", "2026-01-01", "--certificate", "C-7")
    books(*given, "--until", "2026-06-30")
    books("tax", "end-exemption", "acme", "--tax", "sales", "--on", "2026-12-31")
    rows = books.data("tax", "exemptions", "--organization", "acme")
    assert [(row["tax"], row["starts_on"], row["ends_on"]) for row in rows] == [
        ("sales", "2026-01-01", "2026-12-31"),
        ("", "2026-02-01", "2026-06-30"),
    ]
    assert [row["certificate"] for row in rows] == ["C-7", ""]
    assert "C-7" in books("tax", "exemptions")
    assert books.data("tax", "exemptions", "--organization", "birch") == []
    later = ("--tax", "sales", "--from", "2027-01-01")
    books(*given, *later)
    books("tax", "end-exemption", "acme", *later, "--on", "2027-02-01")
    rows = books.data("tax", "exemptions", "--organization", "acme")
    assert [row["ends_on"] for row in rows] == ["2026-12-31", "2026-06-30", "2027-02-01"]


def test_exemptions_that_cannot_be_are_refused(books: Icb) -> None:
    given = ("tax", "exempt", "acme", "--reason", "Charity")
    books(*given, "--from", "2026-01-01")
    assert "exemption from the same tax" in books.refused(3, *given, "--from", "2026-03-01")
    assert "Known: " in books.refused(4, "tax", "exempt", "none", "--reason", "Charity")
    assert "no such exemption" in books.refused(4, "tax", "end-exemption", "birch")
    books.refused(4, "tax", "exemptions", "--organization", "none")
    said = books.refused(2, "tax", "end-exemption", "acme", "--on", "2025-01-01")
    assert "before 2026-01-01" in said
    assert len(books.data("tax", "exemptions")) == 1
