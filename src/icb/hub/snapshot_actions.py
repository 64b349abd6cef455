"""Take what modules report: answers, single events, and the news that a sync has failed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from icb.foundation import audit
from icb.foundation.actor import require
from icb.foundation.bulk import fetch, insert_rows, reserve_ids
from icb.foundation.collector import collector_paused
from icb.foundation.permissions import Permission
from icb.foundation.providers import provider_days
from icb.foundation.transactions import transaction
from icb.hub.book_actions import store_book
from icb.hub.book_queries import Shelf, load_book, type_rules
from icb.hub.follow_actions import ToFollow, mark_to_follow
from icb.hub.inputs import Answer, CountRow, Problem, Receipt
from icb.hub.kept_rows import as_text
from icb.hub.models import (
    CountMark,
    FailedSync,
    ModuleConnection,
    QuarantinedRows,
    Snapshot,
)
from icb.hub.module_queries import connection_named
from icb.hub.receiving import (
    ACCEPTED,
    QUARANTINED,
    REFUSED,
    EarlyReading,
    Receiver,
    read_early,
)
from icb.kernel import clock
from icb.kernel.days import ONE_DAY, DayRange
from icb.kernel.errors import InvalidInput

_SHOWN_PROBLEMS = 5


def take_snapshot(connection: str, *, answer: Answer) -> Receipt:
    """Take a module's answer for one day: whole, or not at all (rules, section 5).

    A refused answer is recorded as well; its rows are not.
    """
    return take_snapshots(connection, answers=[answer])[0]


def take_snapshots(connection: str, *, answers: Sequence[Answer]) -> list[Receipt]:
    """Take answers of one module in this order, each judged as if it came alone."""
    if not answers:
        return []
    module = connection_named(connection)
    with collector_paused():
        # Before the lock: reading a large day takes as long as a third of storing it.
        types = type_rules(module)
        early = [read_early(answer, types=types) for answer in answers]
        return _take(module, answers=answers, early=early)


def _take(
    module: ModuleConnection, *, answers: Sequence[Answer], early: Sequence[EarlyReading]
) -> list[Receipt]:
    with transaction(lock=f"hub:{module.pk}"):
        require(Permission.RECORD_COUNTS)
        if any(answer.settled is not None for answer in answers):
            require(Permission.DECIDE)
        shelf = load_book(
            module,
            first=min(answer.day for answer in answers),
            last=max(answer.day for answer in answers),
            organizations=_named(answers),
            is_for_answers=True,
        )
        receipts = _Intake(shelf, answers, early).take()
        states = [receipt.state for receipt in receipts]
        audit.record(
            "take_snapshots",
            subject=module.key,
            data={
                "days": sorted({answer.day.isoformat() for answer in answers}),
                "states": {state: states.count(state) for state in sorted(set(states))},
                "stored": sum(receipt.stored for receipt in receipts),
            },
        )
    return receipts


def take_event(
    connection: str, *, organization: str, billing_type: str, count: object, at: datetime
) -> Receipt:
    """Take one pushed count: it counts for its own key, on the provider's date at `at`."""
    row = CountRow(organization, billing_type, count)
    day = provider_days().day_of(at)
    return take_snapshot(connection, answer=Answer(day=day, rows=[row], is_complete=False))


def record_failed_sync(connection: str, *, days: DayRange, reason: str) -> None:
    """The sync of these days has finally failed: nothing was stored, waiting is over."""
    if days.days < 1:
        raise InvalidInput(
            field="days",
            message=f"days: {days.start} to {days.end} has no day. Nothing was stored. "
            "Give a first day and a later end.",
        )
    module = connection_named(connection)
    with transaction(lock=f"hub:{module.pk}"):
        require(Permission.RECORD_COUNTS)
        at = clock.now()
        ids = reserve_ids(FailedSync, count=days.days)
        failed = [
            FailedSync(
                id=id,
                connection=module,
                day=days.start + ONE_DAY * number,
                reason=reason,
                failed_at=at,
            )
            for number, id in enumerate(ids)
        ]
        FailedSync.objects.bulk_create(failed)
        mark_to_follow(ToFollow(module.pk, row.day, failed_sync=row.pk) for row in failed)
        audit.record(
            "record_failed_sync",
            subject=module.key,
            data={
                "from": days.start.isoformat(),
                "to": (days.end - ONE_DAY).isoformat(),
                "reason": reason,
            },
        )


