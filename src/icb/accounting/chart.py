"""Which account something is booked on (pure): the first rule that fits, from narrow to wide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

SERVICE, MODULE, REVENUE = "service", "module", "revenue"
TAX_CODE, TAX, RECEIVABLE = "tax_code", "tax", "receivable"

Rule = tuple[str, str]
"""The kind of a rule, and its subject."""


class Standard(NamedTuple):
    """An account that a provider starts with, and the rule that leads to it, if any."""

    code: str
    name: str
    kind: str
    rule: str = ""


STANDARD = (
    Standard("1000", "Bank", "bank"),
    Standard("1200", "Accounts Receivable", "receivable", RECEIVABLE),
    Standard("2200", "Sales Tax Payable", "tax", TAX),
    Standard("4000", "Services", "revenue", REVENUE),
    Standard("7900", "Rounding", "rounding"),
)
"""What is there before anybody set up a chart: enough to book every document."""

KIND_OF = {
    SERVICE: "revenue",
    MODULE: "revenue",
    REVENUE: "revenue",
    TAX_CODE: "tax",
    TAX: "tax",
    RECEIVABLE: "receivable",
}
"""The kind of account that each kind of rule leads to."""
WITHOUT_SUBJECT = frozenset({REVENUE, TAX, RECEIVABLE})


class Accounts(NamedTuple):
    """The accounts of a provider, by rule. The values are accounts' ids."""

    rules: Mapping[Rule, int]

    def revenue(self, *, service: str, module: str) -> int:
        """Of a line: the service's account, else the module's, else the one of all others."""
        return self._first((SERVICE, service), (MODULE, module), (REVENUE, ""))

    def tax(self, code: str) -> int:
        """Of the tax of one code: its own account, else the one of all others."""
        return self._first((TAX_CODE, code), (TAX, ""))

    def receivable(self) -> int:
        """What clients owe."""
        return self.rules[RECEIVABLE, ""]

    def _first(self, *wanted: Rule) -> int:
        return next(
            self.rules[kind, subject]
            for kind, subject in wanted
            if (kind, subject) in self.rules and (subject or kind in WITHOUT_SUBJECT)
        )
