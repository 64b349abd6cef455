"""An entry as debits and credits (pure), as journals are written."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from icb.accounting.ports import Entry, TargetError, Trouble

_NOTHING = Decimal(0)


class JournalLine(NamedTuple):
    """One side of an entry on one account; one of debit and credit is 0."""

    account: str
    description: str
    tax_code: str
    debit: Decimal
    credit: Decimal


def journal_lines(entry: Entry) -> list[JournalLine]:
    """What clients owe, against revenue line by line and tax code by code.

    Raises TargetError with REFUSED where the entry does not balance: it is written nowhere.
    """
    lines = list(_lines(entry))
    if sum(line.debit - line.credit for line in lines):
        raise TargetError(
            Trouble.REFUSED,
            f"{entry.number}: its lines and taxes do not add up to its total of {entry.total}. It "
            "was written nowhere.",
        )
    return lines


def amount(value: Decimal, *, entry: Entry) -> str:
    """An amount with all decimals of the entry's currency."""
    return f"{value:.{entry.decimals}f}"


def _lines(entry: Entry) -> Iterator[JournalLine]:
    words = f"{entry.number} {entry.customer.name}"
    yield _line(entry.receivable, words, "", entry.total)
    for line in entry.lines:
        yield _line(line.account, line.description, line.tax_code, -line.net)
    for tax in entry.taxes:
        if tax.tax:
            yield _line(tax.account, tax.name, tax.tax_code, -tax.tax)


def _line(account: str, description: str, tax_code: str, value: Decimal) -> JournalLine:
    debit, credit = max(value, _NOTHING), max(-value, _NOTHING)
    return JournalLine(account, description, tax_code, debit, credit)
