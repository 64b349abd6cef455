"""How commands say which modules a bill relies on, and which of their days nobody has checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from icb.cli.output import counted, say

if TYPE_CHECKING:
    from datetime import date

    from icb.operations.unchecked import Checked


def checked_data(found: Sequence[Checked]) -> dict[str, Any]:
    """The modules as `checked` and, of those with a day that was not, the days as `unchecked`."""
    return {
        "checked": [
            {"module": row.module, "from": row.first, "to": row.last, "days": row.days}
            for row in found
            if not row.unchecked
        ],
        "unchecked": [
            {
                "module": row.module,
                "days": [{"from": first, "to": last} for first, last in row.unchecked],
            }
            for row in found
            if row.unchecked
        ],
    }


def say_checked(found: Sequence[Checked]) -> None:
    """A line for each module that was not wholly checked, and one for those that were."""
    for row in found:
        if row.unchecked:
            days = ", ".join(_in_words(first, last=last) for first, last in row.unchecked)
            say(f"NOT CHECKED: {row.module} has no whole answer for {days}; see `icb coverage`.")
    clean = [
        f"{row.module} ({counted(row.days, noun='day')}, {row.first} to {row.last})"
        for row in found
        if not row.unchecked
    ]
    if clean:
        say(f"Checked day by day: {', '.join(clean)}.")
    elif not found:
        say("No draft relies on a module's counts.")


def _in_words(first: date, *, last: date) -> str:
    return str(first) if first == last else f"{first} to {last}"
