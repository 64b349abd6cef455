"""A statement of account as a CSV file."""

from __future__ import annotations

import csv
from io import StringIO

from icb.exchange.safety import guarded
from icb.kernel.money import format_minor
from icb.payments.statement import Statement

HEADER = ("date", "kind", "number", "due", "text", "amount", "balance", "currency")


def csv_of(statement: Statement) -> str:
    """The statement as CSV: opening balance, entries and closing balance, a line each.

    A text that a spreadsheet would run as a formula is written so that it stays text.
    """
    currency = statement.currency

    def balance(day: object, kind: str, amount: int) -> list[object]:
        return [day, kind, "", "", "", "", format_minor(amount, currency), currency]

    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerow(balance(statement.first, "opening", statement.opening))
    for entry, after in statement.with_balances():
        writer.writerow(
            [
                entry.day,
                entry.kind,
                guarded(entry.number),
                entry.due_on or "",
                guarded(entry.text),
                format_minor(entry.amount, currency),
                format_minor(after, currency),
                currency,
            ]
        )
    writer.writerow(balance(statement.as_of, "closing", statement.closing))
    return text.getvalue()
