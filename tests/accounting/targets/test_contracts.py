"""Everything that is asked and answered, against the contract files and the vendors' documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from tests.accounting.targets.examples import D, QuickBooksSide, Side, entry, line, usual_entry
from tests.accounting.targets.schema_types import SchemaTypes
from tests.conformance.contract import Call, Contract, read_contract
from tests.conformance.documents import (
    SPECS,
    Document,
    Node,
    Patch,
    folder,
    is_demanded,
    read_document,
)

import icb.accounting.targets
from icb.accounting.ports import CREDIT_NOTE, Customer, Listing, TargetError, Tax
from icb.accounting.targets.quickbooks_online.places import REACH as QUICKBOOKS_REACH
from icb.accounting.targets.xero.places import REACH as XERO_REACH
from icb.demo.vendors.authority import proof_of
from icb.demo.vendors.quickbooks_online import FakeQuickBooks
from icb.demo.vendors.server import Exchange

TARGETS = Path(icb.accounting.targets.__file__).parent
XERO_FILE = "xero/xero_accounting.yaml"
TOKEN_PATHS = ("/connect/token", "/oauth2/v1/tokens/bearer")


def _defaults_are_flags(root: Node) -> bool:
    """Defaults of true or false are written as texts."""
    changed = 0
    for schema in root["components"]["schemas"].values():
        for field in schema.get("properties", {}).values():
            if field.get("type") == "boolean" and field.get("default") == "false":
                field["default"] = False
                changed += 1
    return changed > 0


PATCHES = (Patch("defaults of flags are texts", XERO_FILE, _defaults_are_flags),)


@pytest.fixture
def specs() -> Iterator[Path]:
    found = folder()
    if found is None:
        if is_demanded():
            pytest.fail(f"{SPECS} names no folder")
        pytest.skip(f"{SPECS} names no folder")
    yield found


@cache
def xero_document(specs: Path) -> Document:
    return read_document(specs / XERO_FILE, patches=PATCHES)


@cache
def intuit_schema(specs: Path) -> SchemaTypes:
    return SchemaTypes(specs / "quickbooks-xsd")


def contract(key: str) -> Contract:
    return read_contract(TARGETS / key / "contract.json")


def use_everything(side: Side) -> None:
    """Ask everything that a target asks, with every field that it sends and is told."""
    sign_in, redirect = side.target.sign_in, "https://billing.example/callback"
    sign_in.address(side.settings, redirect=redirect, state="s", proof=proof_of("v"))
    tokens = sign_in.refresh(side.settings, side.tokens())
    sign_in.companies(
        side.settings, tokens, answer={"realmId": side.settings.get("company_id", "")}
    )
    session = side.open(tokens=tokens)
    session.test()
    for what in Listing:
        session.listing(what)
    client = Customer(
        "baker", "Baker", "", "o@baker.example", "1 Street\nYard", "LS1", "Leeds", "YO", "GB", "GB1"
    )
    session.create_customer(client, key="c-1")
    session.create_customer(replace(client, key="baker-2"), key="c-2")
    whole = side.mapped(replace(usual_entry(), reference="PO 7"))
    invoice = session.send(whole)
    session.send(replace(whole, key="t-9"))
    credit = side.mapped(entry(line(1, "-1.00", "-0.19"), kind=CREDIT_NOTE))
    credited = session.send(replace(credit, key="t-2"))
    session.find(credit)
    bare = entry(line(1, "5.00", "0.00", tax_code="ZERO"), taxes=(), number="INV-2", key="t-3")
    paid = session.send(side.mapped(bare))
    side.pay(paid.id, "2.50")
    session.payments(since=date(2026, 3, 1))
    for sent in (invoice, credited):
        session.void(sent.id, key="v-1")
        session.void(sent.id, key="v-2")


def exchanges(side: Side) -> Iterator[tuple[Call, Exchange]]:
    """Every exchange with the call of the contract that it is."""
    for exchange in side.fake.exchanges:
        call = contract(side.key).call_of(exchange.request)
        assert call, f"{exchange.request.method} {exchange.request.path} is not in the contract"
        yield call, exchange


def test_what_is_asked_and_answered_is_what_the_contract_says(side: Side) -> None:
    use_everything(side)
    used = set()
    for call, exchange in exchanges(side):
        assert call.request_problems(exchange.request) == [], call.name
        if exchange.answer.status == 200 and "Fault" not in exchange.answer.content().decode():
            assert call.answer_problems(exchange.answer.body) == [], call.name
        used.add(call.name)
    assert used == {call.name for call in contract(side.key).calls}


def test_only_what_is_declared_is_asked(side: Side) -> None:
    use_everything(side)
    roads = {"quickbooks_online": QUICKBOOKS_REACH, "xero": XERO_REACH}[side.key]
    declared = {(road.method, road.host) for road in roads}
    asked = {
        (each.request.method, each.request.host)
        for each in side.fake.exchanges
        if each.request.path not in TOKEN_PATHS
    }
    assert asked <= declared
    hosts = {each.request.host for each in side.fake.exchanges}
    assert hosts <= set(side.target.description.hosts)


def test_every_write_has_its_key(side: Side) -> None:
    use_everything(side)
    for each in side.fake.exchanges:
        request = each.request
        if request.method == "GET" or request.path in TOKEN_PATHS:
            continue
        if side.key == "xero":
            assert 0 < len(request.headers["idempotency-key"]) <= 128
        else:
            assert 0 < len(request.query["requestid"]) <= 50
            assert request.query["minorversion"] == "75"


@pytest.mark.parametrize("key", ["quickbooks_online", "xero"])
def test_a_target_says_how_it_is_set_up_and_what_is_proven(key: str) -> None:
    text = (TARGETS / key / "README.md").read_text("utf-8")
    assert "## Set-up" in text and "Unproven against a live account" in text


def test_xero_and_its_contract_say_what_the_document_says(xero: Side, specs: Path) -> None:
    document = xero_document(specs)
    calls = [call for call in contract("xero").calls if call.file]
    assert [line for call in calls for line in document.drift(call)] == []


def test_the_fake_xero_speaks_as_the_document_says(xero: Side, specs: Path) -> None:
    use_everything(xero)
    document = xero_document(specs)
    checked = 0
    for call, exchange in exchanges(xero):
        if call.file:
            assert list(document.exchange_problems(call, exchange)) == [], call.name
            checked += 1
    assert checked


def test_quickbooks_contract_says_what_the_schema_says(
    quickbooks: QuickBooksSide, specs: Path
) -> None:
    schema = intuit_schema(specs)
    calls = [call for call in contract("quickbooks_online").calls if call.file]
    assert [line for call in calls for line in schema.drift(call, root=call.place)] == []


def assert_schema_holds(side: Side, *, specs: Path) -> None:
    schema, checked = intuit_schema(specs), 0
    for call, exchange in exchanges(side):
        if not call.file:
            continue
        if exchange.request.body:
            body = exchange.request.json()
            assert list(schema.problems(body, type=call.place)) == [], call.name
        if exchange.answer.status in (200, 400):
            answer = exchange.answer.body
            assert list(schema.problems(answer, type="IntuitResponse")) == [], call.name
        checked += 1
    assert checked


def test_the_fake_quickbooks_speaks_as_the_schema_says(
    quickbooks: QuickBooksSide, specs: Path
) -> None:
    use_everything(quickbooks)
    assert_schema_holds(quickbooks, specs=specs)


def test_a_company_of_the_united_states_speaks_as_the_schema_says(specs: Path) -> None:
    with FakeQuickBooks(country="US") as fake:
        side = QuickBooksSide(fake)
        side.open().send(side.mapped(usual_entry()))
        taxes = (Tax("VAT", "LOW", D("7.5"), D(1), D("0.07")),)
        wrong = entry(line(1, "1.00", "0.07", tax_code="LOW"), taxes=taxes, number="2", key="t-2")
        with pytest.raises(TargetError, match="Map the tax to a code of its rate"):
            side.open().send(side.mapped(wrong))
        assert_schema_holds(side, specs=specs)
        assert side.documents() == 1


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"TotalAmount": 1}, "no such field"),
        ({"TotalAmt": "1"}, "is no decimal"),
        ({"TotalAmt": True}, "is no decimal"),
        ({"TxnDate": "1.3.2026"}, "is no date"),
        ({"GlobalTaxCalculation": "Excluded"}, "is no GlobalTaxCalculationEnum"),
        ({"CustomerRef": "1"}, "no object of ReferenceType"),
        ({"CustomerRef": {"value": 1}}, "is no string"),
        ({"TxnTaxDetail": [{"TotalTax": 1}]}, "one only"),
        ({"Line": [{"SalesItemLineDetail": {"Quantity": 1}}]}, "no such field"),
    ],
)
def test_the_schema_refuses_what_it_does_not_have(
    specs: Path, value: dict[str, object], words: str
) -> None:
    schema = intuit_schema(specs)
    good = {"TotalAmt": 1, "Line": [{"Amount": 1.5}], "CustomerRef": {"value": "1", "name": "A"}}
    assert list(schema.problems(good, type="Invoice")) == []
    (problem,) = schema.problems(value, type="Invoice")
    assert words in problem
