"""Take files of counts and take the last one back; keep which column means what."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from icb.foundation import audit
from icb.foundation.actor import current_actor, require
from icb.foundation.bulk import execute_many, fetch, ids_in, insert_rows
from icb.foundation.collector import collector_paused
from icb.foundation.permissions import Permission
from icb.foundation.transactions import transaction
from icb.hub.book_actions import store_book
from icb.hub.book_queries import load_book
from icb.hub.file_queries import TAKEN, UNCHANGED, UNDONE, file_source, last_taken
from icb.hub.follow_actions import ToFollow, mark_to_follow
from icb.hub.inputs import Answer, Problem, Receipt
from icb.hub.models import (
    CountDecision,
    CountFile,
    CountMark,
    FileSource,
    ModuleConnection,
    Snapshot,
    SnapshotState,
)
from icb.hub.module_queries import connection_named
from icb.hub.receiving import DUPLICATE, REFUSED
from icb.hub.snapshot_actions import in_words, take_snapshots
from icb.hub.withdrawing import Before, before_text, read_before, restore
from icb.kernel import clock
from icb.kernel.days import ONE_DAY
from icb.kernel.errors import Refused

_CHANGED = """
SELECT DISTINCT o.external_id, t.key FROM usage_count u
JOIN count_key k ON k.id = u.count_key_id
JOIN module_organization o ON o.id = k.module_organization_id
JOIN billing_type t ON t.id = k.billing_type_id
WHERE {chosen}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCountFile:
    """A file that was read: its name, the digest of its bytes, and an answer for each day."""

    name: str
    content_hash: str
    answers: Sequence[Answer]


class TakenFile(NamedTuple):
    """What became of a file: `state` is taken or unchanged; how each of its days was received."""

    state: str
    counts: int
    receipts: Sequence[tuple[date, Receipt]]

    @property
    def waiting(self) -> list[date]:
        """The days that wait for a decision as a whole."""
        return [day for day, receipt in self.receipts if receipt.state == "quarantined"]


class FileRefused(Refused):
    """A file that the hub does not take, with every reason."""

    def __init__(self, message: str, *, problems: Sequence[Problem]) -> None:
        super().__init__("file_refused", message)
        self.found = list(problems)


def take_counts_file(connection: str, *, new: NewCountFile) -> TakenFile:
    """Take a file: all of its days, or none where one of them is refused (FileRefused).

    The file that was taken last changes nothing when it comes again.
    """
    module = connection_named(connection)
    with collector_paused(), transaction(lock=f"hub:{module.pk}"):
        require(Permission.RECORD_COUNTS)
        last = last_taken(connection)
        if last is not None and last.content_hash == new.content_hash and not _overtaken(last):
            return TakenFile(UNCHANGED, 0, [])
        days = [answer.day for answer in new.answers]
        shelf = load_book(module, first=min(days), last=max(days))
        receipts = take_snapshots(connection, answers=new.answers)
        _check(new, receipts)
        states = {receipt.state for receipt in receipts}
        state = UNCHANGED if states <= {DUPLICATE} else TAKEN
        counts = sum(len(answer.rows) for answer in new.answers)
        answered = [
            [day.isoformat(), receipt.revision, receipt.state]
            for day, receipt in zip(days, receipts, strict=True)
        ]
        changed = _changed_places(module, answered)
        before = json.loads(before_text(shelf.book, days=days, changed=changed))
        before["answers"] = answered
        if state == TAKEN:
            _keep(module, new, state=state, before=json.dumps(before, separators=(",", ":")))
        data = {"file": new.name, "state": state, "days": len(days), "counts": counts}
        audit.record("take_counts_file", subject=module.key, data=data)
    return TakenFile(state, counts, list(zip(days, receipts, strict=True)))


def note_refused_file(connection: str, *, name: str, content_hash: str, message: str) -> None:
    """Keep that a file was not taken, and why."""
    module = connection_named(connection)
    with transaction():
        require(Permission.RECORD_COUNTS)
        CountFile.objects.create(
            connection=module,
            name=name[:255],
            content_hash=content_hash,
            state=REFUSED,
            message=message,
            taken_at=clock.now(),
            taken_by=current_actor(),
        )
        audit.record("refuse_counts_file", subject=module.key, data={"file": name[:255]})


def undo_file(connection: str, *, reason: str = "") -> str:
    """Take back the file that was taken last, and give its name: its days say what they said.

    A day that nothing else proves is a gap again. Raises Refused where there is no file, or where
    something was counted or decided about its days since.
    """
    module = connection_named(connection)
    with collector_paused(), transaction(lock=f"hub:{module.pk}"):
        require(Permission.RECORD_COUNTS)
        file = last_taken(connection)
        if file is None:
            raise Refused(
                "no_file", f"{connection}: no file was taken that could be undone. Nothing changed."
            )
        if overtaken := _overtaken(file):
            raise Refused(
                "file_overtaken",
                f"{file.name} cannot be undone: {overtaken} since. Nothing was changed. Import a "
                "corrected file instead; the newest answer for a day counts.",
            )
        snapshots = _snapshots_of(module, json.loads(file.before)["answers"])
        _withdraw(module, read_before(file.before), snapshots=snapshots)
        file.state, file.undone_at, file.message = UNDONE, clock.now(), reason
        file.save(update_fields=["state", "undone_at", "message"])
        data = {"file": file.name, "days": file.days, "reason": reason}
        audit.record("undo_file", subject=module.key, data=data)
    return str(file.name)


def remember_profile(connection: str, *, profile: Mapping[str, Any]) -> None:
    """Keep which column of the files of a connection means what."""
    module = connection_named(connection)
    with transaction():
        require(Permission.MANAGE_MODULES)
        FileSource.objects.update_or_create(connection=module, defaults={"profile": dict(profile)})
        audit.record("remember_profile", subject=module.key, data={"profile": dict(profile)})


