"""The line that proves itself: words, days and counts, where they came from, what is different."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from icb.foundation.access import page
from icb.invoicing.line_changes import Measure
from icb.invoicing.line_queries import LineDay, LineFacts, line_facts
from icb.kernel.quantity import Micro, micro_to_decimal
from icb.web.invoices.document_views import heading_of, refuse_words, told
from icb.web.invoices.words import item_kind_word
from icb.web.shell import formats
from icb.web.usage.chart import Point, step_chart

_MOST_FOR_A_CHART = 1


class ToldDay(NamedTuple):
    """A day of the table. `now` is what the sources count for it now, None where none does;
    `differs` says that it is not what was billed."""

    day: LineDay
    now: Micro | None
    differs: bool


@page()
def invoice_line(request: HttpRequest, *, number: str, line: int) -> HttpResponseBase:
    """All about one line of a document."""
    refuse_words(number)
    facts = line_facts(number, line=line)
    if facts.document != number:
        return redirect("invoice-line", number=facts.document, line=line)
    return render(request, "invoices/line.html", _context(facts))


def _context(facts: LineFacts) -> dict[str, Any]:
    days = [_told(day) for day in facts.days]
    change = facts.change
    return {
        "facts": facts,
        "line": facts.line,
        "document": heading_of(facts.kind, number=facts.document),
        "unit_price": Decimal(facts.line["unit_price"]) if facts.line.get("unit_price") else None,
        "kind": item_kind_word(facts.line["kind"]),
        "days": days,
        "has_difference": any(day.differs for day in days),
        "chart": _chart(facts.days),
        "told": told(change) if change else None,
        "measures": _measures(change.now, change.last, currency=facts.currency)
        if change and change.now
        else [],
        "previous": facts.position - 1 if facts.position > 1 else None,
        "next": facts.position + 1 if facts.position < facts.last_position else None,
    }


def _told(day: LineDay) -> ToldDay:
    counted = [one.units for one in day.counts]
    # Several sources are merged by their type's own rule; only one can be compared as it stands.
    now = counted[0] if len(counted) == 1 else None
    return ToldDay(day, now, now is not None and now != day.units)


def _chart(days: Sequence[LineDay]) -> str:
    if len(days) <= _MOST_FOR_A_CHART:
        return ""
    points = [
        Point(day.day, day.units, "carried" if day.is_estimated else "counted") for day in days
    ]
    return step_chart(points, title=_("Units by day"), name="line")


class ShownMeasure(NamedTuple):
    """One factor of a line, now and on the last invoice."""

    label: str
    now: str
    last: str


def _measures(now: Measure | None, last: Measure | None, *, currency: str) -> list[ShownMeasure]:
    if now is None or last is None:
        return []
    return [
        ShownMeasure(_("Units"), formats.micro(now.units), formats.micro(last.units)),
        ShownMeasure(_("Unit price"), _price(now.price, currency), _price(last.price, currency)),
        ShownMeasure(_("Days charged"), str(now.days), str(last.days)),
        ShownMeasure(_("Days in the period"), str(now.days_in_period), str(last.days_in_period)),
    ]


def _price(value: Micro | None, currency: str) -> str:
    return formats.price(None if value is None else micro_to_decimal(value), currency=currency)
