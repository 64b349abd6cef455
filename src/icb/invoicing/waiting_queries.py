"""What waits for an invoice, and which documents it would make. Nothing here writes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from icb.foundation.amounts import from_stored
from icb.foundation.bulk import fetch, ids_in
from icb.foundation.canonical import canonical_json, digest
from icb.foundation.listing import Asked, Kind, Page, Wanted, page_of_rows
from icb.foundation.models import Provider, TaxDay
from icb.foundation.providers import current_provider, local_today
from icb.foundation.scope import provider_id
from icb.invoicing.consolidate import ItemsOfDocument, PostedItem, documents_to_issue
from icb.invoicing.document_annexes import changes_between
from icb.invoicing.document_data import Data, Driver, Names, data_of_items, totals_of
from icb.invoicing.document_writing import Issue, NewDocument, NewLine
from icb.invoicing.item_taxes import ItemTaxes, Supply
from icb.invoicing.models import DocumentKind, NumberSeries
from icb.invoicing.numbering import FIRST_NUMBERING, Numbering, document_number
from icb.kernel.errors import NotFound
from icb.kernel.money import Minor, format_minor
from icb.organizations.models import Organization
from icb.organizations.tax_queries import tax_book

Take = Callable[[DocumentKind], tuple[int, str]]
"""Gives the sequence and the number of the next document of a kind."""

# The columns are those of PostedItem, in its order.
_ITEMS = """
SELECT i.id, COALESCE(o.bill_to_id, o.id), i.currency, i.period_start, i.period_end,
       i.contract_id, i.contract_service_id, i.kind, i.effective_on, i.amount, i.tax_rate_id,
       i.units, i.unit_days, i.unit_price, i.days_in_period, i.estimated_days,
       i.organization_id, c.key, c.name, COALESCE(cs.key, ''), COALESCE(s.name, ''), i.reason,
       i.working,
       1 + COALESCE((SELECT MAX(l.attempt) FROM document_line l WHERE l.item_id = i.id), 0)
FROM item_to_invoice w
JOIN billing_item i ON i.id = w.item_id
JOIN organization o ON o.id = i.organization_id
JOIN contract c ON c.id = i.contract_id
LEFT JOIN contract_service cs ON cs.id = i.contract_service_id
LEFT JOIN service s ON s.id = cs.service_id
WHERE w.provider_id = %s AND {chosen}
"""
# As many columns, with nothing for what neither order, rule nor total of a document needs.
_LIGHT = """
SELECT i.id, COALESCE(o.bill_to_id, o.id), i.currency, i.period_start, i.period_end,
       i.contract_id, i.contract_service_id, i.kind, i.effective_on, i.amount, i.tax_rate_id,
       0, 0, NULL, 0, i.estimated_days, i.organization_id, '', '', '', '', '', '', 1
FROM item_to_invoice w
JOIN billing_item i ON i.id = w.item_id
JOIN organization o ON o.id = i.organization_id
WHERE w.provider_id = %s AND {chosen}
"""
_GROUPS = """
SELECT b.key, b.name, i.currency, COUNT(*), MIN(i.period_start) AS "oldest [date]",
       SUM(i.amount), SUM(CASE WHEN i.amount < 0 THEN i.amount ELSE 0 END),
       SUM(CASE WHEN i.estimated_days > 0 THEN 1 ELSE 0 END)
FROM item_to_invoice w
JOIN billing_item i ON i.id = w.item_id
JOIN organization o ON o.id = i.organization_id
JOIN organization b ON b.id = COALESCE(o.bill_to_id, o.id)
WHERE w.provider_id = %s GROUP BY b.id, b.key, b.name, i.currency ORDER BY b.id, i.currency
"""
_LAST_INVOICES = """
SELECT d.organization_id, d.currency, d.data FROM document d
WHERE d.id IN (
  SELECT MAX(l.id) FROM document l
  LEFT JOIN document_void v ON v.document_id = l.id
  WHERE l.provider_id = %s AND l.kind = 'invoice' AND v.id IS NULL
  GROUP BY l.organization_id, l.currency
) AND {chosen}
"""
_DRIVING = """
SELECT m.contract_service_id, m.starts_on AS "starts_on [date]", m.ends_on AS "ends_on [date]",
       c.key, c.name, t.unit