class _Intake:
    """Takes answers into a shelf and stores them, as few times as can be."""

    def __init__(
        self, shelf: Shelf, answers: Sequence[Answer], early: Sequence[EarlyReading]
    ) -> None:
        self.shelf = shelf
        self.answers = answers
        self.early = early
        self.ids = reserve_ids(Snapshot, count=len(answers))
        self.revisions = _revisions(shelf.connection, answers)
        self.at = clock.now()
        self.snapshots: list[Snapshot] = []
        self.kept: list[QuarantinedRows] = []
        self.marks: list[tuple[int, None, date]] = []
        self.to_follow: list[ToFollow] = []
        self.taken: set[date] = set()  # since the last time that something was stored

    def take(self) -> list[Receipt]:
        """Take all answers; what became of each."""
        receipts = []
        for id, answer, early in zip(self.ids, self.answers, self.early, strict=True):
            if answer.day in self.taken:
                # Each revision of a day leaves its own rows behind.
                self._store()
            self.taken.add(answer.day)
            receipts.append(self._take_one(id, answer, early=early))
        self._store()
        return receipts

    def _take_one(self, id: int, answer: Answer, *, early: EarlyReading) -> Receipt:
        receiver = Receiver(self.shelf.book, answer=answer, snapshot=id, early=early)
        receipt = receiver.receive()
        revision = self.revisions[answer.day] = self.revisions.get(answer.day, 0) + 1
        snapshot = Snapshot(
            id=id,
            connection=self.shelf.connection,
            day=answer.day,
            state=receipt.state,
            is_complete=answer.is_complete,
            stamp=answer.stamp,
            revision=revision,
            content_hash=receiver.proof.content,
            row_count=len(receiver.read.counts),
            received_at=self.at,
            reason=in_words(receipt.problems),
        )
        self.snapshots.append(snapshot)
        if receipt.state == QUARANTINED:
            self.kept.append(QuarantinedRows(snapshot_id=id, rows=as_text(answer)))
        if receipt.state == ACCEPTED and receiver.from_day is not None:
            self.marks.append((id, None, receiver.from_day))
        if receipt.state in (ACCEPTED, QUARANTINED, REFUSED):
            from_day = receiver.from_day or answer.day
            self.to_follow.append(ToFollow(self.shelf.connection.pk, from_day, snapshot=id))
        return Receipt(
            state=receipt.state,
            revision=revision,
            stored=receipt.stored,
            problems=receipt.problems,
        )

    def _store(self) -> None:
        Snapshot.objects.bulk_create(self.snapshots, batch_size=50)
        QuarantinedRows.objects.bulk_create(self.kept, batch_size=50)
        store_book(self.shelf, at=self.at)
        insert_rows(CountMark, columns=("snapshot_id", "count_key_id", "from_day"), rows=self.marks)
        mark_to_follow(self.to_follow)
        self.snapshots, self.kept, self.marks, self.to_follow = [], [], [], []
        self.taken.clear()


def in_words(problems: Iterable[Problem]) -> str:
    """The problems as the text that is kept with the snapshot."""
    messages = [problem.message for problem in problems]
    rest = len(messages) - _SHOWN_PROBLEMS
    more = [f"and {rest} more"] if rest > 0 else []
    return "; ".join([*messages[:_SHOWN_PROBLEMS], *more])


def _named(answers: Sequence[Answer]) -> set[str] | None:
    """The organizations that partial answers are about; None where all are needed."""
    if any(answer.is_complete for answer in answers):
        return None
    return {str(row[0]) for answer in answers for row in answer.rows}


def _revisions(connection: ModuleConnection, answers: Sequence[Answer]) -> dict[date, int]:
    days = [answer.day for answer in answers]
    rows = fetch(
        "SELECT day, MAX(revision) FROM snapshot WHERE connection_id = %s "
        "AND day >= %s AND day <= %s GROUP BY day",
        [connection.pk, min(days), max(days)],
    )
    return {row[0]: row[1] for row in rows}
