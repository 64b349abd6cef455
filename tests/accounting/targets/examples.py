"""Documents to send, and the two targets with their fakes, told in the same words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from icb.accounting.ports import (
    CREDIT_NOTE,
    INVOICE,
    Customer,
    Entry,
    Line,
    OnlineTarget,
    TargetSession,
    Tax,
    Tokens,
)
from icb.accounting.targets.online.ways import Ways
from icb.accounting.targets.quickbooks_online.target import QuickBooksOnline
from icb.accounting.targets.xero.target import Xero
from icb.demo.vendors.authority import Authority
from icb.demo.vendors.quickbooks_online import FakeQuickBooks
from icb.demo.vendors.server import Fake
from icb.demo.vendors.xero import FakeXero
from icb.foundation.egress.client import Roads
from icb.foundation.egress.limits import Limits

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
D = Decimal


def line(position: int, net: str, tax: str, **other: Any) -> Line:
    """A line of one piece at its net, where nothing else is said."""
    usual = Line(
        position=position,
        description=f"Managed workstation {position}",
        quantity=D(1),
        unit_price=D(net),
        net=D(net),
        tax=D(tax),
        account="200",
        tax_code="VAT",
        item="SEAT",
    )
    return replace(usual, **other)


def entry(*lines: Line, kind: str = INVOICE, percent: str = "19", **other: Any) -> Entry:
    """A document of these lines with one tax, whose figures are the sums of the lines."""
    net = sum((each.net for each in lines), D(0))
    tax = sum((each.tax for each in lines), D(0))
    whole = Entry(
        key="t-0001",
        kind=kind,
        number="INV-2026-0001" if kind == INVOICE else "CN-2026-0001",
        issued_on=date(2026, 3, 1),
        due_on=date(2026, 3, 31),
        currency="EUR",
        decimals=2,
        customer=Customer(key="acme", name="Acme Ltd", id="1"),
        lines=lines,
        taxes=(Tax("VAT", "VAT", D(percent), net, tax),),
        net=net,
        tax=tax,
        total=net + tax,
        credited="INV-2026-0001" if kind == CREDIT_NOTE else "",
    )
    return replace(whole, **other)


def usual_entry() -> Entry:
    """Two lines, the second of 3 at 33.33."""
    second = {"quantity": D(3), "unit_price": D("33.33")}
    return entry(line(1, "100.00", "19.00"), line(2, "99.99", "19.00", **second))


class Side(ABC):
    """One target with its fake: what differs between the two in the tests of both."""

    key: str
    fake: Fake
    authority: Authority
    target: OnlineTarget
    settings: dict[str, str]
    secrets: tuple[str, ...] = ()
    lists: Mapping[str, str]

    def open(self, *, tokens: Tokens | None = None) -> TargetSession:
        """A session, signed in anew where no tokens are given."""
        return self.target.open(self.settings, tokens or self.tokens())

    def tokens(self) -> Tokens:
        """Tokens as after signing in."""
        access, refresh = self.authority.sign_in()
        return Tokens(access, refresh, NOW + timedelta(minutes=30))

    @abstractmethod
    def mapped(self, whole: Entry) -> Entry:
        """The entry with the ids of the fake in place of the examples' own."""

    @abstractmethod
    def documents(self) -> int:
        """How many invoices and credit notes stand there, void ones as well."""

    @abstractmethod
    def written(self) -> dict[str, Any]:
        """The newest invoice or credit note as it stands there."""

    @abstractmethod
    def add_customer(self, name: str, *, currency: str = "EUR") -> None:
        """A customer, to whom documents go from then on."""

    @abstractmethod
    def limit(self, per_minute: int) -> None:
        """Allow so many requests in a minute."""

    @abstractmethod
    def pay(self, sent_id: str, amount: str) -> None:
        """Pay a document."""


