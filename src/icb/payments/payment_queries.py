"""Payments for people: the list, the files they came in, and all about one of them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Case, CharField, Count, Q, Value, When

from icb.foundation.listing import Asked, Kind, Page, Wanted, page_of
from icb.kernel.money import Minor, to_minor
from icb.payments.models import Allocation, Payment, PaymentFile
from icb.payments.queries import payment_named, unknown_payment

STATES = ("credit", "allocated", "reversed")
"""What may have become of a payment: something of it is left, all is allocated, or it was wrong."""

_ASKED = {
    "number": Asked("number", Kind.NUMBER),
    "received": Asked("received_on", Kind.DAY),
    "organization": Asked("organization__name", is_searched=True),
    "key": Asked("organization__key", Kind.CHOICE, is_searched=True),
    "method": Asked("method", Kind.CHOICE),
    "reference": Asked("reference", is_searched=True),
    "amount": Asked("amount", Kind.NUMBER),
    "currency": Asked("currency", Kind.CHOICE),
    "state": Asked("state", Kind.CHOICE),
    "source": Asked("source", Kind.CHOICE),
    "file": Asked("file__name"),
    "by": Asked("actor"),
}
_FIELDS = (
    "number",
    "received_on",
    "organization__key",
    "organization__name",
    "method",
    "reference",
    "amount",
    "currency",
    "account_item__open",
    "state",
    "source",
    "file__name",
    "actor",
)


class ListedPayment(NamedTuple):
    """A payment in the list; amounts in major units, `state` one of STATES."""

    number: int
    received_on: date
    organization: str
    name: str
    method: str
    reference: str
    amount: Decimal
    currency: str
    left: Decimal
    state: str
    source: str
    file: str
    actor: str


class AllocationRow(NamedTuple):
    """An allocation: what settles how much of which document.

    `payment` is a number, None where the credit note `credit` settles it; `is_own` marks what a
    credit note settles of the invoice that it credits. `taken_back_on` and `reason` are set on one
    that does not hold any more.
    """

    id: int
    payment: int | None
    credit: str
    document: str
    amount: Minor
    day: date
    actor: str
    at: datetime
    is_own: bool
    taken_back_on: date | None
    reason: str

    @property
    def is_live(self) -> bool:
        """Whether it holds."""
        return self.taken_back_on is None


class TakenFile(NamedTuple):
    """A file of payments that was taken, how many payments it brought, and how many hold."""

    name: str
    taken_at: datetime
    actor: str
    payments: int
    live: int


class PaymentFacts(NamedTuple):
    """All about one payment. `left` stays as credit of the organization; `seen` is another text
    after any use of it."""

    number: int
    organization: str
    name: str
    currency: str
    amount: Minor
    left: Minor
    state: str
    received_on: date
    method: str
    reference: str
    source: str
    external_id: str
    file: str
    actor: str
    recorded_at: datetime
    reversed_on: date | None
    reversed_by: str
    reason: str
    account: tuple[int, str]
    allocations: list[AllocationRow]
    seen: str


def payment_page(wanted: Wanted) -> Page[ListedPayment]:
    """One page of the payments, the newest first where nothing else is asked."""
    found = Payment.objects.annotate(
        state=Case(
            When(reversal__isnull=False, then=Value("reversed")),
            When(account_item__open=0, then=Value("allocated")),
            default=Value("credit"),
            output_field=CharField(),
        )
    )
    return page_of(
        found.order_by("-pk"), wanted=wanted, columns=_ASKED, fields=_FIELDS, make=_listed
    )


def _listed(row: tuple[object, ...]) -> ListedPayment:
    found = ListedPayment(*row)  # type: ignore[arg-type]
    return found._replace(left=-(found.left or Decimal(0)), file=found.file or "")


def payment_currencies() -> list[str]:
    """The currencies that payments came in."""
    found = Payment.objects.order_by("currency").values_list("currency", flat=True)
    return list(found.distinct())


def taken_files(*, limit: int = 10) -> list[TakenFile]:
    """The newest files of payments."""
    found = PaymentFile.objects.annotate(
        count=Count("payments"), live=Count("payments", filter=Q(payments__reversal=None))
    )
    rows = found.order_by("-pk").values_list("name", "taken_at", "actor", "count", "live")
    return [TakenFile(*row) for row in rows[:limit]]


def payment_facts(number: int) -> PaymentFacts:
    """All about one payment. Raises NotFound for an unknown number."""
    found = (
        Payment.objects.filter(number=number)
        .select_related("organization", "file", "reversal", "account_item")
        .first()
    )
    if found is None:
        raise unknown_payment(number)
    back = getattr(found, "reversal", None)
    left = 0 if back else to_minor(-found.account_item.open, found.currency)
    return PaymentFacts(
        number=found.number,
        organization=found.organization.key,
        name=found.organization.name,
        currency=found.currency,
        amount=to_minor(found.amount, found.currency),
        left=left,
        state="reversed" if back else "credit" if left else "allocated",
        received_on=found.received_on,
        method=found.method,
        reference=found.reference,
        source=found.source,
        external_id=found.external_id,
        file=found.file.name if found.file else "",
        actor=found.actor,
        recorded_at=found.recorded_at,
        reversed_on=back.day if back else None,
        reversed_by=back.actor if back else "",
        reason=back.reason if back else "",
        account=(found.organization_id, found.currency),
        allocations=allocation_rows(Q(payment=found.pk)),
        seen="" if back else payment_named(number).seen,
    )


def allocation_rows(which: Q) -> list[AllocationRow]:
    """Allocations in the order in which they were made, with those that were taken back."""
    rows = Allocation.objects.filter(which).order_by("pk")
    return [
        AllocationRow(
            row_id,
            payment,
            credit or "",
            document,
            to_minor(amount, currency),
            day,
            actor,
            at,
            credits_id is not None and credits_id == document_id,
            taken_back_on,
            reason or "",
        )
        for (
            row_id,
            payment,
            credit,
            document,
            document_id,
            currency,
            amount,
            day,
            actor,
            at,
            credits_id,
            taken_back_on,
            reason,
        ) in rows.values_list(
            "pk",
            "payment__number",
            "credit__number",
            "document__number",
            "document_id",
            "document__currency",
            "amount",
            "day",
            "actor",
            "allocated_at",
            "credit__credits_id",
            "reversal__day",
            "reversal__reason",
        )
    ]
