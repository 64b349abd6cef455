"""What the database itself holds about documents (see foundation/guards.py).

Numbers: the documents of a series are inserted in ascending order, beginning with the series'
`next_number`, and `next_number` moves on afterwards, in the same transaction. It skips numbers
only before the first document, and while issuing is locked after a restore.
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

# An item is put on a document by one transaction while another takes it back: whichever of the two
# comes second waits for this lock and then sees what the first has done.
_ITEMS = "items_of_documents"

GUARDS = [
    insert_only("document", says="an issued document is final; void or credit it"),
    insert_only("document_line", says="a line of an issued document is final"),
    insert_only("document_tax", says="the tax of an issued document is final"),
    insert_only("document_void", says="a voided document stays void"),
    insert_only("rendering", says="a rendering is final"),
    insert_only("electronic_check", says="what a validator said is final; check again"),
    insert_only("electronic_file", says="the file of an e-invoice is final"),
    insert_only("document_template", says="a version of a template is final; make another one"),
    insert_only("logo", says="a logo is final; store another one"),
    never_deleted("number_series", says="a series of numbers is kept"),
    frozen_columns(
        "number_series",
        columns=["id", "provider_id", "kind"],
        says="a series keeps its provider and kind",
    ),
    refuse_new_rows(
        "document_sequence_has_no_gap",
        rule=Rule(
            table="document",
            when=(
                "NOT EXISTS (SELECT 1 FROM number_series series "
                "WHERE series.provider_id = {new}.provider_id AND series.kind = {new}.kind "
                "AND (series.next_number = {new}.sequence OR (series.next_number < {new}.sequence "
                "AND EXISTS (SELECT 1 FROM document before "
                "WHERE before.provider_id = {new}.provider_id AND before.kind = {new}.kind "
                "AND before.sequence = {new}.sequence - 1))))"
            ),
            says="a document takes the next number of its series",
        ),
    ),
    refuse_update(
        "number_series_goes_on",
        rule=Rule(
            table="number_series",
            when=(
                "{new}.next_number < {old}.next_number OR ({new}.next_number > {old}.next_number "
                "AND NOT EXISTS (SELECT 1 FROM document last "
                "WHERE last.provider_id = {new}.provider_id AND last.kind = {new}.kind "
                "AND last.sequence = {new}.next_number - 1) "
                "AND EXISTS (SELECT 1 FROM document issued "
                "WHERE issued.provider_id = {new}.provider_id AND issued.kind = {new}.kind) "
                "AND NOT EXISTS (SELECT 1 FROM provider own "
                "WHERE own.id = {new}.provider_id AND own.issuing_locked))"
            ),
            says="the next number moves on with the documents, never back and never past a gap",
        ),
    ),
    refuse_new_rows(
        "document_line_takes_posted",
        rule=Rule(
            table="document_line",
            when=(
                "{new}.item_id IS NOT NULL AND EXISTS "
                "(SELECT 1 FROM unposting taken WHERE taken.item_id = {new}.item_id)"
            ),
            says="an item that was un-posted goes on no document",
        ),
        lock=f"shared:{_ITEMS}",
    ),
    # By induction the item's lines before this one are all on void documents.
    refuse_new_rows(
        "document_line_item_once",
        rule=Rule(
            table="document_line",
            when=(
                "{new}.item_id IS NOT NULL AND {new}.attempt <> 1 AND NOT EXISTS "
                "(SELECT 1 FROM document_line before "
                "JOIN document_void void ON void.document_id = before.document_id "
                "WHERE before.item_id = {new}.item_id AND before.attempt = {new}.attempt - 1)"
            ),
            says="an item goes on another document only after the one before was voided",
        ),
    ),
    refuse_new_rows(
        "unposting_is_on_no_document",
        rule=Rule(
            table="unposting",
            when=(
                "EXISTS (SELECT 1 FROM document_line line WHERE line.item_id = {new}.item_id "
                "AND NOT EXISTS (SELECT 1 FROM document_void void "
                "WHERE void.document_id = line.document_id))"
            ),
            says="an item on a document is not un-posted; void or credit the document",
        ),
        lock=_ITEMS,
    ),
]
