"""Whose a module organization is: on which days, and what is refused (rules, sections 6 and 8)."""

from __future__ import annotations

from datetime import date

import pytest
from tests.support import agreements
from tests.support.agreements import JANUARY, JUNE, MARCH, marked
from tests.support.clocks import StillClock

from icb.foundation.models import AuditEvent, Provider
from icb.kernel.errors import InvalidInput, NotFound, Refused
from icb.mapping.actions import (
    ignore_organization,
    map_organization,
    map_organizations,
    unmap_organization,
)
from icb.mapping.inputs import NewOrganizationMapping
from icb.mapping.queries import module_organizations, organization_mappings

TODAY = date(2026, 7, 15)
Days = tuple[str, date | None, date | None]


@pytest.fixture(autouse=True)
def known(provider: Provider, clock: StillClock) -> None:
    clock.to_day(TODAY)
    agreements.everything()
    agreements.contract("birch-1", organization="birch")


def mapped() -> list[Days]:
    return [(row.organization, row.starts_on, row.ends_on) for row in organization_mappings()]


def test_without_a_start_it_is_mapped_from_the_first_day_seen() -> None:
    map_organization("rmm", id="7", organization="acme", reason="by name")
    (row,) = organization_mappings()
    assert (row.organization, row.status, row.starts_on, row.ends_on) == (
        "acme",
        "mapped",
        None,
        None,
    )
    assert (row.reason, row.actor) == ("by name", "olivia")
    assert marked() == {"acme-1": MARCH}


def test_never_seen_yet_the_contracts_start_is_marked() -> None:
    map_organization("rmm", id="8", organization="birch")
    assert marked() == {"birch-1": JANUARY}


def test_moving_closes_the_day_before_and_marks_both() -> None:
    map_organization("rmm", id="7", organization="acme")
    agreements.forget_marks()
    map_organization("rmm", id="7", organization="birch", from_day=JUNE)
    assert mapped() == [("acme", None, date(2026, 5, 31)), ("birch", JUNE, None)]
    assert marked() == {"acme-1": JUNE, "birch-1": JUNE}


@pytest.mark.parametrize("from_day", [None, MARCH, date(2026, 2, 1)])
def test_an_equal_or_earlier_start_is_refused_naming_both(from_day: date | None) -> None:
    map_organization("rmm", id="7", organization="acme")
    with pytest.raises(Refused) as refused:
        map_organization("rmm", id="7", organization="birch", from_day=from_day)
    assert refused.value.code == "already_mapped"
    for said in ("rmm 7", "acme from the first day it was seen", "birch", "Nothing was stored"):
        assert said in refused.value.message
    assert mapped() == [("acme", None, None)]


def test_an_earlier_mapping_that_ends_in_time_is_taken() -> None:
    map_organization("rmm", id="7", organization="acme", from_day=JUNE)
    with pytest.raises(Refused, match="mapped to acme from 2026-06-01"):
        map_organization("rmm", id="7", organization="birch", from_day=MARCH, until=JUNE)
    map_organization("rmm", id="7", organization="birch", from_day=MARCH, until=date(2026, 5, 31))
    assert mapped() == [("acme", JUNE, None), ("birch", MARCH, date(2026, 5, 31))]


def test_the_same_mapping_again_changes_nothing() -> None:
    map_organization("rmm", id="7", organization="acme")
    agreements.forget_marks()
    before = AuditEvent.objects.count()
    map_organization("rmm", id="7", organization="acme")
    map_organization("rmm", id="7", organization="acme", from_day=MARCH)
    map_organization("rmm", id="7", organization="acme", from_day=JUNE)
    assert (mapped(), marked()) == ([("acme", None, None)], {})
    assert AuditEvent.objects.count() == before


