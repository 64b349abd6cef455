"""What the database itself holds about mappings (see foundation/guards.py)."""

from __future__ import annotations

from icb.foundation.guard_kinds import Rule, days_overlap, insert_only, refuse_new_rows

GUARDS = [
    refuse_new_rows(
        "organization_mapping_one_per_day",
        rule=Rule(
            table="organization_mapping",
            when=(
                "EXISTS (SELECT 1 FROM organization_mapping other "
                "WHERE other.module_organization_id = {new}.module_organization_id "
                f"AND other.id <> {{new}}.id AND {days_overlap('other', other='{new}')})"
            ),
            says="a module organization belongs to one organization on each day",
        ),
        updates_too=True,
        lock="organization_mapping",
    ),
    # The later row is the one with the higher id. It may drive a second service where the user
    # said so, but never the same one, or the same usage would be billed twice.
    refuse_new_rows(
        "service_mapping_one_per_day",
        rule=Rule(
            table="service_mapping",
            when=(
                "EXISTS (SELECT 1 FROM service_mapping other "
                "WHERE other.contract_id = {new}.contract_id "
                "AND other.billing_type_id = {new}.billing_type_id "
                f"AND other.id <> {{new}}.id AND {days_overlap('other', other='{new}')} "
                "AND (other.contract_service_id IS NOT DISTINCT FROM {new}.contract_service_id "
                "OR (other.id < {new}.id AND NOT {new}.is_also) "
                "OR (other.id > {new}.id AND NOT other.is_also)))"
            ),
            says="a type drives one service of a contract on each day, another only by also",
        ),
        updates_too=True,
        lock="service_mapping",
    ),
    insert_only("activity", says="what the activity log told is never changed or removed"),
]
