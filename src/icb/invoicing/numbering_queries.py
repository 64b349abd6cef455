"""How numbers of documents look and which comes next, for people."""

from __future__ import annotations

from typing import NamedTuple

from icb.foundation.models import Provider
from icb.foundation.scope import provider_id
from icb.invoicing.models import DocumentKind, NumberSeries
from icb.invoicing.numbering import FIRST_NUMBERING, Numbering, document_number


class SeriesRow(NamedTuple):
    """A kind of document: how its numbers look, and the next one."""

    kind: str
    prefix: str
    digits: int
    next_number: int
    next_text: str
    is_in_use: bool


def number_series() -> list[SeriesRow]:
    """The series of each kind, those that were never used as they would begin."""
    stored = {row.kind: row for row in NumberSeries.objects.all()}
    return [_row(kind, stored.get(kind)) for kind in DocumentKind]


def is_issuing_locked() -> bool:
    """Whether a restore left it unknown which numbers were issued last."""
    return Provider.objects.filter(pk=provider_id(), issuing_locked=True).exists()


def _row(kind: DocumentKind, stored: NumberSeries | None) -> SeriesRow:
    first = FIRST_NUMBERING[kind]
    prefix = stored.prefix if stored else first.prefix
    digits = stored.digits if stored else first.digits
    number = stored.next_number if stored else 1
    text = document_number(Numbering(prefix, digits), sequence=number)
    return SeriesRow(kind.value, prefix, digits, number, text, number > 1)
