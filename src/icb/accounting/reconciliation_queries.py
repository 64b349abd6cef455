"""Ours against theirs, to the cent: per document, and per month and currency.

The database compares. What is read of it is one page, one sum for each month, or what differs.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, TruncMonth

from icb.accounting.models import Transfer, TransferAct, TransferState
from icb.accounting.target_queries import target_named
from icb.foundation.fields import AmountField
from icb.foundation.listing import Asked, Kind, Page, Wanted, page_of
from icb.invoicing.models import Document

_ASKED = {
    "number": Asked("number", is_searched=True),
    "organization": Asked("organization__name", is_searched=True),
    "issued": Asked("issued_on", Kind.DAY),
    "currency": Asked("currency", Kind.CHOICE),
    "ours": Asked("ours", Kind.NUMBER),
    "theirs": Asked("theirs", Kind.NUMBER),
    "difference": Asked("difference", Kind.NUMBER),
    "state": Asked("compared", Kind.CHOICE),
}
_FIELDS = (
    "number",
    "kind",
    "organization__key",
    "organization__name",
    "issued_on",
    "currency",
    "ours",
    "theirs",
    "difference",
    "compared",
    "seen_at",
)
_SAME = "same"
STATES = (_SAME, "differs", "missing", "not_there", "void_differs")


class ReconciledRow(NamedTuple):
    """A document here and at the target; void counts as 0. `checked_at`: when theirs was seen.

    `state`: same; differs; missing (was sent, and is gone there); not_there (not transferred yet);
    void_differs (void on one side alone).
    """

    number: str
    kind: str
    organization: str
    organization_name: str
    issued_on: date
    currency: str
    ours: Decimal
    theirs: Decimal
    difference: Decimal
    state: str
    checked_at: datetime | None


class MonthRow(NamedTuple):
    """The documents of a month in a currency: sums here and there, how many differ."""

    month: date
    currency: str
    documents: int
    ours: Decimal
    theirs: Decimal
    difference: Decimal
    differing: int


def reconciliation_page(wanted: Wanted, *, target: str) -> Page[ReconciledRow]:
    """One page of all documents, as they stand here and at the target."""
    return page_of(
        _compared(target), wanted=wanted, columns=_ASKED, fields=_FIELDS, make=_reconciled
    )


def months(target: str, *, since: date | None = None, until: date | None = None) -> list[MonthRow]:
    """The documents issued on these days by month and currency, newest month first; no sum goes
    over currencies."""
    by_month = _issued(_compared(target), since=since, until=until).annotate(
        month=TruncMonth("issued_on")
    )
    sums = by_month.values("month", "currency").annotate(
        documents=Count("pk"),
        sum_ours=Sum("ours"),
        sum_theirs=Sum("theirs"),
        differing=Count("pk", filter=~Q(compared=_SAME)),
    )
    fields = ("month", "currency", "documents", "sum_ours", "sum_theirs", "differing")
    return [
        MonthRow(month, currency, documents, ours, theirs, ours - theirs, differing)
        for month, currency, documents, ours, theirs, differing in sums.order_by(
            "-month", "currency"
        ).values_list(*fields)
    ]


def differing(
    target: str, *, since: date | None = None, until: date | None = None
) -> list[ReconciledRow]:
    """The documents issued on these days that are not the same here and there, oldest first."""
    found = _issued(_compared(target), since=since, until=until).exclude(compared=_SAME)
    return [_reconciled(row) for row in found.values_list(*_FIELDS)]


def _compared(target: str) -> QuerySet[Any]:
    """Every document, oldest first, beside how it was seen at the target last.

    `seen` is its one transfer that stands there as far as is known. Where somebody looked since it
    was sent, what was seen then counts (`looked`), otherwise what came of the sending.
    """
    id = target_named(target).pk
    sent_there = Q(
        transfers__target=id,
        transfers__act=TransferAct.SEND,
        transfers__state__in=[TransferState.SENT, TransferState.MISMATCH],
    )
    found = Document.objects.annotate(
        seen=FilteredRelation("transfers", condition=sent_there)
    ).annotate(
        is_void=_truth(When(voided__isnull=False, then=True), otherwise=False),
        is_there=_truth(
            When(seen__isnull=True, then=False),
            When(_LOOKED, then=F("seen__check_row__is_there")),
            otherwise=True,
        ),
        is_void_there=_truth(
            When(_LOOKED, then=F("seen__check_row__is_void")), otherwise=Exists(_voided(id))
        ),
    )
    told: QuerySet[Any] = found.annotate(
        ours=_OURS,
        theirs=_THEIRS,
        difference=ExpressionWrapper(F("ours") - F("theirs"), output_field=AmountField()),
        compared=_STATE,
        seen_at=_SEEN_AT,
    )
    return told.order_by("issued_on", "pk")


def _voided(target: int) -> QuerySet[Any]:
    """The voids of a document that went to the target."""
    return Transfer.objects.filter(
        document=OuterRef("pk"), target=target, act=TransferAct.VOID, state=TransferState.SENT
    )


def _issued(found: QuerySet[Any], *, since: date | None, until: date | None) -> QuerySet[Any]:
    if since is not None:
        found = found.filter(issued_on__gte=since)
    return found if until is None else found.filter(issued_on__lte=until)


def _truth(*cases: When, otherwise: Any) -> Case:
    return Case(*cases, default=otherwise, output_field=BooleanField())


def _reconciled(row: tuple[Any, ...]) -> ReconciledRow:
    return ReconciledRow(*row)


_NOTHING = Value(Decimal(0), output_field=AmountField())
_LOOKED = Q(seen__check_row__at__isnull=False) & (
    Q(seen__sent_at=None) | Q(seen__check_row__at__gte=F("seen__sent_at"))
)
_OURS = Case(When(is_void=True, then=_NOTHING), default=F("total"), output_field=AmountField())
# A file is carried over by a person: what it held is what was written into it.
_TOLD = Case(
    When(_LOOKED, then=F("seen__check_row__total")),
    When(seen__batch__isnull=False, then=F("total")),
    default=F("seen__their_total"),
    output_field=AmountField(),
)
_THEIRS = Case(
    When(is_there=True, is_void_there=False, then=Coalesce(_TOLD, _NOTHING)),
    default=_NOTHING,
    output_field=AmountField(),
)
_STATE = Case(
    When(is_there=False, is_void=True, then=Value(_SAME)),
    When(seen__isnull=True, then=Value("not_there")),
    When(is_there=False, then=Value("missing")),
    When(~Q(is_void_there=F("is_void")), then=Value("void_differs")),
    When(ours=F("theirs"), then=Value(_SAME)),
    default=Value("differs"),
    output_field=CharField(),
)
_SEEN_AT = Case(
    When(_LOOKED, then=F("seen__check_row__at")),
    default=F("seen__sent_at"),
    output_field=DateTimeField(),
)
