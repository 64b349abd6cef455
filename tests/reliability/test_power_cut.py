"""What was said to be stored is still there when the power is back.

On SQLite the calls of a working process are written down, and the disk is rebuilt as a power cut
at many moments would leave it. On PostgreSQL the log must be on the disk before the answer.
"""

from __future__ import annotations

import json
import random
import sqlite3
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from tests.reliability.conftest import Copies
from tests.reliability.disk import CALLS, Call, Cut, Disk, read_calls
from tests.reliability.processes import Processes
from tests.reliability.tracing import can_trace, recorded
from tests.support.databases import POSTGRESQL, chosen
from tests.support.effort import tries

STATES = tries("ICB_TEST_POWER_CUTS", gate=200, night=1000)
MUST_ACKNOWLEDGE = 20

_SEAL = "SELECT hash FROM audit_event WHERE sequence = ?"
_COUNTS = "SELECT (SELECT COUNT(*) FROM billing_item), (SELECT COUNT(*) FROM document)"
# Each must find nothing: what one transaction wrote is there as a whole.
_HALVES = (
    """SELECT id FROM posting p WHERE item_count <>
       (SELECT COUNT(*) FROM billing_item i WHERE i.posting_id = p.id)""",
    """SELECT id FROM document d WHERE net <>
       (SELECT COALESCE(SUM(amount), 0) FROM document_line l WHERE l.document_id = d.id)""",
    """SELECT id FROM number_series s WHERE next_number <>
       (SELECT 1 + COUNT(*) FROM document d WHERE d.kind = s.kind)""",
)


class History(NamedTuple):
    """What a process did: the database at its beginning, its calls, and what it answered when."""

    database: str
    before: bytes
    calls: list[Call]
    answers: dict[int, dict[str, Any]]  # by the number of the call after which it was given


class Moment(NamedTuple):
    """The power goes after so many calls."""

    calls: int
    cut: Cut


def test_what_was_answered_survives_a_power_cut(
    copies: Copies, server: Processes, seeded: random.Random, tmp_path: Path
) -> None:
    with copies() as url:
        if chosen() == POSTGRESQL:
            commits = server.run(url, "flushed_commits")
            print(f"{commits} commits, each on the disk before it was answered")
            assert commits >= MUST_ACKNOWLEDGE
            return
        if not can_trace():
            pytest.skip("strace is not installed, or may not trace here")
        history = acknowledged_work(server, url, tmp_path)
    assert len(history.answers) >= MUST_ACKNOWLEDGE
    moments = moments_of(history, seeded)
    found = problems(history, moments, seeded, tmp_path)
    print(
        f"{len(moments)} states of the disk, {len(history.calls)} calls, "
        f"{len(history.answers)} answers, {len(found)} lost or corrupt"
    )
    assert found == []
    assert len(moments) >= STATES


def acknowledged_work(server: Processes, url: str, folder: Path) -> History:
    """Let a process work and answer, and write down what it asked of the disk."""
    database, answers = urlsplit(url).path[1:], folder / "answers"
    before = Path(database).read_bytes()
    child = server.child(url, "acknowledged_work", answers=str(answers))
    trace = recorded(child.pid, CALLS, into=folder / "calls")
    child.go()
    child.result()
    trace.end()
    calls = list(read_calls(folder / "calls"))
    given = {
        number: json.loads(call.data)
        for number, call in enumerate(calls, start=1)
        if call.path == str(answers)
    }
    return History(database, before, calls, given)


def moments_of(history: History, chance: random.Random) -> list[Moment]:
    """Right after each answer, and anywhere; each kind of cut equally often."""
    found = [Moment(number, cut) for number in history.answers for cut in Cut]
    while len(found) < STATES:
        number = chance.randrange(len(history.calls))
        found.extend(Moment(number, cut) for cut in Cut)
    return sorted(found, key=lambda moment: moment.calls)


def problems(
    history: History, moments: list[Moment], chance: random.Random, folder: Path
) -> list[str]:
    """What is lost or corrupt on any of the disks."""
    disk = Disk({history.database: history.before, f"{history.database}-wal": b""})
    done, found = 0, list[str]()
    answered: dict[str, Any] = {}
    for moment in moments:
        for call in history.calls[done : moment.calls]:
            disk.take(call)
            done += 1
            answered = history.answers.get(done, answered)
        for path, data in disk.after(moment.cut, chance).items():
            (folder / Path(path).name.replace(Path(history.database).name, "found")).write_bytes(
                data
            )
        (folder / "found-shm").unlink(missing_ok=True)
        found += [f"{moment}: {words}" for words in losses(folder / "found", answered)]
    return found


def losses(database: Path, answered: dict[str, Any]) -> list[str]:
    """What is wrong with a database that is opened after a power cut."""
    connection = sqlite3.connect(database)
    try:
        return list(_losses(connection, answered))
    except sqlite3.DatabaseError as error:
        return [f"it does not open: {error}"]
    finally:
        connection.close()


def _losses(connection: sqlite3.Connection, answered: dict[str, Any]) -> list[str]:
    found = [
        f"corrupt: {row}"
        for row in connection.execute("PRAGMA integrity_check").fetchall()
        if row != ("ok",)
    ]
    found += [f"points nowhere: {row}" for row in connection.execute("PRAGMA foreign_key_check")]
    for query in _HALVES:
        found += [f"half of it: {row} of {query}" for row in connection.execute(query)]
    if answered:
        seal = connection.execute(_SEAL, [answered["sequence"]]).fetchone()
        if seal != (answered["hash"],):
            found.append(f"event {answered['sequence']} was answered and is lost")
        items, documents = connection.execute(_COUNTS).fetchone()
        if items < answered["items"] or documents < answered["documents"]:
            found.append(f"{answered} was answered; {items} items, {documents} documents are there")
    return found
