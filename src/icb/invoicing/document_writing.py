"""Writing documents: who sends and receives them, their numbers, and their rows in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from icb.foundation.actor import current_actor
from icb.foundation.amounts import to_stored
from icb.foundation.bulk import (
    insert_rows,
    keys_checked_meanwhile,
    reserve_ids,
    to_db_instant,
)
from icb.foundation.canonical import canonical_json, digest
from icb.foundation.country_names import country_name
from icb.foundation.models import Installation, Provider
from icb.foundation.providers import current_provider
from icb.foundation.scope import provider_id
from icb.invoicing.design import Design
from icb.invoicing.document_data import Data, Heading, Receiver, Sender, Totals
from icb.invoicing.models import (
    Document,
    DocumentKind,
    DocumentLine,
    DocumentTax,
    NumberSeries,
)
from icb.invoicing.numbering import FIRST_NUMBERING, Numbering, document_number
from icb.invoicing.ports import tell_issued
from icb.invoicing.template_queries import designs_for
from icb.kernel import clock
from icb.kernel.errors import Refused
from icb.kernel.money import Minor
from icb.organizations.models import Organization
from icb.rating.tax import LineTax

# In the order of `_document_row` and `_lines`.
_DOCUMENT_COLUMNS = (
    "id",
    "kind",
    "sequence",
    "number",
    "organization_id",
    "currency",
    "issued_on",
    "due_on",
    "issued_at",
    "actor",
    "net",
    "tax",
    "total",
    "credits_id",
    "reason",
    "data",
    "data_hash",
)
_LINE_COLUMNS = (
    "document_id",
    "position",
    "item_id",
    "attempt",
    "credited_line_id",
    "amount",
    "tax_code",
    "tax_category",
    "tax_percent",
    "tax",
)
_DOCUMENTS_AT_ONCE = 50
_COUNTRY_NAME = "country_name"
_TAX_COLUMNS = ("document_id", "part", "category", "name", "percent", "net", "tax")


class IssuedDocument(NamedTuple):
    """A document that was just issued. Amounts are in the currency's minor unit."""

    number: str
    kind: str
    organization: str
    currency: str
    net: Minor
    tax: Minor
    total: Minor


class NewLine(NamedTuple):
    """A line to be written: of an item, or of the credit of an invoice's line."""

    amount: Minor
    tax: LineTax | None
    item: int | None = None
    attempt: int = 1
    credited_line: int | None = None


@dataclass
class NewDocument:
    """A document to be written, with its frozen data and the seal of it."""

    heading: Heading
    sequence: int
    bill_to: int
    totals: Totals
    data: Data
    lines: Sequence[NewLine]
    credits: int | None = None  # the invoice that a credit note credits
    text: str = field(init=False)
    hash: str = field(init=False)

    def __post_init__(self) -> None:
        self.text = canonical_json(self.data)
        self.hash = digest(self.text)

    def as_issued(self) -> IssuedDocument:
        """What the caller is told of it."""
        heading, totals = self.heading, self.totals
        return IssuedDocument(
            heading.number,
            heading.kind,
            heading.organization.key,
            heading.currency,
            totals.net,
            totals.tax,
            totals.gross,
        )


class Numbers:
    """The next numbers of each series, taken in the transaction that issues.

    Create it under the `billing` lock; `write_documents` moves the series on.
    """

    def __init__(self) -> None:
        self._series: dict[DocumentKind, tuple[Numbering, int]] = {}

    def take(self, kind: DocumentKind) -> tuple[int, str]:
        """The next sequence of the series, and the number that it prints."""
        if kind not in self._series:
            row = series_of(kind)
            self._series[kind] = Numbering(row.prefix, row.digits), row.next_number
        numbering, sequence = self._series[kind]
        self._series[kind] = numbering, sequence + 1
        return sequence, document_number(numbering, sequence=sequence)


def series_of(kind: DocumentKind) -> NumberSeries:
    """The series of a kind of document, locked; made where this is its first use."""
    first = FIRST_NUMBERING[kind]
    series, _ = NumberSeries.objects.select_for_update().get_or_create(
        kind=kind, defaults={"prefix": first.prefix, "digits": first.digits, "next_number": 1}
    )
    found: NumberSeries = series
    return found


def refuse_while_locked() -> None:
    """Raise Refused where the database was restored and the last numbers are not known yet."""
    if Provider.objects.filter(pk=provider_id(), issuing_locked=True).exists():
        raise Refused(
            "issuing_locked",
            "This database was restored from a backup, so the numbers issued after the backup are "
            "not known to it. Nothing was issued. Enter the last number issued of each series "
            "first (`icb invoice unlock`).",
        )


