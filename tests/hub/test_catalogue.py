"""The shipped catalogue is sound, and a provider's own words lie over it from their day on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from icb.hub.catalogue import (
    CatalogueModule,
    CatalogueType,
    Change,
    catalogue_module,
    catalogue_modules,
    types_on,
    with_changes,
)
from icb.hub.catalogue_actions import WORDS
from icb.hub.catalogue_checks import catalogue_problems, module_problems, property_problems
from icb.hub.registry import adapters
from icb.kernel.errors import NotFound

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)


def test_nothing_in_it_contradicts_itself() -> None:
    assert catalogue_problems(catalogue_modules(), words=WORDS) == []


def test_every_entry_says_what_it_counts_and_where_that_is_written() -> None:
    for module in catalogue_modules():
        assert module.identity and module.suite, module.key
        assert module.source.startswith("https://"), module.key
        for one in module.billing_types:
            assert one.unit and one.counting_rule.endswith("."), (module.key, one.key)
            assert one.source.startswith("https://"), (module.key, one.key)
            assert one.confidence in ("documented", "inferred"), (module.key, one.key)


def test_all_shapes_that_vendors_use_are_in_it() -> None:
    shapes = {one.shape for module in catalogue_modules() for one in module.billing_types}
    assert shapes == set(WORDS.shape)


def test_a_part_and_its_total_name_each_other() -> None:
    """Both mapped would bill the same device twice; whoever looks from either side must see it."""
    for module in catalogue_modules():
        overlaps = {one.key: set(one.overlaps) for one in module.billing_types}
        for key, others in overlaps.items():
            assert all(key in overlaps[other] for other in others), (module.key, key)


def test_every_adapter_counts_a_module_of_it_by_types_of_it() -> None:
    for key, adapter in adapters().items():
        description = adapter.description
        if key == "generic_http":
            continue  # counts whatever it is told to
        known = {one.key for one in catalogue_module(description.module).billing_types}
        assert set(description.billing_types) <= known, key


def test_datto_rmm_has_its_21_types() -> None:
    assert len(catalogue_module("datto_rmm").billing_types) == 21


def test_an_unknown_module_is_refused() -> None:
    with pytest.raises(NotFound, match="the catalogue has no 'nothing'"):
        catalogue_module("nothing")


DEVICES = CatalogueType(key="devices", name="Devices", unit="device", overlaps=("servers",))
SERVERS = CatalogueType(key="servers", name="Servers", unit="device", overlaps=("devices",))
SMALL = CatalogueModule(key="rmm", name="RMM", billing_types=(DEVICES, SERVERS))


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (replace(DEVICES, value="float"), "rmm: devices: value is 'float'"),
        (replace(DEVICES, shape="wave"), "rmm: devices: shape is 'wave'"),
        (replace(DEVICES, merge="mean"), "rmm: devices: merge is 'mean'"),
        (replace(DEVICES, shape="boolean"), "shape boolean takes value boolean"),
        (replace(DEVICES, value="boolean"), "value boolean takes merge or, or max"),
        (replace(DEVICES, overlaps=("laptops",)), "overlaps: there is no laptops"),
        (replace(DEVICES, overlaps=("devices",)), "overlaps: it names itself"),
        (replace(DEVICES, key="servers"), "servers stands 2 times"),
        (replace(DEVICES, aliases=("Servers",)), "servers stands 2 times"),
        (replace(DEVICES, name=" "), "name ' ' is empty"),
        (replace(DEVICES, unit="x" * 61), "unit is longer than 60"),
        (replace(DEVICES, confidence="sure"), "confidence is 'sure'"),
        (replace(DEVICES, valid_from=JULY, valid_to=JUNE), "valid_to is before valid_from"),
    ],
)
def test_a_broken_entry_is_found(broken: CatalogueType, problem: str) -> None:
    module = replace(SMALL, billing_types=(broken, SERVERS))
    assert problem in "; ".join(module_problems(module, words=WORDS))
    assert module_problems(SMALL, words=WORDS) == []


def test_a_module_or_alias_that_stands_twice_is_found() -> None:
    other = CatalogueModule(key="other", name="Other", aliases=("rmm",))
    assert catalogue_problems([SMALL, other], words=WORDS) == ["rmm stands 2 times"]
    assert "rmm stands 2 times" in catalogue_problems([SMALL, SMALL], words=WORDS)


@pytest.mark.parametrize(
    ("properties", "problem"),
    [
        ({"colour": "red"}, "colour: there is no such property"),
        ({"key": "other"}, "key: there is no such property"),
        ({"unit": 5}, "unit: give a text"),
        ({"overlaps": "servers"}, "overlaps: give a list of texts"),
        ({"absent_is_zero": "yes"}, "absent_is_zero: give true or false"),
        ({"valid_to": "soon"}, "valid_to: give a day"),
        ({"counting_rule": "x" * 2001}, "counting_rule: it is longer than 2000"),
    ],
)
def test_a_property_of_the_wrong_kind_is_named(properties: dict[str, Any], problem: str) -> None:
    assert problem in "; ".join(property_problems(properties, of_type=True))
    assert property_problems({"unit": "device", "valid_to": None}, of_type=True) == []


def changed(*changes: Change, on: date) -> dict[str, CatalogueModule]:
    return {module.key: module for module in with_changes([SMALL], changes=changes, on=on)}


def test_a_change_holds_from_its_day_on() -> None:
    change = Change("rmm", "servers", {"unit": "host"}, JULY)
    assert changed(change, on=JUNE)["rmm"].billing_types[1].unit == "device"
    assert changed(change, on=JULY)["rmm"].billing_types[1].unit == "host"


def test_what_is_not_named_stays_and_what_is_new_is_added() -> None:
    found = changed(
        Change("rmm", "laptops", {"unit": "device"}, None),
        Change("rmm", "", {"notes": "Ours."}, None),
        Change("clock", "", {"name": "Our clock"}, None),
        on=JUNE,
    )
    assert [one.key for one in found["rmm"].billing_types] == ["devices", "servers", "laptops"]
    assert (found["rmm"].name, found["rmm"].notes) == ("RMM", "Ours.")
    assert found["clock"].name == "Our clock"


def test_a_type_holds_on_its_days() -> None:
    ended = replace(DEVICES, valid_from=JUNE, valid_to=date(2026, 6, 30))
    module = replace(SMALL, billing_types=(ended, SERVERS))
    assert types_on(module, on=date(2026, 6, 30)) == (ended, SERVERS)
    assert types_on(module, on=date(2026, 5, 31)) == (SERVERS,)
    assert types_on(module, on=JULY) == (SERVERS,)
    assert types_on(module, on=None) == (ended, SERVERS)
