"""What the database itself holds about billing items (see foundation/guards.py)."""

from __future__ import annotations

from icb.foundation.guard_kinds import Rule, insert_only, refuse_new_rows

_SAME_LINE = (
    "posted.period_start = {new}.period_start AND posted.line = {new}.line "
    "AND posted.effective_on = {new}.effective_on AND posted.revision >= {new}.revision"
)

GUARDS = [
    insert_only("posting", says="a posting is final"),
    insert_only("billing_item", says="a posted item is final; a correction is an item of its own"),
    insert_only("unposting", says="an un-posting is final"),
    refuse_new_rows(
        "draft_item_follows_posted",
        rule=Rule(
            table="draft_item",
            # Two conditions, because each is answered from the index of its own unique key.
            when=(
                "({new}.contract_service_id IS NOT NULL "
                "AND EXISTS (SELECT 1 FROM billing_item posted "
                "WHERE posted.contract_service_id = {new}.contract_service_id "
                f"AND {_SAME_LINE})) "
                "OR ({new}.contract_service_id IS NULL "
                "AND EXISTS (SELECT 1 FROM billing_item posted "
                "WHERE posted.contract_service_id IS NULL "
                f"AND posted.contract_id = {{new}}.contract_id AND {_SAME_LINE}))"
            ),
            says="a draft comes after every posted item of its key",
        ),
        updates_too=True,
    ),
]
