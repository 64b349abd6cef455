"""What the database itself holds about payments (see foundation/guards.py).

An allocation and its reversal, a payment's reversal and a document's void each depend on rows that
another transaction may be writing. All of them wait for one lock, so that whichever comes second
sees what the first has done.
"""

from __future__ import annotations

from icb.foundation.guard_kinds import Rule, frozen_columns, insert_only, refuse_new_rows

_SETTLING = "settling"
_LIVE = "NOT EXISTS (SELECT 1 FROM reversal back WHERE back.allocation_id = {0}.id)"
_LIVE_PART = _LIVE.format("part")


def _settled(column: str) -> str:
    """The live allocations of the new row's payment, credit note or document, added up."""
    return (
        f"(SELECT SUM(part.amount) FROM allocation part WHERE part.{column} = {{new}}.{column} "
        f"AND {_LIVE_PART})"
    )


GUARDS = [
    insert_only("payment_file", says="a file that was taken is final"),
    insert_only("payment", says="a recorded payment is final; reverse it"),
    insert_only("allocation", says="an allocation is final; take it back"),
    insert_only("reversal", says="what is reversed stays reversed"),
    frozen_columns(
        "account_item",
        columns=[
            "id",
            "provider_id",
            "document_id",
            "payment_id",
            "organization_id",
            "currency",
            "day",
            "due_on",
            "amount",
        ],
        says="only what is open and paid of an item changes",
    ),
    refuse_new_rows(
        "payment_recorded_again",
        rule=Rule(
            table="payment",
            when=(
                "{new}.revision <> 1 AND NOT EXISTS (SELECT 1 FROM payment earlier "
                "JOIN reversal back ON back.payment_id = earlier.id "
                "WHERE earlier.provider_id = {new}.provider_id AND earlier.source = {new}.source "
                "AND earlier.external_id = {new}.external_id "
                "AND earlier.revision = {new}.revision - 1)"
            ),
            says="a payment is recorded again only after the one before was reversed",
        ),
    ),
    refuse_new_rows(
        "allocation_on_one_account",
        rule=Rule(
            table="allocation",
            when=(
                "NOT EXISTS (SELECT 1 FROM document owed WHERE owed.id = {new}.document_id "
                "AND owed.provider_id = {new}.provider_id AND owed.total > 0 "
                "AND (EXISTS (SELECT 1 FROM payment came WHERE came.id = {new}.payment_id "
                "AND came.organization_id = owed.organization_id "
                "AND came.currency = owed.currency) "
                "OR EXISTS (SELECT 1 FROM document note WHERE note.id = {new}.credit_id "
                "AND note.total < 0 AND note.organization_id = owed.organization_id "
                "AND note.currency = owed.currency)))"
            ),
            says="only what the same organization owes in the same currency is settled",
        ),
    ),
    refuse_new_rows(
        "allocation_of_what_holds",
        rule=Rule(
            table="allocation",
            when=(
                "EXISTS (SELECT 1 FROM document_void gone "
                "WHERE gone.document_id IN ({new}.document_id, {new}.credit_id)) "
                "OR EXISTS (SELECT 1 FROM reversal back WHERE back.payment_id = {new}.payment_id)"
            ),
            says="nothing is settled that is void, or with what was reversed",
        ),
        lock=_SETTLING,
    ),
    refuse_new_rows(
        "allocation_within_what_is_owed",
        rule=Rule(
            table="allocation",
            when=(
                f"{_settled('document_id')} > "
                "(SELECT owed.total FROM document owed WHERE owed.id = {new}.document_id)"
            ),
            says="no more is settled of a document than it comes to",
        ),
        lock=_SETTLING,
    ),
    refuse_new_rows(
        "allocation_within_the_payment",
        rule=Rule(
            table="allocation",
            when=(
                f"{_settled('payment_id')} > "
                "(SELECT came.amount FROM payment came WHERE came.id = {new}.payment_id)"
            ),
            says="no more of a payment is allocated than it holds",
        ),
        lock=_SETTLING,
    ),
    refuse_new_rows(
        "allocation_within_the_credit",
        rule=Rule(
            table="allocation",
            when=(
                f"{_settled('credit_id')} > "
                "(SELECT -note.total FROM document note WHERE note.id = {new}.credit_id)"
            ),
            says="no more of a credit note is allocated than it holds",
        ),
        lock=_SETTLING,
    ),
    refuse_new_rows(
        "reversed_payment_is_free",
        rule=Rule(
            table="reversal",
            when=(
                "EXISTS (SELECT 1 FROM allocation part "
                f"WHERE part.payment_id = {{new}}.payment_id AND {_LIVE_PART})"
            ),
            says="a payment is reversed together with its allocations",
        ),
        lock=_SETTLING,
    ),
    # What a credit note settles of its own invoice goes with it; the void takes it back at once.
    refuse_new_rows(
        "void_document_is_free",
        rule=Rule(
            table="document_void",
            when=(
                "EXISTS (SELECT 1 FROM allocation part "
                f"WHERE part.document_id = {{new}}.document_id AND {_LIVE_PART}) "
                "OR EXISTS (SELECT 1 FROM allocation part "
                "JOIN document note ON note.id = part.credit_id "
                f"WHERE part.credit_id = {{new}}.document_id AND {_LIVE_PART} "
                "AND note.credits_id IS DISTINCT FROM part.document_id)"
            ),
            says="a document with allocations is not voided; take them back first",
        ),
        lock=_SETTLING,
    ),
]
