"""A statement of account: what was owed, what happened, what is owed, and since when it is due.

Plain JSON like the data of a document: amounts as text, days in ISO form. One currency each; two
are never added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from icb.kernel.currency import minor_digits
from icb.kernel.money import Minor, format_minor
from icb.payments.aging import CREDIT

DATA_VERSION = 2
TEMPLATE = "statement/1"
"""Name and version of the template that this data is made for."""

Data = dict[str, Any]


class Entry(NamedTuple):
    """Something that changed what an organization owes: above 0 it owes more afterwards.

    `kind` is invoice, credit_note, payment or reversal; `due_on` is set on what has to be paid.
    """

    day: date
    kind: str
    number: str
    due_on: date | None
    text: str
    amount: Minor


class Statement(NamedTuple):
    """An account from a first to a last day. `aging` holds each class with its amount."""

    organization: str
    name: str
    currency: str
    first: date
    as_of: date
    opening: Minor
    entries: Sequence[Entry]
    aging: Mapping[str, Minor]

    @property
    def closing(self) -> Minor:
        """What is owed at the end of the last day."""
        return self.opening + sum(entry.amount for entry in self.entries)

    def with_balances(self) -> list[tuple[Entry, Minor]]:
        """Each entry with what was owed after it."""
        balance, found = self.opening, []
        for entry in self.entries:
            balance += entry.amount
            found.append((entry, balance))
        return found


def statement_data(statement: Statement, *, parties: Data) -> Data:
    """The data that a statement is drawn from; `parties` holds what else the template needs
    (provider, organization, language, design)."""
    currency = statement.currency
    return {
        "version": DATA_VERSION,
        "template": TEMPLATE,
        "kind": "statement",
        "number": "",
        "as_of": statement.as_of.isoformat(),
        "from": statement.first.isoformat(),
        "currency": currency,
        "decimals": minor_digits(currency),
        **parties,
        "opening": format_minor(statement.opening, currency),
        "entries": [
            {
                "on": entry.day.isoformat(),
                "kind": entry.kind,
                "number": entry.number,
                "due_on": entry.due_on.isoformat() if entry.due_on else "",
                "text": entry.text,
                "amount": format_minor(entry.amount, currency),
                "balance": format_minor(balance, currency),
            }
            for entry, balance in statement.with_balances()
        ],
        "closing": format_minor(statement.closing, currency),
        "aging": [
            {"label_key": name, "amount": format_minor(amount, currency)}
            for name, amount in statement.aging.items()
            if amount or name != CREDIT
        ],
    }
