"""Which choice of unit changes fits, whose it is, and from when it counts (rules, 3 and 8)."""

from __future__ import annotations

from datetime import date

import pytest
from tests.support import agreements
from tests.support.agreements import JANUARY, JUNE, MARCH, marked
from tests.support.clocks import StillClock

from icb.contracts.actions import add_contracts, set_units
from icb.contracts.inputs import NewContract, NewContractService
from icb.contracts.models import ContractUnitChanges
from icb.contracts.queries import contract_notes, contract_services
from icb.foundation.actor import acting_as
from icb.foundation.inputs import NewUser
from icb.foundation.models import Provider
from icb.foundation.users import add_users
from icb.kernel.errors import InvalidInput, NotFound, NotPermitted, Refused
from icb.mapping.actions import (
    ignore_service,
    map_service,
    set_service_unit_changes,
    set_unit_changes,
    type_units,
    unmap_service,
)
from icb.mapping.inputs import NewServiceMapping


@pytest.fixture(autouse=True)
def known(provider: Provider, clock: StillClock) -> None:
    clock.to_day(date(2026, 7, 15))
    agreements.everything()


def drive(
    service: str,
    *,
    by: str,
    unit_changes: str = "",
    on: str = "acme-1",
    from_day: date | None = None,
) -> None:
    new = NewServiceMapping("rmm", by, service, unit_changes=unit_changes, from_day=from_day)
    map_service(on, mapping=new)


def chosen(day: date, service: str = "agents") -> str:
    rows = contract_services(as_of=day, contract="acme-1")
    return next(row.unit_changes for row in rows if row.key == service)


def refusal(service: str, *, by: str, unit_changes: str = "", on: str = "acme-1") -> str:
    with pytest.raises(Refused) as refused:
        drive(service, by=by, unit_changes=unit_changes, on=on)
    return refused.value.code


@pytest.mark.parametrize("word", ["prorate_daily", "adjust_at_period_end", "peak"])
def test_a_level_takes_every_choice_in_arrears(word: str) -> None:
    drive("agents", by="devices", unit_changes=word)
    assert chosen(JANUARY) == word


def test_a_figure_of_the_period_is_adjusted_at_its_end_in_arrears() -> None:
    assert refusal("agents", by="searches", unit_changes="prorate_daily") == "policy_not_for_shape"
    assert refusal("agents", by="searches", unit_changes="peak") == "policy_not_for_shape"
    drive("agents", by="searches", unit_changes="adjust_at_period_end")
    drive("backup", by="searches", from_day=JUNE)
    assert (chosen(JANUARY), chosen(JANUARY, "backup")) == ("adjust_at_period_end", "")


def test_something_that_happens_once_has_no_peak() -> None:
    assert refusal("setup", by="enrolled", unit_changes="peak") == "policy_not_for_shape"
    drive("setup", by="enrolled")


def test_in_advance_there_is_no_peak_and_no_figure_of_the_period() -> None:
    agreements.contract("early", organization="birch", billing="in_advance")
    codes = [
        refusal("agents", by="devices", unit_changes="peak", on="early"),
        refusal("agents", by="searches", on="early"),
        refusal("agents", by="searches", unit_changes="adjust_at_period_end", on="early"),
    ]
    assert codes == ["peak_in_advance", "policy_not_for_shape", "policy_not_for_shape"]
    drive("agents", by="devices", on="early")


def test_a_choice_typed_on_the_contract_must_fit_what_is_mapped() -> None:
    services = [NewContractService("agents", unit_changes="prorate_daily")]
    add_contracts([NewContract("b", "birch", JANUARY, services=services)])
    assert refusal("agents", by="searches", on="b") == "policy_not_for_shape"
    assert refusal("agents", by="devices", unit_changes="peak", on="b") == "other_unit_changes"
    drive("agents", by="devices", unit_changes="prorate_daily", on="b")


@pytest.mark.parametrize("first", ["prorate_daily", ""])
def test_a_second_different_choice_is_refused(first: str) -> None:
    drive("agents", by="devices", unit_changes=first)
    assert refusal("agents", by="servers", unit_changes="peak") == "other_unit_changes"
    drive("agents", by="servers", unit_changes="prorate_daily")
    assert len(contract_services(as_of=JANUARY, contract="acme-1")) == 3


def test_counts_of_different_kinds_are_not_added_up() -> None:
    drive("agents", by="devices")
    assert refusal("agents", by="searches") == "counting_mixed"


