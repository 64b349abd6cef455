"""E-invoices of issued documents: made once, only where valid, with the verdict kept."""

from __future__ import annotations

import hashlib
import time
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from django.db import DatabaseError
from facturx import get_facturx_xml_from_pdf, xml_check_xsd
from lxml import etree
from tests.invoicing.einvoice.conftest import item
from tests.invoicing.factory import Books

from icb.foundation.actor import acting_as
from icb.foundation.inputs import NewUser
from icb.foundation.models import AuditEvent, Role
from icb.foundation.transactions import transaction
from icb.foundation.users import add_users
from icb.invoicing.actions import (
    check_electronic,
    credit_document,
    electronic_file,
    issue_documents,
    rendered_file,
    set_electronic_format,
)
from icb.invoicing.einvoice import examining
from icb.invoicing.einvoice.examining import FORMATS
from icb.invoicing.einvoice.hybrid_pdf import hybrid_pdf
from icb.invoicing.einvoice.problems import NotElectronic
from icb.invoicing.einvoice_queries import attachment_formats, electronic_format, electronic_states
from icb.invoicing.models import Document, ElectronicCheck, ElectronicFile
from icb.invoicing.verify import document_problems
from icb.kernel.errors import Broken, InvalidInput, NotFound, NotPermitted

INVOICE, NOTE = "INV-000001", "CN-000001"


@pytest.fixture
def issued(books: Books) -> Books:
    item(books, "120.00")
    item(books, "39.00", units=4, unit_days=120, unit_price=None)
    issue_documents()
    credit_document(INVOICE, lines=[2], reason="not delivered")
    return books


@pytest.mark.parametrize("number", [INVOICE, NOTE])
def test_what_was_issued_is_valid_in_every_format(issued: Books, number: str) -> None:
    states = check_electronic(number)
    assert [(state.format, state.is_valid, state.problems) for state in states] == [
        (format, True, []) for format in FORMATS
    ]
    assert states == electronic_states(number)
    assert all("saxonche" in state.validators and state.actor == "olivia" for state in states)


def test_a_file_is_made_once_and_read_afterwards(issued: Books, tmp_path: Path) -> None:
    for format, name in (("ubl", f"{INVOICE}.xml"), ("factur-x", f"{INVOICE}-factur-x.pdf")):
        first = electronic_file(INVOICE, format=format)
        assert first.name == name
        content = first.read_bytes()
        assert electronic_file(INVOICE, format=format).read_bytes() == content
        row = ElectronicFile.objects.get(format=format)
        assert (row.sha256, row.size) == (hashlib.sha256(content).hexdigest(), len(content))
        assert ElectronicCheck.objects.filter(format=format, is_valid=True).count() == 1
    assert document_problems() == []
    assert AuditEvent.objects.filter(action="make_electronic").count() == 2


def test_the_ubl_file_is_what_was_checked(issued: Books) -> None:
    content = electronic_file(INVOICE, format="ubl").read_bytes()
    check = ElectronicCheck.objects.get(format="ubl")
    assert check.xml_sha256 == hashlib.sha256(content).hexdigest()


def test_factur_x_is_a_pdf_for_archives_with_the_checked_data_inside(issued: Books) -> None:
    content = electronic_file(NOTE, format="factur-x").read_bytes()
    name, xml = get_facturx_xml_from_pdf(content, check_xsd=False)
    assert name == "factur-x.xml"
    assert xml_check_xsd(xml, flavor="factur-x", level="en16931")
    check = ElectronicCheck.objects.get(format="factur-x")
    assert check.xml_sha256 == hashlib.sha256(xml).hexdigest()
    with pikepdf.open(BytesIO(content)) as pdf:
        (file,) = pdf.Root.AF
        assert file.AFRelationship == pikepdf.Name.Alternative
        assert file.EF.F.Params.ModDate == "D:20260701000000Z"
        metadata = pdf.Root.Metadata.read_bytes().decode()
        assert len(pdf.pages) == 1
    for stated in (
        "<pdfaid:part>3</pdfaid:part>",
        "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>",
        "<fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>",
        "Factur-X PDFA Extension Schema",
    ):
        assert stated in metadata
    packet = etree.fromstring(metadata.encode())
    schemas = "{http://www.aiim.org/pdfa/ns/extension/}schemas"
    assert len(list(packet.iter(schemas))) == 1


