"""The benchmark of pages fills books, asks for each page of its list, and says what it took."""

from __future__ import annotations

import pytest
from tests.support.databases import POSTGRESQL, Template, chosen

from icb.operations.bench.page_run import PAGE_COLUMNS, measured_pages, page_row


@pytest.mark.timeout(180)
def test_every_page_is_asked_for(template: Template) -> None:
    url = template.copy() if chosen() == POSTGRESQL else ""
    try:
        pages = list(measured_pages(database_url=url, organizations=10, log_rows=500))
    finally:
        if url:
            template.drop(url)
    assert len({page.path for page in pages}) > 40
    assert all(page.later > 0 and page.queries > 3 for page in pages)
    assert len(page_row(pages[0])) == len(PAGE_COLUMNS)
