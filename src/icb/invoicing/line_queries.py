"""The line that proves itself: its words, its days and counts, and all that stands behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from icb.billing.source_queries import DayCount, ItemSources, item_evidence
from icb.invoicing.document_data import Data
from icb.invoicing.document_queries import changes_between, frozen_line, last_invoice
from icb.invoicing.line_changes import LineChange, line_working
from icb.invoicing.models import Document
from icb.invoicing.queries import document_named, explained, frozen_data
from icb.kernel.quantity import Micro


class LineDay(NamedTuple):
    """A day that a line charges, or looked at: the units it was worked out with, whether these
    were estimated, and what each source says of the day now."""

    day: date
    units: Micro
    is_estimated: bool
    counts: tuple[DayCount, ...]


class LineFacts(NamedTuple):
    """All about one line. `original` is the credited invoice's number and line, for a credit; the
    days and sources are then those of that line."""

    document: str
    kind: str
    currency: str
    position: int
    line: Data
    organization_name: str
    last_position: int
    explanation: list[str]
    days: list[LineDay]
    evidence: ItemSources
    change: LineChange | None
    last: str
    original: tuple[str, int] | None


def line_facts(number: str, *, line: int) -> LineFacts:
    """All about one line. Raises NotFound for an unknown number or line."""
    issued = document_named(number)
    frozen, data = frozen_line(issued, position=line), frozen_data(issued)
    source, original = _credited(issued, frozen)
    evidence = item_evidence(source["item"])
    last = last_invoice(issued)
    changes = changes_between(issued, last=last) if last else []
    return LineFacts(
        issued.number,
        issued.kind,
        issued.currency,
        line,
        frozen,
        frozen["organization_name"] or data["organization"]["name"],
        len(data["lines"]),
        list(explained(issued, frozen=frozen, with_sources=False)),
        list(_days(source, evidence)),
        evidence,
        next((one for one in changes if one.position == line), None),
        last.number if last else "",
        original,
    )


def _credited(issued: Document, frozen: Data) -> tuple[Data, tuple[str, int] | None]:
    """The line that was billed: itself, or for a credit the invoice's; and where that stands."""
    if "credited_line" not in frozen:
        return frozen, None
    invoice = document_named(frozen_data(issued)["credited"])
    place = frozen["credited_line"]
    return frozen_line(invoice, position=place), (invoice.number, place)


def _days(line: Data, evidence: ItemSources) -> Iterator[LineDay]:
    for day, units, is_estimated in _billed_days(line_working(line)):
        yield LineDay(day, units, is_estimated, tuple(evidence.days.get(day, ())))


def _billed_days(working: dict[str, Any]) -> Iterator[tuple[date, Micro, bool]]:
    """The days of a working: of its runs, of a dated change, or of the vendor's own values."""
    if "runs" in working:
        for start, end, units, estimated in working["runs"]:
            for day in _each(start, end):
                yield day, units, bool(estimated)
    elif "values" in working:
        for day, value in working["values"]:
            yield date.fromisoformat(day), value, False
    elif "on" in working:
        last = date.fromisoformat(working.get("last_day", working["on"]))
        for day in _each(working["on"], (last + timedelta(days=1)).isoformat()):
            yield day, working["units"], False


def _each(start: str, end: str) -> Iterator[date]:
    day = date.fromisoformat(start)
    while day < date.fromisoformat(end):
        yield day
        day += timedelta(days=1)
