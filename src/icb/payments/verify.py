"""Whether payments are whole: what must hold of every payment, allocation and open amount."""

from __future__ import annotations

from collections.abc import Iterator

from icb.foundation.bulk import fetch
from icb.foundation.scope import provider_id

_LIVE = "NOT EXISTS (SELECT 1 FROM reversal back WHERE back.allocation_id = part.id)"
_SUM = (
    f"COALESCE((SELECT SUM(part.amount) FROM allocation part WHERE part.{{0}} = {{1}} AND {_LIVE}"
    "{2}), 0)"
)


def payment_problems() -> list[str]:
    """What is wrong with the payments of the provider in scope; empty where all is well."""
    return [
        *_settled_problems(),
        *_used_problems(),
        *_allocation_problems(),
        *_reversal_problems(),
        *_item_problems(),
    ]


def _settled_problems() -> Iterator[str]:
    """No more is settled of a document than it comes to."""
    rows = fetch(
        "SELECT owed.number FROM allocation part JOIN document owed ON owed.id = part.document_id "
        f"WHERE part.provider_id = %s AND {_LIVE} GROUP BY owed.id, owed.number, owed.total "
        "HAVING SUM(part.amount) > owed.total ORDER BY owed.id",
        [provider_id()],
    )
    return (f"{number}: more is allocated to it than it comes to." for (number,) in rows)


def _used_problems() -> Iterator[str]:
    """No more of a payment or credit note is allocated than it holds."""
    for table, column, amount, name in (
        ("payment", "payment_id", "came.amount", "payment "),
        ("document", "credit_id", "-came.total", ""),
    ):
        rows = fetch(
            f"SELECT came.number FROM allocation part JOIN {table} came ON came.id = part.{column} "
            f"WHERE part.provider_id = %s AND {_LIVE} GROUP BY came.id, came.number, {amount} "
            f"HAVING SUM(part.amount) > {amount} ORDER BY came.id",
            [provider_id()],
        )
        for (number,) in rows:
            yield f"{name}{number}: more of it is allocated than it holds."


def _allocation_problems() -> Iterator[str]:
    """What holds is of one account, of a payment that holds, and of documents that are not void."""
    rows = fetch(
        f"""
        SELECT part.id, owed.number FROM allocation part
        JOIN document owed ON owed.id = part.document_id
        LEFT JOIN payment came ON came.id = part.payment_id
        LEFT JOIN document note ON note.id = part.credit_id
        WHERE part.provider_id = %s AND {_LIVE} AND (
            COALESCE(came.organization_id, note.organization_id) <> owed.organization_id
            OR COALESCE(came.currency, note.currency) <> owed.currency
            OR EXISTS (SELECT 1 FROM reversal gone WHERE gone.payment_id = part.payment_id)
            OR EXISTS (SELECT 1 FROM document_void gone
                       WHERE gone.document_id IN (part.document_id, part.credit_id)))
        ORDER BY part.id
        """,
        [provider_id()],
    )
    for allocation, number in rows:
        yield (
            f"{number}: allocation {allocation} holds, but is of another account, or one side of "
            "it does not hold."
        )


def _reversal_problems() -> Iterator[str]:
    """A payment is recorded again only after the one before was reversed."""
    rows = fetch(
        "SELECT source, external_id FROM payment came WHERE provider_id = %s "
        "AND external_id <> '' AND NOT EXISTS "
        "(SELECT 1 FROM reversal back WHERE back.payment_id = came.id) "
        "GROUP BY source, external_id HAVING COUNT(*) > 1 ORDER BY source, external_id",
        [provider_id()],
    )
    return (f"{source}: payment {key} is recorded more than once." for source, key in rows)


def _item_problems() -> Iterator[str]:
    """The account items are exactly the live documents and payments, with what is open of them."""
    settled = _SUM.format("document_id", "owed.id", "")
    paid = _SUM.format("document_id", "owed.id", " AND part.payment_id IS NOT NULL")
    used = _SUM.format("credit_id", "owed.id", "")
    documents = fetch(
        f"""
        SELECT owed.number FROM document owed
        LEFT JOIN account_item item ON item.document_id = owed.id
        LEFT JOIN document_void gone ON gone.document_id = owed.id
        WHERE owed.provider_id = %s AND ((item.id IS NULL) <> (gone.id IS NOT NULL)
            OR item.id IS NOT NULL AND (item.organization_id <> owed.organization_id
                OR item.currency <> owed.currency OR item.amount <> owed.total
                OR item.day <> owed.issued_on
                OR item.open <> owed.total - {settled} + {used} OR item.paid <> {paid}))
        ORDER BY owed.id
        """,
        [provider_id()],
    )
    for (number,) in documents:
        yield f"{number}: what is open of it does not follow from its allocations."
    used = _SUM.format("payment_id", "came.id", "")
    payments = fetch(
        f"""
        SELECT came.number FROM payment came
        LEFT JOIN account_item item ON item.payment_id = came.id
        LEFT JOIN reversal gone ON gone.payment_id = came.id
        WHERE came.provider_id = %s AND ((item.id IS NULL) <> (gone.id IS NOT NULL)
            OR item.id IS NOT NULL AND (item.organization_id <> came.organization_id
                OR item.currency <> came.currency OR item.amount <> -came.amount
                OR item.day <> came.received_on OR item.open <> -came.amount + {used}))
        ORDER BY came.id
        """,
        [provider_id()],
    )
    for (number,) in payments:
        yield f"payment {number}: what is left of it does not follow from its allocations."
