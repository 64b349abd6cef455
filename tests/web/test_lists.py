"""Every list: asked by its address, kept by a person, taken along as a file."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from tests.web.conftest import ClientOf, words

from icb.foundation.listing import Wanted
from icb.foundation.models import Provider
from icb.organizations.actions import add_organizations
from icb.organizations.inputs import NewOrganization
from icb.organizations.queries import organization_page
from icb.web.lists import files

PATH = reverse("organizations")


@pytest.fixture
def clients(provider: Provider) -> None:
    add_organizations(
        [
            NewOrganization(key="acme", name="Acme Ltd", domain="acme.example"),
            NewOrganization(key="birch", name="Birch & Co", currency="EUR"),
            NewOrganization(key="evil", name="=HYPERLINK(1)"),
            *(NewOrganization(key=f"n{i:03}", name=f"Northern {i:03}") for i in range(60)),
        ]
    )


def names(owner: Client, query: str) -> list[str]:
    content = b"".join(owner.get(PATH + query + "&as=csv"))
    return [row[0] for row in csv.reader(StringIO(content.decode("utf-8-sig")))][1:]


@pytest.mark.usefixtures("clients")
class TestAsked:
    def test_words_are_found_wherever_they_stand(self, owner: Client) -> None:
        assert names(owner, "?q=acme") == ["Acme Ltd"]
        assert names(owner, "?q=co+birch") == ["Birch & Co"]

    def test_conditions_narrow(self, owner: Client) -> None:
        assert names(owner, "?f.currency=EUR") == ["Birch & Co"]
        assert names(owner, "?f.name=northern+05") == [f"Northern 05{i}" for i in range(10)]

    def test_an_order_is_turned_round(self, owner: Client) -> None:
        assert names(owner, "?sort=-name")[0] == "Northern 059"
        assert names(owner, "?sort=name")[1] == "Acme Ltd"

    def test_a_page_shows_its_part_and_says_of_how_many(self, owner: Client) -> None:
        page = words(owner.get(PATH + "?size=25&page=3").content)
        assert "51–63 of 63" in page
        assert "Northern 059" in page
        assert "Acme Ltd" not in page

    def test_what_cannot_be_a_page_or_a_column_is_as_if_not_said(self, owner: Client) -> None:
        page = words(owner.get(PATH + "?page=x&size=7&sort=salary&f.salary=1").content)
        assert "1–50 of 63" in page

    def test_nothing_that_fits_says_so(self, owner: Client) -> None:
        assert "Nothing fits these filters" in words(owner.get(PATH + "?q=nobody").content)

    def test_a_list_costs_the_same_however_long(self, owner: Client) -> None:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as seen:
            owner.get(PATH + "?size=250")
        assert len(seen) <= 14

    def test_only_the_list_answers_where_only_the_list_was_asked(self, owner: Client) -> None:
        headers = {"HX-Request": "true", "HX-Target": "list-organizations"}
        part = owner.get(PATH, headers=headers).content.decode()
        assert part.lstrip().startswith("<icb-list")
        assert "<html" not in part


@pytest.mark.usefixtures("clients")
class TestKept:
    def test_columns_are_remembered(self, owner: Client) -> None:
        assert "acme.example" in words(owner.get(PATH).content)
        to = {"columns": ["name", "email"], "next": PATH}
        assert (
            owner.post(reverse("list-columns", kwargs={"key": "organizations"}), to)["Location"]
            == PATH
        )
        assert "acme.example" not in words(owner.get(PATH).content)

    def test_a_view_is_saved_replaced_and_deleted(self, owner: Client) -> None:
        save = reverse("list-view-save", kwargs={"key": "organizations"})
        owner.post(save, {"name": "Euro", "next": f"{PATH}?f.currency=EUR"})
        owner.post(save, {"name": "Euro", "next": f"{PATH}?f.currency=EUR&sort=key"})
        page = owner.get(PATH).content.decode()
        assert page.count("f.currency=EUR") == 1
        delete = reverse("list-view-delete", kwargs={"key": "organizations"})
        owner.post(delete, {"name": "Euro", "next": PATH})
        assert "f.currency=EUR" not in owner.get(PATH).content.decode()

    def test_what_one_keeps_is_nobody_elses(self, client_of: ClientOf, owner: Client) -> None:
        save = reverse("list-view-save", kwargs={"key": "organizations"})
        owner.post(save, {"name": "Mine", "next": PATH + "?q=x"})
        assert "Mine" not in words(client_of("read_only").get(PATH).content)

    def test_a_view_without_a_name_is_refused(self, owner: Client) -> None:
        save = reverse("list-view-save", kwargs={"key": "organizations"})
        response = owner.post(save, {"name": " ", "next": PATH})
        assert response.status_code == 422
        assert "Nothing was stored" in words(response.content)


@pytest.mark.usefixtures("clients")
class TestFiles:
    def test_a_formula_stays_a_text(self, owner: Client) -> None:
        assert names(owner, "?q=hyperlink") == ["'=HYPERLINK(1)"]
        content = owner.get(PATH + "?q=hyperlink&as=xlsx").content
        cell = load_workbook(BytesIO(content)).worksheets[0]["A2"]
        assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")

    def test_a_workbook_that_is_too_long_is_refused(
        self, owner: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = owner.get(PATH + "?as=xlsx")
        rows = load_workbook(BytesIO(whole.content)).worksheets[0].max_row - 1
        monkeypatch.setattr(files, "MOST_IN_WORKBOOK", rows)
        assert owner.get(PATH + "?as=xlsx").content[:2] == b"PK"
        monkeypatch.setattr(files, "MOST_IN_WORKBOOK", rows - 1)
        refused = owner.get(PATH + "?as=xlsx")
        assert refused.status_code == 409
        assert "too many for an XLSX file" in words(refused.content)
        assert len(names(owner, "?q=")) == rows

    def test_a_file_holds_every_row_of_the_view(self, owner: Client) -> None:
        assert len(names(owner, "?q=northern&size=25&page=2")) == 60


def test_an_empty_list_says_what_to_do(owner: Client) -> None:
    assert "No organizations yet" in words(owner.get(PATH).content)


def test_all_rows_are_asked_without_a_size(provider: Provider) -> None:
    add_organizations([NewOrganization(key=f"n{i}", name=f"N{i}") for i in range(70)])
    assert len(organization_page(Wanted(size=0)).rows) == 70
