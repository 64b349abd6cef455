"""Taxes on pages: added, changed and dated, and who is exempt from them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from tests.web.conftest import ClientOf, words

from icb.foundation.models import Provider, Role
from icb.organizations.actions import add_organizations, add_tax_rates
from icb.organizations.inputs import NewOrganization, NewTaxRate
from icb.organizations.queries import organization_named
from icb.organizations.tax_book import Use
from icb.organizations.tax_queries import percentages_of, tax_exemptions, tax_rate_named
from icb.organizations.tax_uses import note_uses


@pytest.fixture
def vat(provider: Provider) -> int:
    """A tax of 19 %, which documents took until 1 July 2026."""
    (made,) = add_tax_rates([NewTaxRate("vat", "19", name="VAT")]).values()
    note_uses({Use(made, "", ""): date(2026, 7, 1)})
    return made


def tax_address(view: str = "settings-tax", key: str = "vat") -> str:
    return reverse(view, kwargs={"key": key})


def test_a_tax_that_is_not_charged_says_why(owner: Client) -> None:
    new = {"key": "reverse", "name": "Reverse", "category": "AE", "reason": "Reverse charge"}
    assert owner.post(reverse("settings-taxes"), new).status_code == 302
    page = words(owner.get(reverse("settings-taxes")).content)
    assert "Reverse charge" in page
    again = owner.post(reverse("settings-taxes"), {**new, "key": "b", "percent": "20"})
    assert again.status_code == 422
    assert "category AE is not charged" in words(again.content)


def test_a_percentage_is_added_from_a_day_with_its_parts(owner: Client, vat: int) -> None:
    new = {
        "region": "QC",
        "from_day": "2026-07-02",
        "percent_1": "5",
        "name_1": "GST",
        "percent_2": "9.975",
        "name_2": "QST",
        "compound_2": "on",
    }
    address = tax_address("settings-tax-percentage")
    assert owner.post(address, new).status_code == 302
    row = percentages_of("vat")[1]
    assert (row.region, row.from_day, row.percent) == ("QC", date(2026, 7, 2), Decimal("14.975"))
    assert [part.is_compound for part in row.parts] == [False, True]
    page = words(owner.get(tax_address()).content)
    assert "QST 9.975 % compound" in page
    assert "on documents" in page
    late = owner.post(address, {"from_day": "2026-07-01", "percent_1": "21"})
    assert late.status_code == 422
    assert "until 2026-07-01" in words(late.content)
    gone = owner.post(
        tax_address("settings-tax-remove"), {"region": "QC", "from_day": "2026-07-02"}
    )
    assert gone.status_code == 302
    assert len(percentages_of("vat")) == 1


def test_a_tax_is_renamed_but_not_over_somebody_elses_change(owner: Client, vat: int) -> None:
    page = owner.get(tax_address())
    seen = page.context["form"].initial["seen"]
    to = {"name": "VAT now", "category": "S", "reason": "", "seen": seen}
    assert owner.post(tax_address(), to).status_code == 302
    assert tax_rate_named("vat").name == "VAT now"
    assert owner.post(tax_address(), {**to, "name": "VAT then"}).status_code == 422
    assert owner.get(tax_address(key="none")).status_code == 404


def test_the_day_that_decides_is_chosen(owner: Client) -> None:
    assert owner.post(reverse("settings-tax-day"), {"tax_day": "supply"}).status_code == 302
    assert Provider.objects.get().tax_day == "supply"
    assert "The last day of what a line bills" in words(
        owner.get(reverse("settings-taxes")).content
    )


def test_an_organization_is_exempt_from_a_day_on(owner: Client, vat: int) -> None:
    add_organizations([NewOrganization("acme", "Acme"), NewOrganization("birch", "Birch")])
    address = tax_address("organization-taxes", "acme")
    assert "No exemption" in words(owner.get(address).content)
    new = {"tax": "vat", "starts_on": "2026-08-01", "reason": "Resale", "certificate": "C-77"}
    assert owner.post(tax_address("organization-exempt", "acme"), new).status_code == 302
    assert "C-77" in words(owner.get(address).content)
    again = owner.post(tax_address("organization-exempt", "acme"), new)
    assert again.status_code == 422
    assert "from 2026-08-01 on" in words(again.content)
    (made,) = tax_exemptions()

    def of(key: str, what: str) -> str:
        return reverse(f"organization-exemption-{what}", kwargs={"key": key, "exemption": made.id})

    assert owner.post(of("acme", "end"), {"ends_on": "2026-08-31"}).status_code == 302
    assert tax_exemptions()[0].ends_on == date(2026, 8, 31)
    assert owner.post(of("birch", "remove")).status_code == 404
    assert owner.post(of("acme", "remove")).status_code == 302
    assert not tax_exemptions()


def test_a_doubtful_tax_number_is_told_and_stored(owner: Client) -> None:
    new = {
        "key": "acme",
        "name": "Acme",
        "type": "customer",
        "tax_number": "DE136695975",
        "country": "DE",
        "tax_region": "DE",
    }
    answer = owner.post(reverse("organization-new"), new, follow=True)
    assert "no VAT number of DE" in words(answer.content)
    row = organization_named("acme")
    assert (row.tax_number, row.tax_region) == ("DE136695975", "DE")


def test_who_only_reads_changes_nothing(client_of: ClientOf, vat: int) -> None:
    add_organizations([NewOrganization("acme", "Acme")])
    reader = client_of(Role.READ_ONLY)
    assert reader.get(tax_address()).status_code == 200
    assert "Add a percentage" not in words(reader.get(tax_address()).content)
    for address in (
        tax_address("settings-tax-percentage"),
        tax_address("settings-tax-remove"),
        tax_address("organization-exempt", "acme"),
        reverse("settings-tax-day"),
    ):
        assert reader.post(address, {}).status_code == 403
