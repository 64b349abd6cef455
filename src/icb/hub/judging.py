"""Which answers are taken at their word: impossible counts, contradictions, sudden changes.

The rules of section 5 about a single answer, as pure functions. What an accepted answer then
changes stands in `receiving.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from icb.hub.inputs import CountRow, Problem
from icb.kernel.errors import Refused
from icb.kernel.quantity import MICRO, PLACES, Micro

WHOLE, DECIMAL, BOOLEAN, ANY = "whole", "decimal", "boolean", "any"
LARGEST_COUNT = 10**9
FEWEST_KEYS = 5  # a module with fewer keys above 0 can fall to 0 as a whole
_LONGEST_ID = 200
_LONGEST_TYPE = 120

# These fall to their start at the turn of a month, and climb from there, by design.
RESETTING_SHAPES = frozenset(
    {"cumulative_in_period", "unique_in_period", "high_water", "unit_days"}
)


class Guards(NamedTuple):
    """How far a count may move from the last accepted one before a person is asked."""

    fall_percent: int = 50
    fall_units: int = 20
    rise_percent: int = 100
    rise_units: int = 50


class TypeRule(NamedTuple):
    """What the hub knows about a billing type when it judges a count of it."""

    kind: str = ANY
    is_resetting: bool = False
    is_zero_when_absent: bool = False
    retired_on: date | None = None


UNKNOWN_TYPE = TypeRule()


@dataclass(slots=True)
class ReadAnswer:
    """The counts of an answer in millionths, by (organization id, billing type key)."""

    counts: dict[tuple[str, str], Micro] = field(default_factory=dict)
    refused: list[Problem] = field(default_factory=list)
    contradicted: list[Problem] = field(default_factory=list)


def read_answer(
    rows: Iterable[CountRow], *, day: date, types: Mapping[str, TypeRule]
) -> ReadAnswer:
    """Read all rows of a day's answer; every impossible or contradicted row becomes a problem.

    Exact duplicates count once. Types that are not in `types` are unknown: they take any number.
    """
    answer = ReadAnswer()
    counts = answer.counts
    for number, (organization, billing_type, value) in enumerate(rows, 1):
        if organization.__class__ is not str or billing_type.__class__ is not str:
            answer.refused.extend(check_ids(organization, billing_type=billing_type, row=number))
            continue
        rule = types.get(billing_type, UNKNOWN_TYPE)
        if type(value) is int and 0 <= value <= LARGEST_COUNT and rule.kind != BOOLEAN:
            micro = value * MICRO
        else:
            try:
                micro = read_count(value, kind=rule.kind)
            except Refused as error:
                message = f"row {number} ({organization}, {billing_type}): {error.message}"
                answer.refused.append(Problem(number, "value", error.code, message))
                continue
        if rule.retired_on is not None and rule.retired_on < day:
            answer.refused.append(_retired(number, billing_type, rule.retired_on))
            continue
        before = counts.setdefault((organization, billing_type), micro)
        if before != micro:
            answer.contradicted.append(_contradiction(number, organization, billing_type))
    return answer


def read_count(value: object, *, kind: str) -> Micro:
    """A raw count in millionths; Refused where it cannot be one.

    `kind` is whole, decimal, boolean, or any where the type is unknown. Text is never a number:
    whoever reads files of text converts first.
    """
    if isinstance(value, bool):
        if kind not in (BOOLEAN, ANY):
            raise _impossible("true_or_false", f"{value} is true/false; a number belongs here")
        return MICRO if value else 0
    if not isinstance(value, int | Decimal):
        raise _impossible("not_a_number", f"{value!r} is {_described(value)}")
    number = Decimal(value)
    if not number.is_finite():
        raise _impossible("not_finite", f"{value} is not a finite number")
    if number < 0:
        raise _impossible("negative", f"{value} is negative")
    if number > LARGEST_COUNT:
        raise _impossible("too_large", f"{_shortened(number)} is above {LARGEST_COUNT:,}")
    if kind == BOOLEAN and number not in (0, 1):
        raise _impossible("not_true_or_false", f"{value} is neither true nor false")
    return _in_millionths(number, kind=kind)


def check_ids(organization: object, *, billing_type: object, row: int) -> list[Problem]:
    """What is wrong with the two ids of a row that the hub has not seen before."""
    problems = []
    for name, value, longest in (
        ("organization", organization, _LONGEST_ID),
        ("billing_type", billing_type, _LONGEST_TYPE),
    ):
        if not isinstance(value, str) or not value.strip():
            text = f"row {row}: {name} is {_described(value)}; give the vendor's id as text."
            problems.append(Problem(row, name, "not_an_id", text))
        elif len(value) > longest or not value.isprintable():
            text = f"row {row}: {name} is longer than {longest} or has characters that no id has."
            problems.append(Problem(row, name, "not_an_id", text))
    return problems


def hold_reason(before: Micro | None, *, after: Micro, guards: Guards) -> str:
    """`fall` or `rise` where a count moved too far from the last accepted one; else empty.

    A first count (`before` is None) has nothing to be judged against.

    >>> hold_reason(100 * MICRO, after=49 * MICRO, guards=Guards())
    'fall'
    >>> hold_reason(40 * MICRO, after=20 * MICRO, guards=Guards())
    ''
    """
    if before is None or before == after:
        return ""
    moved = abs(after - before)
    if after < before:
        percent, units, reason = guards.fall_percent, guards.fall_units, "fall"
    else:
        percent, units, reason = guards.rise_percent, guards.rise_units, "rise"
    is_held = moved > units * MICRO and moved * 100 > percent * before
    return reason if is_held else ""


def is_whole_fall(above_zero: int, *, now_zero: int) -> bool:
    """Whether a snapshot as a whole fell to 0: of at least 5 keys above 0, more than half."""
    return above_zero >= FEWEST_KEYS and 2 * now_zero > above_zero


def is_other_identity(
    known_name: str,
    *,
    known_created: date | None,
    name: str | None,
    created: date | None,
) -> bool:
    """Whether a known id came back as another organization: another name and creation date.

    Another name alone is a rename. A creation date that was not known before proves nothing.
    """
    if name is None or created is None or known_created is None:
        return False
    return name != known_name and created != known_created


def _in_millionths(number: Decimal, *, kind: str) -> Micro:
    scaled = number.scaleb(PLACES)
    whole = int(scaled)
    if whole != scaled:
        raise _impossible("too_many_decimals", f"{number} has more than {PLACES} decimals")
    if kind == WHOLE and whole % MICRO:
        raise _impossible("fractional", f"{number} has a fraction; a whole number belongs here")
    return whole


def _impossible(code: str, problem: str) -> Refused:
    return Refused(code, f"{problem}. Nothing of this answer was stored.")


def _described(value: object) -> str:
    if value is None:
        return "no value"
    if isinstance(value, str):
        return "a text, not a number" if value.strip() else "empty"
    return f"a {type(value).__name__}, not an exact number"


def _shortened(number: Decimal) -> str:
    text = str(number)
    return text if len(text) <= 30 else f"{text[:30]}…"


def _retired(row: int, billing_type: str, retired_on: date) -> Problem:
    text = f"row {row}: {billing_type} was retired on {retired_on}; this day is later."
    return Problem(row, "billing_type", "retired", text)


def _contradiction(row: int, organization: str, billing_type: str) -> Problem:
    text = f"row {row}: {billing_type} of {organization} stands twice, with different counts."
    return Problem(row, "value", "contradiction", text)
