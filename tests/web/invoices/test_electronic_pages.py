"""E-invoices and archives on pages: checked, told in words, downloaded, chosen."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from tests.invoicing.einvoice.conftest import complete_books, item
from tests.invoicing.factory import Books
from tests.web.conftest import ClientOf, words

from icb.foundation.models import Provider, Role
from icb.invoicing.actions import issue_documents
from icb.invoicing.einvoice_queries import electronic_format
from icb.kernel import clock

PAGE = "/invoices/INV-000001/electronic"


@pytest.fixture
def books(provider: Provider, settings: Any, tmp_path: Path) -> Iterator[Books]:
    """INV-000001 is complete, INV-000002 goes to a client without a country."""
    settings.DATA_DIR = tmp_path
    with clock.frozen(datetime(2026, 7, 1, 12, tzinfo=UTC)):
        books = complete_books()
        books.organization("birch")
        item(books, "120.00")
        item(books, "10.00", key="birch")
        issue_documents()
        yield books


def test_a_document_is_checked_and_downloaded(books: Books, owner: Client) -> None:
    before = words(owner.get(PAGE).content)
    assert before.count("Not checked yet") == 2
    after = words(owner.post(f"{PAGE}/check", follow=True).content)
    assert "Valid as UBL, Factur-X." in after
    assert "Check again" in after
    ubl = owner.get(f"{PAGE}/file/ubl")
    assert ubl["Content-Type"] == "application/xml"
    assert b"".join(ubl).startswith(b"<?xml")
    pdf = owner.get(f"{PAGE}/file/factur-x")
    assert "INV-000001-factur-x.pdf" in pdf["Content-Disposition"]
    assert b"".join(pdf).startswith(b"%PDF")
    assert "SHA-256" in words(owner.get(PAGE).content)


def test_what_is_missing_is_told_with_a_way_there(books: Books, owner: Client) -> None:
    address = "/invoices/INV-000002/electronic"
    page = owner.post(f"{address}/check", follow=True)
    assert "The organization has no country." in words(page.content)
    assert "BR-11" in words(page.content)
    assert b'href="/organizations/birch/edit"' in page.content
    refused = owner.get(f"{address}/file/ubl")
    assert refused.status_code == 409
    assert "cannot be an e-invoice" in words(refused.content)
    assert owner.get(f"{address}/file/docx").status_code == 404


def test_the_format_of_an_organization_is_chosen(books: Books, client_of: ClientOf) -> None:
    billing, reader = client_of(Role.BILLING), client_of(Role.READ_ONLY)
    billing.post(f"{PAGE}/format", {"format": "factur-x"})
    assert electronic_format("acme") == "factur-x"
    assert reader.post(f"{PAGE}/format", {"format": "ubl"}).status_code == 403
    assert electronic_format("acme") == "factur-x"
    assert b"<select" not in reader.get(PAGE).content
    assert billing.post(f"{PAGE}/format", {"format": "edifact"}).status_code == 422


def test_unknown_documents_are_not_there(books: Books, owner: Client) -> None:
    assert owner.get("/invoices/INV-000999/electronic").status_code == 404
    assert owner.post("/invoices/INV-000999/electronic/check").status_code == 404


def test_the_page_asks_little(
    books: Books, owner: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    owner.post(f"{PAGE}/check")
    with django_assert_max_num_queries(30):
        owner.get(PAGE)


def test_the_documents_of_the_list_come_as_an_archive(books: Books, owner: Client) -> None:
    assert b'id="archive"' in owner.get("/invoices/issued").content
    answer = owner.get("/invoices/archive?q=birch")
    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(BytesIO(b"".join(answer))) as file:
        assert "INV-000002.pdf" in file.namelist()
        assert "INV-000001.pdf" not in file.namelist()
    assert owner.get("/invoices/archive?q=nobody-at-all").status_code == 409