def test_factur_x_has_the_same_bytes_whenever_it_is_made(issued: Books) -> None:
    pdf = rendered_file(INVOICE).read_bytes()
    first = hybrid_pdf(pdf, invoice=b"<a/>", issued_on=date(2026, 7, 1))
    time.sleep(1.1)  # identifiers of PDF files are made of seconds where nothing says otherwise
    assert hybrid_pdf(pdf, invoice=b"<a/>", issued_on=date(2026, 7, 1)) == first
    assert electronic_file(INVOICE, format="factur-x").read_bytes().startswith(b"%PDF-1.7")


def test_only_a_pdf_for_archives_carries_data() -> None:
    plain = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.Root.Metadata = pdf.make_stream(b"<x/>")
        pdf.save(plain)
    with pytest.raises(Broken, match="PDF/A-3"):
        hybrid_pdf(plain.getvalue(), invoice=b"<a/>", issued_on=date(2026, 7, 1))


def test_an_invalid_document_gives_no_file_and_its_verdict_stays(books: Books) -> None:
    books.organization("birch", country="")
    books.item("birch", "120.00", currency="EUR", tax_percent=Decimal(19))
    issue_documents()
    for format in FORMATS:
        with pytest.raises(NotElectronic, match="no country") as refused:
            electronic_file(INVOICE, format=format)
        assert all(problem.is_fatal for problem in refused.value.problems)
    assert ElectronicFile.objects.count() == 0
    assert list(ElectronicCheck.objects.values_list("is_valid", flat=True)) == [False, False]
    assert [state.is_valid for state in electronic_states(INVOICE)] == [False, False]


def test_a_falsified_total_never_leaves(issued: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    write = examining._WRITERS["ubl"]
    monkeypatch.setitem(
        examining._WRITERS, "ubl", lambda terms: write(terms).replace(b">189.21<", b">189.22<")
    )
    with pytest.raises(NotElectronic, match="error of the program"):
        electronic_file(INVOICE, format="ubl")
    assert ElectronicFile.objects.count() == 0


def test_verdicts_and_files_are_final(issued: Books) -> None:
    electronic_file(INVOICE, format="ubl")
    for model in (ElectronicCheck, ElectronicFile):
        with pytest.raises(DatabaseError, match="final"), transaction():
            model.objects.update(format="factur-x")
        with pytest.raises(DatabaseError, match="final"), transaction():
            model.objects.all().delete()


def test_verify_tells_of_changed_files_and_of_files_never_found_valid(issued: Books) -> None:
    electronic_file(INVOICE, format="ubl").write_bytes(b"<a/>")
    assert [text for text in document_problems() if "was changed" in text]
    ElectronicFile.objects.create(
        document=Document.objects.get(number=NOTE),
        format="ubl",
        maker="x",
        sha256="0" * 64,
        size=1,
        path="documents/nowhere.xml",
        made_at=Document.objects.get(number=NOTE).issued_at,
    )
    problems = document_problems()
    assert f"{NOTE}: its ubl file was never found valid." in problems
    assert f"{NOTE}: its file documents/nowhere.xml is missing." in problems


def test_what_an_organization_gets(books: Books) -> None:
    assert attachment_formats(electronic_format("acme")) == ("pdf",)
    set_electronic_format("acme", format="ubl")
    assert attachment_formats(electronic_format("acme")) == ("pdf", "ubl")
    set_electronic_format("acme", format="factur-x")
    assert attachment_formats(electronic_format("acme")) == ("factur-x",)
    set_electronic_format("acme", format="")
    assert attachment_formats(electronic_format("acme")) == ("pdf",)
    with pytest.raises(InvalidInput, match="no e-invoice"):
        set_electronic_format("acme", format="edifact")
    with pytest.raises(NotFound):
        set_electronic_format("nobody", format="ubl")


def test_who_may_only_read_reads_files_and_chooses_nothing(issued: Books) -> None:
    add_users([NewUser("rita", role=Role.READ_ONLY)])
    with acting_as("rita"):
        assert electronic_file(INVOICE, format="ubl").is_file()
        with pytest.raises(NotPermitted):
            set_electronic_format("acme", format="ubl")


def test_unknown_numbers_and_formats_are_refused(issued: Books) -> None:
    with pytest.raises(NotFound):
        electronic_file("INV-000999", format="ubl")
    with pytest.raises(InvalidInput, match="format"):
        electronic_file(INVOICE, format="docx")
