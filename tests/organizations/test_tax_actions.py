"""Taxes, their percentages and exemptions: what is stored, changed, guarded and refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.transaction import atomic

from icb.foundation.actor import acting_as
from icb.foundation.inputs import NewUser
from icb.foundation.models import AuditEvent, Provider
from icb.foundation.users import add_users
from icb.kernel.errors import InvalidInput, NotFound, NotPermitted, Refused
from icb.organizations.actions import add_organizations
from icb.organizations.inputs import (
    NewOrganization,
    NewTaxExemption,
    NewTaxPart,
    NewTaxPercentage,
    NewTaxRate,
)
from icb.organizations.models import TaxExemption, TaxPercentage, TaxRate, TaxUse
from icb.organizations.tax_actions import (
    add_tax_exemptions,
    add_tax_rates,
    change_tax_rate,
    end_tax_exemption,
    remove_tax_exemption,
    remove_tax_percentage,
    set_tax_percentages,
)
from icb.organizations.tax_book import Use
from icb.organizations.tax_queries import (
    percentages_of,
    tax_exemptions,
    tax_rate_named,
    tax_rates,
    tax_regions,
)
from icb.organizations.tax_uses import note_uses

JAN, JUNE, JULY = date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1)


def comes_to(*percents: str, tax: str = "vat", **how: Any) -> None:
    names = [""] if len(percents) == 1 else [f"part {place}" for place in range(len(percents))]
    parts = [NewTaxPart(*both) for both in zip(percents, names, strict=True)]
    set_tax_percentages([NewTaxPercentage(tax, parts, **how)])


def test_a_tax_has_a_category_that_fits_its_percentage(provider: Provider) -> None:
    add_tax_rates(
        [
            NewTaxRate("vat", "20"),
            NewTaxRate("zero", 0),
            NewTaxRate("later"),
            NewTaxRate("reverse", category="AE", reason="Reverse charge"),
        ]
    )
    found = [(row.key, row.category, row.called) for row in tax_rates()]
    assert found == [
        ("vat", "S", "vat (20 %)"),
        ("zero", "Z", "zero"),
        ("later", "S", "later"),
        ("reverse", "AE", "reverse"),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        NewTaxRate("a", "20", category="AE"),
        NewTaxRate("a", 0, category="S"),
        NewTaxRate("a", category="X"),
        NewTaxRate("a", "20", reason="why?"),
        NewTaxRate("a", "-1"),
    ],
)
def test_what_does_not_fit_is_refused(provider: Provider, wrong: NewTaxRate) -> None:
    with pytest.raises(InvalidInput):
        add_tax_rates([wrong])
    assert not TaxRate.objects.exists()


def test_percentages_stand_by_region_and_day(provider: Provider) -> None:
    add_tax_rates([NewTaxRate("vat", "19", name="VAT")])
    comes_to("21", from_day=date(2030, 1, 1))
    comes_to("8.1", region="CH")
    comes_to("4", "6", region="CH", from_day=date(2030, 1, 1))
    found = [
        (row.region, row.from_day.year, row.percent, row.is_fixed) for row in percentages_of("vat")
    ]
    assert [
        (region, year, f"{percent.normalize():f}", fixed) for region, year, percent, fixed in found
    ] == [
        ("", 1, "19", False),
        ("", 2030, "21", False),
        ("CH", 1, "8.1", False),
        ("CH", 2030, "10", False),
    ]
    assert tax_rate_named("vat").called == "VAT (19 %, CH 8.1 %)"
    assert tax_regions() == ["CH"]
    comes_to("22", from_day=date(2030, 1, 1))
    remove_tax_percentage("vat", region="CH", from_day=date(2030, 1, 1))
    assert [f"{row.percent.normalize():f}" for row in percentages_of("vat")] == ["19", "22", "8.1"]


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [NewTaxPart("0")],
        [NewTaxPart("5"), NewTaxPart("9")],  # several need names
        [NewTaxPart("-5")],
    ],
)
def test_parts_that_are_none_are_refused(provider: Provider, parts: list[NewTaxPart]) -> None:
    add_tax_rates([NewTaxRate("vat")])
    with pytest.raises(InvalidInput):
        set_tax_percentages([NewTaxPercentage("vat", parts)])
    assert not TaxPercentage.objects.exists()


def test_a_tax_that_is_not_charged_has_no_percentages(provider: Provider) -> None:
    add_tax_rates([NewTaxRate("reverse", category="AE")])
    with pytest.raises(InvalidInput, match="category AE"):
        comes_to("5", tax="reverse")
    with pytest.raises(NotFound):
        comes_to("5", tax="none")
    with pytest.raises(NotFound):
        remove_tax_percentage("reverse", region="", from_day=JAN)


def test_one_day_is_said_once(provider: Provider) -> None:
    add_tax_rates([NewTaxRate("vat")])
    new = NewTaxPercentage("vat", [NewTaxPart("5")], from_day=JAN)
    with pytest.raises(InvalidInput, match="two percentages"):
        set_tax_percentages([new, new])


def test_a_used_tax_keeps_its_category_and_may_change_its_name(provider: Provider) -> None:
    ids = add_tax_rates([NewTaxRate("vat", "19"), NewTaxRate("free", category="E")])
    with pytest.raises(Refused, match="has percentages"):
        change_tax_rate("vat", changes={"category": "Z"})
    change_tax_rate("free", changes={"category": "AE", "reason": "Reverse charge"})
    note_uses({Use(ids["vat"], "", ""): JULY, Use(ids["free"], "", ""): JULY})
    change_tax_rate("free", changes={"name": "Free of tax"})
    with pytest.raises(Refused, match="category stays"):
        change_tax_rate("free", changes={"category": "E"})
    assert tax_rate_named("free").name == "Free of tax"
    before = AuditEvent.objects.count()
    change_tax_rate("free", changes={"name": "Free of tax"})
    assert AuditEvent.objects.count() == before


def test_uses_move_on_only(provider: Provider) -> None:
    (vat,) = add_tax_rates([NewTaxRate("vat", "19")]).values()
    use = Use(vat, "DE", "")
    note_uses({use: JULY})
    note_uses({use: JUNE})
    assert TaxUse.objects.get().last_day == JULY
    with pytest.raises(IntegrityError, match="guard_tax_use"), atomic():
        TaxUse.objects.update(last_day=JUNE)
    with pytest.raises(IntegrityError, match="guard_tax_use"), atomic():
        TaxUse.objects.all().delete()


def test_the_database_keeps_what_documents_took(provider: Provider) -> None:
    (vat,) = add_tax_rates([NewTaxRate("vat", "19")]).values()
    note_uses({Use(vat, "DE", ""): JULY})

    def row(region: str, day: date) -> None:
        TaxPercentage.objects.create(
            tax_rate_id=vat, region=region, from_day=day, part=1, percent=7
        )

    for region in ("", "DE"):
        with pytest.raises(IntegrityError, match="guard_tax_percentage"), atomic():
            row(region, JULY)
    for change in (
        lambda: TaxPercentage.objects.update(percent=7),
        lambda: TaxPercentage.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError, match="guard_tax_percentage"), atomic():
            change()
    row("FR", JAN)
    row("DE", date(2026, 7, 2))
    with pytest.raises(IntegrityError, match="guard_tax_percentage"), atomic():
        TaxPercentage.objects.filter(region="DE").update(from_day=JULY)


@pytest.fixture
def acme(provider: Provider) -> None:
    add_tax_rates([NewTaxRate("vat", "19")])
    add_organizations([NewOrganization("acme", "Acme"), NewOrganization("birch", "Birch")])


def exempt(organization: str = "acme", **how: Any) -> int:
    how.setdefault("starts_on", JAN)
    (made,) = add_tax_exemptions([NewTaxExemption(organization, "Resale", **how)])
    return made


def test_exemptions_do_not_overlap_from_the_same_tax(acme: None) -> None:
    first = exempt(ends_on=JUNE)
    exempt(tax="vat")
    exempt("birch")
    overlapping: list[dict[str, Any]] = [
        {"starts_on": JUNE},
        {"starts_on": date(2025, 1, 1)},
        {"ends_on": JAN},
    ]
    for how in overlapping:
        with pytest.raises(Refused, match="from 2026-01-01 on, until 2026-06-30"):
            exempt(**how)
    later = exempt(starts_on=JULY)
    with pytest.raises(Refused):
        end_tax_exemption(first, ends_on=None)
    end_tax_exemption(first, ends_on=date(2026, 5, 31))
    remove_tax_exemption(later)
    end_tax_exemption(first, ends_on=None)
    assert [(row.tax, row.ends_on) for row in tax_exemptions(organization="acme")] == [
        ("", None),
        ("vat", None),
    ]
    with pytest.raises(NotFound):
        end_tax_exemption(later, ends_on=None)


def test_the_database_keeps_exemptions_apart(acme: None) -> None:
    exempt(ends_on=JUNE)
    organization = TaxExemption.objects.get().organization
    with pytest.raises(IntegrityError, match="guard_tax_exemption"), atomic():
        TaxExemption.objects.create(organization=organization, starts_on=JUNE, reason="twice")
    made = TaxExemption.objects.create(organization=organization, starts_on=JULY, reason="later")
    with pytest.raises(IntegrityError, match="guard_tax_exemption"), atomic():
        TaxExemption.objects.filter(pk=made.pk).update(starts_on=JUNE)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (NewTaxExemption("acme", "", starts_on=JAN), InvalidInput),
        (NewTaxExemption("acme", "Resale", starts_on=JULY, ends_on=JUNE), InvalidInput),
        (NewTaxExemption("none", "Resale", starts_on=JAN), NotFound),
        (NewTaxExemption("acme", "Resale", starts_on=JAN, tax="none"), NotFound),
    ],
)
def test_an_exemption_says_whose_from_when_and_why(
    acme: None, wrong: NewTaxExemption, error: type[Exception]
) -> None:
    with pytest.raises(error):
        add_tax_exemptions([wrong])
    assert not TaxExemption.objects.exists()


def test_only_who_manages_organizations_changes_taxes(acme: None) -> None:
    made = exempt()
    add_users([NewUser("rose", role="read_only")])
    with acting_as("rose"):
        for act in (
            lambda: comes_to("5"),
            lambda: change_tax_rate("vat", changes={"name": "x"}),
            lambda: remove_tax_percentage("vat", region="", from_day=date(1, 1, 1)),
            lambda: exempt("birch"),
            lambda: end_tax_exemption(made, ends_on=JULY),
            lambda: remove_tax_exemption(made),
        ):
            with pytest.raises(NotPermitted):
                act()
