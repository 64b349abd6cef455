"""Reading what a mail server reports of a message that it could not deliver (RFC 3464).

A report is mail from outside: whatever it says is a claim, and its size and depth are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from typing import NamedTuple

from icb.delivery.plain_text import is_address, one_line
from icb.kernel.errors import InvalidInput

LARGEST = 10 * 1024 * 1024
_MOST_ADDRESSES = 100
_LONGEST_REASON = 500
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_ID = re.compile(r"<([^<>\s]{1,200})>")


class Failure(NamedTuple):
    """An address that could not be reached: the status (5.1.1) and the words, where told."""

    address: str
    status: str
    reason: str


def status_in(answer: str) -> str:
    """The status that a server's answer begins with (RFC 2034); blank where it gives none."""
    found = _STATUS.match(answer)
    return found.group() if found else ""


class Report(NamedTuple):
    """What a report says: of which message, and which addresses failed."""

    message_id: str  # without its brackets; blank where it is not told
    failures: list[Failure]


def read_report(content: bytes) -> Report:
    """What a report tells; InvalidInput where the bytes are no report of a failure."""
    if len(content) > LARGEST:
        raise InvalidInput(
            field="file",
            message=f"file: it has {len(content)} bytes; at most {LARGEST} are read. Nothing was "
            "stored. Give the report alone.",
        )
    message = message_from_bytes(content, policy=policy.default)
    failures = list(dict.fromkeys(_failures(message)))[:_MOST_ADDRESSES]
    if not failures:
        raise InvalidInput(
            field="file",
            message="file: this is no report of a message that could not be delivered. Nothing "
            "was stored. Give the report as the mail program saves it (.eml).",
        )
    return Report(_original_id(message), failures)


def _failures(message: Message) -> Iterator[Failure]:
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            yield from _of_status(part)
    for address in str(message.get("X-Failed-Recipients", "")).split(","):
        if is_address(address):
            yield Failure(address.strip().lower(), "", _first_words(message))


def _of_status(part: Message) -> Iterator[Failure]:
    blocks = part.get_payload()
    for block in blocks if isinstance(blocks, list) else ():
        if not isinstance(block, Message):
            continue
        if str(block.get("Action", "")).strip().lower() != "failed":
            continue  # one that is late may still arrive
        told = block.get("Final-Recipient") or block.get("Original-Recipient") or ""
        address = str(told).rpartition(";")[2].strip().strip("<>")
        if is_address(address):
            status = _STATUS.search(str(block.get("Status", "")))
            reason = str(block.get("Diagnostic-Code", "")).partition(";")[2] or "not deliverable"
            found = status.group() if status else ""
            yield Failure(address.lower(), found, one_line(reason, longest=_LONGEST_REASON))


def _original_id(message: Message) -> str:
    for part in message.walk():
        if part is message:
            continue
        text = str(part.get("Message-ID", ""))
        if part.get_content_type() == "text/rfc822-headers":
            headers = part.get_payload(decode=True)
            told = headers.decode("ascii", "replace") if isinstance(headers, bytes) else ""
            text = next((line for line in told.splitlines() if _is_id(line)), text)
        found = _ID.search(text)
        if found:
            return found[1]
    return ""


def _is_id(line: str) -> bool:
    return line.lower().startswith("message-id:")


def _first_words(message: Message) -> str:
    body = message.get_body(("plain",)) if isinstance(message, EmailMessage) else None
    text = body.get_content() if body is not None else ""
    return one_line(str(text), longest=_LONGEST_REASON) or "not deliverable"
