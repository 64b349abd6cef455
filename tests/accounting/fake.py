"""An accounting application that is not one: real HTTP on loopback, a memory, and bad days.

It keeps every document that it is sent, whatever number it has: sent twice, it stands there twice.
Nothing but a look before each retry keeps that from happening. With `remembers_keys` it answers a
key it knows with what it made of it, as good applications do.
"""

from __future__ import annotations

import json
import random
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from icb.accounting.ports import (
    Customer,
    Entry,
    Listing,
    Paid,
    Sent,
    SettingField,
    SignIn,
    TargetDescription,
    TargetError,
    TargetSession,
    Theirs,
    Tokens,
    Trouble,
)

CUT, FAIL, LIMIT, REFUSE, WRONG = "cut", "fail", "limit", "refuse", "wrong"
CUT_BEFORE = "cut_before"


@dataclass
class Books:
    """What the application has. `faults` by document number, each used once, before `dice`."""

    documents: list[dict[str, Any]] = field(default_factory=list)
    customers: list[dict[str, Any]] = field(default_factory=list)
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)
    payments: list[dict[str, Any]] = field(default_factory=list)
    remembers_keys: bool = False
    cut_percent: int = 0
    dice: random.Random = field(default_factory=lambda: random.Random(13))
    asked: Counter[str] = field(default_factory=Counter)
    turn: threading.Lock = field(default_factory=threading.Lock)
    refreshed: int = 0
    # Told of each document right after it stands there, before it is answered.
    committed: Callable[[], None] = field(default=lambda: None)

    def numbers(self) -> Counter[str]:
        """How often each document stands there."""
        return Counter(one["number"] for one in self.documents)

    def fault(self, number: str) -> str:
        """What goes wrong with this request; empty where nothing does."""
        waiting = self.faults.get(number, [])
        if waiting:
            return waiting.pop(0)
        is_cut = self.cut_percent and self.dice.randrange(100) < self.cut_percent
        return CUT if is_cut else ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    books: Books

    def log_message(self, format: str, *args: Any) -> None:
        return None

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        with self.books.turn:
            self.books.asked[f"GET {place.path}"] += 1
            if place.path == "/documents":
                number = parse_qs(place.query)["number"][0]
                if self.books.faults.get(f"find {number}"):
                    self._bad(self.books.faults[f"find {number}"].pop(0))
                    return
                found = [one for one in self.books.documents if one["number"] == number]
                self._answer(200, found)
            elif place.path == "/payments":
                self._answer(200, self.books.payments)
            else:
                self._answer(200, self.books.customers)

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with self.books.turn:
            self.books.asked[f"POST {self.path}"] += 1
            if self.path == "/token":
                self.books.refreshed += 1
                self._answer(200, {"access": f"access-{self.books.refreshed}"})
                return
            fault = self.books.fault(told.get("number", ""))
            if fault in (FAIL, LIMIT, REFUSE, CUT_BEFORE):
                self._bad(fault)
                return
            made = self._made(told, fault)
            self.books.committed()
            if fault == CUT:
                self._bad(CUT)
                return
            self._answer(201, made)

    def _made(self, told: dict[str, Any], fault: str) -> dict[str, Any]:
        books, key = self.books, told["key"]
        if books.remembers_keys and key in books.keys:
            return books.keys[key]
        if self.path == "/voids":
            made = next(one for one in books.documents if one["id"] == told["id"])
            made["is_void"] = True
        elif self.path == "/customers":
            made = {"id": f"C{len(books.customers) + 1}", "name": told["name"]}
            books.customers.append(made)
        else:
            made = told | {"id": f"D{len(books.documents) + 1}", "is_void": False}
            if fault == WRONG:
                made["total"] = str(Decimal(told["total"]) + Decimal("0.01"))
            books.documents.append(made)
        books.keys[key] = made
        return made

    def _bad(self, fault: str) -> None:
        if fault in (CUT, CUT_BEFORE):
            self.close_connection = True
            self.connection.close()
        elif fault == LIMIT:
            self._answer(429, {"error": "slower"}, headers={"retry-after": "90"})
        elif fault == FAIL:
            self._answer(503, {"error": "out"})
        elif fault == "unsigned":
            self._answer(401, {"error": "sign in"})
        else:
            self._answer(400, {"error": "the period is closed there"})

    def _answer(self, status: int, told: object, headers: Mapping[str, str] = {}) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    """Says nothing of clients that were killed in the middle."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handle_error(request, client_address)


@contextmanager
def serving(books: Books) -> Iterator[str]:
    """The application over HTTP on this machine; the value is its address."""
    handler = type("Handler", (_Handler,), {"books": books})
    server = _Server(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Session:
    """A session of the fake, over HTTP."""

    def __init__(self, address: str, tokens: Tokens) -> None:
        self._place = urlsplit(address)
        self._tokens = tokens

    def test(self) -> str:
        self._ask("GET", "/customers")
        return "Fake Books Ltd"

    def listing(self, what: Listing) -> Sequence[Theirs]:
        if what == Listing.CUSTOMERS:
            return [Theirs(one["id"], one["name"]) for one in self._ask("GET", "/customers")]
        return LISTED[what]

    def create_customer(self, customer: Customer, *, key: str) -> Theirs:
        made = self._ask("POST", "/customers", {"key": key, "name": customer.name})
        return Theirs(made["id"], made["name"])

    def find(self, entry: Entry) -> Sent | None:
        found = self._ask("GET", f"/documents?number={quote(entry.number)}")
        return _sent(found[0]) if found else None

    def send(self, entry: Entry) -> Sent:
        told = {
            "key": entry.key,
            "kind": entry.kind,
            "number": entry.number,
            "customer": entry.customer.id,
            "credited_id": entry.credited_id,
            "net": str(entry.net),
            "tax": str(entry.tax),
            "total": str(entry.total),
            "lines": [[line.item, str(line.net), str(line.tax)] for line in entry.lines],
        }
        return _sent(self._ask("POST", "/documents", told))

    def void(self, sent_id: str, *, key: str) -> Sent:
        return _sent(self._ask("POST", "/voids", {"id": sent_id, "key": key}))

    def payments(self, *, since: date) -> Sequence[Paid]:
        return [
            Paid(one["id"], one["document"], date.fromisoformat(one["on"]), Decimal(one["amount"]))
            for one in self._ask("GET", "/payments")
        ]

    def _ask(self, method: str, path: str, told: object = None) -> Any:
        line = HTTPConnection(self._place.hostname or "", self._place.port, timeout=10)
        body = None if told is None else json.dumps(told)
        try:
            line.request(method, path, body=body, headers={"authorization": self._tokens.access})
            answer = line.getresponse()
            text = answer.read()
        except (OSError, HTTPException):
            raise TargetError(Trouble.UNKNOWN, "The line was cut.") from None
        finally:
            line.close()
        if answer.status == 429:
            wait = int(answer.headers["retry-after"])
            raise TargetError(Trouble.LATER, "It wants fewer requests.", retry_after=wait)
        if answer.status >= 500:
            raise TargetError(Trouble.LATER, "It is out of order.")
        if answer.status == 401:
            raise TargetError(Trouble.SIGN_IN, "It wants you to sign in.")
        if answer.status >= 400:
            raise TargetError(Trouble.REFUSED, json.loads(text)["error"])
        return json.loads(text)


class _SignIn:
    """Signing in to the fake: every refresh gives tokens that count up."""

    def address(self, settings: Mapping[str, str], *, redirect: str, state: str, proof: str) -> str:
        return f"{settings['address']}/sign-in?state={state}&proof={proof}&redirect={redirect}"

    def exchange(
        self, settings: Mapping[str, str], *, redirect: str, code: str, verifier: str
    ) -> Tokens:
        if code != "good":
            raise TargetError(Trouble.SIGN_IN, "The code is not known there.")
        return Tokens(f"access-{verifier[:4]}", "refresh-0", datetime(2026, 7, 1, 13, tzinfo=UTC))

    def refresh(self, settings: Mapping[str, str], tokens: Tokens) -> Tokens:
        made = _Session(settings["address"], tokens)._ask("POST", "/token", {})
        return Tokens(made["access"], f"re-{made['access']}", datetime(2099, 1, 1, tzinfo=UTC))

    def companies(
        self, settings: Mapping[str, str], tokens: Tokens, *, answer: Mapping[str, str]
    ) -> Sequence[Theirs]:
        return [Theirs("77", "Fake Books Ltd")]


LISTED = {
    Listing.ITEMS: [Theirs("I1", "Managed workstation"), Theirs("I2", "Other things")],
    Listing.TAX_CODES: [Theirs("T0", "No tax", percent=Decimal(0)), Theirs("T1", "Tax")],
    Listing.ACCOUNTS: [Theirs("A4", "Sales", code="4000")],
}
DESCRIPTION = TargetDescription(
    key="fake",
    name="Fake Books",
    about="An accounting application that is not one.",
    settings=(
        SettingField("address", "Address"),
        SettingField("company", "Company", is_required=False),
        SettingField("secret", "Secret", is_secret=True, is_required=False),
    ),
    listings=frozenset(Listing),
    hosts=("127.0.0.1",),
    reads_payments=True,
    voids=True,
    needed=frozenset({Listing.CUSTOMERS, Listing.ITEMS}),
    company_setting="company",
)


class FakeTarget:
    """The fake as a target (`icb.accounting.ports.OnlineTarget`)."""

    def __init__(self, description: TargetDescription = DESCRIPTION) -> None:
        self.description = description
        self.sign_in: SignIn = _SignIn()

    def open(self, settings: Mapping[str, str], tokens: Tokens) -> TargetSession:
        return _Session(settings["address"], tokens)


def _sent(told: Mapping[str, Any]) -> Sent:
    return Sent(
        told["id"],
        told["number"],
        Decimal(told["net"]),
        Decimal(told["tax"]),
        Decimal(told["total"]),
        is_void=told["is_void"],
    )
