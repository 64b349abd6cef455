"""What each way of failing means for a person, and whether trying again may help: one table."""

from __future__ import annotations

from typing import NamedTuple


class Advice(NamedTuple):
    """What to do about a code. `is_passing`: it may be gone by itself after a while."""

    is_passing: bool
    text: str


INTERRUPTED, CANCELLED, TOOK_TOO_LONG = "interrupted", "cancelled", "took_too_long"
ADAPTER_ERROR, INTERNAL_ERROR = "adapter_error", "internal_error"
MISSING, NOT_ASKED, PAST_DAY, DISABLED = "missing", "not_asked", "past_day", "disabled"
NO_REAL_VENDOR = "no_real_vendor"
QUARANTINED, REFUSED, SUPERSEDED = "quarantined", "refused", "superseded"

ADVICE = {
    "": Advice(False, "Nothing is to be done."),
    "wrong_settings": Advice(
        False, "Correct the settings of the connection (`icb modules change`)."
    ),
    NO_REAL_VENDOR: Advice(False, "Connect your own modules in a data folder of your own."),
    "credentials_refused": Advice(
        False,
        "The vendor does not accept the credentials: make new ones there and enter them "
        "(`icb modules change`).",
    ),
    "access_refused": Advice(
        False,
        "The credentials are good but lack a right: give it to them at the vendor (the module's "
        "README lists the least rights needed).",
    ),
    "throttled": Advice(
        True, "The vendor asked to come back later; this is tried again by itself."
    ),
    "vendor_unavailable": Advice(
        True, "The vendor did not answer as it should; this is tried again by itself."
    ),
    "unexpected_answer": Advice(
        True,
        "The vendor answered otherwise than documented. It is tried again by itself; if it stays, "
        "report it with the message.",
    ),
    "reach_refused": Advice(
        False,
        "The request went where the module may not go. Check the address in the settings; report "
        "it if they are right.",
    ),
    "incomplete_answer": Advice(
        True,
        "Something was missing from the vendor's answer, so that nothing of it was taken; it is "
        "tried again by itself.",
    ),
    TOOK_TOO_LONG: Advice(
        True, "The vendor did not come to an end in time; this is tried again by itself."
    ),
    INTERRUPTED: Advice(True, "The program ended in the middle; this is taken up again by itself."),
    "database_busy": Advice(True, "Something else was writing; this is tried again by itself."),
    CANCELLED: Advice(
        False, "A person cancelled it. Start it again (`icb sync`) when you want the counts."
    ),
    ADAPTER_ERROR: Advice(
        True,
        "The module's adapter failed on what it was given. It is tried again by itself; if it "
        "stays, report it with the message.",
    ),
    INTERNAL_ERROR: Advice(
        True, "An error in the program itself. It is tried again; report it with the log."
    ),
    QUARANTINED: Advice(
        False, "The answer waits for your decision (`icb hold list`). Nothing is billed on it."
    ),
    REFUSED: Advice(
        True,
        "The answer holds impossible counts, so that nothing of it was taken. It is tried again "
        "by itself; if it stays, ask the vendor.",
    ),
    SUPERSEDED: Advice(False, "A newer answer for the day is in force; nothing is to be done."),
    MISSING: Advice(
        False, "No counts came by the noon after the day. Send them still, or decide the gap."
    ),
    NOT_ASKED: Advice(
        False, "The program did not run when the day could be asked for. Decide the gap."
    ),
    PAST_DAY: Advice(False, "The vendor shows the present only. Decide the gap."),
    DISABLED: Advice(False, "Enable the connection (`icb modules enable`) to sync it."),
}
_UNKNOWN = Advice(False, "Read the message; if it does not help, report it.")


def advice(code: str) -> str:
    """What a person can do about a sync that ended with this code."""
    return ADVICE.get(code, _UNKNOWN).text


def is_passing(code: str) -> bool:
    """Whether trying again may help without anybody doing anything."""
    return ADVICE.get(code, _UNKNOWN).is_passing
