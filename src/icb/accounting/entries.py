"""Entries for targets, from the frozen data of documents and what is mapped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from icb.accounting.allocation import line_taxes
from icb.accounting.chart import Accounts
from icb.accounting.chart_queries import account_rules, accounts
from icb.accounting.document_queries import services_of_lines
from icb.accounting.mapped import Mapped
from icb.accounting.models import Target, TargetMapping
from icb.accounting.ports import Customer, Entry, Line, Tax
from icb.accounting.registry import is_file, target
from icb.accounting.tax_groups import taxes_of_lines
from icb.foundation.bulk import fetch, ids_in
from icb.foundation.scope import provider_id
from icb.kernel.money import minor_to_decimal


class DocumentToSend(NamedTuple):
    """A document as it is read for a target: frozen data, and the service of each line."""

    id: int
    credits: int | None
    data: Mapping[str, Any]
    services: Mapping[int, str]


def documents_to_send(ids: Iterable[int]) -> dict[int, DocumentToSend]:
    """The documents with these ids, by id: two statements for any number of them."""
    wanted = list(ids)
    chosen, params = ids_in("id", ids=wanted)
    services = services_of_lines(wanted)
    rows = fetch(
        f"SELECT id, credits_id, data FROM document WHERE provider_id = %s AND {chosen}",
        [provider_id(), *params],
    )
    return {
        id: DocumentToSend(id, credits, json.loads(data), services[id])
        for id, credits, data in rows
    }


class Entries:
    """Makes entries for one target; what is mapped is read once."""

    def __init__(self, row: Target) -> None:
        self._row = row
        self._chart = Accounts(account_rules())
        self._codes = {account.id: account.code for account in accounts()}
        self._names = {account.code: account.name for account in accounts()}
        self.read_again()

    def read_again(self) -> None:
        """Read the mappings again, after one was made."""
        rows = TargetMapping.objects.filter(target=self._row)
        self._ids = {
            (kind, ours): theirs
            for kind, ours, theirs in rows.values_list("kind", "ours", "theirs")
        }

    def mapped(self) -> Mapped:
        """What is mapped, with an empty list of what lacks."""
        one = target(self._row.kind)
        return Mapped(one.description, is_file(one), self._ids, self._names)

    def entry(
        self, document: DocumentToSend, *, key: str, credited_id: str = ""
    ) -> tuple[Entry, list[str]]:
        """The document's entry, and in words what on it is not mapped though it must be."""
        data, mapped = document.data, self.mapped()
        lines = tuple(self._lines(document, mapped))
        entry = Entry(
            key=key,
            kind=data["kind"],
            number=data["number"],
            issued_on=date.fromisoformat(data["issued_on"]),
            due_on=date.fromisoformat(data["due_on"]),
            currency=data["currency"],
            decimals=data["decimals"],
            customer=_customer(data["organization"], mapped),
            lines=lines,
            taxes=tuple(self._taxes(data, lines, mapped)),
            net=Decimal(data["net"]),
            tax=Decimal(data["tax"]),
            total=Decimal(data["total"]),
            credited=data["credited"],
            credited_id=credited_id,
            reference=data.get("purchase_order", "") or data.get("buyer_reference", ""),
            receivable=mapped.counter_account(self._codes[self._chart.receivable()]),
        )
        return entry, mapped.lacking

    def _lines(self, document: DocumentToSend, mapped: Mapped) -> Iterator[Line]:
        data, currency = document.data, document.data["currency"]
        for line, tax in zip(data["lines"], line_taxes(data), strict=True):
            service = document.services.get(line["position"], "")
            module = line.get("module", "")
            net = Decimal(line["amount"])
            quantity, price = _quantity(line, net)
            account = self._codes[self._chart.revenue(service=service, module=module)]
            yield Line(
                position=line["position"],
                description=": ".join(text for text in (line["title"], line["detail"]) if text),
                quantity=quantity,
                unit_price=price,
                net=net,
                tax=minor_to_decimal(tax, currency=currency),
                account=mapped.account(account),
                tax_code=mapped.tax_code(line.get("tax_code", "")),
                item=mapped.item(service),
                service=service,
                module=module,
            )

    def _taxes(
        self, data: Mapping[str, Any], lines: Iterable[Line], mapped: Mapped
    ) -> Iterator[Tax]:
        """The taxes of a document, as its lines have them: so both add up to the document's."""
        for (code, _), group in taxes_of_lines(data["lines"], lines=lines).items():
            account = self._codes[self._chart.tax(code)]
            yield replace(
                group, tax_code=mapped.tax_code(code), account=mapped.counter_account(account)
            )


def _quantity(line: Mapping[str, Any], net: Decimal) -> tuple[Decimal, Decimal]:
    """Units and price where they give the amount exactly; else one of it, with its sign."""
    units, price = line.get("units"), line.get("unit_price")
    if units is not None and price is not None:
        quantity, unit_price = Decimal(units), Decimal(price)
        if quantity and quantity * unit_price == net:
            return quantity, unit_price
    return (Decimal(-1), -net) if net < 0 else (Decimal(1), net)


def _customer(party: Mapping[str, Any], mapped: Mapped) -> Customer:
    return Customer(
        key=party["key"],
        name=party["name"],
        id=mapped.customer(party["key"], name=party["name"]),
        email=party["email"],
        address=party["address"],
        postal_code=party.get("postal_code", ""),
        city=party.get("city", ""),
        region=party.get("region", ""),
        country=party.get("country", ""),
        tax_number=party["tax_number"],
    )
