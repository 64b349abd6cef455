"""Taking back a decision that lasts: its days read again as they would without it."""

from __future__ import annotations

from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.bulk import insert_rows
from icb.foundation.transactions import transaction
from icb.hub.decision_queries import LASTING
from icb.hub.follow_actions import ToFollow, mark_to_follow
from icb.hub.models import CountDecision, CountKey, CountMark
from icb.kernel.errors import NotFound, Refused


def take_back_decision(id: int, *, reason: str = "") -> None:
    """Let a departure, or that counts carry, hold on no day; it stays in the books with its end.

    Raises NotFound, and Refused for accept and reject, which changed what stands, and for one that
    was taken back already.
    """
    with transaction():
        require(Permission.DECIDE)
        found = CountDecision.objects.select_related("module_organization", "billing_type")
        decision = found.filter(pk=id).first()
        if decision is None:
            raise NotFound(
                "decision_not_found",
                f"There is no decision {id}. Nothing was changed. Look into the list again.",
            )
        _check(decision)
        with transaction(lock=f"hub:{decision.module_organization.connection_id}"):
            _end(decision)
        audit.record(
            "take_back_decision",
            subject=str(decision.module_organization),
            data={
                "id": decision.pk,
                "decision": decision.decision,
                "from": decision.from_day.isoformat(),
                "reason": reason,
            },
        )


def _check(decision: CountDecision) -> None:
    if decision.decision not in LASTING:
        raise Refused(
            "decision_does_not_last",
            f"{decision.decision} has changed what stands and cannot be taken back. Nothing was "
            "changed. Sync the day again: a new answer is judged anew.",
        )
    if decision.until_day is not None and decision.until_day <= decision.from_day:
        raise Refused("taken_back", "It was taken back already. Nothing was changed.")


def _end(decision: CountDecision) -> None:
    """Its last day before its first, and marks for everything that reads otherwise now."""
    first = decision.from_day
    CountDecision.objects.filter(pk=decision.pk).update(until_day=first)
    keys = CountKey.objects.filter(module_organization=decision.module_organization)
    if decision.billing_type is not None:
        keys = keys.filter(billing_type=decision.billing_type)
    ids = list(keys.values_list("pk", flat=True))
    insert_rows(
        CountMark,
        columns=("snapshot_id", "count_key_id", "from_day"),
        rows=[(None, key, first) for key in ids],
    )
    connection = decision.module_organization.connection_id
    mark_to_follow(ToFollow(connection, first, count_key=key) for key in ids)
