"""Numbers without a gap and without a duplicate: workers at once, failures, killed processes."""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal
from itertools import count
from threading import Barrier, Thread

import pytest
from django.db import connection
from tests.invoicing.factory import Books
from tests.support.effort import tries

from icb.foundation import audit
from icb.foundation.actor import acting_as
from icb.foundation.models import Provider
from icb.foundation.scope import in_provider
from icb.invoicing import actions
from icb.invoicing.models import Document, NumberSeries
from icb.invoicing.verify import document_problems

WORKERS = 8
DOCUMENTS_EACH = 50
KILLS = 3
FAILS_EACH = 5  # one transaction of so many fails

# A process that is killed with its documents written and its transaction still open.
KILLED = """
import os, signal, sys
from icb.config.setup import setup
setup()
from icb.foundation import audit
from icb.foundation.actor import acting_as
from icb.foundation.scope import in_provider
from icb.invoicing import actions
audit.record = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
with in_provider(int(sys.argv[1])), acting_as("olivia"):
    actions.issue_documents()
"""


class ForcedFailure(Exception):
    """What a fifth of the transactions ends with, after everything else was written."""


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("turn", range(tries("ICB_TEST_NUMBER_RACES", gate=5, night=50)))
def test_numbers_have_no_gap_and_no_duplicate(
    committed: str, committed_provider: Provider, monkeypatch: pytest.MonkeyPatch, turn: int
) -> None:
    keys = [f"org{number}" for number in range(WORKERS * DOCUMENTS_EACH)]
    books = Books()
    for key in keys:
        books.organization(key)
        books.item(key, "10.00", tax_percent=Decimal(20))
    killed = sum(_killed_process(committed, committed_provider) for _ in range(KILLS))
    assert not Document.objects.exists()
    failures: list[str] = []
    attempts = count(1)
    record = audit.record

    def record_or_fail(action: str, *, subject: str, data: dict[str, object]) -> None:
        record(action, subject=subject, data=data)
        if action == "issue" and next(attempts) % FAILS_EACH == 0:
            failures.append(subject)
            raise ForcedFailure

    monkeypatch.setattr("icb.foundation.audit.record", record_or_fail)
    _issue_at_once(committed_provider, keys)
    monkeypatch.undo()
    sequences = list(Document.objects.order_by("pk").values_list("sequence", flat=True))
    print(f"turn {turn}: {len(sequences)} documents, {len(failures)} failures, {killed} kills")
    assert sorted(sequences) == list(range(1, len(keys) + 1))
    assert NumberSeries.objects.get(kind="invoice").next_number == len(keys) + 1
    assert document_problems() == []
    assert killed == KILLS
    assert len(failures) >= len(keys) // FAILS_EACH


def _killed_process(database_url: str, provider: Provider) -> bool:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(provider.pk)],
        env=os.environ | {"ICB_DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -9, done.stderr
    return True


def _issue_at_once(provider: Provider, keys: list[str]) -> None:
    """Each worker issues for its share and its neighbour's, and again after each failure."""
    barrier = Barrier(WORKERS)
    errors: list[Exception] = []

    def work(own: list[str]) -> None:
        try:
            with in_provider(provider.pk), acting_as("olivia"):
                barrier.wait()
                for key in own:
                    _until_it_works(key)
        except Exception as error:  # told to the test, which fails on it
            errors.append(error)
        finally:
            connection.close()

    shares = [keys[at::WORKERS] + keys[(at + 1) % WORKERS :: WORKERS] for at in range(WORKERS)]
    threads = [Thread(target=work, args=[share]) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def _until_it_works(key: str) -> None:
    while True:
        try:
            actions.issue_documents(organization=key)
        except ForcedFailure:
            continue
        return
