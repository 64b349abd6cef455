"""What kinds, states and results of deliveries are called."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from icb.web.shell.navigation import Words

KINDS: tuple[tuple[str, Words], ...] = (
    ("invoice", _("Invoice")),
    ("credit_note", _("Credit note")),
    ("statement", _("Statement")),
    ("reminder", _("Reminder")),
)
STATES: tuple[tuple[str, Words], ...] = (
    ("waiting", _("Waiting")),
    ("sending", _("Sending")),
    ("unknown", _("Unknown")),
    ("failed", _("Failed")),
    ("sent", _("Sent")),
    ("cancelled", _("Cancelled")),
)
RESULTS: dict[str, Words] = {
    "begun": _("Try begun"),
    "sent": _("Taken by the mail server"),
    "deferred": _("The server asks to come again"),
    "failed": _("Failed"),
    "unknown": _("The answer was lost"),
    "retried": _("Put forward"),
    "cancelled": _("Cancelled"),
    "found_sent": _("A person found that it arrived"),
    "found_lost": _("A person found that it did not arrive"),
}
LINK_STATES: dict[str, Words] = {
    "open": _("Open"),
    "expired": _("Expired"),
    "revoked": _("Revoked"),
}
MEANINGS: dict[str, Words] = {
    "organization": _("who gets the message"),
    "provider": _("who sends it"),
    "provider_email": _("the provider's e-mail address"),
    "provider_phone": _("the provider's telephone number"),
    "number": _("the number of the document"),
    "issued_on": _("the day it was issued"),
    "total": _("what it comes to, with its currency"),
    "due_on": _("until when it is to be paid"),
    "credited": _("the number of the invoice that it credits"),
    "open": _("what is open, with its currency"),
    "until": _("the last day of the statement"),
    "link": _("a link to see and download the document"),
}
"""What the names in braces stand for."""

PLACES: tuple[tuple[str, Words], ...] = (
    ("to", _("To")),
    ("cc", _("Copy")),
    ("bcc", _("Blind copy")),
)
_TONES = {"waiting": "warn", "sending": "accent", "unknown": "bad", "failed": "bad", "sent": "good"}


def kind_word(kind: str) -> str:
    """What a kind of message is called."""
    return str(dict(KINDS).get(kind, kind))


def state_word(state: str) -> str:
    """What a state of a message is called."""
    return str(dict(STATES).get(state, state))


def tone_of(state: str) -> str:
    """The colour of a state."""
    return _TONES.get(state, "")
