"""What methods, states and kinds of payments are called on every page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as lazy

METHODS = (
    ("bank", lazy("Bank transfer")),
    ("cash", lazy("Cash")),
    ("card", lazy("Card")),
    ("direct_debit", lazy("Direct debit")),
    ("other", lazy("Other")),
)
STATES = (
    ("credit", lazy("Left over")),
    ("allocated", lazy("Allocated")),
    ("reversed", lazy("Reversed")),
)
KINDS = {
    "invoice": lazy("Invoice"),
    "credit_note": lazy("Credit note"),
    "payment": lazy("Payment"),
    "reversal": lazy("Reversal"),
}
CLASSES = {
    "not_due": lazy("Not due yet"),
    "1_30": lazy("1 to 30 days late"),
    "31_60": lazy("31 to 60 days late"),
    "61_90": lazy("61 to 90 days late"),
    "over_90": lazy("Over 90 days late"),
    "credit": lazy("Credit"),
}
LINE_STATES = {
    "record": lazy("New"),
    "known": lazy("Recorded before"),
    "out": lazy("Money out"),
    "nobody": lazy("Nobody found"),
}
_TONES = {"credit": "accent", "allocated": "good", "reversed": "bad"}
_LINE_TONES = {"record": "good", "nobody": "warn"}


def method_word(method: str) -> str:
    """What a way of paying is called."""
    return str(dict(METHODS).get(method, method))


def state_word(state: str) -> str:
    """What a state of a payment is called."""
    return str(dict(STATES).get(state, state))


def tone_of_state(state: str) -> str:
    """How much the state of a payment wants to be looked at."""
    return _TONES.get(state, "")


def tone_of_line(state: str) -> str:
    """How much what becomes of a line wants to be looked at."""
    return _LINE_TONES.get(state, "")
