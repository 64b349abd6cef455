"""What the database itself holds about journal, periods and transfers (foundation/guards.py).

The lines of an entry are written before the entry itself. So one check when the entry comes, and
one that refuses lines to an entry that is there, keep every entry balanced for ever.
"""

from __future__ import annotations

from icb.foundation.guard_kinds import (
    Rule,
    changed,
    frozen_columns,
    insert_only,
    never_deleted,
    refuse_new_rows,
    refuse_update,
)

_TRANSFER_IDENTITY = ["id", "provider_id", "document_id", "target_id", "act", "round", "key"]
_WHAT_STANDS_THERE = [
    "batch_id",
    "sent_id",
    "sent_number",
    "their_net",
    "their_tax",
    "their_total",
    "sent_at",
]

GUARDS = [
    never_deleted("account", says="an account is kept; set it inactive"),
    frozen_columns(
        "account",
        columns=["id", "provider_id", "code", "kind"],
        says="an account keeps its code and kind",
    ),
    insert_only("period_lock", says="the history of closings is kept"),
    insert_only("journal_entry", says="a journal entry is final"),
    insert_only("journal_line", says="a line of a journal entry is final"),
    insert_only("accounting_file", says="a file that was made keeps its bytes"),
    insert_only("transfer_event", says="what happened to a transfer is kept"),
    never_deleted("transfer", says="a transfer is kept; reset it"),
    frozen_columns(
        "transfer", columns=_TRANSFER_IDENTITY, says="a transfer keeps its document and its key"
    ),
    refuse_update(
        "transfer_ends_once",
        rule=Rule(
            table="transfer",
            when=(
                "({old}.state IN ('reset', 'withdrawn') AND {new}.state <> {old}.state) OR "
                "({old}.state = 'sent' AND {new}.state NOT IN ('sent', 'reset')) OR "
                "({old}.state IN ('sent', 'reset') AND "
                f"({changed(_WHAT_STANDS_THERE)}))"
            ),
            says="what was transferred stays so until it is reset",
        ),
    ),
    refuse_update(
        "transfer_is_sent_to_the_cent",
        rule=Rule(
            table="transfer",
            when=(
                "{new}.state = 'sent' AND {old}.state <> 'sent' AND {new}.batch_id IS NULL "
                "AND EXISTS (SELECT 1 FROM document d WHERE d.id = {new}.document_id AND "
                "(({new}.their_total IS DISTINCT FROM d.total AND {new}.act = 'send') "
                "OR {new}.their_net <> d.net OR {new}.their_tax <> d.tax))"
            ),
            says="only what stands there with the same figures is transferred",
        ),
    ),
    refuse_new_rows(
        "journal_entry_balances",
        rule=Rule(
            table="journal_entry",
            when=(
                "{new}.amount IS DISTINCT FROM (SELECT SUM(l.debit) FROM journal_line l "
                "WHERE l.entry_id = {new}.id) OR {new}.amount IS DISTINCT FROM "
                "(SELECT SUM(l.credit) FROM journal_line l WHERE l.entry_id = {new}.id)"
            ),
            says="the debits of a journal entry are its credits",
        ),
    ),
    refuse_new_rows(
        "journal_line_before_its_entry",
        rule=Rule(
            table="journal_line",
            when="EXISTS (SELECT 1 FROM journal_entry e WHERE e.id = {new}.entry_id)",
            says="a journal entry takes no line after it was made",
        ),
    ),
    refuse_new_rows(
        "journal_entry_in_an_open_period",
        rule=Rule(
            table="journal_entry",
            when=(
                "EXISTS (SELECT 1 FROM period_lock p WHERE p.provider_id = {new}.provider_id "
                "AND p.until >= {new}.booked_on AND NOT EXISTS (SELECT 1 FROM period_lock later "
                "WHERE later.provider_id = p.provider_id AND later.id > p.id))"
            ),
            says="nothing is booked in a period that is closed",
        ),
    ),
]
