"""A company of QuickBooks Online that is not one: what it refuses, QuickBooks refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from icb.demo.vendors.authority import Authority
from icb.demo.vendors.plain_numbers import exact, plain
from icb.demo.vendors.server import Answer, Fake, Request
from icb.kernel import clock

PAGES = 1000
_QUERY = re.compile(
    r"select \* from (?P<name>\w+)(?: where (?P<where>.+))? orderby Id"
    r" startposition (?P<start>\d+) maxresults (?P<size>\d+)",
    re.DOTALL,
)
_CONDITION = re.compile(r"(?P<field>[\w.]+) (?P<sign>=|>=) '(?P<text>(?:[^'\\]|\\.)*)'", re.DOTALL)
_LOOKS_BACK = timedelta(days=30)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_SALES = {"invoice": "Invoice", "creditmemo": "CreditMemo"}
Record = dict[str, Any]


class Broken(Exception):
    """A fault that the company answers with."""

    def __init__(self, code: str, *, words: str, status: int = 400) -> None:
        super().__init__(words)
        self.code, self.words, self.status = code, words, status


class FakeQuickBooks(Fake):
    """The company. `records` holds everything by kind; `per_minute` limits requests."""

    hosts = (
        "quickbooks.api.intuit.com",
        "sandbox-quickbooks.api.intuit.com",
        "oauth.platform.intuit.com",
        "appcenter.intuit.com",
    )

    def __init__(self, *, country: str = "GB", page_size: int = PAGES) -> None:
        super().__init__()
        self.authority = Authority(client="qbo-client", secret="qbo-secret", seconds=3600)
        self.realm, self.country, self.page_size = "4620816365001234567", country, page_size
        self.currencies = ["EUR", "GBP", "USD", "JPY"]
        self.per_minute = 500
        self.closed_until = ""
        self.records: dict[str, dict[str, Record]] = {
            name: {}
            for name in (
                "Customer",
                "Item",
                "Account",
                "TaxRate",
                "TaxCode",
                "Invoice",
                "CreditMemo",
                "Payment",
            )
        }
        self.removed: list[Record] = []
        self._answered: dict[str, Answer] = {}
        self._minute: tuple[str, int] = ("", 0)

    def add(self, name: str, **fields: Any) -> str:
        """Add a record; its id."""
        id = fields.pop("Id", None) or str(len(self.records[name]) + _FIRST_IDS.get(name, 1))
        self.records[name][id] = self._dated({"Id": id, "SyncToken": "0", **fields})
        return id

    def add_customer(self, name: str, *, currency: str = "EUR") -> str:
        """A customer in use."""
        reference = {"value": currency}
        return self.add("Customer", DisplayName=name, Active=True, CurrencyRef=reference)

    def add_item(self, name: str, *, kind: str = "Service") -> str:
        """Something that is sold."""
        return self.add("Item", Name=name, FullyQualifiedName=name, Active=True, Type=kind)

    def add_tax(self, name: str, *percents: str, code: str | None = None) -> str:
        """A tax code with a rate for each percent; the id of the code."""
        rates = [
            self.add("TaxRate", Name=f"{name} {number}", Active=True, RateValue=Decimal(percent))
            for number, percent in enumerate(percents, start=1)
        ]
        details = [
            {
                "TaxRateRef": {"value": id},
                "TaxTypeApplicable": "TaxOnAmount",
                "TaxOrder": Decimal(0),
            }
            for id in rates
        ]
        listed = {"TaxRateDetail": details}
        return self.add("TaxCode", Id=code, Name=name, Active=True, SalesTaxRateList=listed)

    def pay(self, *shares: tuple[str, str, str], total: str, on: str = "2026-03-20") -> str:
        """A payment: record ("Invoice"), its id and amount of each share, and the money in all."""
        lines = [
            {"Amount": Decimal(amount), "LinkedTxn": [{"TxnId": id, "TxnType": kind}]}
            for kind, id, amount in shares
        ]
        return self.add("Payment", TxnDate=on, TotalAmt=Decimal(total), Line=lines)

    def unpay(self, id: str) -> None:
        """Remove a payment, as somebody at the screen does."""
        del self.records["Payment"][id]
        self.removed.append(self._dated({"Id": id, "status": "Deleted", "domain": "QBO"}))

    def answer(self, request: Request) -> Answer:
        """What Intuit says."""
        if request.path == "/connect/oauth2":
            return self.authority.page(request, also={"realmId": self.realm})
        if request.path == "/oauth2/v1/tokens/bearer":
            return self.authority.tokens(request)
        try:
            return self._company(request)
        except Broken as broken:
            return fault(broken)

    def _company(self, request: Request) -> Answer:
        self._count()
        if not self.authority.accepts(request):
            raise Broken("003200", words="message=AuthenticationFailed", status=401)
        root = f"/v3/company/{self.realm}/"
        if not request.path.startswith(root):
            raise Broken("003100", words="message=ApplicationAuthorizationFailed", status=403)
        if request.query.get("minorversion") != "75":
            raise Broken("2030", words="minor versions below 75 are not served any more")
        what = request.path.removeprefix(root)
        if request.method == "GET" and what == f"companyinfo/{self.realm}":
            return told("CompanyInfo", record=self._info())
        if request.method == "GET" and what == "query":
            return self._queried(request.query.get("query", ""))
        if request.method == "GET" and what == "cdc":
            return self._changed(request)
        if request.method == "POST" and what in (*_SALES, "customer"):
            return self._once(request, what=what)
        raise Broken("4000", words=f"Unsupported operation {request.method} {what}")

    def _once(self, request: Request, *, what: str) -> Answer:
        """A write; what succeeded gives its first answer again to the same requestid."""
        key = request.query.get("requestid", "")
        if not 0 < len(key) <= 50:
            raise Broken("2030", words="requestid has to have 1 to 50 characters")
        if key not in self._answered:
            self._answered[key] = self._written(request, what=what)
        return self._answered[key]

    def _written(self, request: Request, *, what: str) -> Answer:
        body: Record = exact(request.body)
        operation = request.query.get("operation", "")
        if operation:
            return self._ended(body, name=_SALES.get(what, ""), operation=operation)
        if what == "customer":
            return told("Customer", record=self._new_customer(body))
        return told(_SALES[what], record=self._new_sale(body, name=_SALES[what]))

    def _new_customer(self, body: Record) -> Record:
        name = body.get("DisplayName", "")
        if not name or len(name) > 500 or ":" in name or _CONTROL.search(name):
            raise Broken("2040", words="DisplayName is missing, too long or holds : or a tab")
        if any(each["DisplayName"] == name for each in self.records["Customer"].values()):
            raise Broken("6240", words="The name supplied already exists. : Another customer")
        id = self.add("Customer", Active=True, CurrencyRef={"value": self.currencies[0]}, **body)
        return self.records["Customer"][id]

    def _new_sale(self, body: Record, *, name: str) -> Record:
        check_texts(body)
        number = body.get("DocNumber", "")
        if len(number) > 21:
            raise Broken("2050", words="DocNumber is longer than 21 characters")
        if body["TxnDate"] <= self.closed_until:
            raise Broken("6210", words="Account Period Closed, cannot update through services API")
        customer = self.records["Customer"].get(body["CustomerRef"]["value"])
        if customer is None or not customer["Active"]:
            raise Broken("2500", words="Invalid Reference Id : Customer assigned is not there")
        if body.get("CurrencyRef", customer["CurrencyRef"]) != customer["CurrencyRef"]:
            raise Broken("6000", words="Business Validation Error: currency of the customer")
        if any(each["DocNumber"] == number for each in self.records[name].values()):
            words = (
                f"Duplicate Document Number Error : You must specify a different number. {number}"
            )
            raise Broken("6140", words=words)
        net = sum((self._checked_line(line) for line in body["Line"]), Decimal(0))
        detail = self._tax(body)
        total = net + detail["TotalTax"]
        if total < 0:
            raise Broken("6000", words="Transaction amount must be 0 or greater.")
        kept = {**body, "TxnTaxDetail": detail, "TotalAmt": total, "Balance": total}
        return self.records[name][self.add(name, **kept)]

    def _checked_line(self, line: Record) -> Decimal:
        detail = line["SalesItemLineDetail"]
        amount = Decimal(line["Amount"])
        if detail["Qty"] * detail["UnitPrice"] != amount:
            words = "Amount is not equal to UnitPrice * Qty. Supplied value:" + str(amount)
            raise Broken("6070", words=words)
        if detail.get("ItemRef", {}).get("value") not in self.records["Item"]:
            raise Broken("2500", words="Invalid Reference Id : Item elements id is not there")
        code = detail.get("TaxCodeRef", {}).get("value")
        if self.country != "US" and self.records["TaxCode"] and code not in self.records["TaxCode"]:
            raise Broken("6000", words="Make sure all your transactions have a VAT rate")
        if self.country == "US" and code not in (None, "TAX", "NON"):
            raise Broken("2500", words="Invalid Reference Id : TaxCode of a line is TAX or NON")
        return amount

    def _tax(self, body: Record) -> Record:
        """The tax as it is kept: what was said for each rate, else what the rates come to."""
        given: Record = body.get("TxnTaxDetail", {})
        code = given.get("TxnTaxCodeRef", {}).get("value")
        if code is not None and code not in self.records["TaxCode"]:
            raise Broken("2500", words="Invalid Reference Id : TxnTaxCodeRef is not there")
        lines = given.get("TaxLine", [])
        for line in lines:
            if line["TaxLineDetail"]["TaxRateRef"]["value"] not in self.records["TaxRate"]:
                raise Broken("2500", words="Invalid Reference Id : TaxRateRef is not there")
        if lines:
            total = sum((line["Amount"] for line in lines), Decimal(0))
            if given.get("TotalTax", total) != total:
                raise Broken("6000", words="TotalTax is not the sum of its tax lines")
            return {**given, "TotalTax": total}
        if self.country == "US" and "TotalTax" in given:
            return given
        return {**given, "TotalTax": sum(self._worked_out(body), Decimal(0))}

    def _worked_out(self, body: Record) -> Iterator[Decimal]:
        for line in body["Line"]:
            code = line["SalesItemLineDetail"].get("TaxCodeRef", {}).get("value")
            for each in (
                self.records["TaxCode"]
                .get(code, {})
                .get("SalesTaxRateList", {})
                .get("TaxRateDetail", [])
            ):
                rate = self.records["TaxRate"][each["TaxRateRef"]["value"]]["RateValue"]
                yield (line["Amount"] * rate / 100).quantize(Decimal("0.01"))

    def _ended(self, body: Record, *, name: str, operation: str) -> Answer:
        if operation != {"Invoice": "void", "CreditMemo": "delete"}.get(name):
            raise Broken("4000", words=f"Operation {operation} is not supported for {name}.")
        found = self.records[name].get(body["Id"])
        if found is None:
            raise Broken("610", words="Object Not Found : Something you're trying to use is gone")
        if found["SyncToken"] != body["SyncToken"]:
            raise Broken("5010", words="Stale Object Error : You and someone else were working")
        if operation == "delete":
            del self.records[name][body["Id"]]
            return Answer(body={name: {"Id": body["Id"], "status": "Deleted", "domain": "QBO"}})
        self.touch(name, id=body["Id"])
        nothing = Decimal(0)
        found |= {"TotalAmt": nothing, "Balance": nothing, "PrivateNote": "Voided"}
        found["TxnTaxDetail"] = {"TotalTax": nothing}
        for line in found["Line"]:
            line |= {"Amount": nothing}
            line["SalesItemLineDetail"] |= {"Qty": nothing, "UnitPrice": nothing}
        return told(name, record=found)

    def touch(self, name: str, *, id: str) -> None:
        """Change a record as somebody at the screen does: it has another token afterwards."""
        record = self.records[name][id]
        record["SyncToken"] = str(int(record["SyncToken"]) + 1)
        self._dated(record)

    def _queried(self, text: str) -> Answer:
        match = _QUERY.fullmatch(text)
        if match is None or match["name"] not in self.records or int(match["size"]) > PAGES:
            raise Broken("4000", words="Error parsing query")
        rows = [
            row for row in self.records[match["name"]].values() if fits(row, where=match["where"])
        ]
        start = int(match["start"]) - 1
        page = rows[start : start + min(int(match["size"]), self.page_size)]
        found: Record = {"startPosition": start + 1, "maxResults": len(page)} if page else {}
        if page:
            found[match["name"]] = page
        return told("QueryResponse", record=found)

    def _changed(self, request: Request) -> Answer:
        """What changed since an instant, with what is gone; it lies at most thirty days back."""
        since = request.query.get("changedSince", "")
        if request.query.get("entities") != "Payment" or not since:
            raise Broken("2090", words="entities and changedSince are needed")
        if datetime.fromisoformat(since.replace("Z", "+00:00")) < clock.now() - _LOOKS_BACK:
            raise Broken("2090", words="changedSince lies more than 30 days back")
        condition = f"MetaData.LastUpdatedTime >= '{since}'"
        rows = [*self.records["Payment"].values(), *self.removed]
        found = [row for row in rows if fits(row, where=condition)]
        response = {"QueryResponse": [{"Payment": found} if found else {}]}
        return told("CDCResponse", record=[response])

    def _info(self) -> Record:
        return {"Id": "1", "CompanyName": "Example Services", "Country": self.country}

    def _dated(self, record: Record) -> Record:
        record["MetaData"] = {"LastUpdatedTime": clock.now().isoformat(timespec="seconds")}
        return record

    def _count(self) -> None:
        minute = clock.now().isoformat(timespec="minutes")
        before = self._minute[1] if self._minute[0] == minute else 0
        self._minute = minute, before + 1
        if before >= self.per_minute:
            raise Broken("003001", words="message=ThrottleExceeded", status=429)


_FIRST_IDS = {"Customer": 58, "Item": 3, "Invoice": 145, "CreditMemo": 145, "Payment": 200}


def told(name: str, *, record: Record | list[Record]) -> Answer:
    """A record as Intuit sends it."""
    return Answer(
        body={name: plain(record), "time": clock.now().isoformat(timespec="milliseconds")}
    )


def fault(broken: Broken) -> Answer:
    """A fault as Intuit sends it; before the company is reached names begin with small letters."""
    headers = {"Retry-After": "30"} if broken.status == 429 else {}
    if broken.status != 400:
        error = {"message": broken.words, "detail": broken.words, "code": broken.code}
        body: Record = {"fault": {"error": [error], "type": "AUTHENTICATION"}}
    else:
        error = {"Message": "A fault", "Detail": broken.words, "code": broken.code}
        body = {"Fault": {"Error": [error], "type": "ValidationFault"}}
    return Answer(status=broken.status, body=body, headers=headers)


def fits(row: Record, *, where: str | None) -> bool:
    """Whether a record is meant by a condition."""
    if where is None:
        return True
    match = _CONDITION.fullmatch(where)
    if match is None:
        raise Broken("4000", words="Error parsing query: condition")
    text = re.sub(r"\\(.)", r"\1", match["text"], flags=re.DOTALL)
    value: Any = row
    for name in match["field"].split("."):
        value = value.get(name, "")
    if match["sign"] == "=":
        return str(value) == text
    return str(value).replace("Z", "+00:00") >= text.replace("Z", "+00:00")


def check_texts(value: Any) -> None:
    """Broken where a text is too long or holds a control character."""
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            check_texts(inner)
        elif isinstance(inner, str) and (len(inner) > 4000 or _CONTROL.search(inner)):
            raise Broken("2050", words="a text is too long or holds control characters")
