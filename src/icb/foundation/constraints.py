"""What the database itself holds about the audit chain (see guards.py)."""

from __future__ import annotations

from icb.foundation.guard_kinds import Rule, insert_only, refuse_new_rows

GUARDS = [
    insert_only("audit_event", says="recorded events are never changed or removed"),
    refuse_new_rows(
        "audit_event_chain",
        rule=Rule(
            table="audit_event",
            when=(
                "NOT ({new}.sequence = 1 AND {new}.previous_hash = '" + "0" * 64 + "') "
                "AND NOT EXISTS (SELECT 1 FROM audit_event before "
                "WHERE before.provider_id = {new}.provider_id "
                "AND before.sequence = {new}.sequence - 1 AND before.hash = {new}.previous_hash)"
            ),
            says="an event follows the newest one and carries its hash",
        ),
    ),
]
