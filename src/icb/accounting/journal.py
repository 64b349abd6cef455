"""The journal entry of a document (pure): what clients owe against revenue and tax."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from icb.accounting.chart import Accounts
from icb.kernel.money import Minor


class BookedLine(NamedTuple):
    """What a line of a document brings to the journal; amounts in one unit, minor or stored."""

    service: str
    module: str
    tax_code: str
    net: Minor
    tax: Minor


class Side(NamedTuple):
    """A line of an entry: an amount on one side of an account."""

    account: int
    tax_code: str
    debit: Minor
    credit: Minor


def sides_of(lines: Iterable[BookedLine], *, accounts: Accounts) -> list[Side]:
    """The entry of a document: its total as debit of the receivables, against it the revenue of
    each account and the tax of each code. What is negative stands on the other side.
    """
    revenue: dict[int, Minor] = defaultdict(int)
    tax: dict[tuple[int, str], Minor] = defaultdict(int)
    total = 0
    for line in lines:
        revenue[accounts.revenue(service=line.service, module=line.module)] += line.net
        if line.tax:
            tax[accounts.tax(line.tax_code), line.tax_code] += line.tax
        total += line.net + line.tax
    return [
        _side(accounts.receivable(), "", total),
        *(_side(account, "", -net) for account, net in revenue.items()),
        *(_side(account, code, -amount) for (account, code), amount in tax.items() if amount),
    ]


def reversed_sides(sides: Sequence[Side]) -> list[Side]:
    """The entry that takes another one back: each line on its other side."""
    return [side._replace(debit=side.credit, credit=side.debit) for side in sides]


def debits(sides: Iterable[Side]) -> Minor:
    """The sum of an entry's debits."""
    return sum(side.debit for side in sides)


def _side(account: int, tax_code: str, amount: Minor) -> Side:
    return Side(account, tax_code, max(amount, 0), max(-amount, 0))
