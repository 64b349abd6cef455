"""Writing the journal in the transaction that issues or voids: in bulk, never before it balances.

Called by the follower alone (`following.py`), under the `billing` lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from icb.accounting.chart import MODULE, STANDARD, Accounts
from icb.accounting.chart_queries import account_rules
from icb.accounting.document_queries import lines_to_book
from icb.accounting.journal import Side, debits, reversed_sides, sides_of
from icb.accounting.models import Account, AccountRule, EntryKind, JournalEntry, JournalLine
from icb.accounting.period_queries import closed_until
from icb.foundation import audit
from icb.foundation.bulk import fetch, ids_in, insert_rows, reserve_ids
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.kernel.errors import Broken, Refused

_LINE_COLUMNS = ("entry_id", "position", "account_id", "tax_code", "debit", "credit")


class _Issued(NamedTuple):
    id: int
    currency: str
    issued_on: date


class _Entry(NamedTuple):
    """An entry to be written; amounts of its sides in stored parts."""

    document: int
    kind: str
    booked_on: date
    currency: str
    sides: Sequence[Side]


def book_documents(document_ids: Sequence[int]) -> None:
    """Write the entries of documents that were just issued: a fixed number of statements.

    Raises Refused where their day is in a closed period.
    """
    accounts = Accounts(_rules())
    has_modules = any(kind == MODULE for kind, _ in accounts.rules)
    lines = lines_to_book(document_ids, with_modules=has_modules)
    _write(
        [
            _Entry(
                one.id,
                EntryKind.DOCUMENT,
                one.issued_on,
                one.currency,
                sides_of(lines[one.id], accounts=accounts),
            )
            for one in _issued(document_ids)
        ]
    )


def book_reversal(document_id: int) -> None:
    """Write the entry that takes a document's entry back, on the provider's day.

    Raises Refused where that day is in a closed period.
    """
    entry = JournalEntry.objects.get(document_id=document_id, kind=EntryKind.DOCUMENT)
    rows = fetch(
        "SELECT account_id, tax_code, debit, credit FROM journal_line WHERE entry_id = %s "
        "ORDER BY position",
        [entry.pk],
    )
    sides = reversed_sides([Side(*row) for row in rows])
    _write([_Entry(document_id, EntryKind.REVERSAL, local_today(), entry.currency, sides)])


def _issued(document_ids: Sequence[int]) -> list[_Issued]:
    chosen, params = ids_in("id", ids=document_ids)
    rows = fetch(
        "SELECT id, currency, issued_on FROM document "
        f"WHERE provider_id = %s AND {chosen} ORDER BY id",
        [provider_id(), *params],
    )
    return [_Issued(*row) for row in rows]


def _write(entries: Sequence[_Entry]) -> None:
    """Lines first: the database takes an entry only where the lines it has balance."""
    _check_open(entries)
    ids = reserve_ids(JournalEntry, count=len(entries))
    insert_rows(
        JournalLine,
        columns=_LINE_COLUMNS,
        rows=(
            (id, position, *side)
            for id, entry in zip(ids, entries, strict=True)
            for position, side in enumerate(entry.sides, start=1)
        ),
    )
    insert_rows(
        JournalEntry,
        columns=("id", "document_id", "kind", "booked_on", "currency", "amount"),
        rows=(
            (id, entry.document, entry.kind, entry.booked_on, entry.currency, debits(entry.sides))
            for id, entry in zip(ids, entries, strict=True)
        ),
    )


def _check_open(entries: Sequence[_Entry]) -> None:
    until = closed_until()
    if until is not None and any(entry.booked_on <= until for entry in entries):
        raise Refused(
            "period_closed",
            f"The books are closed until {until}, and this would be booked on "
            f"{min(entry.booked_on for entry in entries)}. Nothing was stored. Wait until that "
            "day has passed, or let somebody reopen the period.",
        )


def _rules() -> dict[tuple[str, str], int]:
    """The rules in force; a provider without a chart gets the standard one."""
    found = account_rules()
    wanted = [one for one in STANDARD if one.rule and (one.rule, "") not in found]
    if wanted:
        _add_standard()
        found = account_rules()
    return found


def _add_standard() -> None:
    """What of the standard chart is missing: accounts by code, rules by kind."""
    for one in STANDARD:
        account, _ = Account.objects.get_or_create(
            code=one.code, defaults={"name": one.name, "kind": one.kind}
        )
        if one.rule and account.kind == one.kind:
            AccountRule.objects.get_or_create(
                kind=one.rule, subject="", defaults={"account": account}
            )
    lacking = [one.rule for one in STANDARD if one.rule and (one.rule, "") not in account_rules()]
    if lacking:
        raise Broken(
            "no_account",
            f"There is no account for {', '.join(lacking)}. Nothing was stored. Say in the "
            "accounting settings where it is booked.",
        )
    audit.record("add_standard_accounts", subject="accounts", data={"accounts": len(STANDARD)})
