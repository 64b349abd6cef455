"""`icb sync`, `icb jobs` and `icb serve`: counts from the command line, a worker beside pages."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.cli.conftest import Icb
from tests.support.asked import AskedAdapter, NoHttp, connect_asked

from icb.foundation.actor import acting_as_system
from icb.foundation.providers import provider_named
from icb.foundation.scope import in_provider
from icb.hub.ports import CredentialsRefused
from icb.hub.registry import registered
from icb.kernel import clock

FINDING, REFUSED, NOT_POSSIBLE = 1, 3, 4


@pytest.fixture
def vendor(icb: Icb, monkeypatch: pytest.MonkeyPatch) -> Iterator[AskedAdapter]:
    """A provider with one module that is asked, from yesterday on."""
    monkeypatch.setattr(
        "icb.operations.syncing.sync.open_http", lambda description, settings: NoHttp()
    )
    icb("init", "own", "--name", "Own", "--currency", "USD")
    adapter = AskedAdapter()
    with in_provider(provider_named()), acting_as_system("test"):
        connect_asked("rmm", adapter="asked", expected_from=date(2026, 1, 31))
    with registered(adapter):
        yield adapter


def test_today_is_fetched_and_told(icb: Icb, vendor: AskedAdapter) -> None:
    result = icb.call("sync")
    assert result.exit_code == 0
    assert result.stderr == "rmm 2026-02-01: stored, 2 counts\n"
    jobs = {row["kind"]: row["state"] for row in icb.data("jobs", "list")}
    assert jobs == {"sync": "done", "follow": "done"}  # contracts and log have followed
    (again,) = icb.data("sync", "rmm")
    assert (again["state"], again["counts"], again["is_good"]) == ("unchanged", 2, True)


def test_what_can_still_be_had_is_fetched_too(icb: Icb, vendor: AskedAdapter) -> None:
    with clock.frozen(datetime(2026, 2, 1, 8, tzinfo=UTC)):
        told = icb.data("sync")
    assert [one["day"] for one in told] == ["2026-01-31", "2026-02-01"]
    assert {one["state"] for one in told} == {"stored"}


def test_a_failure_is_told_with_advice_and_an_exit_code(icb: Icb, vendor: AskedAdapter) -> None:
    vendor.problem = CredentialsRefused("The key is not accepted.")
    told = icb.refused(FINDING, "sync")
    assert told.startswith("rmm 2026-02-01: failed. The key is not accepted.")
    assert "icb modules change" in told
    (job,) = icb.data("jobs", "list", "--open")
    assert (job["state"], job["message"]) == ("waiting", "The key is not accepted.")
    assert "is cancelled" in icb("jobs", "cancel", str(job["id"]))
    assert icb.data("jobs", "show", str(job["id"]))["state"] == "cancelled"
    assert icb("jobs", "list", "--open").strip() == "There are no jobs."


def test_a_request_without_waiting_leaves_the_job(icb: Icb, vendor: AskedAdapter) -> None:
    assert "1 sync asked for" in icb("sync", "rmm", "--no-wait")
    assert vendor.asked == []
    assert "rmm 2026-02-01" in icb("jobs", "list")


def test_what_cannot_be_asked_is_refused(icb: Icb, vendor: AskedAdapter) -> None:
    assert "shows the present only" in icb.refused(REFUSED, "sync", "--day", "2026-01-15")
    assert "not connected" in icb.refused(NOT_POSSIBLE, "sync", "nothing")
    assert icb.data("jobs", "list") == []


# The server's processes


@contextmanager
def served(url: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """`icb serve` with its worker, on a port that the system chooses for nobody else."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from icb.cli.main import main; main()"]
    environment = {**os.environ, "ICB_DATABASE_URL": url, "ICB_DATA_DIR": str(folder)}
    process = subprocess.Popen(
        [*command, "serve", "--port", str(port)], env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def processes() -> dict[int, tuple[int, str]]:
    """Parent and command of every process that has not ended, by its id."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if state != "Z":
                found[int(folder.name)] = (int(parent), command)
    return found


def workers(parent: int) -> list[int]:
    found = processes().items()
    return [id for id, (of, command) in found if of == parent and "--with-parent" in command]


def pages_of(parent: int) -> list[int]:
    found = processes().items()
    return [id for id, (of, command) in found if of == parent and "--with-parent" not in command]


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.timeout(180)
def test_a_dead_worker_is_started_again_and_ends_with_its_server(
    database_url: str, tmp_path: Path
) -> None:
    with served(database_url, tmp_path) as server:
        until(lambda: len(workers(server.pid)) == 1)
        (first,) = workers(server.pid)
        os.kill(first, signal.SIGKILL)
        until(lambda: workers(server.pid) not in ([], [first]))
        (second,) = workers(server.pid)
        server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=60)
        assert "the worker ended with code -9; it is started again in 1 s" in said
        assert second not in processes()


@pytest.mark.timeout(180)
def test_a_worker_does_not_outlive_a_killed_server(database_url: str, tmp_path: Path) -> None:
    with served(database_url, tmp_path) as server:
        until(lambda: len(workers(server.pid)) == 1)
        (worker,) = workers(server.pid)
        # The process of the pages comes after it, and is ended here: nobody else would.
        until(lambda: len(pages_of(server.pid)) == 1)
        pages = pages_of(server.pid)
        server.kill()
        until(lambda: worker not in processes())
        for id in pages:
            with suppress(ProcessLookupError):
                os.kill(id, signal.SIGKILL)
