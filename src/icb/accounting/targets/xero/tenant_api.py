"""Asks one organisation of Xero (Xero calls it tenant): reads, lists to their end, and writes."""

from __future__ import annotations

from collections.abc import Mapping

from icb.accounting.ports import TargetError
from icb.accounting.targets.online.answers import Part
from icb.accounting.targets.online.http import Call, Got, TargetHttp
from icb.accounting.targets.online.json_text import Json, json_text
from icb.accounting.targets.online.texts import plain_line
from icb.accounting.targets.xero.places import BASE, CONNECTIONS, HOST
from icb.foundation.canonical import digest

PAGE_SIZE = 500
LONGEST_KEY = 128
_RECORD_DIGITS = 24
FOUR_DECIMALS = {"unitdp": "4"}
_MOST_PAGES = 2000
_MOST_SAID = 5


class Invalid(Exception):
    """Xero took the request and not the record: what it says, for the caller who can help."""

    def __init__(self, said: str, *, got: Got) -> None:
        super().__init__("not taken")  # what Xero says may repeat what it was sent
        self.said = said
        self.got = got


class TenantApi:
    """The organisation's API with a token. Only `connections` goes without an organisation."""

    def __init__(self, tenant: str, *, http: TargetHttp, token: str) -> None:
        self.tenant = tenant
        self.http = http
        self._token = {"authorization": f"Bearer {token}"}

    def connections(self) -> list[Part]:
        """The organisations that the token opens."""
        url = f"https://{HOST}{CONNECTIONS}"
        return self._good(Call(method="GET", url=url, headers=self._token)).parts()

    def rows(self, path: str, *, name: str, params: Mapping[str, str] | None = None) -> list[Part]:
        """The records `name` of a list that comes whole."""
        return self._good(self._call("GET", path, params=params)).part().parts(name)

    def one(self, name: str, *, id: str) -> Part:
        """One record of a kind that has four decimals."""
        call = self._call("GET", f"/{name}/{id}", params=FOUR_DECIMALS)
        rows = self._good(call).part().parts(name)
        if len(rows) != 1:
            raise self.unreadable(f"it holds {len(rows)} records for one")
        return rows[0]

    def paged(
        self,
        name: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> list[Part]:
        """The records of a list that comes in pages, whole."""
        found: list[Part] = []
        call = self._call("GET", f"/{name}", params=params, headers=headers)
        for page in range(1, _MOST_PAGES + 1):
            asked = {"page": str(page), "pageSize": str(PAGE_SIZE)}
            answer = self._good(
                self._call("GET", f"/{name}", params={**call.params, **asked}, headers=headers)
            ).part()
            rows = answer.parts(name)
            found += rows
            # A page may hold less than was asked for, so only its end ends a list.
            last = answer.part_or_empty("pagination").number_or_none("pageCount")
            if not rows or (last is not None and page >= last):
                return found
        raise self.http.lost(call, message=f"{self.http.name} lists {name} without an end.")

    def write(self, method: str, *, path: str, name: str, record: Json, key: str) -> Part:
        """The record as it stands after a write; Invalid where it was not taken.

        `key` makes the Idempotency-Key: with the same one again Xero does nothing a second time.
        """
        params = dict(FOUR_DECIMALS) if name != "Contacts" else {}
        if method == "PUT":
            # So that a refusal speaks of the record and not of the request.
            params["summarizeErrors"] = "false"
        call = self._call(
            method,
            path,
            params=params,
            headers={"idempotency-key": idempotency_key(key, record=record)},
            body={name: [record]},
        )
        got = self.http.ask(call)
        if got.status == 400:
            raise Invalid(_said(got), got=got)
        if not got.is_good:
            raise self._problem(got)
        rows = got.part().parts(name)
        if len(rows) != 1:
            raise got.unreadable(f"the answer holds {len(rows)} records for one")
        if rows[0].flag("HasErrors", otherwise=False) or _messages(rows[0]):
            raise Invalid(_told(_messages(rows[0])), got=got)
        return rows[0]

    def problem(self, invalid: Invalid) -> TargetError:
        """The TargetError that a record which was not taken is."""
        return self.http.refusal(invalid.said)

    def unreadable(self, reason: str) -> TargetError:
        """The error of a list that cannot be read."""
        return self.http.lost(
            self._call("GET", "/"),
            message=f"{self.http.name} sent something that cannot be read: {reason}.",
        )

    def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Json = None,
    ) -> Call:
        return Call(
            method=method,
            url=f"https://{HOST}{BASE}{path}",
            params=params or {},
            headers={**self._token, "xero-tenant-id": self.tenant, **(headers or {})},
            json=body,
            is_write=method != "GET",
        )

    def _good(self, call: Call) -> Got:
        got = self.http.ask(call)
        if not got.is_good:
            raise self._problem(got)
        return got

    def _problem(self, got: Got) -> TargetError:
        limit = got.answer.headers.get("x-rate-limit-problem", "")
        if got.status == 429 and limit:
            return self.http.problem(got, detail=f"limit of: {plain_line(limit, longest=40)}.")
        return self.http.problem(got, detail=_said(got))


def idempotency_key(key: str, *, record: Json) -> str:
    """The Idempotency-Key that stands for a key and what is written with it.

    Xero refuses a key that comes with another record, as it does after somebody mapped something
    anew. That the other record stands there once is the guard of its number.
    """
    written = digest(json_text(record))[:_RECORD_DIGITS]
    whole = f"{key}-{written}"
    return whole if len(whole) <= LONGEST_KEY else digest(whole)


def quoted(text: str) -> str:
    """A text as a value in a `where`."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _said(got: Got) -> str:
    """What an answer that is no record says, in one line; blank where it says nothing."""
    part = got.part_or_none()
    if part is None:
        return ""
    inner = [text for element in part.parts_or_none("Elements") for text in _messages(element)]
    plain = part.text_or("Message") or part.text_or("Detail") or part.text_or("Title")
    return _told(inner or [plain])


def _messages(row: Part) -> list[str]:
    return [error.text_or("Message") for error in row.parts_or_none("ValidationErrors")]


def _told(messages: list[str]) -> str:
    lines = [plain_line(text, longest=300) for text in messages[:_MOST_SAID]]
    return " ".join(line for line in lines if line)
