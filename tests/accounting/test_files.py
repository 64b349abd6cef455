"""Files for accounting: balanced, in letters the format has, each document in one file once."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import IntegrityError
from django.db.transaction import atomic
from tests.accounting.conftest import Place

from icb.accounting.file_actions import make_files, undo_file
from icb.accounting.inputs import NewMapping, NewTarget
from icb.accounting.mapping_actions import set_mappings
from icb.accounting.models import Transfer
from icb.accounting.ports import Customer, Entry, Line, TargetError, Tax
from icb.accounting.registry import is_file, target
from icb.accounting.target_actions import connect_target
from icb.accounting.target_queries import batch_file, batches
from icb.accounting.verify import accounting_problems
from icb.foundation.bulk import execute
from icb.invoicing import actions
from icb.kernel.errors import InvalidInput, Refused

FORMATS = ["csv_journal", "xml_journal", "quickbooks_desktop"]
HOSTILE = [
    "=cmd|'/c calc'!A1",
    "+1+1",
    "@SUM(A1)",
    "-2+3",
    "<script>alert(1)</script>",
    "a\tb\r\nc",
    'say "no"',
    "\u202egnirts",
    "\x1b[31mred",
    "]]>&amp;<!--",
]


def entry(number: str = "INV-000001", **changes: Any) -> Entry:
    """An invoice of two lines, on which tax by line and by rate differ by a cent."""
    made = Entry(
        key="icb-1",
        kind="invoice",
        number=number,
        issued_on=date(2026, 7, 1),
        due_on=date(2026, 7, 15),
        currency="USD",
        decimals=2,
        customer=Customer("acme", "Acme Ltd", id="Acme Ltd", address="1 Road\nTown"),
        lines=(
            Line(1, "Seats", Decimal(3), Decimal("0.01"), Decimal("0.03"), Decimal("0.01"),
                 "Services", "vat", "seat"),
            Line(2, "Boxes", Decimal(1), Decimal("0.03"), Decimal("0.03"), Decimal("0.00"),
                 "Services", "vat", "box"),
        ),
        taxes=(
            Tax("VAT", "vat", Decimal(20), Decimal("0.06"), Decimal("0.01"), "Sales Tax Payable"),
        ),
        net=Decimal("0.06"),
        tax=Decimal("0.01"),
        total=Decimal("0.07"),
        receivable="Accounts Receivable",
    )  # fmt: skip
    return replace(made, **changes)


def written(kind: str, *entries: Entry) -> bytes:
    one = target(kind)
    assert is_file(one)
    return one.write(entries)


def iif_rows(content: bytes) -> list[list[str]]:
    return [line.split("\t") for line in content.decode("cp1252").split("\r\n") if line]


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_entries_give_the_same_bytes(kind: str) -> None:
    assert written(kind, entry()) == written(kind, entry()) != b""


@pytest.mark.parametrize("kind", FORMATS)
def test_what_does_not_balance_is_written_nowhere(kind: str) -> None:
    with pytest.raises(TargetError, match="do not add up to its total"):
        written(kind, entry(total=Decimal("0.08")))


def test_the_csv_balances_document_by_document() -> None:
    rows = list(csv.DictReader(io.StringIO(written("csv_journal", entry()).decode("utf-8-sig"))))
    assert [(row["account"], row["debit"], row["credit"]) for row in rows] == [
        ("Accounts Receivable", "0.07", ""),
        ("Services", "", "0.03"),
        ("Services", "", "0.03"),
        ("Sales Tax Payable", "", "0.01"),
    ]


def test_the_iif_is_what_quickbooks_reads() -> None:
    rows = iif_rows(written("quickbooks_desktop", entry()))
    head, shown = rows[0], dict(zip(rows[0], rows[3], strict=True))
    assert [row[0] for row in rows] == [
        "!TRNS", "!SPL", "!ENDTRNS", "TRNS", "SPL", "SPL", "SPL", "ENDTRNS",
    ]  # fmt: skip
    assert head[0] == "!TRNS"
    assert shown["TRNSTYPE"] == "INVOICE"
    assert (shown["DATE"], shown["DUEDATE"], shown["AMOUNT"]) == (
        "07/01/2026",
        "07/15/2026",
        "0.07",
    )
    split = [dict(zip(rows[1], row, strict=True)) for row in rows[4:7]]
    assert [(one["AMOUNT"], one["QNTY"], one["EXTRA"]) for one in split] == [
        ("-0.03", "-3", ""),
        ("-0.03", "-1", ""),
        ("-0.01", "", "AUTOSTAX"),
    ]
    amounts = [Decimal(shown["AMOUNT"]), *(Decimal(one["AMOUNT"]) for one in split)]
    assert sum(amounts) == 0


def test_a_credit_memo_has_the_other_signs() -> None:
    note = entry(
        "CN-000001",
        kind="credit_note",
        credited="INV-000001",
        lines=(replace(entry().lines[0], quantity=Decimal(-1), unit_price=Decimal("0.03"),
                       net=Decimal("-0.03"), tax=Decimal(0)),),
        taxes=(),
        net=Decimal("-0.03"),
        tax=Decimal(0),
        total=Decimal("-0.03"),
    )  # fmt: skip
    rows = iif_rows(written("quickbooks_desktop", note))
    assert rows[3][1:6:4] == ["CREDIT MEMO", "-0.03"]
    split = dict(zip(rows[1], rows[4], strict=True))
    assert (split["AMOUNT"], split["QNTY"]) == ("0.03", "1")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text_in_iif(text: str) -> None:
    hostile = entry(lines=(replace(entry().lines[0], description=text), entry().lines[1]))
    rows = iif_rows(written("quickbooks_desktop", hostile))
    assert [len(row) for row in rows[3:7]] == [10, 13, 13, 13]
    memo = dict(zip(rows[1], rows[4], strict=True))["MEMO"]
    assert '"' not in memo
    assert memo[:1] not in "=+-@|"
    assert memo.isprintable()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text_in_csv_and_xml(text: str) -> None:
    hostile = entry(customer=replace(entry().customer, name=text))
    content = written("csv_journal", hostile).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    assert len(rows) == 4
    assert all(row["client_name"][:1] not in tuple("=+-@|") for row in rows)
    root = ElementTree.fromstring(written("xml_journal", hostile))
    assert root.findtext("invoice/organization/cust_name")
    assert len(root.findall("invoice")) == 1


def test_letters_that_the_format_lacks_are_made_plain_or_refused() -> None:
    client = replace(entry().customer, id="Łódź Šilutė €")
    rows = iif_rows(written("quickbooks_desktop", entry(customer=client)))
    assert rows[3][4] == "Lódz Šilute €"
    with pytest.raises(TargetError, match="INV-000001: client holds '東'"):
        written("quickbooks_desktop", entry(customer=replace(client, id="東京")))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"number": "INVOICE-000001"}, "number has 14 characters"),
        ({"customer": Customer("a", "x" * 42, id="x" * 42)}, "client has 42 characters"),
        ({"customer": Customer("a", "Acme:Berlin", id="Acme:Berlin")}, "a colon"),
    ],
)
def test_what_quickbooks_would_cut_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(TargetError, match=words):
        written("quickbooks_desktop", entry(**changes))


def test_a_number_stands_in_an_iif_once_and_in_one_currency() -> None:
    with pytest.raises(TargetError, match="twice"):
        written("quickbooks_desktop", entry(), entry())
    with pytest.raises(TargetError, match="a file holds one currency: USD"):
        written("quickbooks_desktop", entry(), entry("INV-000002", currency="EUR"))


def connect(kind: str) -> None:
    connect_target(NewTarget(key="file", kind=kind))


@pytest.mark.parametrize("kind", FORMATS)
def test_each_document_is_in_one_file_once(place: Place, kind: str) -> None:
    connect(kind)
    for amount in ("10.00", "20.00"):
        place.ours.item("acme", amount, tax_percent=Decimal(20))
        actions.issue_documents()
    (first,) = make_files("file")
    assert (first.sequence, first.documents, first.total) == (1, 2, Decimal("36.00"))
    assert make_files("file") == []
    actions.credit_document("INV-000001", net=Decimal(1), reason="a cent too much")
    (second,) = make_files("file")
    assert (second.sequence, second.documents) == (2, 1)
    assert set(Transfer.objects.values_list("state", flat=True)) == {"sent"}
    content = batch_file("file", sequence=1).content
    assert content == batch_file("file", sequence=1).content
    assert b"INV-000001" in content and b"CN-000001" not in content
    assert [row.sequence for row in batches("file")] == [2, 1]
    assert accounting_problems() == []


def test_a_file_keeps_its_bytes(place: Place) -> None:
    connect("csv_journal")
    place.ours.item("acme", "10.00")
    actions.issue_documents()
    make_files("file")
    with pytest.raises(IntegrityError), atomic():
        execute("UPDATE accounting_file SET documents = 2")
    with pytest.raises(Refused, match="it was transferred to Journal as CSV"):
        actions.void_document("INV-000001", reason="wrong")


def test_taking_a_file_back_needs_a_reason_and_queues_its_documents(place: Place) -> None:
    connect("csv_journal")
    place.ours.item("acme", "10.00")
    actions.issue_documents()
    make_files("file")
    with pytest.raises(InvalidInput, match="reason"):
        undo_file("file", sequence=1, reason="")
    assert undo_file("file", sequence=1, reason="imported into the wrong company") == 1
    (again,) = make_files("file")
    assert again.sequence == 2
    assert [(row.sequence, row.counting) for row in batches("file")] == [(2, 1), (1, 0)]
    assert batch_file("file", sequence=1).content == batch_file("file", sequence=2).content
    assert accounting_problems() == []


def test_what_the_format_cannot_hold_keeps_no_other_document_out(place: Place) -> None:
    connect("quickbooks_desktop")
    place.ours.organization("tokyo", domain="")
    place.ours.item("acme", "10.00")
    place.ours.item("tokyo", "20.00")
    actions.issue_documents()
    set_mappings("file", news=[NewMapping(kind="customers", ours="tokyo", theirs="東京")])
    (made,) = make_files("file")
    assert made.documents == 1
    refused = Transfer.objects.get(state="refused")
    assert "client holds '東'" in refused.message


def test_each_currency_has_its_file(place: Place) -> None:
    connect("quickbooks_desktop")
    place.ours.item("acme", "10.00")
    place.ours.item("acme", "20.00", currency="EUR")
    actions.issue_documents()
    assert [row.currency for row in make_files("file")] == ["EUR", "USD"]
