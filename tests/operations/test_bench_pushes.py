"""The benchmark of pushing sends every form to a real server, and says how many it took."""

from __future__ import annotations

import pytest
from tests.support.databases import POSTGRESQL, Template, chosen

from icb.operations.bench.push_run import PUSH_COLUMNS, measured_pushes, push_row


@pytest.mark.timeout(180)
def test_every_form_is_pushed_and_taken(template: Template) -> None:
    url = template.copy() if chosen() == POSTGRESQL else ""
    try:
        stages = list(measured_pushes(database_url=url, requests=2))
    finally:
        if url:
            template.drop(url)
    assert [(stage.name, stage.counts, stage.requests) for stage in stages] == [
        ("days", 2_000, 2),
        ("parts of a day", 2_000, 2),
        ("events", 2_000, 2),
    ]
    assert all(stage.seconds > 0 and len(push_row(stage)) == len(PUSH_COLUMNS) for stage in stages)
