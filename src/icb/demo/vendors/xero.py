"""An organisation of Xero that is not one: what it refuses, Xero refuses."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from icb.demo.vendors.authority import Authority
from icb.demo.vendors.plain_numbers import exact, plain
from icb.demo.vendors.server import Answer, Fake, Request
from icb.kernel import clock

BASE = "/api.xro/2.0"
PAGES = 1000
_CONDITION = re.compile(r'(?P<field>\w+)=="(?P<text>(?:[^"\\]|\\.)*)"(?: AND )?', re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_CENT = Decimal("0.01")
_NOT_IN_FORCE = ("VOIDED", "DELETED")
Record = dict[str, Any]
# The list of a kind, its id, and for documents its number and type.
IDS = {
    "Contacts": "ContactID",
    "Accounts": "AccountID",
    "Items": "ItemID",
    "TaxRates": "TaxType",
    "Invoices": "InvoiceID",
    "CreditNotes": "CreditNoteID",
    "Payments": "PaymentID",
    "Organisation": "OrganisationID",
}
DOCUMENTS = {
    "Invoices": ("InvoiceNumber", "ACCREC"),
    "CreditNotes": ("CreditNoteNumber", "ACCRECCREDIT"),
}
_PAGED = ("Contacts", "Invoices", "CreditNotes", "Payments")


class Broken(Exception):
    """A record that is not taken, with everything that is said against it."""


class FakeXero(Fake):
    """The organisation. `records` holds everything by list; `per_minute` limits requests."""

    hosts = ("api.xero.com", "identity.xero.com", "login.xero.com")

    def __init__(self, *, secret: str = "xero-secret", page_size: int = PAGES) -> None:
        super().__init__()
        self.authority = Authority(client="xero-client", secret=secret, seconds=1800)
        self.tenant = self.new_id("tenant", 1)
        self.others: list[str] = []  # names of further organisations that were opened
        self.page_size, self.per_minute = page_size, 60
        self.currencies = ["EUR", "GBP", "USD", "JPY"]
        self.locked_until = ""
        self.records: dict[str, dict[str, Record]] = {name: {} for name in IDS}
        self.add("Organisation", Name="Example Services")
        self._answered: dict[str, tuple[str, Answer]] = {}
        self._minute: tuple[str, int] = ("", 0)

    def add(self, name: str, **fields: Any) -> str:
        """Add a record; its id."""
        known = self.records[name]
        id = str(fields.pop(IDS[name], "")) or self.new_id(name, len(known) + 1)
        known[id] = {IDS[name]: id, **fields}
        self._dated(known[id])
        return id

    def add_contact(self, name: str, *, number: str = "") -> str:
        """A contact in use."""
        also = {"ContactNumber": number} if number else {}
        return self.add("Contacts", Name=name, ContactStatus="ACTIVE", **also)

    def add_account(self, code: str, name: str, *, kind: str = "REVENUE") -> str:
        """An account in use; its code."""
        self.add("Accounts", Code=code, Name=name, Type=kind, Status="ACTIVE")
        return code

    def add_tax(self, type: str, name: str, *, percent: str) -> str:
        """A tax rate in use; its type."""
        rate = Decimal(percent)
        also = {"Status": "ACTIVE", "CanApplyToRevenue": True}
        return self.add("TaxRates", TaxType=type, Name=name, EffectiveRate=rate, **also)

    def pay(self, invoice: str, amount: str, *, on: date = date(2026, 3, 20)) -> str:
        """A payment of an invoice; its id."""
        return self.add(
            "Payments",
            Invoice={"InvoiceID": invoice, "Type": "ACCREC"},
            Amount=Decimal(amount),
            Date=told_day(on),
            PaymentType="ACCRECPAYMENT",
            Status="AUTHORISED",
            Reference=f"Transfer {len(self.records['Payments']) + 1}",
        )

    def new_id(self, kind: str, number: int) -> str:
        """An id that is the same in every run."""
        digits = hashlib.sha256(f"{kind} {number}".encode()).hexdigest()
        return "-".join(
            (digits[:8], digits[8:12], "4" + digits[13:16], "8" + digits[17:20], digits[20:32])
        )

    def answer(self, request: Request) -> Answer:
        """What Xero says."""
        if request.path == "/identity/connect/authorize":
            return self.authority.page(request, also={})
        if request.path == "/connect/token":
            return self.authority.tokens(request)
        if not self.authority.accepts(request):
            return _title(401, words="TokenExpired: token expired")
        limited = self._limited()
        if limited:
            return limited
        if request.path == "/connections" and request.method == "GET":
            return Answer(body=list(self._connections()))
        if request.headers.get("xero-tenant-id") != self.tenant:
            return _title(403, words="AuthenticationUnsuccessful")
        name, _, id = request.path.removeprefix(f"{BASE}/").partition("/")
        if name not in self.records or not request.path.startswith(BASE):
            return _title(404, words="The resource you're looking for cannot be found")
        if request.method == "GET":
            return self._one(name, id=id) if id else self._listed(request, name=name)
        return self._once(request, name=name, id=id)

    def _connections(self) -> Iterator[Record]:
        names = [
            self.records["Organisation"][each]["Name"] for each in self.records["Organisation"]
        ]
        ids = [self.tenant, *(self.new_id("tenant", 2 + at) for at in range(len(self.others)))]
        for id, name in zip(ids, [*names, *self.others], strict=True):
            yield {
                "id": self.new_id(id, 0),
                "tenantId": id,
                "tenantType": "ORGANISATION",
                "tenantName": name,
            }

    def _one(self, name: str, *, id: str) -> Answer:
        found = self.records[name].get(id)
        if found is None:
            return _title(404, words="The resource you're looking for cannot be found")
        return Answer(body={name: [_shown(found)]})

    def _listed(self, request: Request, *, name: str) -> Answer:
        rows = [
            row
            for row in self.records[name].values()
            if fits(row, where=request.query.get("where", ""))
            and row["_at"] >= request.headers.get("if-modified-since", "")
        ]
        if name not in _PAGED or "page" not in request.query:
            told = "Organisations" if name == "Organisation" else name
            return Answer(body={told: [_shown(row) for row in rows]})
        page = int(request.query["page"])
        size = min(int(request.query.get("pageSize", "100")), self.page_size)
        shown = [_shown(row) for row in rows[(page - 1) * size : page * size]]
        pages: Record = {"page": page, "pageSize": size, "itemCount": len(rows)}
        pages["pageCount"] = -(-len(rows) // size)
        return Answer(body={"pagination": pages, name: shown})

    def _once(self, request: Request, *, name: str, id: str) -> Answer:
        """A write; what succeeded gives its first answer again to the same Idempotency-Key."""
        key = request.headers.get("idempotency-key", "")
        if not 0 < len(key) <= 128:
            return _error("Idempotency-Key has to have 1 to 128 characters")
        seen = hashlib.sha256(request.body).hexdigest()
        before = self._answered.get(key)
        if before is not None and before[0] != seen:
            return _error("Idempotency-Key was used with another request")
        if before is not None:
            return before[1]
        answer = self._written(request, name=name, id=id)
        if not isinstance(answer.body, dict) or "ValidationErrors" not in str(answer.body):
            self._answered[key] = seen, answer
        return answer

    def _written(self, request: Request, *, name: str, id: str) -> Answer:
        (record,) = exact(request.body)[name]
        try:
            if request.method == "PUT" and name == "Contacts":
                kept = self._new_contact(record)
            elif request.method == "PUT" and name in DOCUMENTS:
                places = 4 if request.query.get("unitdp") == "4" else 2
                kept = self._new_document(record, name=name, places=places)
            elif request.method == "POST" and name in DOCUMENTS and id in self.records[name]:
                kept = self._changed(record, name=name, id=id)
            else:
                return _title(405, words="The method is not supported here")
        except Broken as broken:
            errors = [{"Message": str(words)} for words in broken.args]
            if request.query.get("summarizeErrors") != "false":
                return _error("A validation exception occurred", errors=errors)
            refused = {**record, "HasErrors": True, "StatusAttributeString": "ERROR"}
            return Answer(body={name: [plain({**refused, "ValidationErrors": errors})]})
        return Answer(body={name: [{**_shown(kept), "StatusAttributeString": "OK"}]})

    def _new_contact(self, body: Record) -> Record:
        check_texts(body)
        in_use = [
            row for row in self.records["Contacts"].values() if row["ContactStatus"] == "ACTIVE"
        ]
        if not body.get("Name") or len(body["Name"]) > 255:
            raise Broken("The contact name is missing or longer than 255 characters")
        if any(row["Name"].lower() == body["Name"].lower() for row in in_use):
            raise Broken(
                f"The contact name {body['Name']} is already assigned to another contact. "
                "The contact name must be unique across all active contacts."
            )
        return self.records["Contacts"][self.add("Contacts", ContactStatus="ACTIVE", **body)]

    def _new_document(self, body: Record, *, name: str, places: int) -> Record:
        check_texts(body)
        words = list(self._against(body, name=name))
        lines = [self._line(line, places=places, words=words) for line in body["LineItems"]]
        net = sum((line["LineAmount"] for line in lines), Decimal(0))
        tax = sum((line["TaxAmount"] for line in lines), Decimal(0))
        if net + tax < 0:
            words.append("The document total must be greater than or equal to zero.")
        if words:
            raise Broken(*words)
        days: Record = {
            each: told_day(date.fromisoformat(body[each]))
            for each in ("Date", "DueDate")
            if each in body
        }
        kept: Record = {**body, **days, "LineItems": lines, "SubTotal": net, "TotalTax": tax}
        kept |= {"Total": net + tax, "HasErrors": False}
        left = "AmountDue" if name == "Invoices" else "RemainingCredit"
        return self.records[name][self.add(name, **kept, **{left: net + tax})]

    def _against(self, body: Record, *, name: str) -> Iterator[str]:
        number, type = DOCUMENTS[name]
        in_force = [r for r in self.records[name].values() if r["Status"] not in _NOT_IN_FORCE]
        if body.get("Type") != type:
            yield "A document type must be specified."
        if any(row[number] == body[number] for row in in_force):
            yield f"{'Invoice' if name == 'Invoices' else 'Credit note'} # must be unique."
        contact = self.records["Contacts"].get(body["Contact"].get("ContactID", ""))
        if contact is None or contact["ContactStatus"] != "ACTIVE":
            yield "The Contact could not be found or is archived."
        if body["CurrencyCode"] not in self.currencies:
            yield f"Organisation is not subscribed to currency {body['CurrencyCode']}"
        if name == "Invoices" and not body.get("DueDate"):
            yield "DueDate cannot be empty."
        if body["Date"] <= self.locked_until:
            yield "The document date cannot be before the period lock date."

    def _line(self, line: Record, *, places: int, words: list[str]) -> Record:
        accounts = {row["Code"] for row in self.records["Accounts"].values() if "Code" in row}
        items = {row["Code"] for row in self.records["Items"].values()}
        if line.get("AccountCode") not in accounts:
            words.append(f"Account code '{line.get('AccountCode')}' is not a valid code.")
        if "ItemCode" in line and line["ItemCode"] not in items:
            words.append(f"Item code '{line['ItemCode']}' is not valid.")
        rate = self.records["TaxRates"].get(line.get("TaxType", ""))
        if rate is None and line.get("TaxType") != "NONE":
            words.append(f"The TaxType code '{line.get('TaxType')}' does not exist.")
        price = line["UnitAmount"].quantize(Decimal(1).scaleb(-places))
        product = (line["Quantity"] * price).quantize(_CENT)
        amount = line.get("LineAmount", product)
        if amount != product:
            words.append(
                f"The line total {amount} does not match the expected line total {product}"
            )
        percent = rate["EffectiveRate"] if rate else Decimal(0)
        tax = line.get("TaxAmount", (amount * percent / 100).quantize(_CENT))
        if rate is None and tax:
            words.append("TaxAmount has to be zero without a tax.")
        return {**line, "LineAmount": amount, "TaxAmount": tax}

    def _changed(self, body: Record, *, name: str, id: str) -> Record:
        record = self.records[name][id]
        if body.get("Status") != "VOIDED" or record["Status"] != "AUTHORISED":
            raise Broken(f"{name[:-1]} not of valid status for modification")
        if any(row["Invoice"]["InvoiceID"] == id for row in self.records["Payments"].values()):
            raise Broken("This document cannot be voided because it has payments.")
        record["Status"] = "VOIDED"
        self._dated(record)
        return record

    def _limited(self) -> Answer | None:
        minute = clock.now().isoformat(timespec="minutes")
        before = self._minute[1] if self._minute[0] == minute else 0
        self._minute = minute, before + 1
        if before < self.per_minute:
            return None
        headers = {"Retry-After": "30", "X-Rate-Limit-Problem": "minute"}
        return Answer(status=429, body=b"", headers=headers)

    def _dated(self, record: Record) -> None:
        record["_at"] = clock.now().strftime("%Y-%m-%dT%H:%M:%S")


def told_day(day: date) -> str:
    """A day as Xero writes it."""
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return f"/Date({int(at.timestamp())}000+0000)/"


def fits(row: Record, *, where: str) -> bool:
    """Whether a record is meant by a `where` of comparisons that are joined by AND."""
    at = 0
    while at < len(where):
        match = _CONDITION.match(where, at)
        if match is None:
            return False
        if row.get(match["field"]) != re.sub(r"\\(.)", r"\1", match["text"], flags=re.DOTALL):
            return False
        at = match.end()
    return True


def check_texts(value: Any) -> None:
    """Broken where a text is too long or holds a control character."""
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            check_texts(inner)
        elif isinstance(inner, str) and (len(inner) > 4000 or _CONTROL.search(inner)):
            raise Broken("A text is longer than 4000 characters or holds a control character")


def _shown(row: Record) -> Record:
    shown: Record = plain({name: value for name, value in row.items() if name != "_at"})
    return shown


def _title(status: int, *, words: str) -> Answer:
    """How Xero refuses before it reads a record."""
    return Answer(status=status, body={"Title": "Refused", "Status": status, "Detail": words})


def _error(words: str, *, errors: list[Record] | None = None) -> Answer:
    body: Record = {"ErrorNumber": 10, "Type": "ValidationException", "Message": words}
    if errors:
        body["Elements"] = [{"ValidationErrors": errors}]
    return Answer(status=400, body=body)
