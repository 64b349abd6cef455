"""Reading the configured list to its last page, or not at all."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from icb.hub.ports import Http, IncompleteAnswer, UnexpectedAnswer
from icb.modules.generic_http.configuration import (
    BASIC,
    BEARER,
    CURSOR,
    HEADER,
    NEXT_LINK,
    NONE,
    OFFSET,
    PAGE,
    Configuration,
)
from icb.modules.generic_http.paths import MISSING, at_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All items, and on how many pages they came."""

    items: Sequence[object]
    pages: int


@dataclass(frozen=True, slots=True)
class _Page:
    answer: object
    items: Sequence[object]


def read_listing(configuration: Configuration, *, http: Http) -> Listing:
    """Every item of the list.

    Raises IncompleteAnswer where pages repeat, items come twice or are fewer than the vendor's
    own total, and UnexpectedAnswer where there is no list at the configured path.
    """
    items: list[object] = []
    pages = 0
    announced: object = None
    for page in _pages(configuration, http=http):
        pages += 1
        items.extend(page.items)
        if configuration.total_path:
            announced = at_path(page.answer, path=configuration.total_path)
            _check_total(announced, path=configuration.total_path)
    if isinstance(announced, int) and announced != len(items):
        raise IncompleteAnswer(
            f"The list says that it has {announced:,} items, and {len(items):,} came. Nothing was "
            "stored. It is tried again by itself; if it stays so, check paging and total_path."
        )
    _check_once(items, path=configuration.item_path)
    return Listing(items=items, pages=pages)


def _pages(configuration: Configuration, *, http: Http) -> Iterator[_Page]:
    url, params = configuration.url, _first_params(configuration)
    asked: set[tuple[str, str]] = set()
    number, read, before = configuration.first_page, 0, None
    while True:
        page = _page(configuration, url=url, params=params, http=http)
        is_numbered = configuration.paging in (PAGE, OFFSET)
        if is_numbered and not page.items:
            return
        if is_numbered and page.items == before:
            raise _in_a_circle(f"{configuration.page_parameter} changes nothing")
        yield page
        number, read, before = number + 1, read + len(page.items), page.items
        if configuration.paging == NONE:
            return
        if is_numbered:
            position = number if configuration.paging == PAGE else read
            params = {configuration.page_parameter: str(position)}
            continue
        following = _following(configuration, answer=page.answer)
        if not following:
            return
        if configuration.paging == NEXT_LINK:
            url = urljoin(url, following)
        else:
            params = {configuration.page_parameter: following}
        if (url, following) in asked:
            raise _in_a_circle(f"{configuration.next_path} leads back to a page that was read")
        asked.add((url, following))


def _first_params(configuration: Configuration) -> dict[str, str]:
    if configuration.paging == PAGE:
        return {configuration.page_parameter: str(configuration.first_page)}
    return {configuration.page_parameter: "0"} if configuration.paging == OFFSET else {}


def _page(
    configuration: Configuration, *, url: str, params: Mapping[str, str], http: Http
) -> _Page:
    answer = http.request("GET", url=url, params=params, headers=_headers(configuration)).json()
    items = at_path(answer, path=configuration.list_path)
    if not isinstance(items, list):
        place = f"list_path ({configuration.list_path or 'empty: the answer itself'})"
        raise UnexpectedAnswer(
            f"There is no list at {place}. Nothing was stored. Correct it in the connection."
        )
    return _Page(answer, items)


def _headers(configuration: Configuration) -> dict[str, str]:
    secret = configuration.secret
    accepted = {"Accept": "application/json"}
    if configuration.authentication == BEARER:
        return {**accepted, "Authorization": f"Bearer {secret}"}
    if configuration.authentication == BASIC:
        pair = base64.b64encode(f"{configuration.user_name}:{secret}".encode()).decode()
        return {**accepted, "Authorization": f"Basic {pair}"}
    if configuration.authentication == HEADER:
        return {**accepted, configuration.header: secret}
    return accepted


def _following(configuration: Configuration, *, answer: object) -> str:
    """The next address or cursor; empty where the list ends."""
    found = at_path(answer, path=configuration.next_path)
    if found is MISSING or found is None or found == "" or found is False:
        return ""
    if isinstance(found, str):
        return found
    if isinstance(found, int) and configuration.paging == CURSOR:
        return str(found)
    raise UnexpectedAnswer(
        f"next_path ({configuration.next_path}) leads to no text. Nothing was stored. Correct it "
        "in the connection."
    )


def _check_total(announced: object, *, path: str) -> None:
    if not isinstance(announced, int) or isinstance(announced, bool):
        raise UnexpectedAnswer(
            f"There is no whole number at total_path ({path}). Nothing was stored. Correct it in "
            "the connection, or empty it."
        )


def _check_once(items: Sequence[object], *, path: str) -> None:
    seen: set[str] = set()
    for number, item in enumerate(items, start=1):
        if not path:
            return
        found = at_path(item, path=path)
        if not isinstance(found, str | int):
            raise UnexpectedAnswer(
                f"Item {number} has no id at item_path ({path}). Nothing was stored. Correct it "
                "in the connection, or empty it."
            )
        if str(found) in seen:
            raise IncompleteAnswer(
                f"Item {number} has the id of an item before it: the list moved while it was "
                "read. Nothing was stored. It is tried again by itself."
            )
        seen.add(str(found))


def _in_a_circle(reason: str) -> IncompleteAnswer:
    return IncompleteAnswer(
        f"The pages of the list repeat: {reason}. Nothing was stored. Check how the list goes on."
    )
