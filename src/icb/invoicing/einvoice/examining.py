"""A document as an e-invoice: written, checked by schema, rules and ourselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from icb.invoicing.einvoice.cii import cii
from icb.invoicing.einvoice.from_data import terms_of
from icb.invoicing.einvoice.own_rules import own_problems
from icb.invoicing.einvoice.problems import NotElectronic, Problem
from icb.invoicing.einvoice.terms import ElectronicInvoice
from icb.invoicing.einvoice.ubl import ubl
from icb.invoicing.einvoice.validating import check_file
from icb.invoicing.einvoice.words import told

WRITER: Final = "icb-einvoice 1"
"""Name and version of what turns frozen data into files; another one may write other bytes."""

UBL: Final = "ubl"
FACTUR_X: Final = "factur-x"
_WRITERS: Mapping[str, Callable[[ElectronicInvoice], bytes]] = {UBL: ubl, FACTUR_X: cii}
FORMATS: Final = tuple(_WRITERS)


class Examined(NamedTuple):
    """What was written (empty where EN 16931 has no way to say it), what is wrong with it, and who
    said so."""

    xml: bytes
    problems: list[Problem]
    validators: str

    @property
    def is_valid(self) -> bool:
        """Whether it may leave the house as an e-invoice."""
        return bool(self.xml) and not any(problem.is_fatal for problem in self.problems)


def examine(data: Mapping[str, Any], *, format: str) -> Examined:
    """The XML of a document's frozen data in a format, and all that is wrong with it.

    Raises Refused with `no_validator` where the validators cannot be asked.
    """
    try:
        terms = terms_of(data)
    except NotElectronic as refused:
        return Examined(b"", refused.problems, WRITER)
    xml = _WRITERS[format](terms)
    verdict = check_file(xml, format=format)
    ours = own_problems(terms, is_for_peppol=format == UBL)
    return Examined(xml, _once([*ours, *told(verdict.failed)]), f"{WRITER}, {verdict.versions}")


def _once(problems: list[Problem]) -> list[Problem]:
    """One problem for each rule and its words: forty lines may break one rule alike."""
    found: dict[tuple[str, str], Problem] = {}
    for problem in problems:
        found.setdefault((problem.rule, problem.words), problem)
    return sorted(found.values(), key=lambda one: not one.is_fatal)
