"""Uploads that never end, and bodies whose length nobody told."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.api.pushing import DAY, JSON, ROW, URL, push
from tests.api.test_howto import Books, token_in
from tests.support.clocks import StillClock

from icb.foundation.models import AuditEvent
from icb.hub.models import PushedPart
from icb.hub.push_actions import UNFINISHED_DAYS
from icb.hub.push_queries import unfinished_uploads
from icb.operations.worker import Worker


def part(number: int, **changed: Any) -> dict[str, Any]:
    return {**DAY, "snapshot": "large", "part": number, "parts": 2, **changed}


def test_an_upload_to_which_nothing_comes_is_dropped_and_may_begin_again(
    token: str, clock: StillClock
) -> None:
    push(part(1), token=token)
    clock.forward(days=UNFINISHED_DAYS)
    Worker().tick()
    assert len(unfinished_uploads()) == 1
    clock.forward(seconds=1)
    Worker().tick()
    Worker().tick()
    assert unfinished_uploads() == []
    told = AuditEvent.objects.filter(action="expire_upload")
    assert [one.subject for one in told] == ["rmm"]
    said = json.loads(told[0].data)
    assert (said["snapshot"], said["received"], said["parts"]) == ("large", 1, 2)
    other = [{**ROW, "count": "13"}]
    assert push(part(2, counts=other), token=token).json()["waiting_for"] == [1]
    assert push(part(1, counts=[]), token=token).json()["stored"] == 1


def test_an_upload_that_goes_on_or_has_ended_is_kept(token: str, clock: StillClock) -> None:
    push(part(1), token=token)
    push({**part(1), "snapshot": "ended", "parts": 1}, token=token)
    clock.forward(days=UNFINISHED_DAYS, seconds=1)
    push(part(1, snapshot="slow", parts=3), token=token)
    push(part(2, snapshot="slow", parts=3), token=token)
    Worker().tick()
    assert sorted(PushedPart.objects.values_list("snapshot_id", "part")) == [
        ("ended", 1),
        ("slow", 1),
        ("slow", 2),
    ]


def test_a_body_in_chunks_is_asked_for_its_length(database_url: str, tmp_path: Path) -> None:
    books = Books(database_url, tmp_path)
    books("init", "own", "--name", "Own", "--currency", "USD")
    said = books("modules", "connect", "push", "--name", "My RMM")
    headers = {"Authorization": f"Bearer {token_in(said)}", "Content-Type": JSON}
    body = json.dumps({"day": "2025-12-31", "counts": [ROW]}).encode()
    with books.serving() as address:
        for in_chunks, status in ((True, 411), (False, 200)):
            line = HTTPConnection(address.removeprefix("http://"), timeout=20)
            sent = iter([body]) if in_chunks else body
            line.request("POST", URL, body=sent, headers=headers, encode_chunked=in_chunks)
            answer = line.getresponse()
            assert (answer.status, json.loads(answer.read())["stored"]) == (
                status,
                0 if in_chunks else 1,
            )
            line.close()
