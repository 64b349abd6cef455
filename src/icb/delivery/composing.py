"""A message as it goes over the line: headers, text and files, from plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import NamedTuple

from icb.delivery.placeholders import LINK, fill, used_names
from icb.delivery.plain_text import lines, one_line
from icb.delivery.standard_messages import Words, link_lines

_POLICY = SMTP.clone(cte_type="7bit")
_LONGEST_NAME = 100


class Sender(NamedTuple):
    """Who a message comes from, and where answers go, if elsewhere."""

    address: str
    name: str = ""
    reply_to: str = ""


class Addressee(NamedTuple):
    """Who gets a message."""

    address: str
    name: str = ""


class Envelope(NamedTuple):
    """Who gets a message, and where they stand in it; blind copies stand nowhere."""

    to: Sequence[Addressee]
    cc: Sequence[Addressee] = ()
    bcc: Sequence[Addressee] = ()
    language: str = ""  # blank: that of the document

    @property
    def addresses(self) -> list[str]:
        """Every address once, in order."""
        everybody = [*self.to, *self.cc, *self.bcc]
        return list(dict.fromkeys(one.address for one in everybody))


class File(NamedTuple):
    """A file that goes with a message."""

    name: str
    content: bytes
    kind: str = "application/pdf"


class Letter(NamedTuple):
    """What a message says, and the files that go with it."""

    subject: str
    text: str
    files: Sequence[File] = ()


class Postmark(NamedTuple):
    """What makes a message this one: its id, and when it was written."""

    message_id: str
    at: datetime


def letter_of(
    words: Words, *, values: Mapping[str, str], language: str, files: Sequence[File] = ()
) -> Letter:
    """The words with the values put in.

    A link (with `valid_until`) that the words do not name themselves is shown below them.
    """
    body = words.body
    if values.get(LINK) and LINK not in used_names(body):
        body = f"{body.rstrip()}\n\n{link_lines(language)}\n"
    plain = {name: one_line(value) for name, value in values.items()}
    return Letter(
        one_line(fill(words.subject, values=plain)),
        lines(fill(body, values=plain)).strip() + "\n",
        files,
    )


def message_bytes(
    letter: Letter, *, sender: Sender, envelope: Envelope, postmark: Postmark
) -> bytes:
    """The whole message in ASCII, with CRLF at the end of lines."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = _named(sender.address, sender.name)
    if sender.reply_to:
        message["Reply-To"] = _named(sender.reply_to, "")
    message["To"] = [_named(*one) for one in envelope.to]
    if envelope.cc:
        message["Cc"] = [_named(*one) for one in envelope.cc]
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(postmark.at)
    message["Message-ID"] = postmark.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    for file in letter.files:
        main, _slash, sub = file.kind.partition("/")
        message.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name)
    return message.as_bytes()


def message_id(key: str, *, sender: str) -> str:
    """The id of the message of a delivery: always the same, however often it is tried."""
    return f"<{key}@{sender.rpartition('@')[2]}>"


def _named(address: str, name: str) -> Address:
    return Address(one_line(name, longest=_LONGEST_NAME), addr_spec=address)
