"""Reads a Datto RMM list to its end, and does not believe one that moved or is short."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from icb.hub.ports import IncompleteAnswer
from icb.modules.datto_rmm.account import Account
from icb.modules.reading import Record

PAGE_SIZE = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All rows of one list, how many pages they came on, and the total that the vendor named."""

    rows: Sequence[Record]
    pages: int
    total: int | None


def read_list(
    account: Account,
    *,
    path: str,
    name: str,
    params: Mapping[str, str] | None = None,
    progress: Callable[[str], None] = lambda words: None,
) -> Listing:
    """Read every page of the list `name` at `path`, by the addresses that the vendor gives.

    Raises IncompleteAnswer where a page repeats, rows come twice, or totals do not agree.
    """
    rows: list[Record] = []
    totals: list[int | None] = []
    seen: set[str] = set()
    answer = account.get(path, params={**(params or {}), "max": str(PAGE_SIZE)})
    while True:
        details = answer.record("pageDetails")
        page = answer.records(name)
        _check_page(details, rows=len(page), name=name)
        totals.append(details.whole_or_none("totalCount"))
        rows += page
        progress(f"{len(rows)} {name} read")
        following = details.text_or("nextPageUrl")
        if not following:
            break
        if following in seen:
            raise _incomplete(name, why="its pages lead in a circle")
        seen.add(following)
        answer = account.get_url(following)
    _check_whole(rows, totals=totals, name=name)
    return Listing(rows=rows, pages=len(totals), total=totals[-1])


def _check_page(details: Record, *, rows: int, name: str) -> None:
    told = details.whole_or_none("count")
    if told is not None and told != rows:
        raise _incomplete(name, why=f"a page of {told} held {rows}")


def _check_whole(rows: Sequence[Record], *, totals: Sequence[int | None], name: str) -> None:
    told = {total for total in totals if total is not None}
    if len(told) > 1:
        raise _incomplete(name, why="its total changed while it was read")
    if told and told != {len(rows)}:
        raise _incomplete(name, why=f"{told.pop()} were announced and {len(rows)} came")
    if len({row.key("id") for row in rows}) != len(rows):
        raise _incomplete(name, why="some came twice: it moved while it was read")


def _incomplete(name: str, *, why: str) -> IncompleteAnswer:
    return IncompleteAnswer(
        f"The list of {name} is not whole: {why}. Nothing was stored; it is read again later."
    )
