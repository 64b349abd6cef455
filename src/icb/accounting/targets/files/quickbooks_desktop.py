"""IIF for QuickBooks Desktop: tab-separated, Windows-1252, each document balanced by itself.

QuickBooks takes a file row by row, matches accounts, clients and items by their names and makes
those that it does not know. It checks no number twice: that each document is in one file once is
kept by whoever makes files, and within a file here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from icb.accounting.ports import (
    CREDIT_NOTE,
    Entry,
    Line,
    Listing,
    TargetDescription,
    TargetError,
    Tax,
    Trouble,
)
from icb.accounting.targets.files.journal_lines import amount, journal_lines
from icb.accounting.targets.files.texts import cell, in_windows_1252

_TRNS = ("TRNSTYPE", "DATE", "ACCNT", "NAME", "AMOUNT", "DOCNUM", "MEMO", "DUEDATE", "PONUM")
_SPL = (
    "TRNSTYPE",
    "DATE",
    "ACCNT",
    "NAME",
    "AMOUNT",
    "DOCNUM",
    "MEMO",
    "QNTY",
    "PRICE",
    "INVITEM",
    "TAXABLE",
    "EXTRA",
)
_LONGEST = {"number": 11, "client": 41, "item": 31, "account": 159, "text": 4000, "reference": 25}
_TAX_LINE = "AUTOSTAX"


class QuickBooksDesktop:
    """The format (`icb.accounting.ports.FileTarget`)."""

    description = TargetDescription(
        key="quickbooks_desktop",
        name="QuickBooks Desktop (IIF)",
        about="A file that QuickBooks Desktop imports: invoices and credit memos with items.",
        settings=(),
        listings=frozenset(Listing),
        names_accounts=True,
    )
    extension = "iif"
    content_type = "application/octet-stream"

    def write(self, entries: Sequence[Entry]) -> bytes:
        """See `icb.accounting.ports.FileTarget`."""
        _check(entries)
        rows = [("!TRNS", *_TRNS), ("!SPL", *_SPL), ("!ENDTRNS",)]
        for entry in entries:
            rows.extend(_rows(entry))
        text = "".join("\t".join(row) + "\r\n" for row in rows)
        return text.encode("cp1252")


def _check(entries: Sequence[Entry]) -> None:
    """Numbers come once, all documents have one currency, and each balances."""
    seen: set[str] = set()
    for entry in entries:
        if entry.number in seen:
            raise _refused(entry, "its number stands in this file twice")
        if entry.currency != entries[0].currency:
            raise _refused(
                entry,
                f"it is in {entry.currency}, and a file holds one currency: {entries[0].currency}",
            )
        seen.add(entry.number)
        journal_lines(entry)


def _rows(entry: Entry) -> Iterator[tuple[str, ...]]:
    kind = "CREDIT MEMO" if entry.kind == CREDIT_NOTE else "INVOICE"
    client = entry.customer
    if ":" in client.id and client.id == client.name:
        raise _refused(
            entry, "a colon in the client's name would make a job there; map the client to its name"
        )
    number = _text(entry, "number", entry.number)
    name = _text(entry, "client", client.id)
    issued = _day(entry.issued_on.isoformat())
    yield (
        "TRNS",
        kind,
        issued,
        _text(entry, "account", entry.receivable),
        name,
        amount(entry.total, entry=entry),
        number,
        _text(entry, "text", f"Credits {entry.credited}" if entry.credited else ""),
        _day(entry.due_on.isoformat()),
        _text(entry, "reference", entry.reference),
    )
    for line in entry.lines:
        yield ("SPL", kind, issued, *_line(entry, line, name=name, number=number))
    for tax in entry.taxes:
        if tax.tax:
            yield ("SPL", kind, issued, *_tax(entry, tax, name=name, number=number))
    yield ("ENDTRNS",)


def _line(entry: Entry, line: Line, *, name: str, number: str) -> tuple[str, ...]:
    """An item: revenue is negative here, and so is what was sold."""
    return (
        _text(entry, "account", line.account),
        name,
        amount(-line.net, entry=entry),
        number,
        _text(entry, "text", line.description),
        _plain_number(-line.quantity),
        _plain_number(line.unit_price),
        _text(entry, "item", line.item),
        "Y" if line.tax else "N",
        "",
    )


def _tax(entry: Entry, tax: Tax, *, name: str, number: str) -> tuple[str, ...]:
    """The tax of a code, as QuickBooks writes its own sales tax line."""
    return (
        _text(entry, "account", tax.account),
        name,
        amount(-tax.tax, entry=entry),
        number,
        _text(entry, "text", tax.name),
        "",
        _plain_number(tax.percent) + "%",
        _text(entry, "item", tax.tax_code),
        "N",
        _TAX_LINE,
    )


def _text(entry: Entry, field: str, text: str) -> str:
    """A field: no tab, quote or line break, in the format's letters, not longer than it takes."""
    shown = in_windows_1252(cell(text).replace('"', "'"), document=entry.number, field=field)
    if len(shown) > _LONGEST[field]:
        raise _refused(
            entry, f"{field} has {len(shown)} characters; QuickBooks takes {_LONGEST[field]}"
        )
    return shown


def _day(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{month}/{day}/{year}"


def _plain_number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _refused(entry: Entry, why: str) -> TargetError:
    return TargetError(Trouble.REFUSED, f"{entry.number}: {why}.")


TARGET = QuickBooksDesktop()
