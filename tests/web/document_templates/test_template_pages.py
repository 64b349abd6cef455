"""Document templates on pages: copied, edited beside their pages, chosen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.invoicing.factory import Books
from tests.invoicing.golden import LOGO
from tests.web.conftest import ClientOf, words

from icb.foundation.models import Provider
from icb.invoicing.template_actions import choose_template, copy_template, set_default_template
from icb.invoicing.template_queries import template_named, template_of
from icb.invoicing.waiting_queries import Payer, issue_plan
from icb.kernel import clock
from icb.web.document_templates.forms import values_of


@pytest.fixture
def books(provider: Provider, settings: Any, tmp_path: Path) -> Iterator[Books]:
    settings.DATA_DIR = tmp_path
    with clock.frozen(datetime(2026, 7, 1, 12, tzinfo=UTC)):
        yield Books()


def typed(key: str, **changes: str) -> dict[str, str]:
    row = template_named(key)
    stands = values_of(row.design, name=row.name, version=row.version)
    plain = {name: value for name, value in stands.items() if value is not False}
    return {name: "on" if value is True else str(value) for name, value in plain.items()} | changes


def test_the_list_tells_templates_apart(books: Books, client_of: ClientOf) -> None:
    copy_template("standard", to="ours", name="Our own")
    set_default_template("ours")
    told = words(client_of("read_only").get(reverse("document-templates")).content)
    assert "Our own Default" in told
    assert "Standard Comes with the product" in told
    assert "Make default" not in told


def test_a_copy_is_edited_and_saved(books: Books, owner: Client) -> None:
    address = reverse("document-template-copy", kwargs={"key": "detailed"})
    assert owner.post(address, {"key": "Not fit", "name": ""}).status_code == 422
    owner.post(address, {"key": "ours", "name": "Our own"})
    page = reverse("document-template", kwargs={"key": "ours"})
    changes = {
        "accent": "#7a2048",
        "column_tax": "0",
        "column_gross": "9",
        "text_intro_de": "Hallo",
    }
    assert owner.post(page, typed("ours", **changes)).status_code == 302
    design = template_named("ours").design
    assert design.columns[-2:] == ("net", "gross")
    assert (design.accent, design.text("intro", language="de")) == ("#7a2048", "Hallo")
    assert design.has_unit_list
    overtaken = owner.post(page, typed("ours", accent="#000000", seen="1"))
    assert overtaken.status_code == 409
    assert "since you opened it" in words(overtaken.content)
    assert template_named("ours").version == 2


def test_what_is_typed_is_drawn_and_not_stored(books: Books, owner: Client) -> None:
    copy_template("standard", to="ours")
    page = reverse("document-template", kwargs={"key": "ours"})
    first = owner.get(page).content.decode()
    shown = owner.post(f"{page}/preview", typed("ours", accent="#7a2048", is_compact="on"))
    picture = re.findall(r'src="([^"]+/pages/1\.png[^"]*)"', shown.content.decode())
    stored = re.findall(r'src="([^"]+/pages/1\.png[^"]*)"', first)
    drawn, before = (owner.get(one[0].replace("&amp;", "&")).content for one in (picture, stored))
    assert drawn.startswith(b"\x89PNG")
    assert drawn != before
    assert template_named("ours").version == 1


def test_what_cannot_be_drawn_is_told_in_the_place_of_the_pages(
    books: Books, owner: Client
) -> None:
    copy_template("standard", to="ours")
    page = reverse("document-template", kwargs={"key": "ours"})
    refused = owner.post(f"{page}/preview", typed("ours", accent="#ffff00"))
    assert refused.status_code == 422
    assert "Choose a darker colour" in words(refused.content)
    twice = owner.post(page, typed("ours", column_service="0"))
    assert twice.status_code == 422
    assert "A line needs its service and an amount" in words(twice.content)


def test_a_template_of_the_product_has_no_form(books: Books, owner: Client) -> None:
    page = reverse("document-template", kwargs={"key": "standard"})
    shown = owner.get(page).content.decode()
    assert 'name="accent"' not in shown
    assert "copy it to change it" in shown
    assert owner.get(f"{page}/pages/1.png").content.startswith(b"\x89PNG")
    assert owner.get(f"{page}/pages/99.png").status_code == 404


def test_a_logo_is_uploaded_and_taken_off(books: Books, owner: Client) -> None:
    copy_template("standard", to="ours")
    address = reverse("document-template-logo", kwargs={"key": "ours"})
    owner.post(address, {"logo": SimpleUploadedFile("logo.svg", LOGO.encode())})
    assert template_named("ours").design.logo
    bad = SimpleUploadedFile("logo.svg", b"<svg><script/></svg>")
    told = owner.post(address, {"logo": bad}, follow=True)
    assert "Nothing was stored" in words(told.content)
    owner.post(address, {"remove": "yes"})
    assert not template_named("ours").design.logo


@pytest.mark.parametrize("role", ["read_only", "auditor", "approver"])
def test_only_who_manages_the_provider_changes_templates(
    books: Books, client_of: ClientOf, role: str
) -> None:
    copy_template("standard", to="ours")
    client = client_of(role)
    page = reverse("document-template", kwargs={"key": "ours"})
    assert client.get(page).status_code == 200
    for part in ("copy", "default", "remove", "logo", "preview"):
        assert client.post(f"{page}/{part}", {}).status_code == 403
    saved = client.post(page, typed("ours", accent="#000000"))
    assert saved.status_code == 403
    assert template_named("ours").version == 1


def test_an_unknown_template_is_not_there(books: Books, owner: Client) -> None:
    assert owner.get(reverse("document-template", kwargs={"key": "gone"})).status_code == 404


def test_an_organization_has_its_own(books: Books, owner: Client) -> None:
    books.organization("acme")
    address = reverse("organization-template", kwargs={"key": "acme"})
    owner.post(address, {"template": "compact"})
    assert template_of("acme") == "compact"
    edit = owner.get(reverse("organization-edit", kwargs={"key": "acme"})).content.decode()
    assert '<option value="compact" selected>' in edit
    told = owner.post(address, {"template": "gone"}, follow=True)
    assert "There is no template gone" in words(told.content)
    owner.post(address, {"template": ""})
    assert template_of("acme") == ""


def test_one_is_chosen_while_processing(books: Books, owner: Client) -> None:
    books.organization("acme")
    books.item("acme", "5.00")
    choose_template("acme", template="compact")
    shown = owner.get(reverse("invoices-process")).content.decode()
    assert '<option value="detailed">Detailed with annexes</option>' in shown
    seen = issue_plan([Payer("acme", "USD")]).seen
    row = {"row": "USD acme", "seen": seen, "template": "detailed"}
    owner.post(reverse("invoices-issue"), row)
    data = owner.get(reverse("invoice", kwargs={"number": "INV-000001"}))
    assert data.status_code == 200
    preview = reverse("invoices-preview", kwargs={"organization": "acme", "currency": "USD"})
    books.item("acme", "6.00")
    asked = owner.get(f"{preview}?template=compact").content.decode()
    assert ".png?template=compact" in asked
