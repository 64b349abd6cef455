"""How much a proof tries: its gate size in the test command, more where a night is given.

`./icb test --night` asks for the night sizes. A variable of its own sets one size by hand, and
outranks both.
"""

from __future__ import annotations

import os

NIGHT = "ICB_TEST_NIGHT"
NIGHT_SECONDS = 8 * 3600
"""How long one test may take at night."""

_TIMES_AT_NIGHT = 20


def is_night() -> bool:
    """Whether the proofs are to try as much as a night allows."""
    return os.environ.get(NIGHT) == "1"


def tries(variable: str, *, gate: int, night: int) -> int:
    """How often a proof tries; the environment variable of that name sets it by hand."""
    given = os.environ.get(variable, "")
    return int(given) if given else night if is_night() else gate


def examples(gate: int) -> int:
    """How many examples a property is tried on, from their number in the test command."""
    return gate * _TIMES_AT_NIGHT if is_night() else gate