@dataclass(frozen=True)
class Issue:
    """What all documents that are issued together have in common."""

    issued_on: date
    issued_at: datetime
    actor: str
    provider: Provider
    is_demo: bool
    organizations: dict[int, Organization]
    designs: dict[int, Design]

    @classmethod
    def now(cls, bill_tos: Iterable[int], *, on: date, template: str = "") -> Issue:
        """An act of issuing to these organizations on a day, by whoever acts, at this instant.

        `template` is chosen for this act alone; blank: as organizations and provider chose.
        """
        receivers = list(bill_tos)
        return cls(
            issued_on=on,
            issued_at=clock.now(),
            actor=current_actor(),
            provider=current_provider(),
            is_demo=Installation.objects.filter(is_demo=True).exists(),
            organizations=Organization.objects.in_bulk(receivers),
            designs=designs_for(receivers, template=template),
        )

    def heading(self, kind: str, *, number: str, bill_to: int, currency: str) -> Heading:
        """The heading of one document of this issue."""
        receiver = self.organizations[bill_to]
        language = receiver.language or self.provider.language
        return Heading(
            kind=kind,
            number=number,
            issued_on=self.issued_on,
            due_on=self._due_on(kind, receiver),
            currency=currency,
            provider=sender_of(self.provider, language=language),
            organization=receiver_of(receiver, language=language),
            payment_terms=self.provider.payment_terms,
            is_demo=self.is_demo,
            language=language,
            buyer_reference=receiver.buyer_reference,
            purchase_order=receiver.purchase_order,
            design=self.designs[bill_to],
        )

    def _due_on(self, kind: str, receiver: Organization) -> date:
        if kind != DocumentKind.INVOICE:
            return self.issued_on
        own = receiver.payment_days
        return self.issued_on + timedelta(days=self.provider.payment_days if own is None else own)


def sender_of(provider: Provider, *, language: str) -> Sender:
    """A provider as its documents of a language name it."""
    name = provider.legal_name or provider.name
    own = {"name": name, "account_holder": provider.account_holder or name}
    return Sender(**_party(provider, Sender._fields, language) | own)


def receiver_of(organization: Organization, *, language: str) -> Receiver:
    """An organization as documents of a language name it."""
    return Receiver(**_party(organization, Receiver._fields, language))


def _party(row: Provider | Organization, fields: Iterable[str], language: str) -> dict[str, Any]:
    found = {name: getattr(row, name) for name in fields if name != _COUNTRY_NAME}
    return found | {_COUNTRY_NAME: country_name(row.country, language=language)}


def write_documents(documents: Iterable[NewDocument], *, issue: Issue) -> list[NewDocument]:
    """Insert documents with their lines and taxes, move the number series on, tell who follows.

    Gives back what was written. Set-based, some documents at a time: while the database checks the
    keys of those, the next are made, so making one must not ask the database for anything.
    """
    source = iter(documents)
    written: list[NewDocument] = []
    ids: list[int] = []
    while True:
        with keys_checked_meanwhile():
            some = list(islice(source, _DOCUMENTS_AT_ONCE))
        if not some:
            break
        written += some
        ids += _insert(some, issue)
    if written:
        _move_series_on(written)
        tell_issued(ids)
    return written


def _insert(documents: Sequence[NewDocument], issue: Issue) -> Sequence[int]:
    ids = reserve_ids(Document, count=len(documents))
    numbered = list(zip(ids, documents, strict=True))
    insert_rows(
        Document,
        columns=_DOCUMENT_COLUMNS,
        rows=(_document_row(row_id, one, issue) for row_id, one in numbered),
    )
    insert_rows(
        DocumentLine,
        columns=_LINE_COLUMNS,
        rows=(row for row_id, one in numbered for row in _lines(row_id, one)),
    )
    insert_rows(
        DocumentTax,
        columns=_TAX_COLUMNS,
        rows=(row for row_id, one in numbered for row in _taxes(row_id, one)),
    )
    return ids


def _document_row(row_id: int, document: NewDocument, issue: Issue) -> tuple[Any, ...]:
    heading, totals = document.heading, document.totals
    net, tax, total = (
        to_stored(amount, heading.currency) for amount in (totals.net, totals.tax, totals.gross)
    )
    return (
        row_id,
        heading.kind,
        document.sequence,
        heading.number,
        document.bill_to,
        heading.currency,
        issue.issued_on,
        heading.due_on,
        to_db_instant(issue.issued_at),
        issue.actor,
        net,
        tax,
        total,
        document.credits,
        heading.reason,
        document.text,
        document.hash,
    )


def _lines(row_id: int, document: NewDocument) -> list[tuple[Any, ...]]:
    currency = document.heading.currency
    return [
        (
            row_id,
            position,
            line.item,
            line.attempt,
            line.credited_line,
            to_stored(line.amount, currency),
            line.tax.code if line.tax else "",
            line.tax.category if line.tax else "",
            line.tax.percent if line.tax else None,
            to_stored(sum(shares), currency),
        )
        for position, (line, shares) in enumerate(
            zip(document.lines, document.totals.shares, strict=True), start=1
        )
    ]


def _taxes(row_id: int, document: NewDocument) -> list[tuple[Any, ...]]:
    currency = document.heading.currency
    return [
        (
            row_id,
            total.key.part,
            total.key.category,
            total.key.name,
            total.key.percent,
            to_stored(total.net, currency),
            to_stored(total.tax, currency),
        )
        for total in document.totals.taxes
    ]


def _move_series_on(documents: Sequence[NewDocument]) -> None:
    last = {document.heading.kind: document.sequence for document in documents}
    for kind, sequence in last.items():
        NumberSeries.objects.filter(kind=kind).update(next_number=sequence + 1)
