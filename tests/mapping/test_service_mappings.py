"""What a billing type drives on a contract: on which days, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.support import agreements
from tests.support.agreements import JANUARY, JUNE, MARCH, marked
from tests.support.clocks import StillClock

from icb.contracts.actions import add_contracts, add_services, end_contract
from icb.contracts.inputs import NewContract, NewContractService, NewService
from icb.foundation.models import AuditEvent, Provider
from icb.kernel.errors import IcbError, InvalidInput, NotFound, Refused
from icb.mapping.actions import (
    ignore_service,
    map_organization,
    map_service,
    map_services,
    unmap_service,
)
from icb.mapping.inputs import NewServiceMapping
from icb.mapping.queries import mappable_types, overlap_warnings, service_mappings

TODAY = date(2026, 7, 15)


@pytest.fixture(autouse=True)
def known(provider: Provider, clock: StillClock) -> None:
    clock.to_day(TODAY)
    agreements.everything()


def drive(service: str, *, by: str = "devices", on: str = "acme-1", **more: Any) -> None:
    map_service(on, mapping=NewServiceMapping("rmm", by, service=service, **more))


def mapped() -> list[tuple[str, str, date | None, date | None]]:
    return [
        (row.billing_type, row.service, row.starts_on, row.ends_on) for row in service_mappings()
    ]


def test_without_a_start_it_drives_from_the_contracts_start() -> None:
    drive("agents")
    assert mapped() == [("devices", "agents", None, None)]
    assert marked() == {"acme-1": JANUARY}


def test_moving_closes_the_day_before() -> None:
    drive("agents")
    agreements.forget_marks()
    drive("backup", from_day=JUNE)
    assert mapped() == [
        ("devices", "agents", None, date(2026, 5, 31)),
        ("devices", "backup", JUNE, None),
    ]
    assert marked() == {"acme-1": JUNE}


def test_two_services_need_also() -> None:
    drive("agents")
    with pytest.raises(Refused) as refused:
        drive("backup")
    assert refused.value.code == "already_mapped"
    for said in ("contract acme-1, rmm devices", "agents from", "backup from", "`also`"):
        assert said in refused.value.message
    drive("backup", also=True)
    assert [row[1] for row in mapped()] == ["agents", "backup"]
    assert [row.also for row in service_mappings()] == [False, True]


def test_the_same_service_is_never_driven_twice() -> None:
    drive("agents")
    before = AuditEvent.objects.count()
    drive("agents")
    drive("agents", also=True)
    assert mapped() == [("devices", "agents", None, None)]
    assert AuditEvent.objects.count() == before


def test_an_equal_or_earlier_start_is_refused() -> None:
    drive("agents", from_day=MARCH)
    for from_day in (None, JANUARY, MARCH):
        with pytest.raises(Refused, match="agents from 2026-03-01"):
            drive("backup", from_day=from_day)


def test_one_type_is_not_on_two_contracts_of_an_organization_on_one_day() -> None:
    drive("agents")
    services = [NewContractService("agents", key="other")]
    with pytest.raises(Refused, match="both have the service"):
        add_contracts([NewContract("acme-2", "acme", MARCH, services=services)])
    add_contracts([NewContract("acme-2", "acme", MARCH)])
    with pytest.raises(NotFound, match="on contract acme-2"):
        drive("agents", on="acme-2")
    end_contract("acme-1", ends_on=date(2026, 5, 31))
    add_contracts([NewContract("acme-3", "acme", JUNE, services=services)])
    drive("other", on="acme-3")
    assert len(mapped()) == 2


def test_two_contracts_on_one_day_are_refused_naming_both() -> None:
    add_services([NewService("phones", "Telephone", 1)])
    phones = [NewContractService("phones")]
    add_contracts(
        [
            NewContract("acme-2", "acme", JANUARY, services=phones),
            NewContract("birch-1", "birch", JANUARY, services=phones),
        ]
    )
    drive("agents", until=date(2026, 5, 15))
    with pytest.raises(Refused) as refused:
        drive("phones", on="acme-2", from_day=date(2026, 5, 15))
    assert refused.value.code == "two_contracts"
    for said in ("devices of rmm", "acme-1", "acme-2", "acme from 2026-05-15"):
        assert said in refused.value.message
    drive("phones", on="acme-2", from_day=date(2026, 5, 16))
    drive("phones", on="birch-1")
    drive("phones", by="servers", on="acme-2")
    ignore_service("acme-1", module="rmm", billing_type="servers")


def test_a_mapping_reaches_no_further_than_its_contract() -> None:
    add_services([NewService("phones", "Telephone", 1)])
    drive("agents")
    end_contract("acme-1", ends_on=date(2026, 5, 31))
    phones = [NewContractService("phones")]
    add_contracts([NewContract("acme-2", "acme", date(2026, 5, 1), services=phones)])
    with pytest.raises(Refused, match="from 2026-05-01; on contract acme-2"):
        drive("phones", on="acme-2")
    drive("phones", on="acme-2", from_day=JUNE)


def test_ignoring_and_taking_back() -> None:
    ignore_service("acme-1", module="rmm", billing_type="devices", reason="free of charge")
    assert (service_mappings()[0].status, service_mappings()[0].service) == ("ignored", "")
    drive("agents")
    assert mapped() == [
        ("devices", "", None, date(2026, 7, 14)),
        ("devices", "agents", TODAY, None),
    ]
    ignore_service("acme-1", module="rmm", billing_type="servers")
    drive("backup", by="servers", from_day=JANUARY)
    assert mapped()[-1] == ("servers", "backup", JANUARY, None)


def test_unmapping_one_of_two_and_all() -> None:
    drive("agents")
    drive("backup", also=True)
    agreements.forget_marks()
    unmap_service("acme-1", module="rmm", billing_type="devices", from_day=MARCH, service="backup")
    assert [row[3] for row in mapped()] == [None, date(2026, 2, 28)]
    unmap_service("acme-1", module="rmm", billing_type="devices", from_day=JUNE)
    assert [row[3] for row in mapped()] == [date(2026, 5, 31), date(2026, 2, 28)]
    assert marked() == {"acme-1": MARCH}
    with pytest.raises(Refused, match="not mapped on contract acme-1 on 2026-06-01"):
        unmap_service("acme-1", module="rmm", billing_type="devices", from_day=JUNE)


@pytest.mark.parametrize(
    ("contract", "fields", "code"),
    [
        ("none", {}, "unknown_contract"),
        ("acme-1", {"module": "edr"}, "unknown_module"),
        ("acme-1", {"billing_type": "phones"}, "unknown_billing_type"),
        ("acme-1", {"service": "phones"}, "unknown_service"),
        ("acme-1", {"service": ""}, "invalid_service"),
        ("acme-1", {"ignore": True}, "invalid_service"),
        ("acme-1", {"unit_changes": "never"}, "invalid_unit_changes"),
        ("acme-1", {"from_day": JUNE, "until": MARCH}, "invalid_until"),
    ],
)
def test_what_cannot_be_is_refused(contract: str, fields: dict[str, Any], code: str) -> None:
    given = {"module": "rmm", "billing_type": "devices", "service": "agents", **fields}
    with pytest.raises(IcbError) as refused:
        map_service(contract, mapping=NewServiceMapping(**given))
    assert refused.value.code == code
    assert "Nothing was stored" in refused.value.message
    assert (mapped(), marked()) == ([], {})


def test_many_are_mapped_or_none_and_all_problems_are_told() -> None:
    good = NewServiceMapping("rmm", "devices", service="agents")
    with pytest.raises(NotFound) as refused:
        map_services(
            [
                ("acme-1", good),
                ("none", good),
                ("acme-1", NewServiceMapping("rmm", "servers", service="phones")),
            ]
        )
    assert "There is no contract 'none'" in refused.value.message
    assert "There is no service 'phones' on contract acme-1" in refused.value.message
    assert mapped() == []


def test_a_total_and_its_part_are_warned_of() -> None:
    drive("agents")
    drive("backup", by="servers", from_day=MARCH)
    (row,) = overlap_warnings(contract="acme-1")
    assert (row.contract, row.total, row.part) == ("acme-1", "devices", "servers")
    assert overlap_warnings(as_of=JANUARY) == []


def test_the_contracts_list_has_each_type_of_the_modules_that_count_its_organization() -> None:
    assert mappable_types("acme-1") == []
    map_organization("rmm", id="7", organization="acme")
    drive("agents")
    ignore_service("acme-1", module="rmm", billing_type="servers")
    said = {row.billing_type: (row.service, row.status) for row in mappable_types("acme-1")}
    assert said == {
        "devices": ("agents", "mapped"),
        "servers": ("", "ignored"),
        "searches": ("", "unmapped"),
        "enrolled": ("", "unmapped"),
    }


def test_an_until_without_a_from_is_checked_against_today_when_taking_back() -> None:
    ignore_service("acme-1", module="rmm", billing_type="devices")
    with pytest.raises(InvalidInput, match="before the first day"):
        drive("agents", until=MARCH)
