"""Templates of documents: who may change them, which of them draws what, what stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from tests.invoicing.factory import Books
from tests.invoicing.golden import LOGO

from icb.foundation.models import AuditEvent, Provider
from icb.foundation.providers import change_provider
from icb.invoicing.actions import credit_document, issue_chosen, issue_documents, rendered_file
from icb.invoicing.models import Document, DocumentTemplate, Logo
from icb.invoicing.page_queries import design_pages, document_pages, preview_pages
from icb.invoicing.template_actions import (
    change_template,
    choose_template,
    copy_template,
    retire_template,
    set_default_template,
    store_logo,
)
from icb.invoicing.template_queries import template_named, template_names, templates
from icb.invoicing.waiting_queries import Payer, issue_plan
from icb.kernel import clock
from icb.kernel.errors import InvalidInput, NotFound, Refused
from icb.organizations.models import Organization


@pytest.fixture
def books(provider: Provider, settings: Any, tmp_path: Path) -> Iterator[Books]:
    settings.DATA_DIR = tmp_path
    with clock.frozen(datetime(2026, 7, 1, 12, tzinfo=UTC)):
        yield Books()


def data_of(number: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Document.objects.get(number=number).data)
    return found


def test_a_template_of_the_product_is_copied_and_never_changed(books: Books) -> None:
    for act in (
        lambda: change_template("standard", settings={"accent": "#000000"}, seen=0),
        lambda: retire_template("standard"),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "system_template"
    copy_template("standard", to="ours", name="Our own")
    assert change_template("ours", settings={"accent": "#000000"}, seen=1) == 2
    assert template_named("standard").design.accent == "#0f4c75"
    assert template_named("ours").design.accent == "#000000"
    assert [key for key, _name in template_names()] == ["standard", "detailed", "compact", "ours"]
    told = list(AuditEvent.objects.order_by("sequence").values_list("action", "subject"))
    assert told[-2:] == [("copy_template", "ours"), ("change_template", "ours")]


@pytest.mark.parametrize("key", ["standard", "Ours", "", "a b", "-a", "x" * 61])
def test_a_key_is_fit_and_free(books: Books, key: str) -> None:
    with pytest.raises(InvalidInput, match="key"):
        copy_template("compact", to=key)


def test_a_change_over_a_change_is_refused(books: Books) -> None:
    copy_template("standard", to="ours")
    change_template("ours", settings={"paper": "letter"}, seen=1)
    with pytest.raises(Refused, match="since you opened it") as refused:
        change_template("ours", settings={"grouping": "site"}, seen=1)
    assert refused.value.code == "changed_since"
    assert change_template("ours", settings={"paper": "letter"}, seen=2) == 2
    assert template_named("ours").version == 2


def test_versions_and_logos_are_final_in_the_database(books: Books) -> None:
    copy_template("standard", to="ours")
    store_logo(LOGO.encode())
    for model, change in ((DocumentTemplate, {"name": "x"}), (Logo, {"drawing": "x"})):
        with pytest.raises(IntegrityError, match="final"), transaction.atomic():
            model.objects.update(**change)
        with pytest.raises(IntegrityError, match="final"), transaction.atomic():
            model.objects.all().delete()


def test_chosen_now_outranks_the_organization_and_that_the_default(books: Books) -> None:
    for key in ("acme", "birch"):
        books.organization(key)
        books.item(key, "5.00")
    set_default_template("compact")
    choose_template("acme", template="detailed")
    assert {row.key: (row.is_default, row.organizations) for row in templates()} == {
        "standard": (False, 0),
        "detailed": (False, 1),
        "compact": (True, 0),
    }
    issue_documents()
    assert data_of("INV-000001")["design"]["template"] == "detailed"
    assert data_of("INV-000002")["design"]["template"] == "compact"
    books.item("acme", "6.00")
    issue_documents(template="standard")
    assert data_of("INV-000003")["design"]["template"] == "standard"
    choose_template("acme", template="")
    books.item("acme", "7.00")
    plan = issue_plan([Payer("acme", "USD")])
    issue_chosen([Payer("acme", "USD")], seen=plan.seen, template="")
    assert data_of("INV-000004")["design"]["template"] == "compact"
    number = credit_document("INV-000004", reason="Too much").number
    assert data_of(number)["design"]["template"] == "compact"


def test_an_unknown_template_issues_nothing(books: Books) -> None:
    books.organization("acme")
    books.item("acme", "5.00")
    with pytest.raises(NotFound, match="standard, detailed, compact"):
        issue_documents(template="gone")
    assert not Document.objects.exists()
    with pytest.raises(NotFound):
        choose_template("acme", template="gone")
    with pytest.raises(NotFound):
        set_default_template("gone")


def test_what_is_issued_keeps_its_look(books: Books) -> None:
    books.organization("acme")
    copy_template("standard", to="ours")
    version = change_template("ours", settings={"logo": store_logo(LOGO.encode())}, seen=1)
    set_default_template("ours")
    books.item("acme", "5.00")
    issue_documents()
    pages, file = document_pages("INV-000001"), rendered_file("INV-000001").read_bytes()
    design = data_of("INV-000001")["design"]
    assert (design["template"], len(design["logo"])) == ("ours/2", 64)
    change_template("ours", settings={"accent": "#7a2048", "logo": ""}, seen=version)
    change_provider({"legal_name": "Sold"})
    assert document_pages("INV-000001") == pages
    assert rendered_file("INV-000001").read_bytes() == file


def test_a_template_in_use_is_not_removed_and_its_key_stays_taken(books: Books) -> None:
    books.organization("acme")
    copy_template("standard", to="ours")
    choose_template("acme", template="ours")
    with pytest.raises(Refused, match="is chosen for documents still"):
        retire_template("ours")
    choose_template("acme", template="")
    retire_template("ours")
    assert "ours" not in dict(template_names())
    with pytest.raises(InvalidInput, match="taken"):
        copy_template("standard", to="ours")
    with pytest.raises(NotFound):
        change_template("ours", settings={}, seen=1)


def test_a_logo_that_is_not_stored_is_not_taken(books: Books) -> None:
    copy_template("standard", to="ours")
    with pytest.raises(InvalidInput, match="not stored"):
        change_template("ours", settings={"logo": "0" * 64}, seen=1)
    assert store_logo(LOGO.encode()) == store_logo(LOGO.encode())
    assert Logo.objects.count() == 1


def test_the_preview_has_the_pages_of_the_document(books: Books) -> None:
    books.organization("acme")
    books.item("acme", "5.00")
    ((preview,),) = [preview_pages(Payer("acme", "USD"), number="INV-000001")]
    other = preview_pages(Payer("acme", "USD"), number="INV-000001", template="compact")
    issue_documents()
    assert len(document_pages("INV-000001")) == len(preview)
    assert other != [preview]
    detailed = template_named("detailed").design
    assert len(design_pages(detailed, language="de")) == 3
    assert design_pages(detailed, language="en", number="INV-000001") != preview


def test_what_changed_is_frozen_against_the_last_live_invoice(books: Books) -> None:
    books.organization("acme")
    set_default_template("detailed")
    books.item("acme", "5.00")
    issue_documents()
    assert data_of("INV-000001")["changes"] is None
    books.item("acme", "8.00")
    issue_documents()
    changes = data_of("INV-000002")["changes"]
    assert changes["number"] == "INV-000001"
    assert [(line["last"], line["now"], line["difference"]) for line in changes["lines"]] == [
        ("5.00", "8.00", "3.00")
    ]


def test_documents_say_what_the_organization_asked_for(books: Books) -> None:
    books.organization("acme")
    books.organization("birch")
    Organization.objects.filter(key="acme").update(
        language="de", payment_days=45, buyer_reference="K 4711", purchase_order="PO 7"
    )
    change_provider({"payment_days": "10", "language": "fr", "iban": "de02 1203 0000 0000 2020 51"})
    books.item("acme", "5.00")
    books.item("birch", "5.00")
    issue_documents()
    acme, birch = data_of("INV-000001"), data_of("INV-000002")
    assert (acme["language"], acme["due_on"]) == ("de", "2026-08-15")
    assert (acme["buyer_reference"], acme["purchase_order"]) == ("K 4711", "PO 7")
    assert "Juni 2026" in acme["lines"][0]["detail"] or "Mai 2026" in acme["lines"][0]["detail"]
    assert (birch["language"], birch["due_on"]) == ("fr", "2026-07-11")
    assert Document.objects.get(number="INV-000001").due_on == date(2026, 8, 15)
    assert birch["provider"]["iban"] == "DE02120300000000202051"
    assert birch["provider"]["account_holder"] == birch["provider"]["name"]
    note = credit_document("INV-000001", reason="Zu viel").number
    credit = data_of(note)
    assert (credit["due_on"], credit["credited_on"]) == ("2026-07-01", "2026-07-01")
    assert credit["lines"][0]["detail"] == "Gutschrift zu Position 1 aus INV-000001"
