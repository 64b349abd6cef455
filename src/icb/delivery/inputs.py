"""What the actions of this app take."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class NewMailServer:
    """The server that takes the provider's messages.

    `security` is starttls, tls or none. `password` None keeps the stored one, blank forgets it.
    """

    host: str
    port: int
    sender: str
    security: str = "starttls"
    user: str = ""
    password: str | None = field(default=None, repr=False)
    sender_name: str = ""
    reply_to: str = ""


@dataclass(frozen=True, kw_only=True)
class NewRecipient:
    """An address that gets an organization's messages of some kinds.

    `place` is to, cc or bcc; `kinds` are of invoice, credit_note, statement and reminder;
    `language` is blank for that of the document.
    """

    address: str
    name: str = ""
    place: str = "to"
    kinds: tuple[str, ...] = ("invoice", "credit_note", "statement", "reminder")
    language: str = ""