def test_the_same_mapping_can_be_given_another_end() -> None:
    map_organization("rmm", id="7", organization="acme")
    agreements.forget_marks()
    map_organization("rmm", id="7", organization="acme", until=JUNE)
    assert mapped() == [("acme", None, JUNE)]
    assert marked() == {"acme-1": date(2026, 6, 2)}


def test_nobody_dead_receives_a_bill() -> None:
    with pytest.raises(Refused, match="gone is of type Dead") as refused:
        map_organization("rmm", id="7", organization="gone")
    assert refused.value.code == "organization_not_mappable"
    assert mapped() == []


def test_unknown_names_say_what_exists() -> None:
    with pytest.raises(NotFound, match="Known: rmm"):
        map_organization("rmn", id="7", organization="acme")
    with pytest.raises(NotFound, match=r"in module rmm.* Known: 7, 8"):
        map_organization("rmm", id="9", organization="acme")
    with pytest.raises(NotFound, match="Known: acme, birch, gone"):
        map_organization("rmm", id="7", organization="acne")
    with pytest.raises(InvalidInput, match="before the first day"):
        map_organization("rmm", id="7", organization="acme", from_day=JUNE, until=MARCH)


def test_many_are_mapped_or_none_and_all_problems_are_told() -> None:
    with pytest.raises(Refused) as refused:
        map_organizations(
            [
                NewOrganizationMapping("rmm", "7", organization="gone"),
                NewOrganizationMapping("rmm", "8", organization="birch"),
                NewOrganizationMapping("rmm", "9", organization="birch"),
            ]
        )
    assert "rmm 7: organization gone" in refused.value.message
    assert "rmm 9: There is no module organization" in refused.value.message
    assert mapped() == []


def test_unmapping_ends_what_is_in_force_the_day_before() -> None:
    map_organization("rmm", id="7", organization="acme")
    agreements.forget_marks()
    unmap_organization("rmm", id="7", from_day=JUNE)
    assert mapped() == [("acme", None, date(2026, 5, 31))]
    assert marked() == {"acme-1": JUNE}
    with pytest.raises(Refused, match="not mapped on 2026-06-01"):
        unmap_organization("rmm", id="7", from_day=JUNE)


def test_unmapped_on_its_first_day_a_mapping_never_was() -> None:
    map_organization("rmm", id="7", organization="acme", from_day=JUNE)
    unmap_organization("rmm", id="7", from_day=JUNE)
    assert mapped() == []


def test_what_was_ignored_is_taken_back_from_today() -> None:
    ignore_organization("rmm", id="7", reason="our own office")
    map_organization("rmm", id="7", organization="acme")
    assert mapped() == [("", None, date(2026, 7, 14)), ("acme", TODAY, None)]


def test_what_was_ignored_is_taken_back_from_the_day_asked_for() -> None:
    ignore_organization("rmm", id="7")
    map_organization("rmm", id="7", organization="acme", from_day=MARCH)
    assert mapped() == [("acme", MARCH, None)]
    assert marked() == {"acme-1": MARCH}


def test_ignoring_from_a_day_closes_the_mapping() -> None:
    map_organization("rmm", id="7", organization="acme")
    ignore_organization("rmm", id="7", from_day=JUNE)
    assert mapped() == [("acme", None, date(2026, 5, 31)), ("", JUNE, None)]
    with pytest.raises(Refused, match=r"nobody \(ignored\)"):
        ignore_organization("rmm", id="7")


def test_the_list_says_whose_each_is_on_a_day() -> None:
    map_organization("rmm", id="7", organization="acme", from_day=JUNE)
    on_june = {row.id: (row.organization, row.status) for row in module_organizations(as_of=JUNE)}
    assert on_june == {"7": ("acme", "mapped"), "8": ("", "new")}
    in_may = module_organizations(as_of=date(2026, 5, 31), status="unmapped")
    assert [row.id for row in in_may] == ["7"]
    lately = module_organizations(as_of=date(2026, 3, 7), status="new")
    assert [row.id for row in lately] == ["7", "8"]