FROM service_mapping m
JOIN billing_type t ON t.id = m.billing_type_id
JOIN module_connection c ON c.id = t.connection_id
WHERE m.provider_id = %s AND {chosen} ORDER BY c.id, m.id
"""
# Everything that decides which taxes the items that wait need, once.
_SUPPLIES = """
SELECT DISTINCT COALESCE(o.bill_to_id, o.id), i.currency, i.tax_rate_id, o.id, i.kind,
       i.period_end,
       CASE WHEN i.kind = 'manual' THEN i.effective_on ELSE i.period_end END AS "on_day [date]"
FROM item_to_invoice w
JOIN billing_item i ON i.id = w.item_id
JOIN organization o ON o.id = i.organization_id
WHERE w.provider_id = %s AND i.tax_rate_id IS NOT NULL{chosen}
ORDER BY 1, 2, 3, 4
"""
_MOST_BY_NAME = 500  # more keys than that are looked up among all
_AMOUNT = PostedItem._fields.index("amount")
_ORGANIZATION = PostedItem._fields.index("organization_id")
_TAX = PostedItem._fields.index("tax")
_ASKED = {
    "organization": Asked("name", is_searched=True),
    "key": Asked("key", is_searched=True),
    "currency": Asked("currency", Kind.CHOICE),
    "items": Asked("items", Kind.NUMBER),
    "oldest": Asked("oldest", Kind.DAY),
    "net": Asked("net", Kind.NUMBER),
    "credits": Asked("credits", Kind.NUMBER),
    "estimated": Asked("estimated", Kind.NUMBER),
}


class Payer(NamedTuple):
    """Who is billed and in which currency: the items of one payer make its documents."""

    organization: str
    currency: str


class WaitingRow(NamedTuple):
    """What waits for the invoice of one payer. Amounts before tax, in major units; `credits` are
    those below 0 of `net`, `estimated` how many of the items hold estimated days."""

    key: str
    name: str
    currency: str
    items: int
    oldest: date
    net: Decimal
    credits: Decimal
    estimated: int

    @property
    def payer(self) -> Payer:
        """Whose items these are."""
        return Payer(self.key, self.currency)


class PlannedDocument(NamedTuple):
    """A document as it would be issued now. Amounts in the currency's minor unit."""

    number: str
    kind: str
    organization: str
    name: str
    currency: str
    lines: int
    net: Minor
    tax: Minor
    total: Minor


class CurrencyTotal(NamedTuple):
    """What the planned documents of one currency come to."""

    currency: str
    documents: int
    net: Minor
    tax: Minor
    total: Minor


class IssuePlan(NamedTuple):
    """What issuing would do now. `seen` names the items it was made from: issuing is refused where
    others wait by then. `ranges`: first and last number by kind. `left_out`: payers whose items
    come to nothing but lines of 0.00, which take no number and wait on. `tax_problems` tells the
    percentages that are missing: as long as there are any, issuing is refused as a whole."""

    documents: list[PlannedDocument]
    totals: list[CurrencyTotal]
    ranges: list[tuple[str, str, str]]
    left_out: list[str]
    items: int
    estimated: int
    is_locked: bool
    seen: str
    tax_problems: list[str]


def waiting_page(wanted: Wanted) -> Page[WaitingRow]:
    """The payers for whom posted items wait, one row for each; the sums are the database's."""
    rows = []
    for key, name, currency, items, oldest, *sums, estimated in fetch(_GROUPS, [provider_id()]):
        net, below = (Decimal(format_minor(from_stored(one, currency), currency)) for one in sums)
        rows.append(WaitingRow(key, name, currency, items, oldest, net, below, estimated))
    return page_of_rows(rows, wanted=wanted, columns=_ASKED)


