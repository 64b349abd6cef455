"""What both targets do with a document, whatever their fields are called."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from icb.accounting.ports import CREDIT_NOTE, Entry, Sent, TargetError, Trouble
from icb.foundation.canonical import exact_text

Refuse = Callable[[str], TargetError]
NOTHING_WRITTEN = "Nothing was written there."


def sign_of(kind: str) -> int:
    """What an amount is multiplied with on the way there, and on the way back."""
    return -1 if kind == CREDIT_NOTE else 1


def sent_id(kind: str, *, id: str) -> str:
    """The id of a document that also says of which kind it is."""
    return f"{kind}:{id}"


def kind_and_id(text: str) -> tuple[str, str]:
    """Taken apart again; REFUSED where it is none of ours."""
    kind, separator, id = text.partition(":")
    if not separator or not id:
        raise refused(f"{text!r} is no id of a document that was sent. {NOTHING_WRITTEN}")
    return kind, id


def refused(message: str) -> TargetError:
    """The error for what a person has to change."""
    return TargetError(Trouble.REFUSED, message)


def check_entry(entry: Entry, *, longest_number: int) -> None:
    """REFUSED where the document's figures do not hold together or its number does not fit."""
    if len(entry.number) > longest_number:
        raise refused(
            f"number: {entry.number} has {len(entry.number)} characters; there are at most "
            f"{longest_number} there. {NOTHING_WRITTEN} Give the series a shorter number."
        )
    net, tax = sum(line.net for line in entry.lines), sum(line.tax for line in entry.lines)
    if (net, tax, net + tax) != (entry.net, entry.tax, entry.total):
        raise refused(
            f"{entry.number}: its lines add up to {net} and {tax} of tax, and it says {entry.net} "
            f"and {entry.tax}, {entry.total} in all. {NOTHING_WRITTEN} Run icb verify."
        )
    for line in entry.lines:
        if line.tax and not line.tax_code:
            raise refused(
                f"{entry.number}, line {line.position}: it has {line.tax} of tax, and its tax is "
                f"mapped to none there. {NOTHING_WRITTEN} Map the tax."
            )


def is_the_same(entry: Entry, *, sent: Sent) -> bool:
    """Whether what stands there has the document's figures and is in force."""
    return (sent.net, sent.tax, sent.total, sent.is_void) == (
        entry.net,
        entry.tax,
        entry.total,
        False,
    )


def number_is_taken(entry: Entry, *, sent: Sent) -> TargetError:
    """The error for a number under which something else stands there."""
    state = "a void document" if sent.is_void else f"a document of {money(sent.total, entry=entry)}"
    return refused(
        f"number: {entry.number} stands there already, as {state} that is not this one "
        f"({money(entry.total, entry=entry)}). {NOTHING_WRITTEN} Open it there and give it another "
        "number, or see whether another program writes there."
    )


def money(amount: Decimal, *, entry: Entry) -> str:
    """An amount of the document for a message."""
    return f"{exact_text(amount)} {entry.currency}"
