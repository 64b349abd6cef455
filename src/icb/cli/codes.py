"""The exit codes: what a script may rely on (docs/reference/exit-codes.md)."""

from __future__ import annotations

from enum import IntEnum

from icb.kernel.errors import (
    Broken,
    IcbError,
    InvalidInput,
    NotFound,
    NotPermitted,
    Refused,
)


class ExitCode(IntEnum):
    """What a command's exit code means."""

    DONE = 0
    FINDING = 1
    BAD_INPUT = 2
    REFUSED = 3
    NOT_POSSIBLE = 4
    INTERNAL = 70
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.DONE: "Done. Also where there was nothing to do.",
    ExitCode.FINDING: "The command ran and found something wrong: broken books, a scenario that "
    "came out otherwise than expected.",
    ExitCode.BAD_INPUT: "Bad input or usage: an unknown option, a malformed file, a value that is "
    "not allowed. Nothing was stored.",
    ExitCode.REFUSED: "A rule says no, such as voiding a credited invoice. Nothing was stored.",
    ExitCode.NOT_POSSIBLE: "What was named does not exist, or the user may not do this. Nothing "
    "was stored.",
    ExitCode.INTERNAL: "An error in the program itself. Please report it with what is printed.",
    ExitCode.INTERRUPTED: "Stopped from the keyboard. What was committed stays; run it again.",
}

_BY_KIND: tuple[tuple[type[IcbError], ExitCode], ...] = (
    (InvalidInput, ExitCode.BAD_INPUT),
    (Refused, ExitCode.REFUSED),
    (NotFound, ExitCode.NOT_POSSIBLE),
    (NotPermitted, ExitCode.NOT_POSSIBLE),
    (Broken, ExitCode.FINDING),
)


def exit_code_of(error: IcbError) -> ExitCode:
    """The exit code that tells a script of this error."""
    for kind, code in _BY_KIND:
        if isinstance(error, kind):
            return code
    return ExitCode.BAD_INPUT
