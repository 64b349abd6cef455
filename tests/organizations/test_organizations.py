"""Organizations and tax rates: what is added, changed and refused."""

from __future__ import annotations

import pytest

from icb.foundation.actor import acting_as
from icb.foundation.inputs import NewUser
from icb.foundation.models import AuditEvent, Provider
from icb.foundation.users import add_users
from icb.kernel.errors import InvalidInput, NotFound, NotPermitted, Refused
from icb.organizations.actions import add_organizations, add_tax_rates, change_organization
from icb.organizations.inputs import NewOrganization, NewTaxRate
from icb.organizations.models import Organization, TaxRate
from icb.organizations.queries import organization_named, organizations, tax_rates


def test_organizations_stand_in_the_order_of_entry(provider: Provider) -> None:
    add_tax_rates([NewTaxRate("standard", "20"), NewTaxRate("reduced", "5.5", name="Reduced")])
    ids = add_organizations(
        [
            NewOrganization("zeta", "Zeta", tax="standard", bill_to="acme"),
            NewOrganization("acme", "Acme Ltd", currency="EUR", tax_exempt=True),
        ]
    )
    rows = organizations()
    assert [row.key for row in rows] == ["zeta", "acme"]
    assert [row.id for row in rows] == [ids["zeta"], ids["acme"]]
    assert (rows[0].bill_to, rows[0].tax) == ("acme", "standard")
    assert (rows[1].currency, rows[1].tax_exempt, rows[1].bill_to) == ("EUR", True, "")
    assert [(row.name, f"{row.today[0].percent:f}") for row in tax_rates()] == [
        ("standard", "20"),
        ("Reduced", "5.5"),
    ]


def test_everything_wrong_is_told_at_once_and_nothing_is_stored(provider: Provider) -> None:
    before = AuditEvent.objects.count()
    with pytest.raises(InvalidInput) as refused:
        add_organizations(
            [
                NewOrganization("good", "Good"),
                NewOrganization("one", "One", tax="none", currency="EURO", type="friend"),
                NewOrganization("good", "Again", email="nowhere"),
                NewOrganization("", "", bill_to="missing"),
            ]
        )
    message = refused.value.message
    for said in (
        "no tax rate 'none'",
        "EURO is not a currency",
        "friend is not allowed",
        "key good: it is taken",
        "email nowhere",
        "name: it is missing",
        "no organization 'missing'",
    ):
        assert said in message
    assert not Organization.objects.exists()
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("percent", ["-1", "1.1234567", "NaN", "twenty"])
def test_a_percentage_is_exact_and_not_negative(provider: Provider, percent: str) -> None:
    with pytest.raises(InvalidInput):
        add_tax_rates([NewTaxRate("standard", percent)])
    assert not TaxRate.objects.exists()


def test_a_bill_is_passed_on_once(provider: Provider) -> None:
    add_organizations([NewOrganization("a", "A"), NewOrganization("b", "B", bill_to="a")])
    with pytest.raises(Refused, match="sends its own to a"):
        add_organizations([NewOrganization("c", "C", bill_to="b")])
    with pytest.raises(Refused, match="b cannot send its bill to a") as refused:
        add_organizations([NewOrganization("c", "C")])
        change_organization("a", changes={"bill_to": "c"})
    assert refused.value.code == "bill_to_passed_on"
    assert organization_named("a").bill_to == ""


def test_who_sends_the_bill_to_itself_receives_its_own(provider: Provider) -> None:
    add_organizations([NewOrganization("a", "A", bill_to="a")])
    assert organization_named("a").bill_to == ""
    before = AuditEvent.objects.count()
    change_organization("a", changes={"bill_to": "a"})
    assert AuditEvent.objects.count() == before


def test_nobody_stands_above_itself(provider: Provider) -> None:
    add_organizations([NewOrganization("a", "A"), NewOrganization("b", "B", parent="a")])
    with pytest.raises(Refused, match="above itself"):
        change_organization("a", changes={"parent": "b"})


def test_a_change_is_stored_and_audited_with_what_stood_before(provider: Provider) -> None:
    add_organizations([NewOrganization("a", "A"), NewOrganization("b", "B")])
    change_organization("a", changes={"name": "Alpha", "currency": "EUR"})
    assert organization_named("a").name == "Alpha"
    assert organization_named("b").name == "B"
    event = AuditEvent.objects.order_by("-sequence")[0]
    assert event.data == '{"changes":{"currency":["","EUR"],"name":["A","Alpha"]}}'


def test_the_key_stays(provider: Provider) -> None:
    add_organizations([NewOrganization("a", "A")])
    with pytest.raises(InvalidInput, match="key is not allowed"):
        change_organization("a", changes={"key": "b"})


def test_an_unknown_organization_names_the_nearest(provider: Provider) -> None:
    add_organizations([NewOrganization(f"client-{n}", "Client") for n in range(20)])
    with pytest.raises(NotFound, match=r"Nearest of 20: .*client-7") as refused:
        organization_named("client-7x")
    assert refused.value.code == "unknown_organization"


def test_a_mapper_may_not_add_organizations(provider: Provider) -> None:
    add_users([NewUser("mara", role="mapper")])
    with acting_as("mara"), pytest.raises(NotPermitted):
        add_organizations([NewOrganization("a", "A")])
    assert not Organization.objects.exists()
