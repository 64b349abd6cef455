"""Lists that people look through: what they asked for, and one page of the answer.

A query of an app takes a `Wanted` and gives a `Page`, so that a list of any length is searched,
narrowed, ordered and cut by the database. `page_of` does it for a queryset, `page_of_rows` for rows
that had to be computed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Generic, NamedTuple, TypeVar

from django.db.models import F, Q, QuerySet

from icb.kernel.errors import InvalidInput

Row = TypeVar("Row")
_RANGE = ".."


class Kind(StrEnum):
    """How the values of a column are narrowed: by a part of the text, by one of few words, between
    two days or instants, between two numbers, by yes or no."""

    TEXT = "text"
    CHOICE = "choice"
    DAY = "day"
    MOMENT = "moment"
    NUMBER = "number"
    YES_NO = "yes_no"


class Asked(NamedTuple):
    """A column that can be asked for: where its value stands, and of which kind it is.

    `path` is a queryset's path or annotation, for computed rows the name of a field.
    """

    path: str
    kind: Kind = Kind.TEXT
    is_searched: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody asked a list for.

    `search` are words that must all be found. `conditions` hold for each column a text: a part of
    it (text), words separated by commas (choice), `first..last` with either end left out (day,
    moment, number), `yes` or `no`. `sort` is a column, with a minus in front the other way round.
    `size` 0 asks for all rows from `start` on. `position` is what a page of an uncounted list gave
    as the place of another.
    """

    search: str = ""
    conditions: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""
    start: int = 0
    size: int = 50
    position: str = ""

    def everything(self) -> Wanted:
        """The same, for all rows: what an export takes."""
        return replace(self, start=0, size=0, position="")


UNCOUNTED = -1
"""The total of a list that is too long to be counted each time; its pages are found by position."""


class Page(NamedTuple, Generic[Row]):
    """Some rows of a list, and how many there are in all.

    Where that is UNCOUNTED, `before` and `after` are the positions of the pages beside this one, as
    `Wanted.position` takes them; empty where there is none.
    """

    rows: Sequence[Row]
    total: int
    before: str = ""
    after: str = ""


def page_of(
    found: QuerySet[Any],
    *,
    wanted: Wanted,
    columns: Mapping[str, Asked],
    fields: Sequence[str],
    make: Callable[[tuple[Any, ...]], Row],
) -> Page[Row]:
    """One page of a queryset, its `fields` made into rows; two statements for any length.

    Rows of the same place in the order asked for keep the order of the queryset. Raises
    InvalidInput, naming the column, for a condition that cannot be read.
    """
    found = narrowed(found, wanted=wanted, columns=columns)
    total = found.count()
    sorted_by = columns.get(wanted.sort.lstrip("-"))
    if sorted_by:
        place = F(sorted_by.path)
        first = place.desc(nulls_last=True) if wanted.sort[0] == "-" else place.asc(nulls_last=True)
        found = found.order_by(first, *found.query.order_by)
    end = wanted.start + wanted.size if wanted.size else None
    return Page([make(row) for row in found.values_list(*fields)[wanted.start : end]], total)


def narrowed(
    found: QuerySet[Any], *, wanted: Wanted, columns: Mapping[str, Asked]
) -> QuerySet[Any]:
    """The rows of a queryset that fit the words and conditions, whatever the page.

    Raises InvalidInput, naming the column, for a condition that cannot be read.
    """
    for word in wanted.search.split():
        found = found.filter(_any_contains(columns.values(), word))
    for name, text in wanted.conditions.items():
        column = columns.get(name)
        if column and text.strip():
            found = found.filter(_condition(column, name, text.strip()))
    return found


