"""The line to a mail server: secured, checked, only where it may lead, and never half."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st
from tests.support.mail_box import Box, mail_box

from icb.foundation.egress.client import Roads
from icb.foundation.egress.guard import read_private_targets
from icb.foundation.egress.mail import MailLine, MailPlace, Outcome, Refusal, Said
from icb.foundation.egress.problems import NoConnection, NotAllowed

CONTENT = b"Subject: hello\r\n\r\nhello\r\n"


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secured(authority: trustme.CA) -> Iterator[Box]:
    """A server that takes mail only over a secured line, from people who sign in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("mail.example.org").configure_cert(context)
    with mail_box(tls=context) as box:
        yield box


def line(box: Box, authority: trustme.CA | None = None, **changes: Any) -> MailLine:
    context = ssl.create_default_context()
    if authority is not None:
        authority.configure_trust(context)
    host = changes.pop("host", "mail.example.org")
    roads = Roads(
        private=read_private_targets([f"{host}:{box.port}"]),
        resolver=lambda name: ["127.0.0.1"],
        tls=context,
    )
    given = {"security": "starttls", "user": "billing", "password": "open", **changes}
    return MailLine(MailPlace(host=host, port=box.port, **given), roads=roads)


def sent(over: MailLine) -> Outcome:
    try:
        return over.send("a@own.example.org", recipients=["b@x.example.org"], content=CONTENT)
    finally:
        over.close()


def test_starttls_is_agreed_on_before_anything_is_said(secured: Box, authority: trustme.CA) -> None:
    assert sent(line(secured, authority)).is_taken
    assert secured.was_secured == [True]
    assert secured.logins == [("billing", "open")]


def test_a_certificate_of_nobody_known_is_refused(secured: Box) -> None:
    with pytest.raises(NoConnection) as refused:
        sent(line(secured))
    assert "certificate of mail.example.org is not good" in refused.value.message
    assert secured.logins == []


def test_a_certificate_of_another_host_is_refused(secured: Box, authority: trustme.CA) -> None:
    with pytest.raises(NoConnection):
        sent(line(secured, authority, host="other.example.org"))
    assert secured.logins == []


def test_a_wrong_password_is_told_without_it(secured: Box, authority: trustme.CA) -> None:
    with pytest.raises(Refusal) as refused:
        sent(line(secured, authority, password="a wrong word"))
    assert "does not accept the user name and password" in refused.value.message
    assert "a wrong word" not in refused.value.message


def test_a_server_that_offers_no_secured_line_gets_nothing() -> None:
    with mail_box() as box:
        with pytest.raises(Refusal):
            sent(line(box))
        assert box.dialogs == 0


def test_an_unsecured_line_leads_to_this_machine_alone() -> None:
    roads = Roads(private=read_private_targets(["10.1.2.3:25"]))
    with pytest.raises(NotAllowed):
        sent(MailLine(MailPlace(host="10.1.2.3", port=25, security="none"), roads=roads))


@pytest.mark.parametrize(
    ("host", "port"),
    [("127.0.0.1", 25), ("10.0.0.5", 587), ("169.254.169.254", 25), ("::1", 587), ("8.8.8.8", 443)],
)
def test_a_private_machine_is_asked_only_where_the_operator_said_so(host: str, port: int) -> None:
    with pytest.raises(NotAllowed):
        sent(MailLine(MailPlace(host=host, port=port), roads=Roads()))


def test_a_name_that_leads_to_a_private_address_is_refused() -> None:
    roads = Roads(resolver=lambda name: ["8.8.8.8", "10.0.0.5"])
    with pytest.raises(NotAllowed):
        sent(MailLine(MailPlace(host="mail.example.org", port=587), roads=roads))


def test_silence_after_the_message_is_unsure_and_before_it_is_not() -> None:
    with mail_box() as box:
        box.cut_after = True
        outcome = sent(line(box, security="none", user=""))
        assert (outcome.is_unsure, outcome.is_taken, len(box.contents)) == (True, False, 1)
        box.cut_after = False
        box.answers["b@x.example.org"] = "450 later"
        outcome = sent(line(box, security="none", user=""))
        assert (outcome.is_unsure, outcome.is_taken) == (False, False)
        assert outcome.is_passing


def test_a_line_is_kept_for_several_messages() -> None:
    with mail_box() as box:
        over = line(box, security="none", user="")
        for _ in range(3):
            outcome = over.send(
                "a@own.example.org", recipients=["b@x.example.org"], content=CONTENT
            )
            assert outcome.is_taken
        over.close()
        assert len(box.contents) == 3


@given(st.binary(max_size=200))
def test_no_content_is_the_mark_at_the_end(content: bytes) -> None:
    from icb.foundation.egress.mail import _quoted

    quoted = _quoted(content)
    assert quoted.endswith(b"\r\n")
    assert b"\r\n.\r\n" not in b"\r\n" + quoted


def test_what_passes_by_itself_is_tried_again() -> None:
    assert Outcome(said=Said(450, "later")).is_passing
    assert Outcome(said=Said(None, "cut")).is_passing
    assert not Outcome(said=Said(550, "no")).is_passing
