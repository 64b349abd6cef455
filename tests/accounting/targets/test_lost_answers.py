"""What is known after an answer was lost, cannot be read, or is of the wrong kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import pytest
from tests.accounting.targets.examples import QuickBooksSide, Side, XeroSide, usual_entry

from icb.accounting.ports import Customer, TargetError, Trouble
from icb.demo.vendors.quickbooks_online import FakeQuickBooks
from icb.demo.vendors.server import Answer, Fake, Fault, Request, Wire
from icb.demo.vendors.xero import FakeXero

PAGE = b"<!doctype html><title>Sign in</title><p>Your session has ended.</p>"


class Cut:
    """The connection breaks off before a byte of the answer."""

    def play(self, wire: Wire) -> None:
        wire.reset()


class Half:
    """The answer breaks off in its middle."""

    def __init__(self, answer: Answer) -> None:
        self._wired = answer.wire()

    def play(self, wire: Wire) -> None:
        wire.send(self._wired[: len(self._wired) - 20])


class Slow:
    """The answer does not come in time."""

    def play(self, wire: Wire) -> None:
        wire.wait(3)


Spoil = Callable[[Answer], Answer | Fault]
# What is sent instead of the answer, after everything was done for it.
SPOILT: dict[str, Spoil] = {
    "cut": lambda answer: Cut(),
    "half": Half,
    "slow": lambda answer: Slow(),
    "500": lambda answer: Answer(status=500, body=b"oops"),
    "502 page": lambda answer: Answer(status=502, body=PAGE),
    "503": lambda answer: Answer(status=503, body={}, headers={"Retry-After": "7"}),
    "200 page": lambda answer: Answer(body=PAGE),
    "redirect": lambda answer: Answer(status=302, body=b"", headers={"Location": "/log-in"}),
    "empty object": lambda answer: Answer(body={}),
    "list": lambda answer: Answer(body=[1]),
    "nothing": lambda answer: Answer(body=b""),
    "wrong types": lambda answer: Answer(
        body={
            "Invoice": {"Id": 7, "TotalAmt": "much"},
            "Invoices": [{"InvoiceID": 7, "Total": "much"}],
        }
    ),
    "twice the name": lambda answer: Answer(body=b'{"Invoice": {}, "Invoice": {}}'),
    "408": lambda answer: Answer(status=408, body=b""),
}


@pytest.fixture(params=["quickbooks", "xero"])
def hasty(request: pytest.FixtureRequest) -> Iterator[Side]:
    """Both targets, waiting for a second only."""
    if request.param == "quickbooks":
        with FakeQuickBooks() as company:
            yield QuickBooksSide(company, seconds=1)
    else:
        with FakeXero() as organisation:
            yield XeroSide(organisation, seconds=1)


def spoil(fake: Fake, how: Spoil, *, methods: tuple[str, ...]) -> None:
    """Spoil every answer to requests of these methods."""

    def fault(request: Request, answer: Answer) -> Answer | Fault:
        return how(answer) if request.method in methods else answer

    fake.fault = fault


def trouble_of(call: Callable[[], object]) -> TargetError:
    with pytest.raises(TargetError) as caught:
        call()
    return caught.value


@pytest.mark.parametrize("name", SPOILT)
def test_a_lost_answer_to_a_write_is_unknown_and_found_afterwards(hasty: Side, name: str) -> None:
    whole = hasty.mapped(usual_entry())
    session = hasty.open()
    spoil(hasty.fake, SPOILT[name], methods=("POST", "PUT"))
    error = trouble_of(lambda: session.send(whole))
    assert error.trouble is Trouble.UNKNOWN
    assert "looked up" in error.message
    assert error.retry_after == (7 if name == "503" else None)
    hasty.fake.fault = None
    found = session.find(whole)
    assert found is not None and found.total == whole.total
    assert session.send(whole) == found
    assert hasty.documents() == 1


@pytest.mark.parametrize("name", SPOILT)
def test_a_lost_answer_to_a_look_is_not_taken_for_nothing(hasty: Side, name: str) -> None:
    whole = hasty.mapped(usual_entry())
    session = hasty.open()
    session.send(whole)
    spoil(hasty.fake, SPOILT[name], methods=("GET",))
    error = trouble_of(lambda: session.find(whole))
    assert error.trouble is Trouble.LATER


@pytest.mark.parametrize("name", ["cut", "500", "200 page"])
def test_a_lost_void_is_unknown_and_goes_through_once(hasty: Side, name: str) -> None:
    whole = hasty.mapped(usual_entry())
    session = hasty.open()
    sent = session.send(whole)
    spoil(hasty.fake, SPOILT[name], methods=("POST",))
    assert trouble_of(lambda: session.void(sent.id, key="v-1")).trouble is Trouble.UNKNOWN
    hasty.fake.fault = None
    assert session.void(sent.id, key="v-1").is_void


@pytest.mark.parametrize("name", ["cut", "500", "200 page"])
def test_a_customer_whose_answer_was_lost_is_made_once(hasty: Side, name: str) -> None:
    session = hasty.open()
    client = Customer(key="baker", name="Baker")
    spoil(hasty.fake, SPOILT[name], methods=("POST", "PUT"))
    error = trouble_of(lambda: session.create_customer(client, key="c-1"))
    assert error.trouble is Trouble.UNKNOWN
    hasty.fake.fault = None
    assert session.create_customer(client, key="c-1") == session.create_customer(client, key="c-1")


def test_nobody_there_is_surely_not_sent(side: Side) -> None:
    session, whole = side.open(), side.mapped(usual_entry())
    side.fake.__exit__(None, None, None)
    for call in (lambda: session.send(whole), lambda: session.find(whole)):
        assert trouble_of(call).trouble is Trouble.LATER


REFUSALS = {
    429: Trouble.LATER,
    401: Trouble.SIGN_IN,
    403: Trouble.SIGN_IN,
    404: Trouble.REFUSED,
    413: Trouble.REFUSED,
}


@pytest.mark.parametrize("status", REFUSALS)
def test_a_plain_refusal_is_what_its_status_says(side: Side, status: int) -> None:
    session, whole = side.open(), side.mapped(usual_entry())
    side.fake.fault = lambda request, answer: Answer(status=status, body=PAGE)
    assert trouble_of(lambda: session.send(whole)).trouble is REFUSALS[status]


@pytest.mark.parametrize("wait", ["999999999", "Tue, 10 Mar 2026 09:01:00 GMT", "soon", "-1"])
def test_a_pause_may_be_a_date_and_is_never_absurd(side: Side, wait: str) -> None:
    session = side.open()
    side.fake.fault = lambda request, answer: Answer(
        status=429, body=b"", headers={"Retry-After": wait}
    )
    expected = {"9": 86400, "T": 60}.get(wait[0])
    assert trouble_of(session.test).retry_after == expected


def test_a_list_without_an_end_is_not_read_for_ever(
    side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("quickbooks_online.company_api", "xero.tenant_api"):
        monkeypatch.setattr(f"icb.accounting.targets.{name}._MOST_PAGES", 3)
    monkeypatch.setattr("icb.accounting.targets.quickbooks_online.company_api.PAGE_SIZE", 1)
    session = side.open()
    side.fake.fault = lambda request, answer: Answer(
        body={"QueryResponse": {"Payment": [{}]}, "Payments": [{}]}
    )
    error = trouble_of(lambda: session.payments(since=date(2026, 3, 1)))
    assert error.trouble is Trouble.LATER and "without an end" in error.message


def test_what_stands_there_as_void_is_not_taken_for_sent(side: Side) -> None:
    session, whole = side.open(), side.mapped(usual_entry())
    session.void(session.send(whole).id, key="v-1")
    if side.key == "xero":
        # A number is free again once its document is void.
        assert not session.send(replace(whole, key="t-0002")).is_void
        return
    error = trouble_of(lambda: session.send(replace(whole, key="t-0002")))
    assert error.trouble is Trouble.REFUSED and "void" in error.message