def waiting_items(payers: Sequence[Payer]) -> dict[int, list[int]]:
    """The ids of the items that wait, by the organization that gets the bill, as entered.

    Raises NotFound where a payer is no organization of the provider.
    """
    found: dict[int, list[int]] = {}
    for bill_to, _payer, item in _waiting(payers):
        found.setdefault(bill_to, []).append(item)
    return found


def items_by_payer(payers: Sequence[Payer]) -> dict[Payer, list[int]]:
    """As `waiting_items`, by payer: organizations as entered, each with its currencies."""
    found: dict[Payer, list[int]] = {}
    for _bill_to, payer, item in sorted(
        _waiting(payers), key=lambda row: (row[0], row[1].currency)
    ):
        found.setdefault(payer, []).append(item)
    return found


def _waiting(payers: Sequence[Payer]) -> list[tuple[int, Payer, int]]:
    """Who gets the bill, the payer and the item, of each that waits; as entered."""
    ids = _organization_ids({payer.organization for payer in payers})
    wanted = {(ids[payer.organization], payer.currency): payer for payer in payers}
    chosen, params = ids_in("COALESCE(o.bill_to_id, o.id)", ids={one for one, _ in wanted})
    rows = fetch(
        "SELECT COALESCE(o.bill_to_id, o.id), i.currency, w.item_id FROM item_to_invoice w "
        "JOIN billing_item i ON i.id = w.item_id JOIN organization o ON o.id = i.organization_id "
        f"WHERE w.provider_id = %s AND {chosen} ORDER BY 1, w.item_id",
        [provider_id(), *params],
    )
    return [
        (bill_to, wanted[bill_to, currency], item)
        for bill_to, currency, item in rows
        if (bill_to, currency) in wanted
    ]


def seen_of(item_ids: Iterable[int]) -> str:
    """A short text for a set of items, to tell whether others wait by now."""
    return digest(canonical_json(sorted(item_ids)))[:32]


def issue_plan(payers: Sequence[Payer]) -> IssuePlan:
    """Which documents issuing would make for these payers now, by the rules that issue them.

    Raises NotFound where a payer is no organization of the provider.
    """
    waiting = waiting_items(payers)
    ids = [item for items in waiting.values() for item in items]
    loaded, taxes = _posted(_LIGHT, ids, on=local_today())
    items = [item for item in loaded if (item.bill_to, item.currency) not in taxes.missing]
    names = organization_names({item.bill_to for item in items})
    take = _Forecast()
    documents = [_planned(one, names, take) for one in documents_to_issue(items)]
    made = {document.organization for document in documents}
    return IssuePlan(
        documents,
        _totals(documents),
        take.ranges(),
        [name for key, name in names.values() if key not in made],
        len(items),
        sum(1 for item in items if item.estimated_days),
        Provider.objects.filter(pk=provider_id(), issuing_locked=True).exists(),
        seen_of(ids),
        taxes.told(),
    )


def documents_to_be(payer: Payer, *, number: str, template: str = "") -> list[str]:
    """The data of the documents that a payer would get now, with `number` where theirs will be.

    For drawing them beforehand: nothing is stored and no number is taken. `template` is the one
    chosen for now, if any. Raises Refused where a tax has no percentage.
    """
    ids = [item for items in waiting_items([payer]).values() for item in items]
    today = local_today()
    items, _taxes = load_items(ids, on=today)
    issue = Issue.now({item.bill_to for item in items}, on=today, template=template)
    return [made.text for made in new_documents(items, issue=issue, take=lambda kind: (0, number))]


def load_items(item_ids: Iterable[int], *, on: date) -> tuple[list[PostedItem], ItemTaxes]:
    """Those of the items that still wait for a document, with all that a document says of them.

    And the taxes that they took, for documents that are issued on that day. Raises Refused where a
    tax has no percentage.
    """
    items, taxes = _posted(_ITEMS, item_ids, on=on)
    taxes.refuse_missing()
    return items, taxes


