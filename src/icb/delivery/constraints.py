"""What the database itself holds about deliveries (see foundation/guards.py).

A document leaves the house by one transaction while another declares it void: whichever comes
second waits for one lock and then sees what the first has done.
"""

from __future__ import annotations

from icb.foundation.guard_kinds import (
    Rule,
    frozen_columns,
    insert_only,
    never_deleted,
    refuse_new_rows,
    refuse_update,
)

_LEAVING = "documents_that_leave"
_IS_VOID = "EXISTS (SELECT 1 FROM document_void gone WHERE gone.document_id = {0})"

GUARDS = [
    insert_only("delivery_attempt", says="what happened to a message is final"),
    insert_only("link_view", says="that somebody looked is final"),
    never_deleted("delivery", says="a message stays in the books; cancel it"),
    never_deleted("bounce", says="a bounce stays in the books; clear it"),
    never_deleted("shared_link", says="a link stays in the books; revoke it"),
    frozen_columns(
        "delivery",
        columns=[
            "id",
            "provider_id",
            "kind",
            "organization_id",
            "document_id",
            "about",
            "round",
            "key",
            "created_at",
            "actor",
        ],
        says="a delivery stays that of its document; send again for another one",
    ),
    frozen_columns(
        "bounce",
        columns=["id", "provider_id", "address", "reason", "sha256", "recorded_at"],
        says="what a server reported is final",
    ),
    frozen_columns(
        "shared_link",
        columns=["id", "provider_id", "document_id", "token_hash", "delivery_id", "created_at"],
        says="a link leads to its document alone",
    ),
    refuse_update(
        "revoked_link_stays_revoked",
        rule=Rule(
            table="shared_link",
            when="{old}.revoked_at IS NOT NULL AND {new}.revoked_at IS NULL",
            says="a revoked link works no more; make another one",
        ),
    ),
    refuse_update(
        "sent_message_is_final",
        rule=Rule(
            table="delivery",
            when=(
                "{old}.state IN ('sent', 'cancelled') AND ({old}.state <> {new}.state "
                "OR {old}.attempts <> {new}.attempts)"
            ),
            says="what was sent or cancelled is not sent again; make another delivery",
        ),
    ),
    # Every try is counted and told: none begins that nobody would know of after a stop.
    refuse_update(
        "message_is_sent_by_a_counted_try",
        rule=Rule(
            table="delivery",
            when=(
                "({new}.state = 'sending' AND {old}.state <> 'sending' "
                "AND ({old}.state <> 'waiting' OR {new}.attempts <> {old}.attempts + 1)) "
                "OR ({new}.attempts <> {old}.attempts AND {new}.state <> 'sending')"
            ),
            says="a message is sent out of waiting, and each try is counted",
        ),
    ),
    refuse_new_rows(
        "void_document_is_not_sent",
        rule=Rule(
            table="delivery",
            when=f"{{new}}.state = 'sending' AND {_IS_VOID.format('{new}.document_id')}",
            says="a void document is sent to nobody",
        ),
        updates_too=True,
        lock=_LEAVING,
    ),
    refuse_new_rows(
        "void_document_is_not_shown",
        rule=Rule(
            table="link_view",
            when=(
                "EXISTS (SELECT 1 FROM shared_link shared WHERE shared.id = {new}.link_id "
                f"AND {_IS_VOID.format('shared.document_id')})"
            ),
            says="a void document is shown to nobody",
        ),
        lock=_LEAVING,
    ),
    refuse_new_rows(
        "document_that_left_is_not_void",
        rule=Rule(
            table="document_void",
            when=(
                "EXISTS (SELECT 1 FROM delivery gone WHERE gone.document_id = {new}.document_id "
                "AND gone.state IN ('sending', 'unknown', 'sent')) "
                "OR EXISTS (SELECT 1 FROM shared_link shared "
                "JOIN link_view seen ON seen.link_id = shared.id "
                "WHERE shared.document_id = {new}.document_id)"
            ),
            says="a document that was sent or looked at is not voided; credit it",
        ),
        lock=_LEAVING,
    ),
]