def watch_folder(connection: str, *, folder: str) -> None:
    """Say in which folder files of counts arrive for a connection; empty: in none."""
    file_source(connection)
    module = connection_named(connection)
    with transaction():
        require(Permission.MANAGE_MODULES)
        FileSource.objects.filter(connection=module).update(folder=folder)
        audit.record("watch_folder", subject=module.key, data={"folder": folder})


def _check(new: NewCountFile, receipts: Sequence[Receipt]) -> None:
    refused = [receipt for receipt in receipts if receipt.state == REFUSED]
    if refused:
        problems = [problem for receipt in refused for problem in receipt.problems]
        message = f"{new.name}: {in_words(problems)}. Nothing of the file was stored."
        raise FileRefused(message, problems=problems)


def _changed_places(
    module: ModuleConnection, answered: Sequence[Sequence[Any]]
) -> list[tuple[str, str]]:
    """The keys whose points these answers made or replaced."""
    snapshots = [snapshot.pk for snapshot in _snapshots_of(module, answered)]
    found: set[tuple[str, str]] = set()
    for column in ("u.snapshot_id", "u.replaced_by_id"):
        condition, params = ids_in(column, ids=snapshots)
        rows = fetch(_CHANGED.format(chosen=condition), params)
        found.update((row[0], row[1]) for row in rows)
    return sorted(found)


def _snapshots_of(module: ModuleConnection, answered: Sequence[Sequence[Any]]) -> list[Snapshot]:
    wanted = {(day, revision) for day, revision, _ in answered}
    days = [day for day, _, _ in answered]
    rows = Snapshot.objects.filter(connection=module, day__gte=min(days), day__lte=max(days))
    return [row for row in rows.order_by("pk") if (row.day.isoformat(), row.revision) in wanted]


def _keep(module: ModuleConnection, new: NewCountFile, *, state: str, before: str) -> None:
    CountFile.objects.create(
        connection=module,
        name=new.name[:255],
        content_hash=new.content_hash,
        state=state,
        days=sorted(answer.day.isoformat() for answer in new.answers),
        before=before,
        counts=sum(len(answer.rows) for answer in new.answers),
        taken_at=clock.now(),
        taken_by=current_actor(),
    )


def _overtaken(file: CountFile) -> str:
    """What came or was decided about a file's days after it; empty where nothing did."""
    answered = json.loads(file.before)["answers"]
    snapshots = _snapshots_of(file.connection, answered)
    undone = _undone(file.connection)
    days = {snapshot.day for snapshot in snapshots}
    newest = max(snapshot.pk for snapshot in snapshots)
    said = ("accepted", "quarantined")
    later = Snapshot.objects.filter(connection=file.connection, pk__gt=newest, state__in=said)
    for day, revision in later.order_by("day").values_list("day", "revision"):
        if day in days and (day, revision) not in undone:
            return f"a newer answer came for {day}"
    was = {(date.fromisoformat(day), revision): state for day, revision, state in answered}
    for one in snapshots:
        if was[one.day, one.revision] != one.state:
            return f"it was decided what the answer for {one.day} is worth"
    decisions = CountDecision.objects.filter(
        module_organization__connection=file.connection, decided_at__gte=file.taken_at
    )
    return "it was decided about counts of this module" if decisions.exists() else ""


def _undone(connection: ModuleConnection) -> set[tuple[date, int]]:
    """The answers of files that were undone: they say nothing any more."""
    texts = CountFile.objects.filter(connection=connection, state=UNDONE)
    return {
        (date.fromisoformat(day), revision)
        for text in texts.values_list("before", flat=True)
        for day, revision, _ in json.loads(text)["answers"]
    }


def _withdraw(module: ModuleConnection, before: Before, *, snapshots: Sequence[Snapshot]) -> None:
    shelf = load_book(module, first=before.days[0], last=before.days[-1])
    ids = [snapshot.pk for snapshot in snapshots]
    from_day = restore(shelf.book, before=before, snapshots=ids)
    waiting = [one.pk for one in snapshots if one.state == SnapshotState.QUARANTINED]
    Snapshot.objects.filter(pk__in=waiting).update(state=SnapshotState.REJECTED)
    store_book(shelf, at=clock.now())
    _reopen(module, before)
    marks = [(id, None, from_day) for id in ids]
    insert_rows(CountMark, columns=("snapshot_id", "count_key_id", "from_day"), rows=marks)
    mark_to_follow(ToFollow(module.pk, from_day, snapshot=id) for id in ids)


def _reopen(module: ModuleConnection, before: Before) -> None:
    """Decisions that the answers had ended last again; their keys are looked at anew."""
    found = CountDecision.objects.filter(pk__in=list(before.lasting))
    ended = [row for row in found if row.until_day != before.lasting[row.pk]]
    execute_many(
        "UPDATE count_decision SET until_day = %s WHERE id = %s",
        [(before.lasting[row.pk], row.pk) for row in ended],
    )
    marks = []
    for row in ended:
        condition, params = ids_in("k.module_organization_id", ids=[row.module_organization_id])
        keys = fetch(f"SELECT k.id, k.billing_type_id FROM count_key k WHERE {condition}", params)
        since = (row.until_day or before.days[0]) - ONE_DAY
        marks += [
            (None, key, since)
            for key, billing_type in keys
            if row.billing_type_id in (None, billing_type)
        ]
    insert_rows(CountMark, columns=("snapshot_id", "count_key_id", "from_day"), rows=marks)
    mark_to_follow(ToFollow(module.pk, day, count_key=key) for _, key, day in marks)
