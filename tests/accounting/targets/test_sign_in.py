"""Signing in: code with state and proof, tokens that are renewed, and what ends a connection."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from http.client import HTTPConnection
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.accounting.targets.examples import NOW, Side, XeroSide, ways

from icb.accounting.ports import TargetError, Theirs, Tokens, Trouble
from icb.accounting.targets.quickbooks_online.target import TARGET as QUICKBOOKS
from icb.accounting.targets.xero.target import TARGET as XERO
from icb.accounting.targets.xero.target import Xero
from icb.demo.vendors.authority import proof_of
from icb.demo.vendors.server import Answer
from icb.demo.vendors.xero import FakeXero
from icb.kernel import clock

REDIRECT = "https://billing.example/accounting/callback"
VERIFIER = "v" * 64
STATE = "s3cr3t-state"


def came_back(side: Side, *, verifier: str = VERIFIER) -> dict[str, str]:
    """Begin signing in; the parameters with which the browser comes back."""
    address = side.target.sign_in.address(
        side.settings, redirect=REDIRECT, state=STATE, proof=proof_of(verifier)
    )
    return opened(address)


def opened(address: str) -> dict[str, str]:
    """Open the sign-in page as a browser does; the parameters with which it comes back."""
    parts = urlsplit(address)
    assert parts.hostname == "127.0.0.1"
    line = HTTPConnection(parts.hostname, parts.port or 80, timeout=5)
    line.request("GET", f"{parts.path}?{parts.query}")
    answer = line.getresponse()
    answer.read()
    line.close()
    assert answer.status == 302
    location = answer.headers["Location"]
    assert location.startswith("https://billing.example/")
    return dict(parse_qsl(urlsplit(location).query))


def trouble_of(call: Callable[[], object]) -> TargetError:
    with pytest.raises(TargetError) as caught:
        call()
    return caught.value


def test_the_page_is_the_vendors_own_and_asks_for_little() -> None:
    given = {"client_id": "id & more"}
    for target, host, scope in (
        (QUICKBOOKS, "appcenter.intuit.com", "com.intuit.quickbooks.accounting"),
        (XERO, "login.xero.com", "accounting.settings.read"),
    ):
        address = target.sign_in.address(given, redirect=REDIRECT, state=STATE, proof="p")
        parts = urlsplit(address)
        asked = dict(parse_qsl(parts.query))
        assert (parts.scheme, parts.netloc) == ("https", host)
        assert asked["client_id"] == "id & more" and asked["redirect_uri"] == REDIRECT
        assert (asked["state"], asked["code_challenge"]) == (STATE, "p")
        assert asked["code_challenge_method"] == "S256" and scope in asked["scope"].split()
        assert "payroll" not in address and "client_secret" not in address


def test_a_person_signs_in_and_the_company_is_known(side: Side) -> None:
    answer = came_back(side)
    assert answer["state"] == STATE
    sign_in = side.target.sign_in
    tokens = sign_in.exchange(
        side.settings, redirect=REDIRECT, code=answer["code"], verifier=VERIFIER
    )
    lasts = {"xero": timedelta(minutes=30), "quickbooks_online": timedelta(hours=1)}[side.key]
    assert tokens.expires_at == NOW + lasts
    company = side.target.description.company_setting
    bare = {name: text for name, text in side.settings.items() if name != company}
    found = sign_in.companies(bare, tokens, answer=answer)
    assert found == [Theirs(side.settings[company], "Example Services")]
    assert side.target.open({**bare, company: found[0].id}, tokens).test() == "Example Services"


def test_of_several_organisations_a_person_chooses(xero: XeroSide) -> None:
    xero.organisation.others = ["Second", "Third"]
    found = xero.target.sign_in.companies(xero.settings, xero.tokens(), answer={})
    assert [each.name for each in found] == ["Example Services", "Second", "Third"]


def test_a_code_is_good_once_and_for_its_proof_only(side: Side) -> None:
    sign_in = side.target.sign_in
    code = came_back(side)["code"]
    wrong = trouble_of(
        lambda: sign_in.exchange(side.settings, redirect=REDIRECT, code=code, verifier="w" * 64)
    )
    assert wrong.trouble is Trouble.SIGN_IN
    code = came_back(side)["code"]
    sign_in.exchange(side.settings, redirect=REDIRECT, code=code, verifier=VERIFIER)
    again = trouble_of(
        lambda: sign_in.exchange(side.settings, redirect=REDIRECT, code=code, verifier=VERIFIER)
    )
    assert again.trouble is Trouble.SIGN_IN


def test_a_refresh_token_changes_and_the_old_one_ends(side: Side) -> None:
    sign_in, first = side.target.sign_in, side.tokens()
    second = sign_in.refresh(side.settings, first)
    assert second.refresh != first.refresh and second.access != first.access
    assert side.open(tokens=second).test()
    assert trouble_of(side.open(tokens=first).test).trouble is Trouble.SIGN_IN
    assert trouble_of(lambda: sign_in.refresh(side.settings, first)).trouble is Trouble.SIGN_IN
    third = sign_in.refresh(side.settings, second)
    with clock.frozen(NOW + timedelta(minutes=29)):
        assert side.open(tokens=third).test()


def test_a_refresh_that_brings_no_new_refresh_token_keeps_the_old(side: Side) -> None:
    side.fake.fault = lambda request, answer: Answer(
        body={"access_token": "new", "expires_in": 1800}
    )
    assert side.target.sign_in.refresh(side.settings, side.tokens()).refresh.endswith("-0002")


@pytest.mark.parametrize("status", [500, 503, 429, 302])
def test_a_failure_while_renewing_is_no_reason_to_connect_again(side: Side, status: int) -> None:
    side.fake.fault = lambda request, answer: Answer(status=status, body=b"<p>busy")
    old = side.tokens()
    error = trouble_of(lambda: side.target.sign_in.refresh(side.settings, old))
    assert error.trouble is Trouble.LATER


@pytest.mark.parametrize("body", [b"<p>Welcome", b"{}", b'{"access_token": "a"}', b"[]"])
def test_tokens_that_cannot_be_read_are_none(side: Side, body: bytes) -> None:
    side.fake.fault = lambda request, answer: Answer(body=body)
    old = side.tokens()
    error = trouble_of(lambda: side.target.sign_in.refresh(side.settings, old))
    assert error.trouble is Trouble.LATER


def test_rights_that_were_taken_back_are_told(side: Side) -> None:
    old = side.tokens()
    side.authority.refuses = True
    assert trouble_of(side.open(tokens=old).test).trouble is Trouble.SIGN_IN
    error = trouble_of(lambda: side.target.sign_in.refresh(side.settings, old))
    assert error.trouble is Trouble.SIGN_IN and "Connect again" in error.message


def test_a_wrong_secret_is_told_as_such(side: Side) -> None:
    given = {**side.settings, "client_secret": "another"}
    error = trouble_of(lambda: side.target.sign_in.refresh(given, side.tokens()))
    assert error.trouble is Trouble.SIGN_IN and "client ID and secret" in error.message


def test_an_app_without_a_secret_proves_itself_by_the_code() -> None:
    with FakeXero(secret="") as fake:
        target = Xero(ways=ways(fake))
        given = {"client_id": "xero-client", "client_secret": ""}
        access, refresh = fake.authority.sign_in()
        new = target.sign_in.refresh(given, Tokens(access, refresh, NOW))
        assert new.access
        assert "authorization" not in fake.requests[-1].headers


@pytest.mark.parametrize("missing", ["client_id", "company"])
def test_what_is_missing_is_named_before_anything_is_asked(side: Side, missing: str) -> None:
    name = side.target.description.company_setting if missing == "company" else missing
    given = {**side.settings, name: ""}
    tokens = side.tokens()
    call: Callable[[], object] = {
        "client_id": lambda: side.target.sign_in.refresh(given, tokens),
        "company": lambda: side.target.open(given, tokens),
    }[missing]
    error = trouble_of(call)
    assert error.trouble is Trouble.SIGN_IN and name in error.message
    assert side.fake.requests == []


def test_tokens_are_not_shown() -> None:
    assert "canary" not in repr(Tokens("canary-a", "canary-b", NOW))
