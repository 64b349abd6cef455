"""A connection to one company of QuickBooks Online."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property

from icb.accounting.ports import INVOICE, Customer, Entry, Listing, Paid, Sent, Theirs
from icb.accounting.targets.online.answers import Part
from icb.accounting.targets.online.documents import (
    NOTHING_WRITTEN,
    check_entry,
    is_the_same,
    kind_and_id,
    number_is_taken,
    refused,
)
from icb.accounting.targets.online.documents import sent_id as id_of
from icb.accounting.targets.quickbooks_online.company_api import CompanyApi, Refusal, quoted
from icb.accounting.targets.quickbooks_online.customers import create_customer, theirs_of
from icb.accounting.targets.quickbooks_online.documents import (
    LONGEST_NUMBER,
    RECORDS,
    body_of,
    path_of,
    sent_of,
)
from icb.accounting.targets.quickbooks_online.faults import DUPLICATE_NUMBER, STALE
from icb.accounting.targets.quickbooks_online.payments import (
    changed_since,
    changes_from,
    paid_of,
    whole,
)
from icb.accounting.targets.quickbooks_online.taxes import TaxBook, document_tax, read_tax_book

# What is sold there as one line; the others only hold or group.
_SOLD = ("Service", "NonInventory", "Inventory")


class QuickBooksSession:
    """The `TargetSession` of the port."""

    def __init__(self, api: CompanyApi) -> None:
        self._api = api

    def test(self) -> str:
        """See `icb.accounting.ports.TargetSession`."""
        return self._company.text("CompanyName")

    def listing(self, what: Listing) -> Sequence[Theirs]:
        """See `icb.accounting.ports.TargetSession`."""
        if what is Listing.TAX_CODES:
            return self._taxes.listing()
        if what is Listing.CUSTOMERS:
            return [theirs_of(row) for row in self._in_use("Customer")]
        if what is Listing.ITEMS:
            rows = [row for row in self._in_use("Item") if row.text_or("Type") in _SOLD]
            return [_named(row, code="Sku") for row in rows]
        return [_named(row, code="AcctNum") for row in self._in_use("Account")]

    def create_customer(self, customer: Customer, *, key: str) -> Theirs:
        """See `icb.accounting.ports.TargetSession`."""
        return create_customer(customer, key=key, api=self._api)

    def find(self, entry: Entry) -> Sent | None:
        """See `icb.accounting.ports.TargetSession`."""
        where = f"DocNumber = {quoted(entry.number)}"
        rows = self._api.rows(RECORDS[entry.kind], where=where)
        ours = [row for row in rows if entry.key in row.text_or("PrivateNote").split()]
        found = [self._sent(row, kind=entry.kind) for row in ours or rows]
        standing = [sent for sent in found if not sent.is_void]
        if len(standing) > 1:
            raise refused(
                f"number: {entry.number} is that of {len(standing)} documents there. "
                f"{NOTHING_WRITTEN} Keep one of them there."
            )
        return next(iter(standing or found), None)

    def send(self, entry: Entry) -> Sent:
        """See `icb.accounting.ports.TargetSession`."""
        check_entry(entry, longest_number=LONGEST_NUMBER)
        body = body_of(entry, tax=document_tax(entry, book=self._taxes))
        path, name = path_of(entry.kind), RECORDS[entry.kind]
        try:
            written = self._api.write(path, name=name, body=body, key=entry.key)
        except Refusal as refusal:
            if refusal.fault.code != DUPLICATE_NUMBER:
                raise self._api.problem(refusal) from None
            return self._known(entry, refusal=refusal)
        return self._sent(written, kind=entry.kind)

    def void(self, sent_id: str, *, key: str) -> Sent:
        """See `icb.accounting.ports.TargetSession`. A credit memo cannot be void there: it goes."""
        kind, id = kind_and_id(sent_id)
        if kind not in RECORDS:
            raise refused(f"{sent_id} is no id of a document there. {NOTHING_WRITTEN}")
        try:
            return self._voided(kind, id=id, key=key)
        except Refusal as refusal:
            if refusal.fault.code != STALE:
                raise self._api.problem(refusal) from None
        # Somebody changed it between reading and writing: read it anew, once.
        try:
            return self._voided(kind, id=id, key=key)
        except Refusal as refusal:
            raise self._api.problem(refusal) from None

    def payments(self, *, since: date) -> Sequence[Paid]:
        """See `icb.accounting.ports.TargetSession`."""
        rows = self._api.rows("Payment", where=changed_since(since))
        told = [paid for row in rows for paid in paid_of(row)]
        removed = self._api.removed("Payment", since=changes_from(since))
        return [*told, *(whole(id, on=since) for id in removed)]

    @cached_property
    def _company(self) -> Part:
        id = self._api.company.id
        return self._api.read(f"/companyinfo/{id}", name="CompanyInfo")

    @cached_property
    def _taxes(self) -> TaxBook:
        return read_tax_book(self._api, country=self._company.text_or("Country"))

    def _in_use(self, name: str) -> list[Part]:
        return [row for row in self._api.rows(name) if row.flag("Active", otherwise=True)]

    def _sent(self, record: Part, *, kind: str) -> Sent:
        return sent_of(record, kind=kind, company=self._api.company)

    def _known(self, entry: Entry, *, refusal: Refusal) -> Sent:
        """The document under a number that is taken, where it is this one."""
        found = self.find(entry)
        if found is None:
            raise self._api.problem(refusal)
        if not is_the_same(entry, sent=found):
            raise number_is_taken(entry, sent=found)
        return found

    def _voided(self, kind: str, *, id: str, key: str) -> Sent:
        name = RECORDS[kind]
        found = self._api.rows(name, where=f"Id = {quoted(id)}")
        before = self._sent(found[0], kind=kind) if found else _nothing(kind, id=id)
        if before.is_void:
            return before
        token = found[0].text("SyncToken")
        is_kept = kind == INVOICE
        written = self._api.write(
            path_of(kind),
            name=name,
            body={"Id": id, "SyncToken": token},
            # An invoice and a credit memo may have one id, and so the same body.
            key=f"{key} {name}",
            operation="void" if is_kept else "delete",
        )
        return self._sent(written, kind=kind) if is_kept else _nothing(kind, id=id)


def _nothing(kind: str, *, id: str) -> Sent:
    """A document that is not there any more."""
    none = Decimal(0)
    return Sent(id_of(kind, id=id), number="", net=none, tax=none, total=none, is_void=True)


def _named(row: Part, *, code: str) -> Theirs:
    name = row.text_or("FullyQualifiedName") or row.text("Name")
    return Theirs(row.text("Id"), name, code=row.text_or(code))
