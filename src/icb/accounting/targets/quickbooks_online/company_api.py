"""Asks one company of QuickBooks Online: reads, queries to their end, and writes."""

from __future__ import annotations

from collections.abc import Mapping

from icb.accounting.ports import TargetError
from icb.accounting.targets.online.answers import Part
from icb.accounting.targets.online.http import Call, Got, TargetHttp
from icb.accounting.targets.online.json_text import Json, json_text
from icb.accounting.targets.quickbooks_online.faults import Fault, fault_of, fault_problem
from icb.accounting.targets.quickbooks_online.places import MINOR_VERSION, Company
from icb.foundation.canonical import digest

PAGE_SIZE = 1000
LONGEST_REQUEST_ID = 50
_MOST_PAGES = 1000


class Refusal(Exception):
    """A fault of QuickBooks, for the caller who can do something about it."""

    def __init__(self, fault: Fault, *, got: Got) -> None:
        super().__init__(fault.code)
        self.fault = fault
        self.got = got


class CompanyApi:
    """The company's API with a token."""

    def __init__(self, company: Company, *, http: TargetHttp, token: str) -> None:
        self.company = company
        self.http = http
        self._headers = {"authorization": f"Bearer {token}"}

    def read(self, path: str, *, name: str) -> Part:
        """The record at a path; TargetError for every fault."""
        try:
            return self._asked(self._call("GET", path), name=name)
        except Refusal as refusal:
            raise self.problem(refusal) from None

    def rows(self, name: str, *, where: str = "") -> list[Part]:
        """All records of a kind for which `where` holds, by their ids."""
        found: list[Part] = []
        chosen = f" where {where}" if where else ""
        for page in range(_MOST_PAGES):
            start = page * PAGE_SIZE + 1
            query = (
                f"select * from {name}{chosen} orderby Id "
                f"startposition {start} maxresults {PAGE_SIZE}"
            )
            rows = self._page(query, name=name)
            found += rows
            if len(rows) < PAGE_SIZE:
                return found
        call = self._call("GET", "/query")
        raise self.http.lost(call, message=f"{self.http.name} lists {name} without an end.")

    def removed(self, name: str, *, since: str) -> list[str]:
        """The ids of records of a kind that were removed since an instant; TargetError for every
        fault."""
        params = {"entities": name, "changedSince": since}
        call = self._call("GET", "/cdc", params=params)
        try:
            found = self._answered(call)
        except Refusal as refusal:
            raise self.problem(refusal) from None
        return [
            row.text("Id")
            for response in found.parts("CDCResponse")
            for part in response.parts_or_none("QueryResponse")
            for row in part.parts_or_none(name)
            if row.text_or("status") == "Deleted"
        ]

    def write(self, path: str, *, name: str, body: Json, key: str, operation: str = "") -> Part:
        """The record as it stands after a write; Refusal for a fault.

        `key` makes the requestid: with the same one again Intuit gives the first answer again.
        """
        params = {
            "requestid": request_id(key, body=body),
            **({"operation": operation} if operation else {}),
        }
        return self._asked(self._call("POST", path, params=params, body=body), name=name)

    def problem(self, refusal: Refusal) -> TargetError:
        """The TargetError that a refusal is."""
        return fault_problem(refusal.fault, got=refusal.got, http=self.http)

    def _page(self, query: str, *, name: str) -> list[Part]:
        try:
            found = self._asked(
                self._call("GET", "/query", params={"query": query}), name="QueryResponse"
            )
        except Refusal as refusal:
            raise self.problem(refusal) from None
        return found.parts_or_none(name)

    def _call(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, body: Json = None
    ) -> Call:
        return Call(
            method=method,
            url=self.company.url(path),
            params={**(params or {}), "minorversion": MINOR_VERSION},
            headers=self._headers,
            json=body,
            is_write=method == "POST",
        )

    def _asked(self, call: Call, *, name: str) -> Part:
        return self._answered(call).part(name)

    def _answered(self, call: Call) -> Part:
        got = self.http.ask(call)
        fault = fault_of(got)
        if fault is not None:
            raise Refusal(fault, got=got)
        if not got.is_good:
            raise self.http.problem(got)
        return got.part()


def request_id(key: str, *, body: Json) -> str:
    """The requestid that stands for a key and what is written with it.

    A document that was refused and is sent with other fields, as after somebody mapped something
    anew, is another request: Intuit gives its first answer again to one that it knows.
    """
    return digest(f"{key} {json_text(body)}")[:LONGEST_REQUEST_ID]


def quoted(text: str) -> str:
    """A text as a value of the query language."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
