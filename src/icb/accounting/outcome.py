"""What becomes of a transfer, from what the target said (pure).

The one question behind every row of these tables: may the document stand there? Where it may, it
is looked up before anything is sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from icb.accounting.ports import Entry, Sent, TargetError, Trouble

WAITING, UNKNOWN, SENT, REFUSED, MISMATCH = "waiting", "unknown", "sent", "refused", "mismatch"

_PAUSES = (60, 120, 300, 600, 1800, 3600)


class Step(StrEnum):
    """What was being done when a call failed."""

    LOOK = "look"  # nothing was written by it
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The state that a transfer goes to, and why in words. `pause`: seconds until it is due."""

    state: str
    code: str = ""
    message: str = ""
    pause: int = 0


class Figures(NamedTuple):
    """Net, tax and total of a document."""

    net: Decimal | None
    tax: Decimal | None
    total: Decimal | None


def must_look(*, state: str, attempts: int, round: int) -> bool:
    """Whether the document may stand there already: always, except for the first attempt."""
    return state == UNKNOWN or attempts > 0 or round > 1


def outcome_of_sent(entry: Entry, *, sent: Sent) -> Outcome:
    """Sent where the target shows our figures, to the cent; else both are told."""
    if sent.is_void:
        return Outcome(
            MISMATCH,
            "void_there",
            f"{entry.number} stands there, but as void. Nothing more is sent for it. Reset it to "
            "send it again under its number, if it was removed there.",
        )
    differing = differences(
        Figures(entry.net, entry.tax, entry.total), theirs=Figures(sent.net, sent.tax, sent.total)
    )
    if not differing:
        return Outcome(SENT)
    told = "; ".join(
        f"{name} {ours} {entry.currency} here, {theirs} there" for name, ours, theirs in differing
    )
    return Outcome(
        MISMATCH,
        "figures_differ",
        f"{entry.number} stands there with other figures: {told}. Correct it there and look again, "
        "or remove it there and reset it.",
    )


def differences(
    ours: Figures, *, theirs: Figures
) -> list[tuple[str, Decimal | None, Decimal | None]]:
    """The figures that are not the same, by name, ours and theirs. A net or tax that the target
    does not tell is not compared; a total always is."""
    return [
        (name, mine, other)
        for name, mine, other in zip(Figures._fields, ours, theirs, strict=True)
        if mine != other and not (other is None and name != "total")
    ]


def outcome_of_failure(error: TargetError, *, step: Step, before: str, attempts: int) -> Outcome:
    """Where a transfer that was `before` waiting or unknown goes after a call failed."""
    pause = int(error.retry_after or 0) or pause_after(attempts)
    if step == Step.LOOK:
        if before != UNKNOWN and error.trouble == Trouble.REFUSED:
            return Outcome(REFUSED, error.trouble, error.message)
        return Outcome(before, error.trouble, error.message, pause)
    if error.trouble == Trouble.REFUSED:
        return Outcome(REFUSED, error.trouble, error.message)
    if error.trouble == Trouble.UNKNOWN:
        message = f"{error.message} It is looked up before it is sent again."
        return Outcome(UNKNOWN, error.trouble, message, pause)
    return Outcome(WAITING, error.trouble, error.message, pause)


def pause_after(attempts: int) -> int:
    """Seconds until a transfer that was begun so often is tried again."""
    return _PAUSES[min(max(attempts, 1), len(_PAUSES)) - 1]
