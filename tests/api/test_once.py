"""A push has one effect, however often, in whatever order and by however many it is sent."""

from __future__ import annotations

import logging
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.api.conftest import connected
from tests.api.pushing import DAY, EVENTS, event, push

from icb.foundation.bulk import fetch
from icb.foundation.models import Provider
from icb.hub.models import Count, PushedMessage, Snapshot

THREADS = 8
DAYS = 365
END = date(2026, 1, 1)


def at_once(said: object, *, token: str, form: str = "application/json") -> list[dict[str, Any]]:
    """Push the same from many threads, all let go together; the answers."""
    start = Barrier(THREADS)

    def one(_: int) -> dict[str, Any]:
        start.wait()
        try:
            answer = push(said, token=token, form=form)
            return {"code": answer.status_code, **answer.json()}
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


@pytest.mark.timeout(120)
def test_the_same_push_at_once_is_stored_once(committed_provider: Provider, clock: Any) -> None:
    token = connected()
    for said, form in (
        (DAY, "application/json"),
        ([event(subject="8"), event(id="2", subject="9")], EVENTS),
        ({**DAY, "day": "2025-12-30", "snapshot": "s", "part": 1, "parts": 1}, "application/json"),
    ):
        answers = at_once(said, token=token, form=form)
        assert sorted(answer["status"] for answer in answers) == [
            "accepted",
            *["duplicate"] * (THREADS - 1),
        ]
    assert Snapshot.objects.filter(state="accepted").count() == 3
    assert PushedMessage.objects.count() == 2


def year() -> list[dict[str, Any]]:
    """A day's counts for each day of a year, of a few clients that come, go and change."""
    chance = random.Random(4)
    counts, days = {str(number): 20 for number in range(6)}, []
    for back in range(DAYS, 0, -1):
        for client in counts:
            if chance.random() < 0.1:
                counts[client] = chance.randint(18, 25)
        present = [client for client in counts if chance.random() < 0.98]
        days.append(
            {
                "day": (END - timedelta(days=back)).isoformat(),
                "complete": True,
                "counts": [
                    {"organization": client, "billing_type": "devices", "count": counts[client]}
                    for client in present
                ],
            }
        )
    return days


@pytest.mark.timeout(240)
def test_a_year_pushed_twice_and_shuffled_is_the_year(provider: Provider, clock: Any) -> None:
    days = year()
    in_order = connected("plain")
    for said in days:
        assert push(said, token=in_order).json()["status"] == "accepted"
    shuffled = connected("mixed")
    again = [*days, *days, *random.Random(5).sample(days, 60)]
    random.Random(6).shuffle(again)
    sent = [push(said, token=shuffled).json()["status"] for said in again]
    assert sent.count("accepted") == DAYS and len(sent) == 2 * DAYS + 60
    assert readings("mixed") == readings("plain")


def readings(key: str) -> list[Any]:
    """Every change point in force of a connection, by names instead of ids."""
    names = ("count_key__module_organization__external_id", "day", "state", "value")
    points = Count.objects.filter(count_key__connection__key=key, replaced_at=None)
    return list(points.order_by(*names[:2]).values_list(*names, "reason", "kept_value"))


def test_queries_do_not_grow_with_the_request(provider: Provider, clock: Any) -> None:
    token = connected()
    needed = []
    for size, day in ((1, 28), (10, 29), (1000, 30)):
        counts = [
            {"organization": f"{size}-{number % 100}", "billing_type": f"t{number}", "count": 1}
            for number in range(size)
        ]
        with CaptureQueriesContext(connection) as queries:
            answer = push({"day": f"2025-12-{day}", "counts": counts}, token=token)
        assert answer.json()["stored"] == size
        needed.append(len(queries))
    assert max(needed) <= min(needed) + 12, needed


def test_a_token_is_seen_once(
    provider: Provider, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = connected()
    push(DAY, token=token)
    push({**DAY, "counts": 7}, token=token)
    push(b"{", token=token)
    push(DAY, token=token + "x")
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        everything = [fetch(f'SELECT * FROM "{table}"') for table in tables]
    assert sum(map(len, everything)) > 20
    assert token not in str(everything)
    assert token not in caplog.text
