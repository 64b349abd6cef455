"""Invoices as people see them: what waits, processing, one document, its lines, corrections."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.invoicing.factory import Books
from tests.web.conftest import ClientOf, words

from icb.foundation.actor import acting_as_system
from icb.foundation.inputs import NewProvider
from icb.foundation.installation import lock_issuing
from icb.foundation.models import Provider, Role
from icb.foundation.providers import create_provider
from icb.foundation.scope import in_provider
from icb.invoicing.actions import issue_documents
from icb.invoicing.models import Document, NumberSeries, Rendering
from icb.invoicing.waiting_queries import Payer, issue_plan
from icb.kernel import clock

ROW = "USD acme"


@pytest.fixture
def books(provider: Provider, settings: Any, tmp_path: Path) -> Iterator[Books]:
    settings.DATA_DIR = tmp_path
    with clock.frozen(datetime(2026, 7, 1, 12, tzinfo=UTC)):
        books = Books()
        books.organization("acme", address="1 Wharf Lane")
        books.organization("birch")
        books.item("acme", "128.40", tax_percent=Decimal(20))
        books.item("acme", "10.00")
        books.item("birch", "78.00")
        yield books


def seen() -> str:
    return issue_plan([Payer("acme", "USD")]).seen


def issue(client: Client, token: str) -> Any:
    return client.post("/invoices/issue", {"row": [ROW], "seen": token}, follow=True)


class TestItemsToInvoice:
    def test_what_waits_is_listed_with_totals(self, books: Books, owner: Client) -> None:
        page = words(owner.get("/invoices").content)
        assert "Acme Ltd" in page
        assert "138.40 USD" in page
        rows = list(
            csv.reader(
                StringIO(b"".join(owner.get("/invoices?as=csv&q=birch")).decode("utf-8-sig"))
            )
        )
        assert [row[0] for row in rows[1:]] == ["Birch Ltd"]

    def test_processing_shows_first_what_will_be_issued(self, books: Books, owner: Client) -> None:
        page = words(owner.post("/invoices/process", {"row": [ROW]}).content)
        assert "INV-000001" in page
        assert "164.08 USD" in page
        assert "Issue 1 document" in page
        assert "Birch" not in page
        everything = words(owner.get("/invoices/process").content)
        assert "Issue 2 documents" in everything
        assert "INV-000001 – INV-000002" in everything
        filtered = words(owner.get("/invoices/process?q=birch").content)
        assert "Birch Ltd" in filtered
        assert "Acme Ltd" not in filtered
        assert not Document.objects.exists()

    def test_a_form_sent_twice_issues_once(self, books: Books, owner: Client) -> None:
        token = seen()
        assert "INV-000001 was issued" in words(issue(owner, token).content)
        again = issue(owner, token)
        assert again.status_code == 409
        assert "INV-000001 was issued by olivia" in words(again.content)
        assert Document.objects.count() == 1

    def test_of_two_people_the_second_is_told(self, books: Books, client_of: ClientOf) -> None:
        token = seen()
        issue(client_of(Role.BILLING), token)
        second = issue(client_of(Role.APPROVER), token)
        assert second.status_code == 409
        assert "issued by billing" in words(second.content)

    def test_without_leave_nothing_is_issued(self, books: Books, client_of: ClientOf) -> None:
        token = seen()
        reader = client_of(Role.READ_ONLY)
        assert "Process" not in words(reader.get("/invoices").content)
        assert reader.get("/invoices/process").status_code == 403
        assert issue(reader, token).status_code == 403
        assert not Document.objects.exists()

    def test_a_lock_after_a_restore_is_told(self, books: Books, owner: Client) -> None:
        token = seen()
        lock_issuing()
        assert "Issuing is locked" in words(owner.get("/invoices/process").content)
        refused = issue(owner, token)
        assert refused.status_code == 409
        assert "restored from a backup" in words(refused.content)

    def test_forged_rows_are_refused(self, books: Books, owner: Client) -> None:
        assert owner.post("/invoices/process", {"row": ["nonsense"]}).status_code == 422
        assert owner.post("/invoices/process", {"row": ["USD nobody"]}).status_code == 404
        assert owner.post("/invoices/process", {}).status_code == 422

    def test_nothing_waits(self, provider: Provider, owner: Client) -> None:
        assert "No items to invoice" in words(owner.get("/invoices").content)
        assert "Nothing to issue" in words(owner.get("/invoices/process").content)
        assert "No document was issued yet" in words(owner.get("/invoices/issued").content)
        assert "No number was taken yet" in words(owner.get("/invoices/numbers").content)


class TestPreview:
    def test_it_draws_pages_and_stores_nothing(self, books: Books, owner: Client) -> None:
        page = owner.get("/invoices/preview/acme/USD")
        assert "Nothing is stored" in words(page.content)
        picture = owner.get("/invoices/preview/acme/USD/1/1.png")
        assert picture["Content-Type"] == "image/png"
        assert picture.content.startswith(b"\x89PNG")
        for address in ("1/2.png", "2/1.png", "0/0.png"):
            assert owner.get(f"/invoices/preview/acme/USD/{address}").status_code == 404
        assert not Document.objects.exists()
        assert not NumberSeries.objects.exists()

    def test_it_is_marked_as_no_document(self, books: Books, owner: Client) -> None:
        before = owner.get("/invoices/preview/acme/USD/1/1.png").content
        issue_documents()
        assert owner.get("/invoices/INV-000001/pages/1.png").content != before
        assert "Nothing to preview" in words(owner.get("/invoices/preview/acme/USD").content)


class TestDocument:
    @pytest.fixture(autouse=True)
    def issued(self, books: Books) -> None:
        issue_documents()

    def test_its_page_shows_what_was_frozen(self, books: Books, owner: Client) -> None:
        page = words(owner.get("/invoices/INV-000001").content)
        for text in ("164.08 USD", "1 Wharf Lane", "Tax 20 % on 128.40 USD", "acme-1", "olivia"):
            assert text in page
        assert owner.get("/invoices/1").headers["Location"] == "/invoices/INV-000001"
        for absent in ("INV-000009", "last", "nonsense"):
            assert owner.get(f"/invoices/{absent}").status_code == 404

    def test_a_reader_gets_the_pdf_and_is_its_first(
        self, books: Books, client_of: ClientOf
    ) -> None:
        answer = client_of(Role.READ_ONLY).get("/invoices/INV-000001/pdf")
        assert b"".join(answer).startswith(b"%PDF")
        assert Rendering.objects.count() == 1
        assert "PDF made" in words(client_of(Role.READ_ONLY).get("/invoices/INV-000001").content)

    def test_what_changed_since_the_last_invoice(self, books: Books, owner: Client) -> None:
        books.item("acme", "154.08", units=Decimal(12), tax_percent=Decimal(20))
        issue_documents()
        page = words(owner.get("/invoices/INV-000003/changes").content)
        assert "What changed since INV-000001" in page
        assert "units up by 2" in page
        assert "Not on this invoice any more" in page
        assert "+15.68 USD" in page

    def test_the_first_invoice_has_no_changes(self, books: Books, owner: Client) -> None:
        answer = owner.get("/invoices/INV-000001/changes")
        assert answer.headers["Location"] == "/invoices/INV-000001"

    def test_a_line_proves_itself(self, books: Books, owner: Client) -> None:
        page = words(owner.get("/invoices/INV-000001/lines/1").content)
        assert "How the amount comes about" in page
        assert "128.40" in page
        assert owner.get("/invoices/INV-000001/lines/9").status_code == 404

    def test_void(self, books: Books, owner: Client) -> None:
        empty = owner.post("/invoices/INV-000001/void", {"reason": ""})
        assert empty.status_code == 422
        done = owner.post("/invoices/INV-000001/void", {"reason": "Typed twice"}, follow=True)
        assert "INV-000001 is void" in words(done.content)
        again = owner.post("/invoices/INV-000001/void", {"reason": "Typed twice"})
        assert again.status_code == 409
        assert "is void already" in words(again.content)
        assert "138.40 USD" in words(owner.get("/invoices").content)

    def test_void_of_a_credited_one_is_refused(self, books: Books, owner: Client) -> None:
        form = {"what": "lines", "lines": ["2"], "reason": "Agreed"}
        owner.post("/invoices/INV-000001/credit", form)
        refused = owner.post("/invoices/INV-000001/void", {"reason": "x"})
        assert refused.status_code == 409
        assert "has credit notes: CN-000001" in words(refused.content)

    def test_credit_by_lines_ends_on_the_note(self, books: Books, owner: Client) -> None:
        form = {"what": "lines", "lines": ["1"], "reason": "Agreed"}
        done = owner.post("/invoices/INV-000001/credit", form, follow=True)
        assert done.redirect_chain[-1][0] == "/invoices/CN-000001"
        page = words(done.content)
        assert "-154.08 USD" in page
        assert "credits INV-000001" in page
        assert "Credited 154.08 USD" in words(owner.get("/invoices/INV-000001").content)

    def test_credit_above_what_is_left_is_refused(self, books: Books, owner: Client) -> None:
        form = {"what": "amount", "net": "11.00", "lines": ["2"], "reason": "Agreed"}
        refused = owner.post("/invoices/INV-000001/credit", form)
        assert refused.status_code == 409
        assert "exceeds what is left" in words(refused.content)
        form["net"] = "eleven"
        assert owner.post("/invoices/INV-000001/credit", form).status_code == 422
        assert Document.objects.count() == 2

    def test_what_would_not_count_is_refused(self, books: Books, owner: Client) -> None:
        for form in (
            {"what": "all", "lines": ["2"]},
            {"what": "lines", "net": "1", "lines": ["2"]},
        ):
            refused = owner.post("/invoices/INV-000001/credit", form | {"reason": "Agreed"})
            assert refused.status_code == 422
            assert "Nothing was stored" in words(refused.content)
        assert Document.objects.count() == 2

    def test_a_credit_sent_twice_credits_once(self, books: Books, owner: Client) -> None:
        page = owner.get("/invoices/INV-000001/credit")
        form = {
            "what": "amount",
            "net": "1.00",
            "lines": ["2"],
            "reason": "Agreed",
            "seen": page.context["left"].seen,
        }
        assert owner.post("/invoices/INV-000001/credit", form).status_code == 302
        again = owner.post("/invoices/INV-000001/credit", form)
        assert again.status_code == 409
        assert "CN-000001 was issued by olivia" in words(again.content)
        assert Document.objects.filter(kind="credit_note").count() == 1

    def test_without_leave_nothing_is_corrected(self, books: Books, client_of: ClientOf) -> None:
        mapper = client_of(Role.MAPPER)
        assert mapper.post("/invoices/INV-000001/void", {"reason": "x"}).status_code == 403
        form = {"what": "all", "reason": "x"}
        assert mapper.post("/invoices/INV-000001/credit", form).status_code == 403
        page = mapper.get("/invoices/INV-000001").content
        assert b"/credit" not in page
        assert b"/void" not in page

    def test_another_providers_document_is_absent(self, books: Books, owner: Client) -> None:
        with acting_as_system("test"):
            other = create_provider(
                NewProvider(key="other", name="Other", currency="USD", owner="otto")
            )
        with in_provider(other), acting_as_system("test"):
            foreign = Books()
            foreign.organization("acme")
            for _each in range(3):
                foreign.item("acme", "9.00", id=foreign.count + 900)
                issue_documents()
        for path in (
            "INV-000003",
            "INV-000003/pdf",
            "INV-000003/lines/1",
            "INV-000003/pages/1.png",
        ):
            assert owner.get(f"/invoices/{path}").status_code == 404
        assert b"INV-000003" not in owner.get("/invoices/issued").content


def test_pages_cost_the_same_however_many(
    books: Books, owner: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(40):
        books.organization(f"o{number}")
        books.item(f"o{number}", "5.00")
        books.item("acme", "3.00")
    for address in ("/invoices", "/invoices/process"):
        with django_assert_max_num_queries(20):
            owner.get(address)
    issue_documents()
    for address in ("/invoices/issued", "/invoices/numbers", "/invoices/INV-000001"):
        with django_assert_max_num_queries(20):
            assert owner.get(address).status_code == 200
    with django_assert_max_num_queries(20):
        owner.get("/invoices/INV-000001/lines/3")
