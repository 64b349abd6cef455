"""A journal as CSV (UTF-8 with a mark): one row for each side of each document's entry."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from icb.accounting.ports import Entry, Listing, TargetDescription
from icb.accounting.targets.files.journal_lines import amount, journal_lines
from icb.accounting.targets.files.texts import cell

COLUMNS = (
    "document",
    "kind",
    "date",
    "due",
    "client",
    "client_name",
    "account",
    "description",
    "tax_code",
    "debit",
    "credit",
    "currency",
    "reference",
    "credited",
)


class CsvJournal:
    """The format (`icb.accounting.ports.FileTarget`)."""

    description = TargetDescription(
        key="csv_journal",
        name="Journal as CSV",
        about="Balanced journal lines for any accounting application that imports CSV.",
        settings=(),
        listings=frozenset({Listing.ACCOUNTS, Listing.CUSTOMERS, Listing.TAX_CODES}),
    )
    extension = "csv"
    content_type = "text/csv; charset=utf-8"

    def write(self, entries: Sequence[Entry]) -> bytes:
        """See `icb.accounting.ports.FileTarget`."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for entry in entries:
            writer.writerows(_rows(entry))
        return text.getvalue().encode("utf-8-sig")


def _rows(entry: Entry) -> list[list[str]]:
    return [
        [
            cell(entry.number),
            entry.kind,
            entry.issued_on.isoformat(),
            entry.due_on.isoformat(),
            cell(entry.customer.id or entry.customer.key),
            cell(entry.customer.name),
            cell(line.account),
            cell(line.description),
            cell(line.tax_code),
            amount(line.debit, entry=entry) if line.debit else "",
            amount(line.credit, entry=entry) if line.credit else "",
            entry.currency,
            cell(entry.reference),
            cell(entry.credited),
        ]
        for line in journal_lines(entry)
    ]


TARGET = CsvJournal()
