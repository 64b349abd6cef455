"""Taxes as accounting takes them: each at the percentage that was charged."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from xml.etree import ElementTree

from tests.accounting.conftest import Place
from tests.accounting.test_files import iif_rows

from icb.accounting.entries import Entries, documents_to_send
from icb.accounting.file_actions import make_files
from icb.accounting.inputs import NewTarget
from icb.accounting.models import Target
from icb.accounting.ports import Entry
from icb.accounting.target_actions import connect_target
from icb.accounting.target_queries import batch_file
from icb.foundation.providers import change_provider
from icb.invoicing import actions
from icb.invoicing.models import Document
from icb.organizations.inputs import NewTaxPart, NewTaxPercentage, NewTaxRate
from icb.organizations.models import TaxRate
from icb.organizations.tax_actions import add_tax_rates, set_tax_percentages

JULY = date(2026, 7, 1)


def vat_of_two_days() -> TaxRate:
    """19 % until June and 21 % from July on, by the day of supply."""
    add_tax_rates([NewTaxRate("vat", "19")])
    set_tax_percentages([NewTaxPercentage("vat", [NewTaxPart("21")], from_day=JULY)])
    change_provider({"tax_day": "supply"})
    found: TaxRate = TaxRate.objects.get(key="vat")
    return found


def two_days(place: Place) -> None:
    """An invoice with 100.00 of June and 10.00 of July."""
    vat = vat_of_two_days()
    place.ours.item("acme", "100.00", tax_rate=vat)
    place.ours.item("acme", "10.00", tax_rate=vat, kind="manual", effective_on=JULY)
    actions.issue_documents()


def entry_of(number: str) -> Entry:
    """The entry of a document for the only target."""
    id = Document.objects.get(number=number).pk
    entry, _lacking = Entries(Target.objects.get()).entry(documents_to_send([id])[id], key="icb-1")
    return entry


def content_of(kind: str) -> bytes:
    """The only file of a format."""
    make_files(kind)
    return batch_file(kind, sequence=1).content


def test_a_code_of_two_percentages_on_a_document_is_two_taxes(place: Place) -> None:
    connect_target(NewTarget(key="xml_journal", kind="xml_journal"))
    two_days(place)
    entry = entry_of("INV-000001")
    assert [(tax.name, tax.percent, tax.net, tax.tax) for tax in entry.taxes] == [
        ("19 %", Decimal(19), Decimal("100.00"), Decimal("19.00")),
        ("21 %", Decimal(21), Decimal("10.00"), Decimal("2.10")),
    ]
    assert {tax.tax_code for tax in entry.taxes} == {"vat"}
    assert sum(tax.tax for tax in entry.taxes) == entry.tax


def test_a_file_says_the_tax_of_each_percentage(place: Place) -> None:
    connect_target(NewTarget(key="xml_journal", kind="xml_journal"))
    connect_target(NewTarget(key="quickbooks_desktop", kind="quickbooks_desktop"))
    two_days(place)
    told = ElementTree.fromstring(content_of("xml_journal")).findall(".//tax")
    fields = ("tax_rate", "taxable_amount", "tax_amount")
    assert [[row.findtext(field) for field in fields] for row in told] == [
        ["19", "100.00", "19.00"],
        ["21", "10.00", "2.10"],
    ]
    rows = iif_rows(content_of("quickbooks_desktop"))
    taxes = [(row[5], row[9]) for row in rows if row[-1] == "AUTOSTAX"]
    assert taxes == [("-19.00", "19%"), ("-2.10", "21%")]


def test_the_parts_of_a_compound_tax_are_told_as_they_were_charged(place: Place) -> None:
    connect_target(NewTarget(key="xml_journal", kind="xml_journal"))
    add_tax_rates([NewTaxRate("qc")])
    parts = [NewTaxPart("5", "GST"), NewTaxPart("9.5", "PST", is_compound=True)]
    set_tax_percentages([NewTaxPercentage("qc", parts)])
    quebec = TaxRate.objects.get(key="qc")
    place.ours.item("acme", "100.10", tax_rate=quebec)
    place.ours.item("acme", "50.05", tax_rate=quebec)
    actions.issue_documents()
    (tax,) = entry_of("INV-000001").taxes
    assert (tax.name, tax.percent, tax.tax) == ("GST + PST", Decimal("14.5"), Decimal("22.49"))
    # 5 % of 150.15 is 7.5075; 9.5 % of 157.66 is 14.9777.
    assert tax.parts == (
        (Decimal(5), Decimal("150.15"), Decimal("7.51")),
        (Decimal("9.5"), Decimal("157.66"), Decimal("14.98")),
    )
