"""Reads a NinjaOne list to its end, and reads it twice, because the vendor names no total.

Rows come by ascending id, each page after the last id of the one before. A page may be shorter than
what was asked for, so that only an empty page is the end. A page that is empty or short by mistake
looks like an end as well: the list is read once more, by pages of another size, and counts only if
both readings hold the same rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from icb.hub.ports import IncompleteAnswer, Session
from icb.modules.bearer import Bearer
from icb.modules.reading import Record, records

PAGE_SIZES = (1000, 900)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All rows of one list, and how many pages were read for them."""

    rows: Sequence[Record]
    pages: int


def read_list(bearer: Bearer, *, url: str, name: str, session: Session) -> Listing:
    """Read every page of the list `name`, twice.

    Raises IncompleteAnswer where rows come twice or out of order, or the readings differ.
    """
    first, again = (
        _read_once(bearer, url=url, name=name, size=size, session=session) for size in PAGE_SIZES
    )
    if [_place(row) for row in first.rows] != [_place(row) for row in again.rows]:
        raise _incomplete(name, why="two readings of it differ")
    return Listing(rows=again.rows, pages=first.pages + again.pages)


def _read_once(bearer: Bearer, *, url: str, name: str, size: int, session: Session) -> Listing:
    rows: list[Record] = []
    pages = 0
    while True:
        after = {"after": rows[-1].key("id")} if rows else {}
        response = bearer.get(url, params={"pageSize": str(size), **after})
        page = records(response.json(), at=name)
        pages += 1
        if not page:
            return Listing(rows=rows, pages=pages)
        ids = [row.whole("id") for row in (*rows[-1:], *page)]
        if any(later <= earlier for earlier, later in pairwise(ids)):
            raise _incomplete(name, why="its rows do not ascend: a page came twice or it moved")
        rows += page
        session.progress(f"{len(rows)} {name} read")


def _place(row: Record) -> tuple[str, ...]:
    """What must not differ between two readings: who it is, whose, and what it counts as."""
    return (
        row.key("id"),
        row.key_or("organizationId"),
        row.text_or("nodeClass"),
        row.text_or("approvalStatus"),
    )


def _incomplete(name: str, *, why: str) -> IncompleteAnswer:
    return IncompleteAnswer(
        f"The list of {name} is not whole: {why}. Nothing was stored; it is read again later."
    )
