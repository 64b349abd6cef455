"""The journal for people: its lines, in the order of the entries."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from icb.accounting.models import JournalLine
from icb.foundation.listing import Asked, Kind, Page, Wanted, page_of

_ASKED = {
    "booked": Asked("entry__booked_on", Kind.DAY),
    "number": Asked("entry__document__number", is_searched=True),
    "organization": Asked("entry__document__organization__name", is_searched=True),
    "kind": Asked("entry__kind", Kind.CHOICE),
    "account": Asked("account__code", is_searched=True),
    "name": Asked("account__name", is_searched=True),
    "tax_code": Asked("tax_code"),
    "debit": Asked("debit", Kind.NUMBER),
    "credit": Asked("credit", Kind.NUMBER),
    "currency": Asked("entry__currency", Kind.CHOICE),
}
_FIELDS = (
    "entry_id",
    "entry__booked_on",
    "entry__document__number",
    "entry__document__organization__key",
    "entry__document__organization__name",
    "entry__kind",
    "account__code",
    "account__name",
    "tax_code",
    "debit",
    "credit",
    "entry__currency",
)


class JournalRow(NamedTuple):
    """One line of an entry; amounts in major units."""

    entry: int
    booked_on: date
    number: str
    organization: str
    organization_name: str
    kind: str
    account: str
    account_name: str
    tax_code: str
    debit: Decimal
    credit: Decimal
    currency: str


def journal_page(wanted: Wanted) -> Page[JournalRow]:
    """One page of the journal's lines, the newest entry first, its lines in their order."""
    found = JournalLine.objects.order_by("-entry_id", "position")
    return page_of(
        found, wanted=wanted, columns=_ASKED, fields=_FIELDS, make=lambda row: JournalRow(*row)
    )
