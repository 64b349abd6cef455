"""What a payment may say: checked before anything is looked up or stored."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from datetime import date

from icb.kernel.checks import check_choice, check_text
from icb.kernel.currency import check_currency
from icb.kernel.errors import InvalidInput
from icb.kernel.money import Minor, to_minor
from icb.payments.inputs import NewPayment

LONGEST_REFERENCE = 500
LONGEST_ID = 120
# Marks that turn the direction of what follows: a reference would look like another one.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check_payment(
    new: NewPayment, *, currency: str, today: date, methods: Collection[str]
) -> Minor:
    """The amount of a new payment in the minor unit; InvalidInput, naming the field, where
    something of it cannot be taken."""
    check_currency(currency)
    amount = to_minor(new.amount, currency)
    if amount <= 0:
        raise InvalidInput(
            field="amount",
            value=new.amount,
            message=f"amount: {new.amount} is not above 0. Nothing was stored. Give what came; "
            "a payment that was wrong is reversed.",
        )
    if new.received_on > today:
        raise InvalidInput(
            field="received_on",
            value=new.received_on,
            message=f"received_on: {new.received_on} is not yet there. Nothing was stored. Record "
            "money once it has come.",
        )
    check_choice(new.method, field="method", allowed=methods)
    check_line(new.reference, field="reference", longest=LONGEST_REFERENCE)
    check_line(new.external_id, field="external_id", longest=LONGEST_ID)
    return amount


def check_line(text: str, *, field: str, longest: int) -> str:
    """`text` itself; InvalidInput where it is too long, or holds what no line of text holds."""
    check_text(text, field=field, longest=longest)
    for place, character in enumerate(text, start=1):
        if _is_unseen(character):
            raise InvalidInput(
                field=field,
                message=f"{field}: character {place} is U+{ord(character):04X}, which cannot be "
                "seen. Nothing was stored. Type the text again without it.",
            )
    return text


def plain_line(text: str, *, longest: int) -> str:
    """What a program says, as a line that `check_line` takes: what cannot be seen is a space, and
    what is too long is cut."""
    seen = ("".join(" " if _is_unseen(character) else character for character in text)).split()
    return " ".join(seen)[:longest]


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) == "Cc" or character in _TURNING
