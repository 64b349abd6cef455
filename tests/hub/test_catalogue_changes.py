"""A provider extends the catalogue, and describes what a module reported and nobody knew."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from icb.foundation.models import AuditEvent
from icb.hub.actions import NewConnected, connect_module, take_snapshot
from icb.hub.catalogue_actions import change_catalogue, describe_billing_type
from icb.hub.catalogue_queries import catalogue, catalogue_types
from icb.hub.inputs import Answer, CountRow, NewBillingType
from icb.hub.models import BillingType, CatalogueChange, CountMark, SnapshotToFollow
from icb.kernel.errors import InvalidInput, Refused

JUNE = date(2026, 6, 1)

pytestmark = pytest.mark.usefixtures("provider", "clock")


def module(key: str, *, on: date | None = None) -> dict[str, str]:
    found = [one for one in catalogue(on) if one.key == key]
    return {one.key: one.unit for entry in found for one in entry.billing_types}


def push(key: str = "mine", *, of: str = "") -> None:
    connect_module(NewConnected(key=key, adapter="push", module=of))


def report(value: object, *, billing_type: str = "seats", connection: str = "mine") -> None:
    row = CountRow("acme", billing_type, value)
    take_snapshot(connection, answer=Answer(day=JUNE, rows=[row]))


def test_a_module_of_ones_own_brings_its_types_to_its_connections() -> None:
    change_catalogue("clock", properties={"name": "Our clock"})
    change_catalogue("clock", billing_type="clocks", properties={"unit": "clock"})
    push(of="clock")
    found = BillingType.objects.get()
    assert (found.key, found.unit, found.is_known) == ("clocks", "clock", True)
    assert AuditEvent.objects.filter(action="change_catalogue").count() == 2


def test_a_change_holds_from_its_day_and_earlier_ones_before_it() -> None:
    change_catalogue("datto_rmm", billing_type="Server", properties={"unit": "host"}, from_day=JUNE)
    assert module("datto_rmm", on=date(2026, 5, 31))["Server"] == "device"
    assert module("datto_rmm", on=JUNE)["Server"] == "host"
    assert module("datto_rmm")["Server"] == "device"  # the clock stands in January


def test_a_type_that_ended_is_not_taken_by_new_connections() -> None:
    change_catalogue("datto_rmm", billing_type="Unknown", properties={"valid_to": "2025-12-31"})
    assert "Unknown" not in [one.key for one in catalogue_types("datto_rmm")]
    assert "Unknown" in [one.key for one in catalogue_types("datto_rmm", on=date(2025, 12, 31))]


def test_a_change_that_would_break_the_catalogue_on_some_later_day_is_refused() -> None:
    change_catalogue("clock", billing_type="clocks", properties={}, from_day=JUNE)
    with pytest.raises(InvalidInput, match="overlaps: there is no hands"):
        change_catalogue("clock", billing_type="clocks", properties={"overlaps": ["hands"]})
    with pytest.raises(InvalidInput, match="shape is 'wave'"):
        change_catalogue("clock", billing_type="clocks", properties={"shape": "wave"})
    with pytest.raises(InvalidInput, match="there is no such property"):
        change_catalogue("clock", properties={"shape": "gauge"})
    assert CatalogueChange.objects.count() == 1


def test_what_nobody_knew_is_described_and_known_from_then_on() -> None:
    push()
    report(3)
    assert not BillingType.objects.get().is_known
    new = NewBillingType(key="seats", unit="seat", name="Seats", merge="max")
    CountMark.objects.all().delete()
    SnapshotToFollow.objects.all().delete()
    describe_billing_type("mine", new=new, counting_rule="Seats of the day.")
    found = BillingType.objects.get()
    assert (found.is_known, found.unit, found.merge) == (True, "seat", "max")
    # What it adds up to may differ now: the next bill run and the log look again.
    assert [mark.from_day for mark in CountMark.objects.all()] == [JUNE]
    assert [mark.from_day for mark in SnapshotToFollow.objects.all()] == [JUNE]
    push("second", of="mine")
    assert BillingType.objects.get(connection__key="second").unit == "seat"


def test_a_type_that_was_never_reported_can_be_described_too() -> None:
    push()
    describe_billing_type("mine", new=NewBillingType(key="seats", unit="seat"))
    assert BillingType.objects.get().is_known
    assert not CountMark.objects.exists()


@pytest.mark.parametrize(("count", "value"), [(Decimal("1.5"), "whole"), (7, "boolean")])
def test_a_description_that_the_counts_contradict_is_refused(count: object, value: str) -> None:
    push()
    report(count)
    merge = "or" if value == "boolean" else "sum"
    with pytest.raises(Refused, match=f"count on 2026-06-01 that is not {value}"):
        describe_billing_type("mine", new=NewBillingType(key="seats", value=value, merge=merge))
    assert not BillingType.objects.get().is_known


def test_of_a_known_type_only_what_no_sum_rests_on_can_change() -> None:
    push()
    describe_billing_type("mine", new=NewBillingType(key="seats", unit="seat"))
    describe_billing_type("mine", new=NewBillingType(key="seats", unit="chair", name="Chairs"))
    assert BillingType.objects.get().unit == "chair"
    for wrong in (
        NewBillingType(key="seats", merge="max"),
        NewBillingType(key="seats", value="decimal"),
        NewBillingType(key="seats", shape="high_water"),
        NewBillingType(key="seats", absent_is_zero=True),
    ):
        with pytest.raises(Refused, match="counts were added up by it"):
            describe_billing_type("mine", new=wrong)
    assert BillingType.objects.get().name == "Chairs"
