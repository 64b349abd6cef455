"""Totals and parts of them that are both mapped."""

from __future__ import annotations

from icb.mapping.overlap import MappedType, both_mapped

TOTAL = MappedType("all", "Total", ["desktops", "Network Device (*)"])
DESKTOPS = MappedType("desktops", "Desktops", ["all"])
SWITCHES = MappedType("switches", "Network Device (Switch)", [])
LICENCES = MappedType("licences", "Licences", [])


def test_a_total_and_its_part_are_one_pair_whichever_names_the_other() -> None:
    assert both_mapped([TOTAL, DESKTOPS]) == [(TOTAL, DESKTOPS)]
    assert both_mapped([SWITCHES, TOTAL]) == [(TOTAL, SWITCHES)]


def test_parts_do_not_overlap_each_other() -> None:
    assert both_mapped([DESKTOPS, SWITCHES, LICENCES]) == []


def test_every_pair_is_found() -> None:
    assert both_mapped([TOTAL, DESKTOPS, SWITCHES, LICENCES]) == [
        (TOTAL, DESKTOPS),
        (TOTAL, SWITCHES),
    ]
