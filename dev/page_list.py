"""Which pages there are: found as a person finds them, by following links.

One example is kept for each named address, so that a page of a thousand contracts is looked at
once. `crawl` asks with a browser's cookies and reads only pages.
"""

from __future__ import annotations

import re
from collections import deque
from html import unescape
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, resolve

if TYPE_CHECKING:
    from playwright.sync_api import APIRequestContext

_HREF = re.compile(r'<a\b[^>]*\bhref="([^"#]+)')
_MOST_EACH = 3  # examples of one address that are read for further links


class Found(NamedTuple):
    """One page: the name of its address, and an example of it."""

    name: str
    path: str


def crawl(request: APIRequestContext, *, base: str, start: str = "/") -> list[Found]:
    """Every page that links lead to from `start`, once for each name, in the order found.

    Raises AssertionError for a link that leads nowhere, naming the page it stands on.
    """
    found: dict[str, str] = {}
    read: dict[str, int] = {}
    seen = {start}
    waiting = deque([(start, "")])
    while waiting:
        path, origin = waiting.popleft()
        name = name_of(path)
        if read.get(name, 0) >= _MOST_EACH:
            continue
        read[name] = read.get(name, 0) + 1
        response = request.get(urljoin(base, path))
        assert response.ok, f"{path} answers {response.status}; it is linked from {origin}"
        if "text/html" not in response.headers.get("content-type", ""):
            continue
        found.setdefault(name, path)
        for target in _links(response.text(), base=urljoin(base, path)):
            if target not in seen:
                seen.add(target)
                waiting.append((target, path))
    return [Found(name, path) for name, path in found.items()]


def name_of(path: str) -> str:
    """The name of the address at a path; the path itself where nothing is there."""
    try:
        return resolve(urlsplit(path).path).url_name or path
    except Resolver404:
        return path


def _links(html: str, *, base: str) -> list[str]:
    targets = []
    for raw in _HREF.findall(html):
        parts = urlsplit(urljoin(base, unescape(raw)))
        if parts.netloc == urlsplit(base).netloc and not parts.path.startswith("/static/"):
            targets.append(f"{parts.path}?{parts.query}" if parts.query else parts.path)
    return targets
