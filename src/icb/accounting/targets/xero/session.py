"""A connection to one organisation of Xero."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from icb.accounting.ports import Customer, Entry, Listing, Paid, Sent, Theirs
from icb.accounting.targets.online.documents import (
    NOTHING_WRITTEN,
    check_entry,
    is_the_same,
    kind_and_id,
    number_is_taken,
    refused,
)
from icb.accounting.targets.xero.contacts import create_contact, theirs_of
from icb.accounting.targets.xero.documents import KINDS, LONGEST_NUMBER, body_of, sent_of
from icb.accounting.targets.xero.payments import payments_since
from icb.accounting.targets.xero.tenant_api import FOUR_DECIMALS, Invalid, TenantApi, quoted


class XeroSession:
    """The `TargetSession` of the port."""

    def __init__(self, api: TenantApi) -> None:
        self._api = api

    def test(self) -> str:
        """See `icb.accounting.ports.TargetSession`."""
        rows = self._api.rows("/Organisation", name="Organisations")
        if len(rows) != 1:
            raise self._api.unreadable(f"it tells of {len(rows)} organisations")
        return rows[0].text("Name")

    def listing(self, what: Listing) -> Sequence[Theirs]:
        """See `icb.accounting.ports.TargetSession`."""
        if what is Listing.CUSTOMERS:
            params = {"where": 'ContactStatus=="ACTIVE"', "summaryOnly": "true"}
            return [theirs_of(row) for row in self._api.paged("Contacts", params=params)]
        if what is Listing.ACCOUNTS:
            return self._accounts()
        if what is Listing.ITEMS:
            rows = self._api.rows("/Items", name="Items", params=FOUR_DECIMALS)
            sold = [row for row in rows if row.flag("IsSold", otherwise=True)]
            return [_coded(row.text("Code"), name=row.text_or("Name")) for row in sold]
        return self._tax_rates()

    def create_customer(self, customer: Customer, *, key: str) -> Theirs:
        """See `icb.accounting.ports.TargetSession`."""
        return create_contact(customer, key=key, api=self._api)

    def find(self, entry: Entry) -> Sent | None:
        """See `icb.accounting.ports.TargetSession`."""
        kind = KINDS[entry.kind]
        where = f'Type=="{kind.type}" AND {kind.number}=={quoted(entry.number)}'
        rows = self._api.paged(kind.list, params={"where": where, **FOUR_DECIMALS})
        found = [sent_of(row, kind=entry.kind) for row in rows]
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
        name = KINDS[entry.kind].list
        try:
            written = self._api.write(
                "PUT", path=f"/{name}", name=name, record=body_of(entry), key=entry.key
            )
        except Invalid as invalid:
            return self._known(entry, invalid=invalid)
        return sent_of(written, kind=entry.kind)

    def void(self, sent_id: str, *, key: str) -> Sent:
        """See `icb.accounting.ports.TargetSession`."""
        kind, id = kind_and_id(sent_id)
        names = KINDS.get(kind)
        if names is None:
            raise refused(f"{sent_id} is no id of a document there. {NOTHING_WRITTEN}")
        path, record = f"/{names.list}/{id}", {names.id: id, "Status": "VOIDED"}
        try:
            written = self._api.write("POST", path=path, name=names.list, record=record, key=key)
        except Invalid as invalid:
            # What is void already cannot be made so once more.
            before = sent_of(self._api.one(names.list, id=id), kind=kind)
            if before.is_void:
                return before
            raise self._api.problem(invalid) from None
        return sent_of(written, kind=kind)

    def payments(self, *, since: date) -> Sequence[Paid]:
        """See `icb.accounting.ports.TargetSession`."""
        return payments_since(since, api=self._api)

    def _known(self, entry: Entry, *, invalid: Invalid) -> Sent:
        """The document where it stands there already, whatever Xero says against it.

        Numbers are there once, and Xero says so in words alone.
        """
        found = self.find(entry)
        if found is None or found.is_void:
            raise self._api.problem(invalid)
        if not is_the_same(entry, sent=found):
            raise number_is_taken(entry, sent=found)
        return found

    def _accounts(self) -> list[Theirs]:
        rows = [
            row
            for row in self._api.rows("/Accounts", name="Accounts")
            if row.text_or("Status") == "ACTIVE"
        ]
        # Lines name an account by its code; a bank account has none.
        return [
            _coded(row.text("Code"), name=row.text("Name")) for row in rows if row.holds("Code")
        ]

    def _tax_rates(self) -> list[Theirs]:
        rows = [
            row
            for row in self._api.rows("/TaxRates", name="TaxRates")
            if row.text_or("Status") == "ACTIVE" and row.flag("CanApplyToRevenue", otherwise=True)
        ]
        return [
            Theirs(
                row.text("TaxType"),
                row.text("Name"),
                percent=row.number_or_none("EffectiveRate") or Decimal(0),
            )
            for row in rows
        ]


def _coded(code: str, *, name: str) -> Theirs:
    return Theirs(code, name or code, code=code)
