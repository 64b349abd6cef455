"""The step chart: what it says of days that are no plain count."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from tests.web.conftest import words

from icb.kernel.quantity import MICRO
from icb.web.usage.chart import Point, bands_of, small_chart, step_chart

pytestmark = pytest.mark.usefixtures("provider")


def points(*said: tuple[int | None, str]) -> list[Point]:
    first = date(2026, 1, 1)
    return [
        Point(first + timedelta(days=index), None if units is None else units * MICRO, state)
        for index, (units, state) in enumerate(said)
    ]


def drawn(*said: tuple[int | None, str]) -> str:
    return step_chart(points(*said), title="Seats", name="one")


def test_neighbours_of_one_state_are_one_band() -> None:
    found = bands_of(points((1, "counted"), (2, "counted"), (2, "held"), (None, "")))
    assert [(band.start, band.end, band.state) for band in found] == [
        (0, 2, "counted"),
        (2, 3, "held"),
        (3, 4, "gap"),
    ]


def test_each_doubt_has_a_pattern_and_a_title_of_its_own() -> None:
    svg = drawn((1, "counted"), (1, "carried"), (1, "waiting"), (1, "held"))
    for pattern, title in (("slant", "carried"), ("dots", "waiting"), ("cross", "held")):
        assert f"url(#one-{pattern})" in svg
        assert f"<title>{title}: " in svg


def test_a_counted_series_has_one_whole_line_and_no_ground() -> None:
    svg = drawn((1, "counted"), (3, "counted"), (2, "counted"))
    assert svg.count('class="step"') == 1
    assert "unsure" not in svg
    assert "<rect" not in svg


def test_days_without_a_reading_break_the_line() -> None:
    svg = drawn((1, "counted"), (None, ""), (1, "counted"))
    assert svg.count('class="step"') == 2
    assert svg.count('class="area"') == 2


def test_the_line_rises_and_falls_with_the_units() -> None:
    path = re.search(r'class="step" d="([^"]+)"', drawn((0, "counted"), (4, "counted")))
    assert path is not None
    levels = [
        int(level)
        for level in re.findall(r"V(\d+)|M\d+ (\d+)", path[1])
        for level in level
        if level
    ]
    assert levels == [204, 22]


@pytest.mark.parametrize(
    ("highest", "top"),
    [(0, "4"), (3, "4"), (5, "8"), (83, "120"), (121, "200"), (12_345, "20,000")],
)
def test_the_levels_are_round_numbers(highest: int, top: str) -> None:
    assert top in words(drawn((highest, "counted")).encode()).split()


def test_nothing_at_all_and_very_much_are_drawn() -> None:
    assert drawn().startswith("<svg")
    assert drawn((10**15, "counted")).startswith("<svg")
    assert small_chart(points((None, ""), (0, "counted")), title="Seats").startswith("<svg")


def test_a_name_is_no_markup() -> None:
    assert "<b>" not in step_chart(points((1, "counted")), title='"><b>', name="one")
