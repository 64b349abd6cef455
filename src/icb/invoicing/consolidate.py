"""Which documents a bill-to organization gets for its posted items (rules, sections 7 and 8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from icb.kernel.money import Minor
from icb.kernel.quantity import Micro
from icb.rating.tax import LineTax

INVOICE = "invoice"
CREDIT_NOTE = "credit_note"

KIND_ORDER = {
    kind: place
    for place, kind in enumerate(
        ("recurring", "adjustment", "correction", "discount", "minimum", "manual")
    )
}
"""The place of each kind of item among the lines of one service and period."""


class PostedItem(NamedTuple):
    """A posted item that is on no live document, with the names that its line prints.

    `bill_to`, `contract_id` and `contract_service_id` are ids: their order is the order of entry.
    `contract_service_id` is None on a contract's own minimum and on some manual items.
    `attempt` is 1, and one more for every voided document the item was on.
    """

    item_id: int
    bill_to: int
    currency: str
    period_start: date
    period_end: date
    contract_id: int
    contract_service_id: int | None
    kind: str
    effective_on: date
    amount: Minor
    tax: LineTax | None
    units: Micro
    unit_days: Micro
    unit_price: Micro | None
    days_in_period: int
    estimated_days: int
    organization_id: int
    contract: str
    contract_name: str
    service: str
    service_name: str
    reason: str
    working: str
    attempt: int


class ItemsOfDocument(NamedTuple):
    """The kind of a document to issue and its items, in the order of their lines."""

    kind: str
    items: Sequence[PostedItem]


def documents_to_issue(items: Iterable[PostedItem]) -> Iterator[ItemsOfDocument]:
    """The documents for `items`, in the order in which they take their numbers.

    Bill-to organizations come as entered, then currencies by code; each pair is judged by itself.
    """
    ordered = sorted(items, key=attrgetter("bill_to", "currency"))
    for _, group in groupby(ordered, key=attrgetter("bill_to", "currency")):
        yield from consolidate(list(group))


def consolidate(items: Sequence[PostedItem]) -> list[ItemsOfDocument]:
    """The documents for the items of one bill-to organization and currency.

    Charges and credits are judged on their net. Where credits do not exceed charges, one invoice
    takes everything. Where they do, charges are invoiced and credits make a credit note; lines of
    0.00 go on the invoice if there is one. Nothing but zero lines makes no document, and the
    items stay.
    """
    lines = sorted(items, key=line_order)
    if all(item.amount == 0 for item in lines):
        return []
    if sum(item.amount for item in lines) >= 0:
        return [ItemsOfDocument(INVOICE, lines)]
    credit_note = ItemsOfDocument(CREDIT_NOTE, [item for item in lines if item.amount < 0])
    if all(item.amount <= 0 for item in lines):
        return [credit_note]
    return [ItemsOfDocument(INVOICE, [item for item in lines if item.amount >= 0]), credit_note]


def line_order(item: PostedItem) -> tuple[object, ...]:
    """Where an item stands: oldest period, contract and service as entered, kind, date.

    What belongs to a contract as a whole comes after its services.
    """
    return (
        item.period_start,
        item.contract_id,
        item.contract_service_id is None,
        item.contract_service_id,
        KIND_ORDER[item.kind],
        item.effective_on,
        item.item_id,
    )
