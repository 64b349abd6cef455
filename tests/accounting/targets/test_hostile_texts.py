"""Whatever stands in a text, it is data there; and no secret gets out through a message."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.accounting.targets.examples import Side, entry, line, usual_entry

from icb.accounting.ports import Customer, TargetError, Tokens
from icb.accounting.targets.online.texts import plain_line, plain_lines
from icb.demo.vendors.server import Answer, Request

TEXTS = [
    '=HYPERLINK("http://evil.example")',
    "+1+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "<script>alert(1)</script>",
    "]]><!ENTITY x SYSTEM 'file:///etc/passwd'>",
    "{{ 7 * 7 }} {% raise %} ${7*7} #{7*7}",
    "O'Brien \\' or DocNumber != '",
    "' or '1' = '1",
    'say "where" AND Type=="ACCPAY',
    "back\\slash\\",
    "tab\tbell\x07null\x00escape\x1b[31mdelete\x7f",
    "\u202eright-to-left\u2066 isolate\u200f",
    "line\r\nX-Injected: yes\r\n\r\nbody",
    "😀 family 👨\u200d👩\u200d👧 𝒳",
    "x" * 4_100,
    "😀" * 4_100,
    "é" * 255 + "ü" * 300,
    "\ufeffmark \ue000private",
    "%27 or %22 &amp; &#39;",
]
NAMES = [text[:300] for text in TEXTS]


@pytest.mark.parametrize("text", TEXTS)
def test_any_description_is_taken(side: Side, text: str) -> None:
    lines = (line(1, "100.00", "19.00", description=text),)
    session = side.open()
    whole = side.mapped(replace(entry(*lines), reference=text[:200]))
    sent = session.send(whole)
    assert session.find(whole) == sent
    kept = str(side.written())
    assert not {"\x00", "\x07", "\x1b", "\x7f", "\u202e", "\u2066"} & set(kept)


@pytest.mark.parametrize("text", NAMES)
def test_any_name_is_one_customer(side: Side, text: str) -> None:
    session = side.open()
    client = Customer(key="odd", name=text, address=text, city=text[:40], country="GB")
    made = session.create_customer(client, key="c-1")
    assert session.create_customer(client, key="c-2") == made
    other = session.create_customer(Customer(key="other", name="Other"), key="c-3")
    assert other.id != made.id


@pytest.mark.parametrize("text", ["' or '1' = '1", 'x" OR Type=="ACCREC', "a\\", "\\'", '\\"'])
def test_a_number_is_looked_up_as_it_is(side: Side, text: str) -> None:
    session = side.open()
    session.send(side.mapped(usual_entry()))
    odd = replace(side.mapped(usual_entry()), number=text[:21], key="t-0002")
    assert session.find(odd) is None
    sent = session.send(odd)
    found = session.find(odd)
    assert found == sent and found.number == text[:21]


def test_a_text_is_cut_where_the_other_side_counts() -> None:
    assert plain_lines("abcdef", longest=4) == "abc…"
    assert plain_lines("😀😀😀", longest=4) == "😀…"
    assert plain_line("a\r\n\tb\x00c", longest=9) == "a bc"
    assert plain_lines("a\r\nb\u2028c", longest=9) == "a\nb\nc"


CANARY = "canary-7f3a9c-secret"


def _echo(request: Request, answer: Answer) -> Answer:
    """A refusal that repeats everything that was sent, as some do."""
    said = f"{dict(request.headers)} {request.query} {request.body.decode()}"
    return Answer(
        status=400,
        body={
            "Fault": {"Error": [{"Detail": said, "Message": said, "code": "2020"}], "type": "x"},
            "Message": said,
            "error": "invalid_grant",
            "error_description": said,
        },
    )


@pytest.mark.parametrize("spoilt", [None, b"<p>busy", b"{"])
def test_secrets_stand_in_no_message_and_no_log(
    side: Side, spoilt: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    side.fake.fault = _echo if spoilt is None else lambda request, answer: Answer(body=spoilt)
    given = {**side.settings, "client_secret": f"{CANARY}-password"}
    tokens = Tokens(f"{CANARY}-access", f"{CANARY}-refresh", side.tokens().expires_at)
    session, sign_in = side.target.open(given, tokens), side.target.sign_in
    calls: list[Callable[[], Any]] = [
        session.test,
        lambda: session.send(side.mapped(usual_entry())),
        lambda: session.find(side.mapped(usual_entry())),
        lambda: sign_in.refresh(given, tokens),
        lambda: sign_in.exchange(
            given, redirect="https://r.example", code=f"{CANARY}-code", verifier=f"{CANARY}-v"
        ),
    ]
    told = []
    for call in calls:
        with pytest.raises(TargetError) as caught:
            call()
        told += [caught.value.message, repr(caught.value), str(caught.value.__context__)]
    whole = "\n".join([*told, caplog.text])
    assert "canary" not in whole.lower()
    assert len(told) == 15