def missing_taxes(item_ids: Iterable[int] | None = None) -> ItemTaxes:
    """Looks up the taxes of all items that wait, or of these, were they issued today."""
    chosen, params = ids_in("w.item_id", ids=item_ids) if item_ids is not None else ("", [])
    only = f" AND {chosen}" if chosen else ""
    rows = fetch(_SUPPLIES.format(chosen=only), [provider_id(), *params])
    taxes = item_taxes({row[3] for row in rows}, on=local_today())
    for bill_to, currency, *supply in rows:
        taxes.tax_of(Supply((bill_to, currency), *supply))
    return taxes


def item_taxes(organizations: Iterable[int], *, on: date) -> ItemTaxes:
    """The taxes of items of these organizations, for documents that are issued on a day."""
    is_by_supply = current_provider().tax_day == TaxDay.SUPPLY
    return ItemTaxes(tax_book(organizations), issued_on=on, is_by_supply=is_by_supply)


def new_documents(
    items: Sequence[PostedItem], *, issue: Issue, take: Take
) -> Iterator[NewDocument]:
    """The documents that the items make, ready to be written.

    All that the database knows of them is read, and their numbers are taken, before this returns.
    """
    names = Names(organization_names({item.organization_id for item in items}), drivers_of(items))
    documents = list(documents_to_issue(items))
    last_invoices = _last_invoices(documents, issue)
    numbers = [take(DocumentKind(found.kind)) for found in documents]
    return (
        _new_document(found, number=number, issue=issue, names=names, last_invoices=last_invoices)
        for found, number in zip(documents, numbers, strict=True)
    )


def _new_document(
    found: ItemsOfDocument,
    *,
    number: tuple[int, str],
    issue: Issue,
    names: Names,
    last_invoices: Mapping[tuple[int, str], Mapping[str, Any]],
) -> NewDocument:
    first = found.items[0]
    sequence, printed = number
    heading = issue.heading(
        found.kind, number=printed, bill_to=first.bill_to, currency=first.currency
    )
    totals = totals_of(found)
    data = data_of_items(heading, document=found, totals=totals, names=names)
    last = last_invoices.get((first.bill_to, first.currency))
    if last is not None and found.kind == DocumentKind.INVOICE:
        data["changes"] = _changes_since(last, data)
    return NewDocument(
        heading,
        sequence=sequence,
        bill_to=first.bill_to,
        totals=totals,
        data=data,
        lines=[
            NewLine(item.amount, item.tax, item=item.item_id, attempt=item.attempt)
            for item in found.items
        ],
    )


def _last_invoices(
    documents: Sequence[ItemsOfDocument], issue: Issue
) -> dict[tuple[int, str], Mapping[str, Any]]:
    """The frozen data of the last live invoice of each payer whose design shows what changed."""
    firsts = [found.items[0] for found in documents]
    payers = {one.bill_to for one in firsts if issue.designs[one.bill_to].has_changes}
    if not payers:
        return {}
    chosen, params = ids_in("d.organization_id", ids=payers)
    rows = fetch(_LAST_INVOICES.format(chosen=chosen), [provider_id(), *params])
    return {(bill_to, currency): json.loads(data) for bill_to, currency, data in rows}


def _changes_since(last: Mapping[str, Any], data: Data) -> Data:
    return changes_between(
        data["lines"],
        last_number=last["number"],
        last_lines=last["lines"],
        currency=data["currency"],
    )


