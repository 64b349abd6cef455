"""Text that a spreadsheet would run as a formula is written so that it stays text.

Such a text gets an apostrophe in front, as a person would type it; reading takes it off again.
A text that already begins with apostrophes before such a sign gets one more, so nothing is lost.
"""

from __future__ import annotations

import re

_RUNS = re.compile(r"'*[=+\-@|%\t\r\n]")
_GUARDED = re.compile(r"'+[=+\-@|%\t\r\n]")


def guarded(text: str) -> str:
    """`text` as it is written into a cell."""
    return f"'{text}" if _RUNS.match(text) else text


def unguarded(text: str) -> str:
    """The text that a cell means."""
    return text[1:] if _GUARDED.match(text) else text
