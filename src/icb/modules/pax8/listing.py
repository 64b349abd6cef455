"""Reads a Pax8 list to its end, by the totals that each page names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from icb.hub.ports import IncompleteAnswer, Session
from icb.modules.bearer import Bearer
from icb.modules.reading import Record

PAGE_SIZE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All rows of one list, and how many pages they came on."""

    rows: Sequence[Record]
    pages: int


def read_list(bearer: Bearer, *, url: str, sort: str, name: str, session: Session) -> Listing:
    """Read every page of a list in the order `sort`.

    Raises IncompleteAnswer where totals change or do not agree, a page is another one than was
    asked for, or rows come twice.
    """
    rows: list[Record] = []
    total, pages = 0, 0
    while not pages or len(rows) < total:
        params = {"page": str(pages), "size": str(PAGE_SIZE), "sort": sort}
        answer = Record(bearer.get(url, params=params).json(), at="the answer")
        page, content = answer.record("page"), answer.records("content")
        told = page.whole("totalElements")
        if page.whole("number") != pages:
            raise _incomplete(name, why=f"page {pages} was asked for, {page.whole('number')} came")
        if pages and told != total:
            raise _incomplete(name, why="its total changed while it was read")
        if told and not content:
            raise _incomplete(name, why=f"{told} were announced and {len(rows)} came")
        total, pages = told, pages + 1
        rows += content
        session.progress(f"{len(rows)} of {total} {name} read")
    if len(rows) != total:
        raise _incomplete(name, why=f"{total} were announced and {len(rows)} came")
    if len({row.key("id") for row in rows}) != len(rows):
        raise _incomplete(name, why="some came twice: it moved while it was read")
    return Listing(rows=rows, pages=pages)


def _incomplete(name: str, *, why: str) -> IncompleteAnswer:
    return IncompleteAnswer(
        f"The list of {name} is not whole: {why}. Nothing was stored; it is read again later."
    )