def organization_names(ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Key and name of organizations by id."""
    chosen, params = ids_in("id", ids=ids)
    rows = fetch(
        f"SELECT id, key, name FROM organization WHERE provider_id = %s AND {chosen}",
        [provider_id(), *params],
    )
    return {id: (key, name) for id, key, name in rows}


def drivers_of(items: Sequence[PostedItem]) -> dict[int, Driver]:
    """The module that drives each item's service in its period, and what it counts, by item.

    Where several drive one, it is the one connected first, and the unit only where all count the
    same; items that none drives are left out.
    """
    chosen, params = ids_in(
        "m.contract_service_id",
        ids={item.contract_service_id for item in items if item.contract_service_id},
    )
    driving: dict[int, list[tuple[date, date, Driver]]] = defaultdict(list)
    for service, first, last, *driver in fetch(
        _DRIVING.format(chosen=chosen), [provider_id(), *params]
    ):
        driving[service].append((first or date.min, last or date.max, Driver(*driver)))
    found = {}
    for item in items:
        drivers = [
            driver
            for first, last, driver in driving.get(item.contract_service_id or 0, ())
            if first < item.period_end and last >= item.period_start
        ]
        if drivers:
            is_one_unit = len({driver.unit for driver in drivers}) == 1
            found[item.item_id] = drivers[0] if is_one_unit else drivers[0]._replace(unit="")
    return found


def _posted(sql: str, item_ids: Iterable[int], *, on: date) -> tuple[list[PostedItem], ItemTaxes]:
    chosen, params = ids_in("w.item_id", ids=item_ids)
    rows = fetch(sql.format(chosen=chosen), [provider_id(), *params])
    taxes = item_taxes({row[_ORGANIZATION] for row in rows}, on=on)
    found = []
    for row in rows:
        item = PostedItem._make(row)
        supply = Supply(
            (item.bill_to, item.currency),
            row[_TAX],
            item.organization_id,
            item.kind,
            item.period_end,
            item.effective_on,
        )
        amount = from_stored(row[_AMOUNT], item.currency)
        found.append(item._replace(amount=amount, tax=taxes.tax_of(supply)))
    return found, taxes


def _planned(
    found: ItemsOfDocument, names: Mapping[int, tuple[str, str]], take: Take
) -> PlannedDocument:
    first, totals = found.items[0], totals_of(found)
    _sequence, number = take(DocumentKind(found.kind))
    return PlannedDocument(
        number,
        found.kind,
        *names[first.bill_to],
        first.currency,
        len(found.items),
        totals.net,
        totals.tax,
        totals.gross,
    )


def _totals(documents: Sequence[PlannedDocument]) -> list[CurrencyTotal]:
    found: dict[str, CurrencyTotal] = {}
    for one in documents:
        before = found.get(one.currency, CurrencyTotal(one.currency, 0, 0, 0, 0))
        found[one.currency] = CurrencyTotal(
            one.currency,
            before.documents + 1,
            before.net + one.net,
            before.tax + one.tax,
            before.total + one.total,
        )
    return [found[currency] for currency in sorted(found)]


class _Forecast:
    """The numbers that would be taken, without taking them."""

    def __init__(self) -> None:
        self._series = {
            row.kind: (Numbering(row.prefix, row.digits), row.next_number)
            for row in NumberSeries.objects.all()
        }
        self._taken: dict[str, list[str]] = {}

    def __call__(self, kind: DocumentKind) -> tuple[int, str]:
        numbering, sequence = self._series.get(kind, (FIRST_NUMBERING[kind.value], 1))
        self._series[kind] = numbering, sequence + 1
        number = document_number(numbering, sequence=sequence)
        self._taken.setdefault(kind.value, []).append(number)
        return sequence, number

    def ranges(self) -> list[tuple[str, str, str]]:
        """Kind, first and last number of each series that is used."""
        return [(kind, taken[0], taken[-1]) for kind, taken in self._taken.items()]


def _organization_ids(keys: set[str]) -> dict[str, int]:
    chosen = Organization.objects.all()
    if len(keys) <= _MOST_BY_NAME:
        chosen = chosen.filter(key__in=keys)
    rows = chosen.values_list("key", "pk")
    found = {key: id for key, id in rows if key in keys}
    missing = sorted(keys - found.keys())
    if missing:
        raise NotFound(
            "unknown_organization",
            f"There is no organization {missing[0]}. Nothing was issued. Look at the items again.",
            organization=missing[0],
        )
    return found
