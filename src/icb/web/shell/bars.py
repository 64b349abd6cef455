"""Stacked bars, drawn as SVG on the server: where each piece stands, in whole units of the drawing.

A page renders the chart with `{% include "shell/bars.html" with chart=chart %}`. Colours are the
classes `bar-1` to `bar-6`; a table beside it says the same in numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

MOST_SERIES = 6
WIDTH, HEIGHT = 820, 220
_LEFT, _TOP, _BOTTOM = 84, 10, 26
_MOST_TICKS = 4
_WIDEST_BAR, _WIDEST_SLOT = 56, 74
_STEPS = (Decimal(1), Decimal(2), Decimal(5), Decimal(10))


class Series(NamedTuple):
    """One colour of the bars: what it is, and its value in each of them."""

    label: str
    values: Sequence[Decimal]


class Piece(NamedTuple):
    """A rectangle: one series in one bar. `title` is what it says when pointed at."""

    x: int
    y: int
    width: int
    height: int
    css: str
    title: str


class Mark(NamedTuple):
    """A text and where it stands: `at` is across for the names of bars, down for values."""

    at: int
    text: str


class Chart(NamedTuple):
    """A chart as the template draws it; `legend` holds a class and a label for each series."""

    title: str
    pieces: list[Piece]
    names: list[Mark]
    values: list[Mark]
    legend: list[tuple[str, str]]
    zero: int
    width: int
    height: int = HEIGHT
    left: int = _LEFT


def stacked_bars(
    labels: Sequence[str],
    *,
    series: Sequence[Series],
    title: str,
    shown: Callable[[Decimal], str],
    others: str,
) -> Chart | None:
    """Bars named by `labels`, each with its value of every series; None where all are zero.

    What is below zero hangs under the line. More than MOST_SERIES series are drawn as one named
    `others` from there on. `shown` formats a value.
    """
    series = folded(series, others=others)
    tops, depths = _extents(series, len(labels))
    high, low = max(tops, default=Decimal(0)), min(depths, default=Decimal(0))
    if high == low == 0:
        return None
    step = _step(high - low)
    top, bottom = _up(high, step), _up(-low, step)
    scale = _Scale(top, bottom)
    return Chart(
        title=title,
        pieces=_pieces(labels, series, scale=scale, shown=shown),
        names=_names(labels),
        values=[
            Mark(scale.y(step * number), shown(step * number))
            for number in range(-int(bottom / step), int(top / step) + 1)
        ],
        legend=[(_css(number), one.label) for number, one in enumerate(series)],
        zero=scale.y(Decimal(0)),
        # As wide as its bars: few of them are not spread out, nor their names drawn large.
        width=_LEFT + _slot(len(labels)) * len(labels),
    )


def folded(series: Sequence[Series], *, others: str) -> list[Series]:
    """The series as given; where there are too many, the largest first and the rest as one."""
    if len(series) <= MOST_SERIES:
        return list(series)
    ordered = sorted(series, key=lambda one: -sum(map(abs, one.values)))
    rest = ordered[MOST_SERIES - 1 :]
    sums = [sum(values, Decimal(0)) for values in zip(*(one.values for one in rest), strict=True)]
    return [*ordered[: MOST_SERIES - 1], Series(others, sums)]


class _Scale:
    """From values to places, counted from the top of the drawing."""

    def __init__(self, top: Decimal, bottom: Decimal) -> None:
        self._top = top
        self._span = top + bottom

    def y(self, value: Decimal) -> int:
        room = HEIGHT - _TOP - _BOTTOM
        return _TOP + int((self._top - value) * room / self._span)


def _pieces(
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    scale: _Scale,
    shown: Callable[[Decimal], str],
) -> list[Piece]:
    slot = _slot(len(labels))
    width = min(slot * 7 // 10, _WIDEST_BAR)
    pieces = []
    for place, label in enumerate(labels):
        x = _LEFT + slot * place + (slot - width) // 2
        above, below = Decimal(0), Decimal(0)
        for number, one in enumerate(series):
            value = one.values[place]
            if value == 0:
                continue
            start = above if value > 0 else below
            y, end = sorted((scale.y(start), scale.y(start + value)))
            title = f"{label} · {one.label}: {shown(value)}"
            pieces.append(Piece(x, y, width, max(end - y, 1), _css(number), title))
            above, below = (start + value, below) if value > 0 else (above, start + value)
    return pieces


def _slot(count: int) -> int:
    return min((WIDTH - _LEFT) // count, _WIDEST_SLOT)


def _names(labels: Sequence[str]) -> list[Mark]:
    slot = _slot(len(labels))
    return [Mark(_LEFT + slot * place + slot // 2, label) for place, label in enumerate(labels)]


def _extents(series: Sequence[Series], count: int) -> tuple[list[Decimal], list[Decimal]]:
    """How high and how deep each bar reaches."""
    zero = Decimal(0)
    columns = [[one.values[place] for one in series] for place in range(count)]
    tops = [sum((value for value in column if value > 0), zero) for column in columns]
    depths = [sum((value for value in column if value < 0), zero) for column in columns]
    return tops, depths


def _step(span: Decimal) -> Decimal:
    """1, 2 or 5 times a power of ten, so that few lines cross the drawing."""
    power = Decimal(1).scaleb((span / _MOST_TICKS).adjusted())
    return next(power * step for step in _STEPS if power * step * _MOST_TICKS >= span)


def _up(value: Decimal, step: Decimal) -> Decimal:
    """The next multiple of the step."""
    whole = value // step * step
    return whole if whole == value else whole + step


def _css(number: int) -> str:
    return f"bar-{number + 1}"
