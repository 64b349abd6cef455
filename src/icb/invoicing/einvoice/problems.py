"""What keeps a document from being an e-invoice, in words for the person who can change it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from icb.kernel.errors import Refused

FATAL = "fatal"
WARNING = "warning"


class Problem(NamedTuple):
    """A rule that failed.

    `rule` is its id, `severity` FATAL or WARNING; `words` say what it means and what to fill in
    where. `place` is the page that holds the field (`provider`, `organization`, `service`, `taxes`,
    or blank where none does), `said` what the validator said itself, `at` where in the file.
    """

    rule: str
    severity: str
    words: str
    place: str = ""
    said: str = ""
    at: str = ""

    @property
    def is_fatal(self) -> bool:
        """Whether the document is no e-invoice because of it."""
        return self.severity == FATAL


class NotElectronic(Refused):
    """EN 16931 has no way to say this document: `problems` tell why, all of them."""

    def __init__(self, number: str, problems: Sequence[Problem]) -> None:
        super().__init__(
            "not_electronic",
            f"{number} cannot be an e-invoice. {' '.join(one.words for one in problems)} "
            "The document itself is issued and safe; its PDF can be sent.",
            number=number,
        )
        self.problems = list(problems)