def page_of_rows(rows: Iterable[Row], *, wanted: Wanted, columns: Mapping[str, Asked]) -> Page[Row]:
    """One page of rows that are at hand, asked for as `page_of` asks a queryset.

    For what has to be computed and stays short; anything that grows belongs into a query.
    """
    words = wanted.search.casefold().split()
    searched = [column.path for column in columns.values() if column.is_searched]
    tests = [
        _test(column, name, wanted.conditions[name].strip())
        for name, column in columns.items()
        if wanted.conditions.get(name, "").strip()
    ]
    found = [
        row
        for row in rows
        if all(any(word in _text(getattr(row, path)) for path in searched) for word in words)
        and all(test(row) for test in tests)
    ]
    sorted_by = columns.get(wanted.sort.lstrip("-"))
    if sorted_by:
        found = _sorted(found, path=sorted_by.path, is_downward=wanted.sort[0] == "-")
    end = wanted.start + wanted.size if wanted.size else None
    return Page(found[wanted.start : end], len(found))


def check_choices(wanted: Wanted, *, column: str, among: Collection[str]) -> None:
    """Raise InvalidInput where the condition of a column holds a word that is not `among`."""
    for word in _words(wanted.conditions.get(column, "")):
        if word not in among:
            raise _unreadable(column, word, f"one of {', '.join(sorted(among))}")


def _any_contains(columns: Iterable[Asked], word: str) -> Q:
    found = Q()
    for column in columns:
        if column.is_searched:
            found |= Q(**{f"{column.path}__icontains": word})
    return found


def _condition(column: Asked, name: str, text: str) -> Q:
    if column.kind is Kind.TEXT:
        return Q(**{f"{column.path}__icontains": text})
    if column.kind is Kind.CHOICE:
        return Q(**{f"{column.path}__in": _words(text)})
    if column.kind is Kind.YES_NO:
        return Q(**{column.path: _is_yes(name, text)})
    first, last = _ends(column.kind, name, text)
    path = f"{column.path}__date" if column.kind is Kind.MOMENT else column.path
    found = Q()
    if first is not None:
        found &= Q(**{f"{path}__gte": first})
    if last is not None:
        found &= Q(**{f"{path}__lte": last})
    return found


def _test(column: Asked, name: str, text: str) -> Callable[[Any], bool]:
    path = column.path
    if column.kind is Kind.TEXT:
        part = text.casefold()
        return lambda row: part in _text(getattr(row, path))
    if column.kind is Kind.CHOICE:
        words = set(_words(text))
        return lambda row: str(getattr(row, path)) in words
    if column.kind is Kind.YES_NO:
        is_yes = _is_yes(name, text)
        return lambda row: bool(getattr(row, path)) is is_yes
    ends = _ends(column.kind, name, text)
    return lambda row: _is_between(getattr(row, path), ends)


def _is_between(value: Any, ends: tuple[Any, Any]) -> bool:
    if value is None:
        return False
    if isinstance(value, datetime):
        value = value.date()
    first, last = ends
    return (first is None or value >= first) and (last is None or value <= last)


def _ends(kind: Kind, name: str, text: str) -> tuple[Any, Any]:
    read = _number if kind is Kind.NUMBER else _day
    first, is_range, last = text.partition(_RANGE)
    if not is_range:
        last = first
    return tuple(read(name, end.strip()) if end.strip() else None for end in (first, last))  # type: ignore[return-value]


def _number(name: str, text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise _unreadable(name, text, "a number, or two as 10..20")
    return value


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _unreadable(name, text, "a day, or two as 2026-01-01..2026-01-31") from None


def _is_yes(name: str, text: str) -> bool:
    if text not in ("yes", "no"):
        raise _unreadable(name, text, "yes or no")
    return text == "yes"


def _words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def _unreadable(name: str, text: str, wanted: str) -> InvalidInput:
    return InvalidInput(
        field=name,
        value=text,
        message=f"{name}: {text} cannot be looked for here. Nothing is shown. Give {wanted}.",
    )


def _text(value: object) -> str:
    return "" if value is None else str(value).casefold()


def _sorted(rows: list[Row], *, path: str, is_downward: bool) -> list[Row]:
    """In the order of a field; rows without a value come last either way."""
    known = [row for row in rows if getattr(row, path) is not None]
    known.sort(key=lambda row: _place(getattr(row, path)), reverse=is_downward)
    return known + [row for row in rows if getattr(row, path) is None]


def _place(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
