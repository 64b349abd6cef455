"""What an address asks of a list, and the addresses that ask something else of it.

`q` are words, `f.KEY` a condition (`f.KEY.from` and `.to` the ends of one), `sort` a column, `page`
and `size` the place, `at` the place in a list that is not counted, `columns` (once for each) which
are shown, `as` a file instead of a page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.http import QueryDict

from icb.foundation.listing import Wanted
from icb.web.lists.columns import Column, Listing, Look

SIZES = (25, 50, 100, 250)
_USUAL_SIZE = 50
_MOST_CHARACTERS = 200
_RANGES = (Look.DAY, Look.MOMENT, Look.NUMBER, Look.MONEY, Look.PRICE)


def wanted_of(listing: Listing, *, query: QueryDict) -> Wanted:
    """What the address asks for; what cannot be a place or a size is as if not said."""
    size = _whole(query.get("size", ""), usual=_USUAL_SIZE)
    size = size if size in SIZES else _USUAL_SIZE
    page = max(_whole(query.get("page", ""), usual=1), 1)
    return Wanted(
        search=query.get("q", "").strip()[:_MOST_CHARACTERS] if listing.search else "",
        conditions={**conditions_of(listing.columns, query=query), **listing.extra},
        sort=_sort(listing, query),
        start=(page - 1) * size,
        size=size,
        position=query.get("at", "")[:_MOST_CHARACTERS],
    )


def conditions_of(columns: Sequence[Column], *, query: QueryDict) -> dict[str, str]:
    """What each column is narrowed to, by its key; columns without a condition are left out."""
    found = {}
    for column in columns:
        if not column.is_filtered:
            continue
        name = f"f.{column.key}"
        text = ",".join(part for part in query.getlist(name) if part).strip()
        if column.look in _RANGES and not text:
            first, last = query.get(f"{name}.from", ""), query.get(f"{name}.to", "")
            text = f"{first.strip()}..{last.strip()}" if first.strip() or last.strip() else ""
        if text:
            found[column.key] = text[:_MOST_CHARACTERS]
    return found


def shown_columns(listing: Listing, *, query: QueryDict, remembered: Sequence[str]) -> list[Column]:
    """The columns that the address names, else those the person chose, else the usual ones."""
    by_key = {column.key: column for column in listing.columns}
    for names in (query.getlist("columns"), remembered):
        chosen = [by_key[name] for name in names if name in by_key]
        if chosen:
            return chosen
    return [column for column in listing.columns if column.is_shown]


def address(query: QueryDict, **changes: object) -> str:
    """The same address with some parameters replaced; None takes one out."""
    changed = query.copy()
    for name, value in changes.items():
        if value is None:
            changed.pop(name, None)
        else:
            changed[name] = str(value)
    return "?" + changed.urlencode()


def without_conditions(query: QueryDict, *, keys: Mapping[str, object] | Sequence[str]) -> str:
    """The same address without the conditions of these columns, from its first page."""
    changed = query.copy()
    changed.pop("page", None)
    changed.pop("at", None)
    for key in keys:
        for name in (f"f.{key}", f"f.{key}.from", f"f.{key}.to"):
            changed.pop(name, None)
    return "?" + changed.urlencode()


def _sort(listing: Listing, query: QueryDict) -> str:
    asked = query.get("sort", "")
    sorted_by = {column.key for column in listing.columns if column.is_sorted}
    return asked if asked.lstrip("-") in sorted_by else listing.sort


def _whole(text: str, *, usual: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else usual
