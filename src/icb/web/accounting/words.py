"""What states, kinds and acts of accounting are called on pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from icb.web.lists.columns import Choices

STATES: Choices = (
    ("waiting", _("Waiting")),
    ("sending", _("Sending")),
    ("unknown", _("Answer lost")),
    ("sent", _("Transferred")),
    ("refused", _("Refused")),
    ("mismatch", _("Figures differ")),
    ("reset", _("Reset")),
    ("withdrawn", _("Withdrawn")),
)
_TONES = {
    "sent": "good",
    "refused": "bad",
    "mismatch": "bad",
    "unknown": "warn",
    "waiting": "accent",
    "sending": "accent",
}
KINDS: Choices = (("invoice", _("Invoice")), ("credit_note", _("Credit note")))
ACTS: Choices = (("send", _("Send")), ("void", _("Void")))
LISTINGS: Choices = (
    ("customers", _("Clients")),
    ("accounts", _("Accounts")),
    ("items", _("Services")),
    ("tax_codes", _("Taxes")),
)
COMPARED: Choices = (
    ("same", _("Same")),
    ("differs", _("Differs")),
    ("missing", _("Gone there")),
    ("not_there", _("Not transferred")),
    ("void_differs", _("Void on one side")),
)
ENTRIES: Choices = (("document", _("Document")), ("reversal", _("Reversal")))
ACCOUNT_KINDS: Choices = (
    ("receivable", _("Receivables")),
    ("revenue", _("Revenue")),
    ("tax", _("Tax")),
    ("rounding", _("Rounding")),
    ("bank", _("Bank")),
)
RULES: Choices = (
    ("service", _("Service")),
    ("module", _("Module")),
    ("revenue", _("All other revenue")),
    ("tax_code", _("Tax")),
    ("tax", _("All other tax")),
    ("receivable", _("What clients owe")),
)
MAPPED: Choices = (
    ("mapped", _("Mapped")),
    ("suggested", _("Suggested")),
    ("open", _("Open")),
)


def word(choices: Choices, *, key: str) -> str:
    """What a key is called; one that nobody named stays as it is."""
    return str(dict(choices).get(key, key))


def tone_of(state: str) -> str:
    """How much a state of a transfer wants to be looked at."""
    return _TONES.get(state, "")


def tone_of_compared(state: str) -> str:
    """How much a state of the comparison wants to be looked at."""
    return {"same": "good", "not_there": "warn"}.get(state, "bad")
