"""A worker that is killed in the middle of a dialog, two at once: nothing goes twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connections
from pytest_django.fixtures import Settings
from tests.delivery.sending import issued, only
from tests.invoicing.factory import Books
from tests.support.mail_box import Box, mail_box

from icb.delivery.actions import resolve_delivery, send_documents
from icb.delivery.inputs import NewMailServer
from icb.delivery.models import Attempt, Delivery
from icb.delivery.outbox import send_soon
from icb.delivery.settings_actions import set_mail_server
from icb.delivery.verify import delivery_problems
from icb.foundation.egress.guard import read_private_targets
from icb.foundation.models import Job, Provider
from icb.kernel import clock
from icb.operations.worker import Worker

SECONDS = 60


@pytest.fixture
def office(committed_provider: Provider, settings: Settings) -> Iterator[Box]:
    """A mail server, and a provider whose commits others see."""
    with mail_box() as box:
        private = read_private_targets([f"127.0.0.1:{box.port}"])
        settings.ENVIRONMENT = replace(settings.ENVIRONMENT, private_targets=private)
        set_mail_server(
            NewMailServer(
                host="127.0.0.1", port=box.port, security="none", sender="billing@own.example.org"
            )
        )
        yield box


@pytest.fixture
def books(office: Box) -> Books:
    made = Books()
    for name in ("acme", "bolt", "cole"):
        made.organization(name, email=f"office@{name}.example.org")
        made.item(name, "120")
    return made


def killed_worker(box: Box, *, url: str, place: str) -> None:
    """Start a worker as a process of its own, and kill it while the server hangs."""
    box.hangs_at = place
    variables = {
        **os.environ,
        "ICB_DATABASE_URL": url,
        "ICB_PRIVATE_TARGETS": f"127.0.0.1:{box.port}",
    }
    process = subprocess.Popen(
        [sys.executable, "-c", "from icb.cli.main import main; main()", "worker"], env=variables
    )
    try:
        assert box.has_hung.wait(SECONDS), "the worker never came"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        box.hangs_at = ""


def work_again() -> None:
    """Another worker, once the lease of the dead one has ended."""
    Job.objects.filter(state="running").update(lease_until=clock.now() - timedelta(seconds=1))
    send_soon()
    Worker().work_off()


@pytest.mark.parametrize(("place", "arrived"), [("data", 1), ("rcpt", 0)])
def test_what_a_killed_worker_was_sending_goes_once_at_most(
    committed: str, office: Box, books: Books, place: str, arrived: int
) -> None:
    send_documents(issued())
    killed_worker(office, url=committed, place=place)
    assert len(office.contents) == arrived
    work_again()
    states = list(Delivery.objects.order_by("pk").values_list("state", flat=True))
    assert sorted(states) == ["sent", "sent", "unknown"]
    assert len(office.contents) == arrived + 2
    assert len(ids(office)) == len(set(ids(office)))
    unknown = Delivery.objects.get(state="unknown")
    resolve_delivery(unknown.pk, has_arrived=bool(arrived))
    work_again()
    assert len(office.contents) == 3
    assert len(set(ids(office))) == 3
    assert delivery_problems() == []


def test_a_worker_that_was_thought_dead_settles_its_own_try(office: Box, books: Books) -> None:
    send_documents([issued()[0]])
    office.hangs_at = "data"
    slow = threading.Thread(target=in_a_thread, daemon=True)
    slow.start()
    assert office.has_hung.wait(SECONDS)
    work_again()
    assert only().state == "unknown"
    office.hangs_at = ""
    slow.join(SECONDS)
    assert only().state == "sent"
    assert len(office.contents) == 1
    assert Attempt.objects.filter(result="begun").count() == 1
    assert delivery_problems() == []


def test_two_workers_at_once_send_each_message_once(office: Box, books: Books) -> None:
    send_documents(issued())
    threads = [threading.Thread(target=in_a_thread) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    until = time.monotonic() + SECONDS
    while Delivery.objects.exclude(state="sent").exists() and time.monotonic() < until:
        work_again()
    assert sorted(ids(office)) == sorted(set(ids(office)))
    assert len(office.contents) == 3


def in_a_thread() -> None:
    try:
        Worker().work_off()
    finally:
        connections.close_all()


def ids(box: Box) -> list[str]:
    return [str(message["Message-ID"]) for message in box.messages]