def ways(fake: Fake, *, seconds: float = 5) -> Ways:
    """Ways that lead to a fake."""
    limits = Limits(read_seconds=seconds, total_seconds=seconds, bytes=4 * 1024 * 1024)
    return Ways(roads=Roads(detours=fake.reroute), limits=limits)


class QuickBooksSide(Side):
    """QuickBooks Online, in a company of the United Kingdom unless said otherwise."""

    key = "quickbooks_online"

    def __init__(self, fake: FakeQuickBooks, *, seconds: float = 5) -> None:
        self.fake = self.company = fake
        self.authority = fake.authority
        self.target = QuickBooksOnline(ways=ways(fake, seconds=seconds))
        self.settings = {
            "client_id": "qbo-client",
            "client_secret": "qbo-secret",
            "company_id": fake.realm,
            "environment": "live",
        }
        self.secrets = ("qbo-secret",)
        self.customer = fake.add_customer("Acme Ltd")
        self.item = fake.add_item("Seat")
        self.codes = {"VAT": fake.add_tax("VAT", "19"), "LOW": fake.add_tax("Reduced", "7")}
        self.codes["ZERO"] = fake.add_tax("Zero", "0")

    def mapped(self, whole: Entry) -> Entry:
        lines = tuple(
            replace(each, item=self.item, tax_code=self.codes.get(each.tax_code, each.tax_code))
            for each in whole.lines
        )
        taxes = tuple(
            replace(each, tax_code=self.codes.get(each.tax_code, each.tax_code))
            for each in whole.taxes
        )
        customer = replace(whole.customer, id=self.customer)
        return replace(whole, lines=lines, taxes=taxes, customer=customer)

    def documents(self) -> int:
        return len(self.company.records["Invoice"]) + len(self.company.records["CreditMemo"])

    def written(self) -> dict[str, Any]:
        both = [*self.company.records["Invoice"].values()]
        both += self.company.records["CreditMemo"].values()
        return both[-1]

    def add_customer(self, name: str, *, currency: str = "EUR") -> None:
        self.customer = self.company.add_customer(name, currency=currency)

    def limit(self, per_minute: int) -> None:
        self.company.per_minute = per_minute

    def pay(self, sent_id: str, amount: str) -> None:
        self.company.pay(("Invoice", sent_id.partition(":")[2], amount), total=amount)


class XeroSide(Side):
    """Xero."""

    key = "xero"

    def __init__(self, fake: FakeXero, *, seconds: float = 5) -> None:
        self.fake = self.organisation = fake
        self.authority = fake.authority
        self.target = Xero(ways=ways(fake, seconds=seconds))
        self.settings = {
            "client_id": "xero-client",
            "client_secret": "xero-secret",
            "tenant_id": fake.tenant,
        }
        self.secrets = ("xero-secret",)
        self.contact = fake.add_contact("Acme Ltd")
        fake.add_account("200", "Sales")
        fake.add("Items", Code="SEAT", Name="Seat", IsSold=True)
        fake.add_tax("VAT", "VAT 19 %", percent="19")
        fake.add_tax("LOW", "VAT 7 %", percent="7")
        fake.add_tax("ZERO", "Zero", percent="0")

    def mapped(self, whole: Entry) -> Entry:
        return replace(whole, customer=replace(whole.customer, id=self.contact))

    def documents(self) -> int:
        records = self.organisation.records
        return len(records["Invoices"]) + len(records["CreditNotes"])

    def written(self) -> dict[str, Any]:
        records = self.organisation.records
        return [*records["Invoices"].values(), *records["CreditNotes"].values()][-1]

    def add_customer(self, name: str, *, currency: str = "EUR") -> None:
        self.contact = self.organisation.add_contact(name)

    def limit(self, per_minute: int) -> None:
        self.organisation.per_minute = per_minute

    def pay(self, sent_id: str, amount: str) -> None:
        self.organisation.pay(sent_id.partition(":")[2], amount)
