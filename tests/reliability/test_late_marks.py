"""A count that is stored while a bill run collects the news of others is billed by the next run."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Event, Thread, current_thread
from typing import Any

import pytest
from django.db import connection
from tests.reliability import jobs

from icb.foundation import audit
from icb.foundation.actor import acting_as_system
from icb.foundation.bulk import execute
from icb.foundation.models import Provider
from icb.foundation.scope import every_provider, in_provider
from icb.kernel import clock

NOON = datetime(2025, 2, 3, 12, tzinfo=UTC)
# Where one writer keeps all others waiting, as on SQLite, they cannot be interleaved.
PATIENCE_SECONDS = 1.0
# January's invoice of the first client, and the seat-day that was counted late.
WITH_LATE = 12905 + 10


class Late:
    """A correction of one module, written before the answer of another and stored after it.

    Its marks have the lower numbers, and become visible while a run has already looked.
    """

    def __init__(self, provider: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.provider = provider
        self.written, self.looked = Event(), Event()
        self.thread = Thread(target=self.correct)
        record = audit.record

        def wait_before_the_end(action: str, **said: Any) -> None:
            if current_thread() is self.thread:
                self.written.set()
                self.looked.wait(PATIENCE_SECONDS)
            record(action, **said)

        def let_it_end_after_the_look(sql: str, params: Any = ()) -> int:
            touched = execute(sql, params)
            if sql.lstrip().startswith("INSERT INTO contract_mark"):
                self.looked.set()
                self.thread.join()
            return touched

        monkeypatch.setattr(audit, "record", wait_before_the_end)
        monkeypatch.setattr("icb.billing.work.execute", let_it_end_after_the_look)

    def correct(self) -> None:
        try:
            with clock.frozen(NOON), in_provider(self.provider), acting_as_system("late"):
                jobs.correct(module="rmm", day="2025-01-05")
        finally:
            connection.close()


def test_a_mark_that_appears_meanwhile_is_not_lost(
    committed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.run("prepare", {})
    with every_provider():
        provider = Provider.objects.get().pk
    late = Late(provider, monkeypatch)
    with clock.frozen(NOON), in_provider(provider), acting_as_system("test"):
        late.thread.start()
        assert late.written.wait(10)
        jobs.correct(module="mail", day="2025-02-01")
        jobs.bill()
        jobs.close()
        assert not late.thread.is_alive()
        found = jobs.look()
    assert found["problems"] == []
    assert found["invoiced"]["org1"] == WITH_LATE
