"""What a person decides about answers that wait as a whole (rules, section 5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from icb.foundation import audit
from icb.foundation.actor import require
from icb.foundation.bulk import insert_rows
from icb.foundation.permissions import Permission
from icb.foundation.transactions import transaction
from icb.hub.book_actions import store_book
from icb.hub.book_queries import load_book
from icb.hub.follow_actions import ToFollow, mark_to_follow
from icb.hub.kept_rows import from_text
from icb.hub.models import CountMark, Decision, ModuleConnection, Snapshot, SnapshotState
from icb.hub.module_queries import connection_named
from icb.hub.receiving import ACCEPTED, Receiver
from icb.kernel import clock
from icb.kernel.errors import InvalidInput, Refused


def decide_quarantined(
    connection: str, *, from_day: date, decision: str, reason: str = ""
) -> list[str]:
    """Accept or reject all quarantined answers of a module from a day on.

    Accepted answers are taken in order of receipt, without a guard; one that a newer answer has
    overtaken is superseded. Gives what became of each.
    """
    if decision not in (Decision.ACCEPT, Decision.REJECT):
        raise InvalidInput(
            field="decision",
            value=decision,
            message=f"decision: a quarantined answer is accepted or rejected, not {decision}. "
            "Nothing was changed. Give accept or reject.",
        )
    module = connection_named(connection)
    with transaction(lock=f"hub:{module.pk}"):
        require(Permission.DECIDE)
        waiting = list(
            Snapshot.objects.filter(
                connection=module, state=SnapshotState.QUARANTINED, day__gte=from_day
            )
            .select_related("kept_rows")
            .order_by("id")
        )
        if not waiting:
            raise Refused(
                "nothing_quarantined",
                f"{module.key} has no quarantined answer from {from_day} on. Nothing was changed.",
            )
        is_accepted = decision == Decision.ACCEPT
        states = _accept(module, waiting) if is_accepted else ["rejected"] * len(waiting)
        for snapshot, state in zip(waiting, states, strict=True):
            Snapshot.objects.filter(pk=snapshot.pk).update(state=state)
        audit.record(
            "decide_quarantined",
            subject=module.key,
            data={
                "snapshots": {str(s.pk): state for s, state in zip(waiting, states, strict=True)},
                "decision": decision,
                "reason": reason,
            },
        )
    return states


def _accept(module: ModuleConnection, waiting: Sequence[Snapshot]) -> list[str]:
    first, last = min(s.day for s in waiting), max(s.day for s in waiting)
    shelf = load_book(module, first=first, last=last)
    states, marks = [], []
    for snapshot in waiting:
        answer = from_text(
            snapshot.kept_rows.rows,
            day=snapshot.day,
            is_complete=snapshot.is_complete,
            stamp=snapshot.stamp,
        )
        receiver = Receiver(shelf.book, answer=answer, snapshot=snapshot.pk)
        if receiver.read.contradicted:
            raise Refused(
                "contradictory_answer",
                f"The answer of {module.key} for {snapshot.day} says two different counts for one "
                "key, so it cannot be accepted. Nothing was changed. Reject it and sync again.",
            )
        receipt = receiver.receive(is_decided=True)
        states.append(ACCEPTED if receipt.state == ACCEPTED else "superseded")
        if receipt.state == ACCEPTED:
            marks.append((snapshot.pk, None, receiver.from_day or snapshot.day))
        store_book(shelf, at=clock.now())
    insert_rows(CountMark, columns=("snapshot_id", "count_key_id", "from_day"), rows=marks)
    mark_to_follow(
        ToFollow(module.pk, from_day, snapshot=snapshot) for snapshot, _, from_day in marks
    )
    return states
