"""Runs the benchmark of pages in a process of its own, and puts its figures into rows of text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from icb.operations.bench.pages import LOG_ROWS, ORGANIZATIONS
from icb.operations.bench.run import told_by

PAGE_COLUMNS = ("page", "ms", "first ms", "queries", "KB")


class PageTime(NamedTuple):
    """What one page took: seconds of the first answer and of later ones, queries and bytes."""

    path: str
    first: float
    later: float
    queries: int
    size: int


def measured_pages(
    *, database_url: str = "", organizations: int = ORGANIZATIONS, log_rows: int = LOG_ROWS
) -> Iterator[PageTime]:
    """Measure pages of large books, on SQLite or on an empty PostgreSQL database."""
    sizes = (str(organizations), str(log_rows))
    for found in told_by("icb.operations.bench.pages", *sizes, database_url=database_url):
        yield PageTime(*found)


def page_row(page: PageTime) -> tuple[str, ...]:
    """A page as a row of text, as PAGE_COLUMNS."""
    times = (f"{seconds * 1000:,.0f}" for seconds in (page.later, page.first))
    return (page.path, *times, str(page.queries), f"{page.size / 1000:,.0f}")
