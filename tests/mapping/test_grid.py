"""What the page on which many organizations are mapped at once reads."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.support import agreements
from tests.support.clocks import StillClock

from icb.foundation.listing import Wanted
from icb.foundation.models import Provider
from icb.hub.actions import add_module_organizations
from icb.hub.inputs import NewModuleOrganization
from icb.kernel.errors import NotFound
from icb.mapping.actions import ignore_organization, map_organization
from icb.mapping.grid_queries import (
    grid_page,
    mappable_organizations,
    mapped_to,
    options,
    suggested_to,
)
from icb.mapping.module_organization_queries import (
    lines_of,
    module_organization_page,
    standing_counts,
)
from icb.organizations.actions import add_organizations, change_organization
from icb.organizations.inputs import NewOrganization

TODAY = date(2026, 7, 15)


@pytest.fixture(autouse=True)
def known(provider: Provider, clock: StillClock) -> None:
    clock.to_day(TODAY)
    agreements.everything()


def shown(**conditions: str) -> list[str]:
    return [row.key for row in grid_page(Wanted(conditions=conditions)).rows]


def offered(words: str = "") -> list[tuple[str, str]]:
    return [(one.id, one.organization) for one in options("rmm", words=words)]


def suggested() -> list[tuple[str, str, int, str]]:
    return [
        (one.id, one.organization, one.score, one.reason) for one in suggested_to(["acme", "birch"])
    ]


def test_the_dead_are_not_offered_but_shown_while_something_is_mapped_to_them() -> None:
    map_organization("rmm", id="7", organization="birch")
    assert shown() == ["acme", "birch"]
    change_organization("birch", changes={"type": "cancelation"})
    assert [(row.key, row.is_open) for row in grid_page(Wanted()).rows] == [
        ("acme", True),
        ("birch", False),
    ]
    assert [row.key for row in mappable_organizations("")] == ["acme"]


def test_those_with_and_without_a_mapping() -> None:
    map_organization("rmm", id="7", organization="birch")
    assert (shown(status="mapped"), shown(status="unmapped")) == (["birch"], ["acme"])


def test_what_is_mapped_today_or_later_is_shown_and_what_ended_is_not() -> None:
    map_organization("rmm", id="7", organization="acme", until=TODAY - timedelta(days=1))
    map_organization("rmm", id="7", organization="birch", from_day=TODAY + timedelta(days=5))
    rows = mapped_to(row.id for row in grid_page(Wanted()).rows)
    assert [(row.organization, row.id) for row in rows] == [("birch", "7")]


def test_free_ones_are_offered_first_and_others_say_whose_they_are() -> None:
    map_organization("rmm", id="7", organization="birch")
    assert offered() == [("8", ""), ("7", "Birch & Sons")]
    ignore_organization("rmm", id="8")
    assert [one.is_ignored for one in options("rmm", words="sons birch")] == [True]


def test_every_word_must_be_found_and_signs_are_no_patterns() -> None:
    assert offered("acm ltd") == [("7", "")]
    assert offered("%") == offered("_") == offered("acme birch") == []
    with pytest.raises(NotFound):
        options("nothing", words="")


def test_the_best_suggestion_goes_to_its_organization() -> None:
    assert suggested() == [
        ("7", "acme", 100, "same name"),
        ("8", "birch", 100, "same name"),
    ]
    map_organization("rmm", id="7", organization="acme")
    assert [row[0] for row in suggested()] == ["8"]


def test_a_near_name_says_how_near() -> None:
    add_module_organizations("rmm", news=[NewModuleOrganization(id="9", name="Birch and Sonns")])
    [near] = [one for one in suggested_to(["birch"]) if one.id == "9"]
    assert (near.organization, near.reason) == ("birch", "similar name: birch and sons")
    assert 80 <= near.score < 100


def test_several_that_are_equally_good_are_none_and_a_warning() -> None:
    add_organizations([NewOrganization("acme-2", "Acme Inc")])
    [tied] = [one for one in suggested_to(["acme"]) if one.id == "7"]
    assert (tied.organization, tied.score) == ("", 0)
    assert "acme, acme-2" in tied.warning
    assert suggested_to(["birch"])[0].id == "8"


def test_the_dead_are_never_suggested() -> None:
    add_module_organizations("rmm", news=[NewModuleOrganization(id="9", name="Gone GmbH")])
    assert "9" not in {one.id for one in suggested_to(["acme", "birch", "gone"])}


def test_sites_stand_below_what_they_belong_to() -> None:
    add_module_organizations(
        "rmm",
        news=[
            NewModuleOrganization(id="z", name="A site of Birch", parent="8"),
            NewModuleOrganization(id="9", name="Cedar"),
        ],
    )
    rows = module_organization_page(Wanted(conditions={"module": "rmm"})).rows
    assert [(row.id, row.parent) for row in rows] == [
        ("7", ""),
        ("8", ""),
        ("z", "Birch and Sons"),
        ("9", ""),
    ]


def test_each_says_whose_it_is_or_that_it_is_new() -> None:
    map_organization("rmm", id="7", organization="acme")
    ignore_organization("rmm", id="8")
    add_module_organizations("rmm", news=[NewModuleOrganization(id="9", name="Cedar")])
    rows = module_organization_page(Wanted(conditions={"module": "rmm"})).rows
    assert [(row.status, row.organization) for row in rows] == [
        ("mapped", "acme"),
        ("ignored", ""),
        ("new", ""),
    ]
    narrowed = Wanted(conditions={"module": "rmm", "status": "ignored,new"})
    assert [row.id for row in module_organization_page(narrowed).rows] == ["8", "9"]
    assert [row.id for row in lines_of("rmm", ids=["9", "nothing"])] == ["9"]
    assert standing_counts(["rmm"]) == {"rmm": (3, 1)}
