"""Reads a Huntress list to its end, by cursor, and makes sure that it is the end.

Huntress names no totals. Lists are read by ascending id: ids that do not ascend mean that a page
came twice or that the list moved. A cursor promises at least one more row. And the newest row,
asked for by itself, has to be the last one that came.
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
    session: Session, *, path: str, name: str, params: Mapping[str, str] | None = None
) -> Listing:
    """Read every page of the list `name` at `path`, oldest rows first.

    Raises IncompleteAnswer where the pages do not join, or do not reach the newest row.
    """
    rows: list[Record] = []
    wanted = {**(params or {}), "sort_field": "id", "sort_direction": "asc"}
    cursor, pages = "", 0
    while True:
        at_page = {"page_token": cursor} if cursor else {}
        answer = ask(session, path=path, params={**wanted, **at_page, "limit": str(PAGE_SIZE)})
        page = answer.records(name)
        if cursor and not page:
            raise _incomplete(name, why="a page that was announced is empty")
        _check_order([*rows[-1:], *page], name=name)
        rows += page
        pages += 1
        session.progress(f"{len(rows)} {name} read")
        cursor = answer.record("pagination").text_or("next_page_token")
        if not cursor:
            break
    newest = ask(
        session, path=path, params={**wanted, "sort_direction": "desc", "limit": "1"}
    ).records(name)
    if [row.whole("id") for row in newest[:1]] != [row.whole("id") for row in rows[-1:]]:
        raise _incomplete(name, why="it ends before its newest row")
    return Listing(rows=rows, pages=pages + 1)


def _check_order(rows: Sequence[Record], *, name: str) -> None:
    ids = [row.whole("id") for row in rows]
    if any(later <= earlier for earlier, later in pairwise(ids)):
        raise _incomplete(name, why="its rows do not ascend: a page came twice or the list moved")


def _incomplete(name: str, *, why: str) -> IncompleteAnswer:
    return IncompleteAnswer(
        f"The list of {name} is not whole: {why}. Nothing was stored; it is read again later."
    )
