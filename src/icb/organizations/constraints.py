"""What the database itself holds about organizations (see foundation/guards.py)."""

from __future__ import annotations

from icb.foundation.guard_kinds import (
    Rule,
    changed,
    days_overlap,
    frozen_columns,
    never_deleted,
    refuse_new_rows,
    refuse_removal,
    refuse_update,
)

# Documents took this tax in the region of the row on the row's first day, or on a later one.
_USED = (
    "EXISTS (SELECT 1 FROM tax_use used WHERE used.tax_rate_id = {row}.tax_rate_id "
    "AND used.last_day >= {row}.from_day "
    "AND (used.found_in = {row}.region OR used.region = {row}.region))"
)
_TAX_IS_FIXED = "documents took this tax on such a day; give a percentage from a later day on"

GUARDS = [
    frozen_columns(
        "organization",
        columns=["id", "provider_id", "key"],
        says="an organization keeps its provider and its key",
    ),
    frozen_columns(
        "tax_rate",
        columns=["id", "provider_id", "key"],
        says="a tax keeps its provider and its key",
    ),
    refuse_new_rows(
        "tax_percentage_after_its_use",
        rule=Rule("tax_percentage", _USED.format(row="{new}"), says=_TAX_IS_FIXED),
        updates_too=True,
    ),
    refuse_update(
        "tax_percentage_used_changes",
        rule=Rule("tax_percentage", _USED.format(row="{old}"), says=_TAX_IS_FIXED),
    ),
    refuse_removal(
        "tax_percentage_used_stays",
        rule=Rule("tax_percentage", _USED.format(row="{old}"), says=_TAX_IS_FIXED),
    ),
    never_deleted("tax_use", says="a tax that documents took was taken"),
    refuse_update(
        "tax_use_goes_on",
        rule=Rule(
            table="tax_use",
            when="{new}.last_day < {old}.last_day OR "
            + changed(["id", "provider_id", "tax_rate_id", "region", "found_in"]),
            says="the last day on which documents took a tax only moves on",
        ),
    ),
    refuse_new_rows(
        "tax_exemption_once",
        rule=Rule(
            table="tax_exemption",
            when=(
                "EXISTS (SELECT 1 FROM tax_exemption other "
                "WHERE other.organization_id = {new}.organization_id AND other.id <> {new}.id "
                "AND other.tax_rate_id IS NOT DISTINCT FROM {new}.tax_rate_id "
                f"AND {days_overlap('other', other='{new}')})"
            ),
            says="an organization is exempt from a tax once on each day",
        ),
        updates_too=True,
        lock="tax_exemptions",
    ),
]
