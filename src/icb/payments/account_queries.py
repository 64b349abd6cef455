"""In which state documents are: what is open of them, what is overdue, and what settled them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Case, CharField, Q, QuerySet, Value, When

from icb.foundation.amounts import from_stored, to_stored
from icb.foundation.bulk import fetch
from icb.foundation.listing import Asked, Kind, Page, Wanted, page_of
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.invoicing.models import Document
from icb.invoicing.queries import document_named
from icb.kernel.money import Minor, to_minor
from icb.organizations.models import Organization
from icb.payments.payment_queries import AllocationRow, allocation_rows
from icb.payments.queries import credit_named, seen_of_offer

STATES = ("open", "part_paid", "overdue", "paid", "credited", "settled", "void")
"""What may have become of a document. Overdue counts before part-paid. A credit note is open while
something of it is left, then settled; so is a document of 0."""

_ASKED = {
    "number": Asked("number", is_searched=True),
    "kind": Asked("kind", Kind.CHOICE),
    "organization": Asked("organization__name", is_searched=True),
    "key": Asked("organization__key", Kind.CHOICE),
    "issued": Asked("issued_on", Kind.DAY),
    "due": Asked("due_on", Kind.DAY),
    "currency": Asked("currency", Kind.CHOICE),
    "net": Asked("net", Kind.NUMBER),
    "tax": Asked("tax", Kind.NUMBER),
    "total": Asked("total", Kind.NUMBER),
    "open": Asked("account_item__open", Kind.NUMBER),
    "state": Asked("state", Kind.CHOICE),
    "by": Asked("actor"),
}
_FIELDS = (
    "number",
    "kind",
    "organization__key",
    "organization__name",
    "issued_on",
    "due_on",
    "actor",
    "net",
    "tax",
    "total",
    "account_item__open",
    "currency",
    "state",
)


class ListedDocument(NamedTuple):
    """A document in the list; amounts in major units, `state` one of STATES. `open` is below 0 for
    what is left of a credit note, None on a void document."""

    number: str
    kind: str
    organization: str
    name: str
    issued_on: date
    due_on: date
    actor: str
    net: Decimal
    tax: Decimal
    total: Decimal
    open: Decimal | None
    currency: str
    state: str


class DocumentAccount(NamedTuple):
    """What became of one document. Amounts are in the currency's minor unit.

    `open` is still to be paid, or left of a credit note. `credit` is what the organization has left
    and could settle the document with, `seen` the text that goes with that offer; for a credit note
    `seen` goes with what is left of it.
    """

    state: str
    currency: str
    due_on: date
    credited: Minor
    paid: Minor
    open: Minor
    allocations: list[AllocationRow]
    credit: Minor
    seen: str
    balance: Minor


class OverdueSum(NamedTuple):
    """What is overdue in a currency, and in how many documents of how many organizations."""

    currency: str
    amount: Minor
    documents: int
    organizations: int


def document_page(wanted: Wanted, *, organization: str = "") -> Page[ListedDocument]:
    """One page of the documents with their states, the newest first where nothing else is asked.

    `organization` is the key of a bill-to organization.
    """
    found = with_state(Document.objects.order_by("-pk"))
    if organization:
        # By its id, which documents have an index of; by a joined key SQLite would read them all.
        named = Organization.objects.filter(key=organization).values("pk")
        found = found.filter(organization=named[:1])
    return page_of(
        found,
        wanted=wanted,
        columns=_ASKED,
        fields=_FIELDS,
        make=lambda row: ListedDocument(*row),
    )


def with_state(documents: QuerySet[Document]) -> QuerySet[Document]:
    """The documents, each with its `state` as of today."""
    found: QuerySet[Document] = documents.annotate(
        state=Case(
            When(account_item__isnull=True, then=Value("void")),
            When(
                account_item__open__gt=0,
                account_item__due_on__lt=local_today(),
                then=Value("overdue"),
            ),
            When(account_item__open__gt=0, account_item__paid__gt=0, then=Value("part_paid")),
            When(~Q(account_item__open=0), then=Value("open")),
            When(account_item__amount__lte=0, then=Value("settled")),
            When(account_item__paid__gt=0, then=Value("paid")),
            default=Value("credited"),
            output_field=CharField(),
        )
    )
    return found


def document_account(number: str) -> DocumentAccount:
    """What became of one document. Raises NotFound for an unknown number."""
    found = (
        with_state(Document.objects.filter(number=number)).select_related("account_item").first()
    )
    if found is None:
        return document_account(document_named(number).number)
    state = str(found.state)  # type: ignore[attr-defined]
    currency = found.currency
    item = None if state == "void" else found.account_item
    is_open = to_minor(item.open, currency) if item else 0
    paid = to_minor(item.paid, currency) if item else 0
    total = to_minor(found.total, currency)
    balance, credit, count = _account_of(found)
    seen = ""
    if is_open > 0:
        stored = to_stored(is_open, currency)
        seen = seen_of_offer(stored, credit=to_stored(credit, currency), count=count)
    elif is_open < 0:
        seen = credit_named(found.number).seen
    return DocumentAccount(
        state=state,
        currency=currency,
        due_on=found.due_on,
        credited=total - paid - is_open if item and total > 0 else 0,
        paid=paid,
        open=abs(is_open),
        allocations=allocation_rows(Q(document=found.pk) | Q(credit=found.pk)),
        credit=credit if is_open > 0 else 0,
        seen=seen,
        balance=balance,
    )


def _account_of(document: Document) -> tuple[Minor, Minor, int]:
    """What a document's organization owes in its currency, its credit, and of how many parts."""
    ((balance, credit, count),) = fetch(
        "SELECT COALESCE(SUM(item.open), 0), "
        "COALESCE(SUM(CASE WHEN item.open < 0 THEN -item.open ELSE 0 END), 0), "
        "COALESCE(SUM(CASE WHEN item.open < 0 THEN 1 ELSE 0 END), 0) "
        "FROM account_item item WHERE item.provider_id = %s "
        "AND item.organization_id = %s AND item.currency = %s AND NOT (item.open = 0)",
        [provider_id(), document.organization_id, document.currency],
    )
    currency = document.currency
    return from_stored(balance, currency), from_stored(credit, currency), int(count)


def overdue_sums() -> list[OverdueSum]:
    """What is overdue today, per currency; empty where nothing is."""
    rows = fetch(
        "SELECT item.currency, SUM(item.open), COUNT(*), COUNT(DISTINCT item.organization_id) "
        "FROM account_item item WHERE item.provider_id = %s AND item.open > 0 "
        "AND item.due_on < %s GROUP BY item.currency ORDER BY item.currency",
        [provider_id(), local_today()],
    )
    return [
        OverdueSum(currency, from_stored(amount, currency), documents, organizations)
        for currency, amount, documents, organizations in rows
    ]
