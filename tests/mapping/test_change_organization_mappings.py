"""Many mappings changed from one page: what stands afterwards, and whose change is kept."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.support import agreements
from tests.support.agreements import JUNE, MARCH, marked
from tests.support.clocks import StillClock

from icb.foundation.actor import acting_as
from icb.foundation.inputs import NewUser
from icb.foundation.models import AuditEvent, Provider
from icb.foundation.users import add_users
from icb.hub.models import ModuleOrganization
from icb.kernel.errors import InvalidInput, NotFound, NotPermitted, Refused
from icb.mapping.actions import (
    change_organization_mappings,
    ignore_organization,
    map_organization,
    map_to_new_organizations,
    unmap_organization,
)
from icb.mapping.grid_queries import versions
from icb.mapping.inputs import MappingChange
from icb.mapping.queries import organization_mappings
from icb.organizations.inputs import NewOrganization
from icb.organizations.queries import organizations

TODAY = date(2026, 7, 15)
YESTERDAY = TODAY - timedelta(days=1)
Days = tuple[str, date | None, date | None]


@pytest.fixture(autouse=True)
def known(provider: Provider, clock: StillClock) -> None:
    clock.to_day(TODAY)
    agreements.everything()
    agreements.contract("birch-1", organization="birch")


def mapped() -> list[Days]:
    return [(row.organization, row.starts_on, row.ends_on) for row in organization_mappings()]


def change(id: str, organization: str = "", *, day: date | None = TODAY, seen: str = "") -> int:
    return change_organization_mappings(
        [MappingChange("rmm", id, organization=organization, from_day=day, seen=seen)]
    )


def seen(id: str) -> str:
    pk = ModuleOrganization.objects.get(external_id=id).pk
    return versions([pk])[pk]


def test_a_page_maps_moves_and_ends_in_one_event() -> None:
    map_organization("rmm", id="7", organization="acme")
    change_organization_mappings(
        [
            MappingChange("rmm", "7", organization="birch", from_day=TODAY),
            MappingChange("rmm", "8", organization="birch", from_day=TODAY),
        ]
    )
    assert mapped() == [
        ("acme", None, YESTERDAY),
        ("birch", TODAY, None),
        ("birch", TODAY, None),
    ]
    assert AuditEvent.objects.filter(action="change_organization_mappings").count() == 1
    change("8")
    assert mapped() == [("acme", None, YESTERDAY), ("birch", TODAY, None)]


def test_without_a_day_it_is_mapped_from_the_first_day_seen_and_marks_from_there() -> None:
    change("7", "acme", day=None)
    assert mapped() == [("acme", None, None)]
    assert marked() == {"acme-1": MARCH}


def test_an_earlier_day_marks_both_from_that_day() -> None:
    map_organization("rmm", id="7", organization="acme")
    agreements.forget_marks()
    change("7", "birch", day=JUNE)
    assert mapped() == [("acme", None, date(2026, 5, 31)), ("birch", JUNE, None)]
    assert marked() == {"acme-1": JUNE, "birch-1": JUNE}


def test_what_begins_later_ends_with_it() -> None:
    map_organization("rmm", id="7", organization="acme")
    map_organization("rmm", id="7", organization="birch", from_day=TODAY + timedelta(days=9))
    change("7")
    assert mapped() == [("acme", None, YESTERDAY)]


def test_what_was_chosen_today_can_be_chosen_anew_today() -> None:
    change("7", "acme")
    change("7", "birch")
    assert mapped() == [("birch", TODAY, None)]


def test_ignoring_ends_and_an_end_of_ignoring_is_an_end() -> None:
    map_organization("rmm", id="7", organization="acme")
    change_organization_mappings([MappingChange("rmm", "7", ignore=True, from_day=TODAY)])
    assert mapped() == [("acme", None, YESTERDAY), ("", TODAY, None)]
    change("7")
    assert mapped() == [("acme", None, YESTERDAY)]


def test_a_change_by_another_is_refused_with_who_and_when_and_nothing_is_stored(
    clock: StillClock,
) -> None:
    before, other = seen("7"), seen("8")
    add_users([NewUser("mia", role="mapper")])
    with acting_as("mia"):
        map_organization("rmm", id="7", organization="birch")
    with pytest.raises(Refused, match="rmm 7: mia changed it on 2026-07-15 at") as refused:
        change_organization_mappings(
            [
                MappingChange("rmm", "8", organization="acme", from_day=TODAY, seen=other),
                MappingChange("rmm", "7", organization="acme", from_day=TODAY, seen=before),
            ]
        )
    assert "mapped to birch" in refused.value.message
    assert refused.value.code == "changed_since"
    assert mapped() == [("birch", None, None)]


def test_an_end_by_another_is_seen_too() -> None:
    map_organization("rmm", id="7", organization="acme")
    before = seen("7")
    add_users([NewUser("mia", role="mapper")])
    with acting_as("mia"):
        unmap_organization("rmm", id="7", from_day=TODAY)
    with pytest.raises(Refused, match=r"mia changed it .* it is not mapped"):
        change("7", "birch", seen=before)


def test_what_was_seen_as_it_stands_is_changed() -> None:
    map_organization("rmm", id="7", organization="acme")
    change("7", "birch", seen=seen("7"))
    assert mapped()[1] == ("birch", TODAY, None)


@pytest.mark.parametrize("organization", ["gone"])
def test_the_dead_get_nothing(organization: str) -> None:
    with pytest.raises(Refused, match="type Dead"):
        change("7", organization)
    assert mapped() == []


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(NotFound) as found:
        change_organization_mappings(
            [
                MappingChange("rmm", "7", organization="nobody", from_day=TODAY),
                MappingChange("rmm", "9", organization="acme", from_day=TODAY),
                MappingChange("rmm", "8", from_day=TODAY),
            ]
        )
    assert found.value.message.count("Nothing was stored") == 3
    assert mapped() == []


def test_an_end_needs_a_day() -> None:
    with pytest.raises(InvalidInput, match="from"):
        change("7", day=None)


def test_it_needs_leave_to_map() -> None:
    add_users([NewUser("rita", role="read_only")])
    with acting_as("rita"), pytest.raises(NotPermitted):
        change("7", "acme")


def test_a_new_organization_comes_with_its_mapping_or_not_at_all() -> None:
    ignore_organization("rmm", id="8")
    new = NewOrganization("cedar", "Cedar")
    to = [MappingChange("rmm", "7", organization="cedar", from_day=TODAY, seen="stale")]
    with pytest.raises(Refused):
        map_to_new_organizations([new], changes=to)
    assert "cedar" not in {row.key for row in organizations()}
    map_to_new_organizations([new], changes=[MappingChange("rmm", "7", "cedar", from_day=TODAY)])
    assert ("cedar", TODAY, None) in mapped()