def test_a_choice_begins_with_the_period_in_which_the_mapping_begins() -> None:
    set_units("acme-1", service="agents", units=3, from_day=JANUARY)
    drive("agents", by="devices", unit_changes="peak", from_day=date(2026, 3, 9))
    rows = contract_services(as_of=date(2026, 2, 28), contract="acme-1")
    assert rows[0].unit_changes == "peak"  # the earliest choice: what holds before is the default
    drive("agents", by="servers", unit_changes="peak", from_day=MARCH)


def test_what_is_taken_back_from_today_leaves_earlier_periods_alone() -> None:
    set_units("acme-1", service="agents", units=3, from_day=JANUARY)
    ignore_service("acme-1", module="rmm", billing_type="devices")
    drive("agents", by="devices", unit_changes="peak")
    rows = ContractUnitChanges.objects.values_list("from_day", flat=True)
    assert list(rows) == [date(2026, 7, 1)]


def test_an_ended_default_leaves_a_new_choice_free() -> None:
    drive("agents", by="devices")
    unmap_service("acme-1", module="rmm", billing_type="devices", from_day=JUNE)
    drive("agents", by="devices", unit_changes="peak", from_day=date(2026, 6, 10))
    assert chosen(JUNE) == "peak"


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (date(2026, 7, 1), date(2026, 7, 1)),
        (date(2026, 7, 2), date(2026, 8, 1)),
        (date(2025, 12, 20), JANUARY),
    ],
)
def test_a_changed_choice_counts_from_a_periods_start(
    clock: StillClock, today: date, first: date
) -> None:
    drive("agents", by="devices", unit_changes="prorate_daily")
    agreements.forget_marks()
    clock.to_day(today)
    set_unit_changes("acme-1", module="rmm", billing_type="devices", unit_changes="peak")
    assert marked() == {"acme-1": first}
    assert chosen(first) == "peak"
    if first > JANUARY:
        assert chosen(JANUARY) == "prorate_daily"
    assert f"from {first}: peak" in contract_notes("acme-1")[0].text


def test_a_period_that_begins_with_the_contract_in_mid_month(clock: StillClock) -> None:
    services = [NewContractService("agents")]
    add_contracts([NewContract("b", "birch", date(2026, 7, 10), services=services)])
    drive("agents", by="devices", on="b")
    agreements.forget_marks()
    clock.to_day(date(2026, 7, 10))
    set_unit_changes("b", module="rmm", billing_type="devices", unit_changes="peak")
    assert marked() == {"b": date(2026, 7, 10)}


def test_a_changed_choice_must_fit_and_have_something_to_count_for() -> None:
    with pytest.raises(Refused, match="drives nothing on contract acme-1"):
        set_unit_changes("acme-1", module="rmm", billing_type="devices", unit_changes="peak")
    with pytest.raises(NotFound, match="Known: devices, enrolled, searches, servers"):
        set_unit_changes("acme-1", module="rmm", billing_type="phones", unit_changes="peak")
    drive("agents", by="searches")
    with pytest.raises(Refused) as refused:
        set_unit_changes("acme-1", module="rmm", billing_type="searches", unit_changes="peak")
    assert refused.value.code == "policy_not_for_shape"
    with pytest.raises(InvalidInput, match="never is not allowed"):
        set_unit_changes("acme-1", module="rmm", billing_type="searches", unit_changes="never")


def test_a_services_choice_never_bills_the_past_anew() -> None:
    drive("agents", by="devices")
    with pytest.raises(Refused, match="Give 2026-08-01") as refused:
        set_service_unit_changes(
            "acme-1", service="agents", unit_changes="peak", from_day=date(2026, 7, 31)
        )
    assert refused.value.code == "past_is_billed"
    set_service_unit_changes(
        "acme-1", service="agents", unit_changes="peak", from_day=date(2026, 8, 1)
    )
    assert chosen(date(2026, 8, 1)) == "peak"


def test_units_are_typed_only_where_no_count_drives_the_service() -> None:
    drive("agents", by="devices", from_day=MARCH)
    type_units("acme-1", service="agents", units=5, from_day=date(2026, 2, 28))
    with pytest.raises(Refused) as refused:
        type_units("acme-1", service="agents", units=5, from_day=MARCH)
    assert refused.value.code == "driven_by_counts"
    assert "devices of rmm" in refused.value.message
    unmap_service("acme-1", module="rmm", billing_type="devices", from_day=JUNE)
    type_units("acme-1", service="agents", units=6, from_day=JUNE)


def test_a_mapper_maps_and_chooses_but_types_no_units() -> None:
    add_users([NewUser("mara", role="mapper")])
    with acting_as("mara"):
        drive("agents", by="devices", unit_changes="prorate_daily")
        set_unit_changes("acme-1", module="rmm", billing_type="devices", unit_changes="peak")
        with pytest.raises(NotPermitted):
            type_units("acme-1", service="backup", units=5, from_day=MARCH)
