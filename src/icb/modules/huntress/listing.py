"""Reads a Huntress list to its end, by cursor, and makes sure that it is the end.

Huntress names no totals. Lists are read in the order of their ids: another order means that a page
came twice or that the list moved. A cursor promises at least one more row. And what is billed on is
read from both ends: a row that one reading lost is in the other.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from icb.hub.ports import IncompleteAnswer, Session
from icb.modules.reading import Record

HOST = "api.huntress.io"
PAGE_SIZE = 500
FORTH, BACK = "asc", "desc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All rows of one list, and how many pages they came on."""

    rows: Sequence[Record]
    pages: int


def ask(session: Session, *, path: str, params: Mapping[str, str] | None = None) -> Record:
    """Read one address of the API."""
    pair = f"{session.settings['api_key']}:{session.settings['api_secret']}".encode()
    response = session.http.request(
        "GET",
        url=f"https://{HOST}{path}",
        params=params,
        headers={"Authorization": f"Basic {base64.b64encode(pair).decode()}"},
    )
    return Record(response.json(), at="the answer")


def read_list(
    session: Session,
    *,
    path: str,
    name: str,
    params: Mapping[str, str] | None = None,
    direction: str = FORTH,
) -> Listing:
    """Read every page of the list `name` at `path`, by ascending or descending id.

    Raises IncompleteAnswer where the pages do not join.
    """
    rows: list[Record] = []
    wanted = {**(params or {}), "sort_field": "id", "sort_direction": direction}
    cursor, pages = "", 0
    while True:
        at_page = {"page_token": cursor} if cursor else {}
        answer = ask(session, path=path, params={**wanted, **at_page, "limit": str(PAGE_SIZE)})
        page = answer.records(name)
        if cursor and not page:
            raise _incomplete(name, why="a page that was announced is empty")
        _check_order([*rows[-1:], *page], name=name, direction=direction)
        rows += page
        pages += 1
        session.progress(f"{len(rows)} {name} read")
        cursor = answer.record("pagination").text_or("next_page_token")
        if not cursor:
            return Listing(rows=rows, pages=pages)


def read_both_ways(session: Session, *, path: str, name: str) -> Listing:
    """Read a list forth and back; IncompleteAnswer where the two do not hold the same rows."""
    forth = read_list(session, path=path, name=name)
    back = read_list(session, path=path, name=name, direction=BACK)
    if _ids(forth.rows) != list(reversed(_ids(back.rows))):
        raise _incomplete(name, why="read from its other end, it holds other rows")
    return Listing(rows=forth.rows, pages=forth.pages + back.pages)


def _ids(rows: Sequence[Record]) -> list[int]:
    return [row.whole("id") for row in rows]


def _check_order(rows: Sequence[Record], *, name: str, direction: str) -> None:
    ids = _ids(rows) if direction == FORTH else list(reversed(_ids(rows)))
    if any(later <= earlier for earlier, later in pairwise(ids)):
        raise _incomplete(name, why="its rows are not in order: a page came twice or it moved")


def _incomplete(name: str, *, why: str) -> IncompleteAnswer:
    return IncompleteAnswer(
        f"The list of {name} is not whole: {why}. Nothing was stored; it is read again later."
    )
