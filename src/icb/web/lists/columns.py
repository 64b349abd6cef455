"""What a list shows: its columns, and what may be done with its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from icb.foundation.actor import Permission
from icb.foundation.listing import Page, Wanted
from icb.web.shell.navigation import Words

Choices = Sequence[tuple[str, Words]]


class Look(StrEnum):
    """How a column's values are shown, aligned, narrowed and exported."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    PRICE = "price"
    DAY = "day"
    MOMENT = "moment"
    STATE = "state"
    YES_NO = "yes_no"


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a list.

    `value` gives what is shown and exported: text, Decimal or int, date, datetime, bool, None; for
    MONEY and PRICE a Decimal in major units, with `currency` giving its currency. `key` is what the
    query of the list calls the column; only those in its table of columns can be sorted or
    narrowed, which `is_sorted` and `is_filtered` say. `link` gives the address the value leads to,
    `note` a second, softer line, `tone` (good, warn, bad, accent) the colour of a state. `source`
    is an address that suggests what to narrow to, where there are too many choices to list.
    """

    key: str
    label: Words
    value: Callable[[Any], Any]
    look: Look = Look.TEXT
    currency: Callable[[Any], str] | None = None
    link: Callable[[Any], str] | None = None
    note: Callable[[Any], str] | None = None
    tone: Callable[[Any], str] | None = None
    choices: Choices | Callable[[], Choices] = ()
    source: str = ""
    is_sorted: bool = True
    is_filtered: bool = True
    is_shown: bool = True  # without being chosen


@dataclass(frozen=True, kw_only=True)
class Bulk:
    """Something to do with the picked rows: posts their ids as `row` to an address."""

    label: Words
    address: str
    permission: Permission
    confirm: Words = ""
    is_danger: bool = False


@dataclass(frozen=True, kw_only=True)
class Empty:
    """What stands where no row is: why, and what to do next, for whom the page behind it opens."""

    title: Words
    text: Words = ""
    label: Words = ""
    address: str = ""
    permission: Permission = Permission.READ


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A list: where its rows come from and how they are shown.

    `key` names it in what a person has saved (columns, views). `rows` is asked with the request's
    wishes; `row_id` names a row where rows can be picked. `empty` stands where there is nothing at
    all; where a filter leaves nothing, the list says so itself. `sort` orders where nothing was
    asked. `extra` are conditions that the address of the page itself sets. `actions` is a template
    for a last cell with what can be done with one row, which it finds as `row`; it stands inside
    the list's form, so its buttons name their own address (formaction).
    """

    key: str
    title: Words
    columns: Sequence[Column]
    rows: Callable[[Wanted], Page[Any]]
    empty: Empty
    row_id: Callable[[Any], str] | None = None
    bulk: Sequence[Bulk] = ()
    sort: str = ""
    search: Words = ""  # what the search looks through; empty: no search
    extra: Mapping[str, str] = field(default_factory=dict)
    actions: str = ""
    template: str = "lists/page.html"
