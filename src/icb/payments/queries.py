"""Reads of payments and of what is open. Nothing here writes.

Amounts in rows for people are in the currency's minor unit; `Source` holds stored amounts, for the
actions of this app.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from icb.foundation.amounts import from_stored
from icb.foundation.bulk import fetch
from icb.foundation.scope import provider_id
from icb.kernel.errors import NotFound, Refused
from icb.kernel.money import Minor
from icb.payments.claims import Account, Purse
from icb.payments.models import Method

METHODS: tuple[str, ...] = tuple(Method.values)
"""How money can have come."""


class Source(NamedTuple):
    """A payment or credit note that settles documents. `seen` is another text after any use."""

    id: int
    left: int
    name: str
    is_payment: bool
    organization_id: int
    organization: str
    currency: str
    seen: str

    @property
    def purse(self) -> Purse:
        """What is left of it, and whose that is."""
        return Purse(self.organization_id, self.organization, self.currency, self.left)


class Balance(NamedTuple):
    """What an organization owes in a currency: its live documents less its payments."""

    organization: str
    currency: str
    balance: Minor


class OpenDocument(NamedTuple):
    """A document that has to be paid, with what is open of it."""

    number: str
    organization: str
    currency: str
    issued_on: date
    due_on: date
    total: Minor
    open: Minor


_SEEN = (
    "(SELECT COUNT(*) FROM allocation part WHERE part.{column} = {own} AND NOT EXISTS "
    "(SELECT 1 FROM reversal back WHERE back.allocation_id = part.id)), "
    "(SELECT COALESCE(MAX(part.id), 0) FROM allocation part WHERE part.{column} = {own})"
)
_PAYMENT = f"""
SELECT came.id, item.open, came.organization_id, whose.key, came.currency,
       {_SEEN.format(column="payment_id", own="came.id")}
FROM payment came JOIN organization whose ON whose.id = came.organization_id
LEFT JOIN account_item item ON item.payment_id = came.id
WHERE came.provider_id = %s AND came.number = %s
"""
_CREDIT = f"""
SELECT note.id, item.open, note.organization_id, whose.key, note.currency,
       {_SEEN.format(column="credit_id", own="note.id")}
FROM document note JOIN organization whose ON whose.id = note.organization_id
JOIN account_item item ON item.document_id = note.id
WHERE note.provider_id = %s AND note.number = %s AND note.total < 0
"""
_SOURCES = """
SELECT COALESCE(item.payment_id, item.document_id), -item.open,
       COALESCE(note.number, 'payment ' || came.number), item.payment_id IS NOT NULL,
       item.organization_id, whose.key, item.currency, ''
FROM account_item item JOIN organization whose ON whose.id = item.organization_id
LEFT JOIN document note ON note.id = item.document_id
LEFT JOIN payment came ON came.id = item.payment_id
WHERE item.provider_id = %s AND item.organization_id = %s AND item.currency = %s
  AND NOT (item.open = 0) AND item.open < 0
ORDER BY item.day, item.id
"""


def payment_named(number: int) -> Source:
    """A payment that holds, for the actions of this app.

    Raises NotFound for an unknown number, Refused with `already_reversed`.
    """
    rows = fetch(_PAYMENT, [provider_id(), number])
    if not rows:
        raise unknown_payment(number)
    row_id, is_open, organization_id, key, currency, count, last = rows[0]
    if is_open is None:
        raise Refused(
            "already_reversed",
            f"payment {number} was reversed. Nothing was changed. Record it again where the money "
            "did come.",
            number=number,
        )
    return Source(
        row_id,
        -is_open,
        f"payment {number}",
        True,
        organization_id,
        key,
        currency,
        f"{-is_open}.{count}.{last}",
    )


def credit_named(number: str) -> Source:
    """A credit note that holds, for the actions of this app. Raises NotFound without one."""
    rows = fetch(_CREDIT, [provider_id(), number])
    if not rows:
        raise NotFound(
            "unknown_document",
            f"number: there is no credit note {number} that holds. Nothing was changed.",
            number=number,
        )
    row_id, is_open, organization_id, key, currency, count, last = rows[0]
    seen = f"{-is_open}.{count}.{last}"
    return Source(row_id, -is_open, number, False, organization_id, key, currency, seen)


def sources_of_account(organization_id: int, *, currency: str) -> list[Source]:
    """The payments and credit notes of an account of which something is left, oldest first."""
    rows = fetch(_SOURCES, [provider_id(), organization_id, currency])
    return [Source._make((*row[:3], bool(row[3]), *row[4:])) for row in rows]


def seen_of_offer(is_open: int, *, credit: int, count: int) -> str:
    """A short text for what is open of an invoice and the credit that could settle it."""
    return f"{is_open}.{credit}.{count}"


def balances(*, organization: str = "") -> list[Balance]:
    """What each organization owes, as entered, per currency; below 0 where it has credit.

    `organization` narrows it to one bill-to organization.
    """
    rows = fetch(
        """
        SELECT whose.key, item.currency, SUM(item.open)
        FROM account_item item JOIN organization whose ON whose.id = item.organization_id
        WHERE item.provider_id = %s AND (%s = '' OR whose.key = %s)
        GROUP BY whose.id, whose.key, item.currency ORDER BY whose.id, item.currency
        """,
        [provider_id(), organization, organization],
    )
    return [Balance(key, currency, from_stored(total, currency)) for key, currency, total in rows]


def open_documents(account: Account, *, limit: int = 200) -> list[OpenDocument]:
    """What is open on an account, due first first."""
    rows = fetch(
        """
        SELECT owed.number, whose.key, item.currency, item.day, item.due_on, item.amount, item.open
        FROM account_item item JOIN document owed ON owed.id = item.document_id
        JOIN organization whose ON whose.id = item.organization_id
        WHERE item.provider_id = %s AND item.organization_id = %s AND item.currency = %s
          AND NOT (item.open = 0) AND item.open > 0
        ORDER BY item.due_on, owed.id LIMIT %s
        """,
        [provider_id(), *account, limit],
    )
    return [
        OpenDocument._make((*row[:5], *(from_stored(amount, row[2]) for amount in row[5:])))
        for row in rows
    ]


def unknown_payment(number: int) -> NotFound:
    """The error for a number that no payment has."""
    return NotFound(
        "unknown_payment",
        f"number: there is no payment {number}. Nothing was changed. The payments are listed by: "
        "icb payment list",
        number=number,
    )
