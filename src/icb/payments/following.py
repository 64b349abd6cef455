"""What payments do when documents are issued or voided, in the transaction that does it."""

from __future__ import annotations

from collections.abc import Sequence

from icb.foundation.bulk import fetch, ids_in
from icb.invoicing.ports import register_document_follower, register_void_obstacle
from icb.payments.booking import (
    Settled,
    add_documents,
    live_allocations,
    lock,
    remove_document,
    take_back,
    write_allocations,
)
from icb.payments.sharing import Part, taken_in_turn

_SHOWN = 5


class AccountFollower:
    """Keeps the accounts of organizations in step with their documents.

    A credit note of an invoice settles what is open of that invoice; what it credits beyond that,
    because it was paid already, stays as credit of the organization.
    """

    def issued(self, document_ids: Sequence[int]) -> None:
        """Put new documents on their accounts."""
        lock()
        add_documents(document_ids)
        write_allocations(_credits(document_ids))

    def voided(self, document_id: int) -> None:
        """Take a document off its account, with what it settled of the invoice it credited."""
        lock()
        take_back(live_allocations("credit_id", ids=[document_id]), reason="The credit is void.")
        remove_document(document_id)


def void_obstacle(document_id: int) -> str:
    """Why a document is not voided: payments or other credit settle it, or it settles others."""
    lock()
    numbers = [
        row[0]
        for row in fetch(
            "SELECT CASE WHEN part.document_id <> %s THEN owed.number "
            "WHEN part.credit_id IS NOT NULL THEN note.number ELSE 'payment ' || came.number END "
            "FROM allocation part JOIN document owed ON owed.id = part.document_id "
            "LEFT JOIN document note ON note.id = part.credit_id "
            "LEFT JOIN payment came ON came.id = part.payment_id "
            "WHERE (part.document_id = %s OR part.credit_id = %s) AND NOT (note.id IS NOT NULL "
            "AND note.id = %s AND note.credits_id IS NOT NULL AND note.credits_id = owed.id) "
            "AND NOT EXISTS (SELECT 1 FROM reversal back WHERE back.allocation_id = part.id) "
            "ORDER BY part.id",
            [document_id] * 4,
        )
    ]
    if not numbers:
        return ""
    more = f" and {len(numbers) - _SHOWN} more" if len(numbers) > _SHOWN else ""
    return (
        f"it is settled with {', '.join(numbers[:_SHOWN])}{more}; take the allocations back on "
        "the page of each payment or credit note first, if it has to be void"
    )


def register() -> None:
    """Follow documents, and object to voids; called once, at start-up."""
    register_document_follower(_FOLLOWER)
    register_void_obstacle(void_obstacle)


_FOLLOWER = AccountFollower()


def _credits(document_ids: Sequence[int]) -> list[Settled]:
    """What new credit notes settle of the invoices that they credit."""
    chosen, params = ids_in("note.id", ids=document_ids)
    left: dict[int, int] = {}
    found = []
    for credit, invoice, amount, is_open in fetch(
        "SELECT note.id, note.credits_id, -note.total, item.open FROM document note "
        "JOIN account_item item ON item.document_id = note.credits_id "
        f"WHERE {chosen} AND note.total < 0 ORDER BY note.id",
        params,
    ):
        open_now = left.setdefault(invoice, is_open)
        for part in taken_in_turn(amount, claims=[Part(invoice, open_now)]):
            left[invoice] -= part.amount
            found.append(Settled(part.id, part.amount, credit=credit))
    return found
