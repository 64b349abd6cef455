"""Every kind of document that a provider issues is a valid e-invoice in both syntaxes."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree
from tests.invoicing.einvoice.made import credit_note, document, line

from icb.invoicing.einvoice.examining import FACTUR_X, FORMATS, UBL, examine

_FRENCH = {"country": "FR", "tax_number": "FR40303265045", "city": "Paris", "postal_code": "75001"}
_PRORATED = {"units": "8", "unit_days": "247", "unit_price": "4"}

VALID: dict[str, dict[str, Any]] = {
    "one rate": document([line("180.00")]),
    "several rates": document(
        [line("180.00"), line("32.93", **_PRORATED), line("10.00", percent="7")]
    ),
    "zero rated": document([line("180.00", category="Z", percent="0")]),
    "exempt": document(
        [line("180.00", category="E", percent="0")], reasons={"E": "§ 4 Nr. 11 UStG"}
    ),
    "exempt beside a rate": document(
        [line("180.00"), line("20.00", category="E", percent=None)], reasons={"E": "§ 19 UStG"}
    ),
    "reverse charge": document(
        [line("180.00", category="AE", percent="0")], buyer=_FRENCH, reasons={"AE": ""}
    ),
    "intra-community": document([line("180.00", category="K", percent="0")], buyer=_FRENCH),
    "export": document(
        [line("180.00", category="G", percent="0")],
        buyer={"country": "CH", "tax_number": ""},
    ),
    "not subject": document([line("180.00", category="O", percent=None)]),
    "zero total": document([line("180.00"), line("-180.00", units="-10", unit_days="-300")]),
    "a line of nothing": document([line("180.00"), line("0.00", units="0", unit_days="0")]),
    "a lower line than credited": document(
        [line("180.00"), line("-1.55", percent="7", units="0", unit_days="-12", unit_price="4")]
    ),
    "below zero": document([line("-1.55", units="0", unit_days="-12", unit_price="4")]),
    "minimum": document([line("180.00"), line("20.00", kind="minimum", unit_price=None)]),
    "discount": document([line("180.00"), line("-18.00", kind="discount", unit_price=None)]),
    "fractions of a cent": document([line("64.79", units="1234", unit_price="0.0525")]),
    "yen": document(
        [line("98000", units="1000", unit_price="98", percent="10")],
        currency="JPY",
        seller={"country": "JP", "tax_number": "T1234567890123", "iban": ""},
        buyer={"country": "JP", "tax_number": ""},
    ),
    "dollars by transfer": document([line("180.00")], currency="USD"),
    "no account": document([line("180.00")], seller={"iban": "", "country": "AT"}),
    "a purchase order": document([line("180.00")], purchase_order="PO 7 / 2026"),
    "manual line": document([line("5.00", kind="manual", title="Cable", service="", units="1")]),
    "credit note": credit_note([line("-180.00", unit_price=None)]),
    "credit note of several rates": credit_note(
        [line("-180.00", unit_price=None), line("-1.99", percent="7", unit_price=None)]
    ),
    "credit note of reverse charge": credit_note(
        [line("-180.00", category="AE", percent="0", unit_price=None)], buyer=_FRENCH
    ),
    "credit note of items": credit_note(
        [line("-180.00", units="-10", unit_days="-300")], credited="", credited_on=""
    ),
    "many lines": document([line("180.00"), line("32.93", **_PRORATED)] * 60),
}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", VALID)
def test_what_providers_issue_is_valid(name: str, format: str) -> None:
    examined = examine(VALID[name], format=format)
    assert [problem for problem in examined.problems if problem.is_fatal] == []
    assert examined.is_valid
    assert "saxonche" in examined.validators


def values(xml: bytes, path: str) -> list[str]:
    """What stands at a path of local names, whatever the syntax calls its namespaces."""
    wanted = path.split("/")
    found = []
    for element in etree.fromstring(xml).iter():
        names = [etree.QName(one).localname for one in (element, *element.iterancestors())]
        if names[: len(wanted)][::-1] == wanted:
            found.append(element.text or "")
    return found


@pytest.mark.parametrize("name", VALID)
def test_the_amounts_are_those_of_the_document(name: str) -> None:
    data = VALID[name]
    sign = -1 if data["kind"] == "credit_note" else 1
    xml = examine(data, format=UBL).xml
    stated = {
        "net": values(xml, "LegalMonetaryTotal/TaxExclusiveAmount"),
        "tax": values(xml, "TaxTotal/TaxAmount")[:1],
        "total": values(xml, "LegalMonetaryTotal/PayableAmount"),
    }
    assert {name: [Decimal(data[name]) * sign] for name in stated} == {
        name: [Decimal(text) for text in texts] for name, texts in stated.items()
    }
    kind = "CreditNote" if sign < 0 else "Invoice"
    lines = values(xml, f"{kind}Line/LineExtensionAmount")
    assert [Decimal(text) for text in lines] == [
        Decimal(one["amount"]) * sign for one in data["lines"]
    ]
    assert [text for text in values(xml, f"{kind}Line/Price/PriceAmount") if "-" in text] == []


def test_both_syntaxes_state_the_same_amounts() -> None:
    for data in VALID.values():
        ubl, cii = (examine(data, format=format).xml for format in (UBL, FACTUR_X))
        totals = "SpecifiedTradeSettlementHeaderMonetarySummation"
        assert values(ubl, "LegalMonetaryTotal/PayableAmount") == values(
            cii, f"{totals}/DuePayableAmount"
        )
        assert values(ubl, "TaxTotal/TaxAmount")[:1] == values(cii, f"{totals}/TaxTotalAmount")


def test_the_same_data_gives_the_same_bytes() -> None:
    for format in FORMATS:
        made = {examine(VALID["several rates"], format=format).xml for _ in range(3)}
        assert len(made) == 1


def test_a_prorated_line_states_units_days_and_the_days_of_its_price() -> None:
    xml = examine(document([line("32.93", **_PRORATED)]), format=UBL).xml
    assert values(xml, "InvoiceLine/InvoicedQuantity") == ["247"]
    assert values(xml, "InvoiceLine/Price/PriceAmount") == ["4.00"]
    assert values(xml, "InvoiceLine/Price/BaseQuantity") == ["30"]


def test_what_no_unit_price_gives_is_one_lump_sum() -> None:
    xml = examine(document([line("33.00", **_PRORATED)]), format=UBL).xml
    assert values(xml, "InvoiceLine/InvoicedQuantity") == ["1"]
    assert b'unitCode="LS"' in xml
    assert values(xml, "InvoiceLine/Price/PriceAmount") == ["33.00"]


def test_a_credit_note_names_what_it_credits() -> None:
    xml = examine(VALID["credit note"], format=UBL).xml
    credited = "BillingReference/InvoiceDocumentReference"
    assert values(xml, f"{credited}/ID") == ["INV-000041"]
    assert values(xml, f"{credited}/IssueDate") == ["2026-07-01"]
    assert values(xml, "CreditNoteTypeCode") == ["381"]


def test_periods_end_on_their_last_day() -> None:
    xml = examine(VALID["one rate"], format=UBL).xml
    assert values(xml, "InvoiceLine/InvoicePeriod/EndDate") == ["2026-06-30"]


def test_euros_are_paid_by_sepa_and_others_by_transfer() -> None:
    for name, code in (("one rate", "58"), ("dollars by transfer", "30")):
        xml = examine(VALID[name], format=UBL).xml
        assert values(xml, "PaymentMeans/PaymentMeansCode") == [code]


def test_a_demonstration_says_that_it_is_none() -> None:
    data = VALID["one rate"] | {"is_demo": True}
    for format, path in ((UBL, "Invoice/Note"), (FACTUR_X, "IncludedNote/Content")):
        (note,) = values(examine(data, format=format).xml, path)
        assert "not an invoice" in note


def test_one_rate_of_several_names_is_one_group() -> None:
    data = document([line("180.00"), line("10.00", unit_price=None)])
    (group,) = data["taxes"]
    parts = [group | {"net": "180.00", "tax": "34.20"}, group | {"net": "10.00", "tax": "1.90"}]
    examined = examine(data | {"taxes": parts}, format=UBL)
    assert examined.is_valid
    assert values(examined.xml, "TaxSubtotal/TaxableAmount") == ["190.00"]
    assert values(examined.xml, "TaxSubtotal/TaxAmount") == ["36.10"]


def test_another_process_locale_and_zone_write_the_same_bytes() -> None:
    program = (
        "import hashlib, json, sys; from icb.invoicing.einvoice.from_data import terms_of; "
        "from icb.invoicing.einvoice.ubl import ubl; from icb.invoicing.einvoice.cii import cii; "
        "terms = terms_of(json.loads(sys.stdin.read())); "
        "print(hashlib.sha256(ubl(terms) + cii(terms)).hexdigest())"
    )
    data = VALID["several rates"]
    elsewhere = os.environ | {
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "7",
        "SOURCE_DATE_EPOCH": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(data),
        env=elsewhere,
        capture_output=True,
        text=True,
        check=True,
    )
    here = b"".join(examine(data, format=format).xml for format in (UBL, FACTUR_X))
    assert done.stdout.strip() == hashlib.sha256(here).hexdigest()
