"""Which organization is suggested, and when none is."""

from __future__ import annotations

import pytest
from tests.support import agreements

from icb.foundation.models import Provider
from icb.hub.actions import note_module_organizations
from icb.hub.ports import Seen
from icb.mapping.actions import map_organization
from icb.mapping.queries import SuggestionRow, organization_mappings, suggested_mappings
from icb.mapping.suggestions import Known, Suggestion, Unmapped, normalised, suggest


def best(
    name: str, *known: Known, id: str = "1", domain: str = "", hint: str = ""
) -> list[Suggestion]:
    return suggest([Unmapped("rmm", id, name, domain, hint)], among=known)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Ltd", "ACME, Limited."),
        ("Müller GmbH & Co. KG", "muller"),
        ("Jansen B.V.", "jansen bv"),
        ("Société Générale S.A.", "societe generale"),
        ("Kawa Sp. z o.o.", "KAWA"),
        ("Birch & Sons", "birch and sons inc"),
        ("Straße K.K.", "strasse"),
        ("Ski-Verleih Süd AG", "ski verleih sud"),
    ],
)
def test_the_same_name_in_other_clothes(one: str, other: str) -> None:
    assert normalised(one) == normalised(other) != ""


@pytest.mark.parametrize(
    ("name", "kept"), [("Inc", "inc"), ("KG Ltd", "kg"), ("SA Foods", "sa foods")]
)
def test_a_legal_form_that_is_the_name_stays(name: str, kept: str) -> None:
    assert normalised(name) == kept


def test_the_only_one_of_the_same_name_is_suggested() -> None:
    (found,) = best("ACME, Ltd.", Known("a", "Acme Limited"), Known("b", "Acne Studios"))
    assert (found.organization, found.score, found.reason) == ("a", 100, "same name")


def test_several_of_the_same_name_are_none_and_a_warning() -> None:
    (found,) = best("Acme", Known("b", "Acme Inc"), Known("a", "Acme Ltd"))
    assert (found.organization, found.score) == ("", 0)
    assert found.warning == "several are equally good: a, b"


def test_a_shared_domain_decides_between_equal_names() -> None:
    known = (Known("a", "Acme", "acme.example"), Known("b", "Acme", "acme.test"))
    (found,) = best("Acme", *known, domain="www.ACME.test.")
    assert (found.organization, found.reason) == ("b", "same domain, same name")


def test_a_shared_id_and_a_shared_domain_are_suggestions() -> None:
    assert best("Something", Known("k-17", "Acme"), id="K-17")[0].reason == "same id"
    (found,) = best("Something", Known("a", "Acme", "acme.example"), domain="acme.example")
    assert (found.organization, found.score) == ("a", 100)


def test_the_id_that_a_module_was_told_is_a_suggestion() -> None:
    (found,) = best("Something", Known("k-17", "Acme"), id="901", hint="K-17")
    assert (found.organization, found.reason) == ("k-17", "id that the module was told")


def test_a_domain_and_a_name_that_disagree_are_none() -> None:
    known = (Known("a", "Acme"), Known("b", "Birch", "shared.example"))
    (found,) = best("Acme", *known, domain="shared.example")
    assert (found.organization, "a, b" in found.warning) == ("", True)


def test_no_domain_is_no_shared_domain() -> None:
    assert best("Willow", Known("a", "Acme"), Known("b", "Birch")) == []


def test_near_matches_are_ranked() -> None:
    known = (Known("far", "Acme Freight"), Known("near", "Acme Trading"), Known("not", "Willow"))
    found = best("Acme Tradng", *known)
    assert [one.organization for one in found] == ["near"]
    assert 90 < found[0].score < 100
    ranked = best(
        "Northwind Trader", Known("b", "Northwind Trade"), Known("a", "Northwind Traders")
    )
    assert [one.organization for one in ranked] == ["a", "b"]
    assert ranked[0].score >= ranked[1].score


def test_near_matches_that_are_equally_near_are_none() -> None:
    (found,) = best("Acme Norh", Known("n", "Acme North"), Known("o", "Acme Norah"))
    assert (found.organization, found.warning) == ("", "several are equally good: n, o")


def test_what_is_unmapped_gets_suggestions_and_nothing_is_saved(provider: Provider) -> None:
    agreements.everything()
    rows = suggested_mappings()
    assert rows[0] == SuggestionRow("rmm", "7", "ACME, Ltd.", "acme", 100, "same name", "")
    assert rows[1].organization == "birch"
    assert organization_mappings() == []
    map_organization("rmm", id="7", organization="acme")
    assert [row.id for row in suggested_mappings(module="rmm")] == ["8"]


def test_what_a_sync_was_told_is_suggested(provider: Provider) -> None:
    agreements.everything()
    seen = [Seen(id="901", name="Headquarters", hint="Birch"), Seen(id="902", name="Branch")]
    assert note_module_organizations("rmm", seen=seen) == 2
    assert note_module_organizations("rmm", seen=seen) == 0
    found = {row.id: row.organization for row in suggested_mappings()}
    assert found == {"7": "acme", "8": "birch", "901": "birch"}


def test_nobody_dead_is_suggested(provider: Provider) -> None:
    agreements.everything()
    from icb.hub.actions import add_module_organizations
    from icb.hub.inputs import NewModuleOrganization

    add_module_organizations("rmm", news=[NewModuleOrganization(id="gone", name="Gone GmbH")])
    assert [row.id for row in suggested_mappings()] == ["7", "8"]
