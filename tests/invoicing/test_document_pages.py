"""What stands on the pages of documents: rows, sums, texts, languages, payment codes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
import segno
from pypdf import PdfReader
from tests.invoicing.golden import LOGO, detailed_invoice, golden_documents

from icb.invoicing.design import Design, design_of, settings_of
from icb.invoicing.document_data import Data, Sender
from icb.invoicing.document_page import document_page
from icb.invoicing.payment_code import payment_code
from icb.invoicing.rendering import pages, render
from icb.invoicing.sample_document import sample_document
from icb.invoicing.statement_page import statement_page
from icb.invoicing.system_templates import SYSTEM_TEMPLATES
from icb.kernel.languages import LANGUAGES

_SENDER = Sender("own", "Own", iban="DE02120300000000202051", account_holder="Own")
_ALL = Design(columns=("position", "service", "period", "quantity", "unit_price", "net", "gross"))


def invoice(**changes: Any) -> Data:
    design = replace(Design(), **changes)
    return sample_document(_SENDER, currency="EUR", language="en", design=design)


def amount(text: str) -> Decimal:
    return Decimal(text.replace("−", "-").replace(",", ""))


def texts_of(data: Data) -> list[str]:
    content = render(json.dumps(data), logo=LOGO).content
    return [page.extract_text() for page in PdfReader(BytesIO(content)).pages]


@pytest.mark.parametrize("is_inclusive", [False, True])
@pytest.mark.parametrize("is_rolled_up", [False, True])
@pytest.mark.parametrize("grouping", ["module", "contract", "site"])
def test_rows_add_up_to_subtotals_and_these_to_the_document(
    grouping: str, is_rolled_up: bool, is_inclusive: bool
) -> None:
    data = invoice(grouping=grouping, is_rolled_up=is_rolled_up, is_inclusive=is_inclusive)
    groups = document_page(data)["table"]["groups"]
    for group in groups:
        assert sum(amount(row[-1]) for row in group["rows"]) == amount(group["subtotal"])
    wanted = data["total"] if is_inclusive else data["net"]
    assert sum(amount(group["subtotal"]) for group in groups) == Decimal(wanted)


def test_net_and_gross_columns_add_up_by_themselves() -> None:
    (group,) = document_page(invoice(columns=_ALL.columns))["table"]["groups"]
    data = invoice()
    assert sum(amount(row[-2]) for row in group["rows"]) == Decimal(data["net"])
    assert sum(amount(row[-1]) for row in group["rows"]) == Decimal(data["total"])


def test_lines_of_one_service_and_period_become_one_row() -> None:
    data = invoice(is_rolled_up=True, columns=("service", "period", "net"))
    data["lines"] += [line | {"position": 13} for line in data["lines"][:1]]
    (group,) = document_page(data)["table"]["groups"]
    assert len(group["rows"]) == len(data["lines"]) - 1
    assert group["rows"][0] == ["Endpoint detection and response", "1–30 Jun 2026", "307.20"]


def test_an_organization_is_named_where_it_is_not_the_payer_or_as_its_own_group() -> None:
    (group,) = document_page(invoice())["table"]["groups"]
    assert group["rows"][6][1] == ["Endpoint detection and response", "Sample Company, North"]
    groups = document_page(invoice(grouping="site"))["table"]["groups"]
    assert [group["name"] for group in groups] == ["Sample Company", "Sample Company, North"]
    assert groups[1]["rows"][0][1] == "Endpoint detection and response"


@pytest.mark.parametrize("grouping", ["none", "module"])
def test_totals_never_stand_alone_on_a_page(grouping: str) -> None:
    data = invoice(grouping=grouping)
    for count in range(26, 62, 2):
        lines = [data["lines"][number % 12] | {"position": number + 1} for number in range(count)]
        texts = texts_of(data | {"lines": lines})
        (with_total,) = [text for text in texts if "Net total" in text]
        above = with_total.partition("Net total")[0]
        assert len(re.findall(r"^\d+ \S", above, re.MULTILINE)) >= 2, count


def test_two_thousand_lines_have_headings_on_every_page_and_are_all_there() -> None:
    data = detailed_invoice(2000)
    plain = data["design"] | {"has_unit_list": False, "has_changes": False}
    texts = texts_of(data | {"design": plain})
    assert all("Leistung Zeitraum Menge Einzelpreis" in text for text in texts[:-1])
    assert all(f"Seite {number} von {len(texts)}" in text for number, text in enumerate(texts, 1))
    numbers = re.findall(r"^(\d+) [A-Z]", "\n".join(texts), re.MULTILINE)
    assert set(map(int, numbers)) >= set(range(1, 2001))


def test_annexes_tell_units_by_day_and_what_changed() -> None:
    page = document_page(invoice(has_unit_list=True, has_changes=True))
    units, changes = page["annexes"]
    assert units["table"]["groups"][0]["rows"][1] == [
        "1",
        "Endpoint detection and response",
        "16–30 Jun 2026",
        "15",
        "39",
    ]
    assert changes["title"] == "What changed since INV-000037"
    told = changes["table"]["groups"][0]["rows"]
    assert [row[1] for row in told] == ["other units", "new"]
    assert document_page(invoice() | {"changes": None})["annexes"] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_document_speaks_one_language(language: str) -> None:
    design = SYSTEM_TEMPLATES["detailed"].design
    data = sample_document(_SENDER, currency="EUR", language=language, design=design)
    said = {
        "en": ("Invoice", "1 July 2026", "7,990.63", "Page 1 of 3"),
        "de": ("Rechnung", "1. Juli 2026", "7.990,63", "Seite 1 von 3"),
        "fr": ("Facture", "1 juillet 2026", "7\u00a0990,63", "Page 1 sur 3"),
        "nl": ("Factuur", "1 juli 2026", "7.990,63", "Pagina 1 van 3"),
        "es": ("Factura", "1 de julio de 2026", "7.990,63", "Página 1 de 3"),
    }[language]
    first = texts_of(data)[0].replace(" 990", "\u00a0990")
    assert [words for words in said if words not in first] == []


def test_texts_of_ones_own_stand_in_the_documents_language() -> None:
    text = texts_of(detailed_invoice(4))[0]
    assert "Leistungen nach Rahmenvertrag 7" in text
    assert "Vielen Dank für Ihren Auftrag." in text
    assert "HRB 12345" in text
    english = detailed_invoice(4) | {"language": "en"}
    assert "Vielen Dank" not in texts_of(english)[0]


def test_an_invoice_in_euros_has_a_code_that_pays_it() -> None:
    data = golden_documents()["invoice-eur"]
    # EPC069-12: service, version, characters (UTF-8), kind, BIC, name, IBAN, amount, and the text.
    payload = "\n".join(
        (
            "BCD",
            "002",
            "1",
            "SCT",
            "BYLADEM1001",
            "Northwind Managed IT GmbH",
            "DE02120300000000202051",
            f"EUR{data['total']}",
            "",
            "",
            "INV-000041",
        )
    )
    wanted = BytesIO()
    segno.make(payload, error="m", boost_error=False, micro=False, encoding="utf-8").save(
        wanted, kind="svg", xmldecl=False, border=0, unit="mm", scale=1
    )
    assert payment_code(data) == wanted.getvalue().decode()
    assert document_page(data)["payment"]["code"] == payment_code(data)


@pytest.mark.parametrize(
    "changes",
    [
        {"currency": "USD"},
        {"kind": "credit_note"},
        {"total": "0.00"},
        {"total": "-1.00"},
        {"total": "1000000000.00"},
        {"provider": {"iban": ""}},
        {"provider": {"iban": "DE00120300000000202051"}},
    ],
)
def test_without_euros_owed_to_an_account_there_is_no_code(changes: Data) -> None:
    data = golden_documents()["invoice-eur"]
    provider = data["provider"] | changes.pop("provider", {})
    assert payment_code(data | changes | {"provider": provider}) == ""


def test_a_name_cannot_bring_lines_of_its_own_into_the_code() -> None:
    data = golden_documents()["invoice-eur"]
    hostile = data["provider"] | {"account_holder": "Own\nDE89370400440532013000\r\nEUR1.00"}
    flat = data["provider"] | {"account_holder": "Own DE89370400440532013000 EUR1.00"}
    assert payment_code(data | {"provider": hostile}) == payment_code(data | {"provider": flat})


def test_a_credit_note_asks_for_no_payment() -> None:
    page = document_page(golden_documents()["credit-note"])
    assert page["payment"] is None
    assert page["reason"] == ["Reason", "Both were switched off on 1 June"]
    assert ["Credits invoice", "INV-000041 (1 Jul 2026)"] in page["facts"]


def test_the_country_is_told_only_to_another_one() -> None:
    data = golden_documents()["invoice-eur"]
    assert document_page(data)["receiver_lines"][:2] == ["Hauptstraße 1", "10115 Berlin"]
    us = {"country": "US", "country_name": "United States", "region": "HH"}
    page = document_page(data | {"provider": data["provider"] | us})
    assert page["receiver_lines"][2] == "Germany"
    assert page["sender_lines"] == ["12 Harbour Street", "Hamburg, HH 20457", "United States"]


def test_why_no_tax_is_charged_is_told_once() -> None:
    data = golden_documents()["invoice-eur"]
    taxes = [tax | {"reason": "Reverse charge"} for tax in data["taxes"]]
    assert document_page(data | {"taxes": taxes})["notes"] == ["Reverse charge"]


def test_paper_and_logo_are_those_of_the_design() -> None:
    data = invoice(paper="letter")
    box = PdfReader(BytesIO(render(json.dumps(data)).content)).pages[0].mediabox
    assert (round(box.width), round(box.height)) == (612, 792)
    assert render(json.dumps(data), logo=LOGO).sha256 != render(json.dumps(data)).sha256


def test_a_preview_is_marked_and_has_the_same_pages() -> None:
    text = json.dumps(invoice())
    assert len(pages(text, is_preview=True)) == len(pages(text))
    assert pages(text, is_preview=True) != pages(text)


@pytest.mark.parametrize("design", [one.design for one in SYSTEM_TEMPLATES.values()])
def test_a_design_comes_back_from_its_settings(design: Design) -> None:
    assert design_of(json.loads(json.dumps(settings_of(design)))) == design


def test_a_credit_note_has_words_where_it_has_no_units() -> None:
    data = golden_documents()["credit-note"]
    columns = ("position", "service", "quantity", "unit_price", "net")
    row = document_page(data | {"design": settings_of(Design(columns=columns))})["table"]["groups"]
    texts = json.dumps(row)
    assert f"Credit of line 2 of {data['credited']}" in texts


def test_a_statement_on_which_nothing_is_open_has_no_ages() -> None:
    data = golden_documents()["statement-nl"]
    assert statement_page(data)["aging"] is not None
    assert statement_page(data | {"aging": []})["aging"] is None
