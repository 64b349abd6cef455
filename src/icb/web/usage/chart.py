"""A step line over days, drawn as SVG on the server.

Days that are no plain count are told by pattern and word as well as by colour: carried ones dashed
over slanted lines, held ones over crossed lines, days without any reading as a break in the line.
All places are whole numbers: nothing is measured that anybody would read off exactly; the numbers
stand in the table beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from icb.kernel.quantity import MICRO, Micro
from icb.web.shell import formats

WIDTH, HEIGHT = 640, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 630, 22, 204
_LINES = 4
_STEPS = (1, 2, 3, 5)
_LETTER = 6  # as wide as a small letter is, about
_DAY_LABEL = 70
_SMALL = (96, 24)


class Point(NamedTuple):
    """One day: its units in millionths, None where nothing is known, and how they are known:
    counted, carried, held, waiting."""

    day: date
    units: Micro | None
    state: str


class Band(NamedTuple):
    """Neighbouring days, by place, that are alike in how they are known."""

    start: int
    end: int
    state: str


def words_of(state: str) -> str:
    """How a state of days is called in a chart and beside it."""
    return {
        "counted": _("counted"),
        "carried": _("carried"),
        "held": _("held"),
        "waiting": _("waiting"),
    }.get(state, _("no reading"))


def step_chart(points: Sequence[Point], *, title: str, name: str) -> SafeString:
    """The chart of a series; `name` tells its patterns from those of other charts of the page."""
    top = _ceiling(max((point.units or 0 for point in points), default=0))
    plot = _Plot(points, top)
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}{}{}{}{}</svg>',
        WIDTH,
        HEIGHT,
        title,
        _patterns(name),
        plot.area(),
        plot.bands(name),
        plot.rules(),
        plot.steps(),
        plot.days(),
        plot.words(),
    )


def small_chart(points: Sequence[Point], *, title: str) -> SafeString:
    """A chart of the size of a word, without numbers: for a cell of a table."""
    width, height = _SMALL
    top = max((point.units or 0 for point in points), default=0) or 1
    count = max(len(points), 1)
    parts = []
    is_open = False
    for index, point in enumerate(points):
        if point.units is None:
            is_open = False
            continue
        y = height - 2 - (height - 4) * point.units // top
        parts.append(f"{'L' if is_open else 'M'}{width * index // count} {y}")
        parts.append(f"H{width * (index + 1) // count}")
        is_open = True
    return format_html(
        '<svg class="chart small-chart" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<path class="step" d="{}"/></svg>',
        width,
        height,
        title,
        "".join(parts),
    )


def bands_of(points: Sequence[Point]) -> list[Band]:
    """The points as runs of one state each; what has no reading is a state of its own."""
    found: list[Band] = []
    for index, point in enumerate(points):
        state = point.state if point.units is not None else "gap"
        if found and found[-1].state == state:
            found[-1] = found[-1]._replace(end=index + 1)
        else:
            found.append(Band(index, index + 1, state))
    return found


class _Plot:
    """The points with the places that they are drawn at."""

    def __init__(self, points: Sequence[Point], top: Micro) -> None:
        self._points = points
        self._top = top
        self._bands = bands_of(points)

    def _x(self, index: int) -> int:
        return _LEFT + (_RIGHT - _LEFT) * index // max(len(self._points), 1)

    def _y(self, units: Micro) -> int:
        return _BOTTOM - (_BOTTOM - _TOP) * units // self._top

    def rules(self) -> SafeString:
        """Level lines with what they stand for."""
        levels = [self._top * step // _LINES for step in range(_LINES + 1)]
        return format_html_join(
            "",
            '<line class="rule" x1="{}" x2="{}" y1="{}" y2="{}"/>'
            '<text x="{}" y="{}" text-anchor="end">{}</text>',
            (
                (_LEFT, _RIGHT, y, y, _LEFT - 6, y + 4, formats.micro(level))
                for level in levels
                for y in [self._y(level)]
            ),
        )

    def bands(self, name: str) -> SafeString:
        """The grounds behind days that are no plain count."""
        return format_html_join(
            "",
            '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>'
            '<rect x="{}" y="{}" width="{}" height="{}" fill="url(#{}-{})">'
            "<title>{}</title></rect>",
            (
                (*shape, *shape[1:], name, pattern, self._told(band))
                for band in self._bands
                for css, pattern in [_GROUNDS.get(band.state, ("", ""))]
                if css
                for x in [self._x(band.start)]
                for shape in [(css, x, _TOP, max(self._x(band.end) - x, 1), _BOTTOM - _TOP)]
            ),
        )

    def area(self) -> SafeString:
        """What lies below the line."""
        return format_html_join(
            "",
            '<path class="area" d="M{} {}{}V{}Z"/>',
            (
                (self._x(start), _BOTTOM, self._line(start, end, first="V"), _BOTTOM)
                for start, end in self._known()
            ),
        )

    def steps(self) -> SafeString:
        """The line: whole where counted, broken into dashes where it is carried or held."""
        return format_html_join(
            "",
            '<path class="step{}" d="{}"/>',
            (
                ("" if band.state == "counted" else " unsure", self._line(band.start, band.end))
                for band in self._joined()
            ),
        )

    def days(self) -> SafeString:
        """The axis with some of its days."""
        count = len(self._points)
        every = count * _DAY_LABEL // (_RIGHT - _LEFT) + 1
        marks = format_html_join(
            "",
            '<text{} x="{}" y="{}">{}</text>',
            (
                (
                    SafeString(' class="between"' if place % 2 else ""),
                    self._x(index),
                    _BOTTOM + 18,
                    formats.day(self._points[index].day),
                )
                for place, index in enumerate(range(0, count, every))
                if self._x(index) + _DAY_LABEL <= _RIGHT + 10
            ),
        )
        axis = format_html(
            '<line class="axis" x1="{}" x2="{}" y1="{}" y2="{}"/>', _LEFT, _RIGHT, _BOTTOM, _BOTTOM
        )
        return SafeString(axis + marks)

    def words(self) -> SafeString:
        """The name of a band above it, where there is room."""
        return format_html_join(
            "",
            '<text class="band-word" x="{}" y="{}">{}</text>',
            (
                (self._x(band.start), _TOP - 6, words_of(band.state))
                for band in self._bands
                if band.state in _GROUNDS
                and self._x(band.end) - self._x(band.start)
                >= _LETTER * len(words_of(band.state)) - _LETTER
            ),
        )

    def _told(self, band: Band) -> str:
        first, last = self._points[band.start].day, self._points[band.end - 1].day
        return f"{words_of(band.state)}: {formats.day(first)} – {formats.day(last)}"

    def _known(self) -> Iterator[tuple[int, int]]:
        """Stretches with readings, by place."""
        start = None
        for index, point in enumerate(self._points):
            if point.units is None and start is not None:
                yield start, index
                start = None
            elif point.units is not None and start is None:
                start = index
        if start is not None:
            yield start, len(self._points)

    def _joined(self) -> list[Band]:
        """Bands as the line draws them: counted, or not sure."""
        found: list[Band] = []
        for band in self._bands:
            if band.state == "gap":
                continue
            state = "counted" if band.state == "counted" else "unsure"
            if found and found[-1].state == state and found[-1].end == band.start:
                found[-1] = found[-1]._replace(end=band.end)
            else:
                found.append(band._replace(state=state))
        return found

    def _line(self, start: int, end: int, *, first: str = "M") -> str:
        """The steps of the days [start, end): over each day level, then up or down to the next."""

        def y(index: int) -> int:
            return self._y(self._points[index].units or 0)

        parts = [f"V{y(start)}" if first == "V" else f"M{self._x(start)} {y(start)}"]
        for index in range(start, end):
            if index > start and y(index) != y(index - 1):
                parts.append(f"H{self._x(index)}V{y(index)}")
        parts.append(f"H{self._x(end)}")
        return "".join(parts)


_GROUNDS = {
    "gap": ("gap", "slant"),
    "carried": ("gap", "slant"),
    "waiting": ("gap", "dots"),
    "held": ("held", "cross"),
}


def _patterns(name: str) -> SafeString:
    return format_html(
        '<defs><pattern id="{0}-slant" width="7" height="7" patternUnits="userSpaceOnUse">'
        '<path class="hatch" d="M0 7L7 0"/></pattern>'
        '<pattern id="{0}-dots" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<circle class="dot" cx="2" cy="2" r="1"/></pattern>'
        '<pattern id="{0}-cross" width="7" height="7" patternUnits="userSpaceOnUse">'
        '<path class="hatch bad" d="M0 7L7 0M0 0L7 7"/></pattern></defs>',
        name,
    )


def _ceiling(highest: Micro) -> Micro:
    """The round number at or above the highest units, which the level lines divide evenly."""
    power = 1 if 0 < highest < MICRO else MICRO
    while True:
        for step in _STEPS:
            if _LINES * step * power >= highest:
                return _LINES * step * power
        power *= 10
