"""Names that try to be headers, commands or other people's lines: in every value of a message."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.delivery.reports import report
from tests.delivery.sending import issued, work
from tests.invoicing.factory import Books
from tests.support.mail_box import Box

from icb.delivery.actions import send_documents
from icb.delivery.addressing import Named, envelope_of
from icb.delivery.bounces import read_report
from icb.delivery.composing import (
    Addressee,
    Envelope,
    File,
    Postmark,
    Sender,
    letter_of,
    message_bytes,
    message_id,
)
from icb.delivery.inputs import NewRecipient
from icb.delivery.placeholders import check_placeholders, names_for
from icb.delivery.plain_text import (
    amount_text,
    check_address,
    day_text,
    file_name,
    is_address,
    one_line,
)
from icb.delivery.retrying import PAUSES, is_last, pause_after
from icb.delivery.settings_actions import add_recipient, set_message_template
from icb.delivery.standard_messages import Words, standard_words
from icb.kernel.errors import InvalidInput
from icb.kernel.languages import LANGUAGES
from icb.organizations.models import Organization

AT = datetime(2026, 1, 31, 9, tzinfo=UTC)
HOSTILE = (
    "Acme\r\nBcc: everybody@evil.example.org",
    "Acme\nContent-Type: text/html\n\n<script>x</script>",
    "\u202eemca\u202c \u2066x\u2069",
    "{total} {number} %s {{7*7}} ${x}",
    "=?utf-8?q?Bcc:_evil?= \x00\x1b[31m",
    "A" * 5000,
    "Ünïcode 公司 🏢 \u2028 next",
    ".\r\n.\r\nQUIT",
    '"quoted" <evil@evil.example.org>, other@evil.example.org',
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_name_stays_a_name(hostile: str) -> None:
    message = composed(hostile)
    assert {name.lower() for name in message} <= {
        "from",
        "reply-to",
        "to",
        "cc",
        "subject",
        "date",
        "message-id",
        "auto-submitted",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
    }
    assert [one.addr_spec for one in message["To"].addresses] == ["to@x.example.org"]
    assert [one.addr_spec for one in message["Cc"].addresses] == ["cc@x.example.org"]
    assert [one.addr_spec for one in message["From"].addresses] == ["me@own.example.org"]
    body, file = message.get_body(("plain",)), next(message.iter_attachments())
    assert body is not None
    assert body.get_content_type() == "text/plain"
    assert len(message["Subject"]) <= 200
    assert file.get_content() == b"%PDF"
    text = body.get_content()
    assert not {"\x00", "\x1b", "\u202e", "\u2066", "\u2028"} & set(text)


@given(st.text(max_size=300))
def test_no_text_makes_a_header_or_a_line_of_its_own(text: str) -> None:
    message = composed(text)
    assert "bcc" not in {name.lower() for name in message}
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().count("\n") == 3


def composed(hostile: str) -> EmailMessage:
    values = dict.fromkeys([*names_for("invoice"), "valid_until"], hostile)
    words = Words("Invoice {number} for {organization}", "Hello {organization}\n\nbye {link}")
    letter = letter_of(words, values=values, language="en", files=[File("a.pdf", b"%PDF")])
    content = message_bytes(
        letter,
        sender=Sender("me@own.example.org", hostile, "reply@own.example.org"),
        envelope=Envelope(
            [Addressee("to@x.example.org", hostile)], [Addressee("cc@x.example.org", hostile)]
        ),
        postmark=Postmark(message_id("icb-1", sender="me@own.example.org"), AT),
    )
    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    return message_from_bytes(content, policy=policy.default)


def test_a_value_is_not_read_as_a_placeholder() -> None:
    words = Words("{organization}", "{organization}")
    letter = letter_of(words, values={"organization": "{total}", "total": "5"}, language="en")
    assert letter.subject == "{total}"


@pytest.mark.parametrize("text", ["{password}", "{number.__class__}", "{0}", "{}", "{% now %}"])
def test_an_unknown_placeholder_is_refused_with_the_list(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_placeholders(text, kind="invoice", field="body")
    assert "{number}" in refused.value.message


@pytest.mark.parametrize(
    "address",
    ["a@b\r\nRCPT TO:<x@y>", "a b@c.org", "<a@b.org>", "a@b.org, c@d.org", "@b", "a@", "ä@b.org"],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    assert not is_address(address)
    with pytest.raises(InvalidInput):
        check_address(address, field="address")


def test_an_address_keeps_its_letters_and_loses_its_spaces() -> None:
    assert check_address(" Office@ACME.Example.ORG ", field="x") == "Office@acme.example.org"


def test_a_hostile_client_gets_its_invoice_and_nobody_else_does(office: Box, books: Books) -> None:
    Organization.objects.filter(key="acme").update(name=HOSTILE[0])
    Organization.objects.filter(key="bolt").update(name=HOSTILE[4].replace("\x00", ""))
    add_recipient("acme", new=NewRecipient(address="x@acme.example.org", name=HOSTILE[1]))
    send_documents(issued())
    work()
    assert office.recipients == [["x@acme.example.org"], ["office@bolt.example.org"]]
    assert all(message["Bcc"] is None for message in office.messages)


def test_words_with_code_are_not_stored(office: Box) -> None:
    with pytest.raises(InvalidInput):
        set_message_template("invoice", language="en", subject="{number}", body="{self}")
    with pytest.raises(InvalidInput):
        set_message_template("invoice", language="xx", subject="a", body="b")


def test_a_file_name_is_of_plain_letters() -> None:
    assert file_name("../../etc/passwd\r\n", ending="pdf") == "etc-passwd.pdf"
    assert file_name("…", ending="pdf") == "document.pdf"


def test_days_and_amounts_are_written_as_in_the_language() -> None:
    assert day_text(AT.date(), language="en") == "31 January 2026"
    assert day_text(AT.date(), language="de") == "31.01.2026"
    assert amount_text("-1234567.50", currency="EUR", language="de") == "-1.234.567,50 EUR"
    assert amount_text("999", currency="JPY", language="en") == "999 JPY"
    assert one_line("a\n b", longest=2) == "a…"


def test_every_language_has_every_message() -> None:
    for language in LANGUAGES:
        for kind in ("invoice", "credit_note", "statement", "reminder"):
            words = standard_words(kind, language=language)
            check_placeholders(words.subject + words.body, kind=kind, field="body")
            assert language == "en" or words != standard_words(kind, language="en")
    assert standard_words("invoice", language="xx") == standard_words("invoice", language="en")


def test_who_gets_a_message() -> None:
    everything = frozenset({"invoice"})
    usual = Addressee("own@x.example.org")
    copy = Named("c@x.example.org", "", "cc", everything, "de")
    blind = Named("b@x.example.org", "", "bcc", everything, "")
    assert envelope_of("invoice", named=[], usual=usual) == Envelope([usual])
    assert envelope_of("invoice", named=[], usual=Addressee("")) is None
    found = envelope_of("invoice", named=[copy, blind], usual=usual)
    assert found is not None
    assert [one.address for one in found.to] == ["c@x.example.org"]
    assert found.language == "de"
    assert envelope_of("reminder", named=[copy], usual=usual) is None
    assert envelope_of("invoice", named=[blind], usual=usual) is None


def test_a_message_is_given_up_after_the_last_pause() -> None:
    assert pause_after(1) == PAUSES[0]
    assert pause_after(len(PAUSES) + 1) is None
    assert is_last(len(PAUSES) + 1)


def test_a_report_is_read_and_a_late_one_is_none() -> None:
    found = read_report(report("a@x.example.org", "b@x.example.org", message_id="icb-9@own"))
    assert found.message_id == "icb-9@own"
    assert [one.address for one in found.failures] == ["a@x.example.org", "b@x.example.org"]
    assert found.failures[0].status == "5.1.1"
    for content in (report("a@x.example.org", action="delayed"), b"", b"\x00" * 100):
        with pytest.raises(InvalidInput):
            read_report(content)
    with pytest.raises(InvalidInput):
        read_report(b"x" * (10 * 1024 * 1024 + 1))


def test_a_report_without_parts_names_its_address_in_a_header() -> None:
    content = b"X-Failed-Recipients: a@x.example.org\r\nSubject: x\r\n\r\nNo such user.\r\n"
    (failure,) = read_report(content).failures
    assert (failure.address, failure.reason) == ("a@x.example.org", "No such user.")


@given(st.binary(max_size=400))
def test_any_bytes_are_a_report_or_refused(content: bytes) -> None:
    try:
        read_report(content)
    except InvalidInput as error:
        assert "Nothing was stored" in error.message
