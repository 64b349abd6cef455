"""The list of contracts, and the tabs of one that only show: summary, notes, preview."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from icb.billing.contract_queries import expected, next_billing, next_items, waiting_drafts
from icb.contracts.note_queries import typed_units
from icb.contracts.queries import (
    ContractRow,
    contract_page,
    contract_service_names,
    contract_services,
    note_page,
)
from icb.foundation.access import page
from icb.foundation.listing import Wanted
from icb.foundation.providers import local_today
from icb.invoicing.queries import last_document_of
from icb.kernel.period import Anchor, PeriodLength, period_containing
from icb.mapping.contract_service_queries import unit_change_page
from icb.web.billing.listing import KINDS
from icb.web.contracts.listing import CONTRACTS
from icb.web.contracts.page import contract_context
from icb.web.fields.typeahead import SHOWN, Choice, answer_choices
from icb.web.lists.answer import answer_list
from icb.web.lists.columns import Column, Empty, Listing, Look
from icb.web.usage.explorer import reason_words


@page()
def contracts(request: HttpRequest) -> HttpResponseBase:
    """All contracts."""
    return answer_list(request, CONTRACTS)


@page()
def contract_choices(request: HttpRequest) -> JsonResponse:
    """Contracts that fit what is typed."""
    wanted = Wanted(search=request.GET.get("q", "")[:200], size=SHOWN)
    rows = contract_page(wanted).rows
    return answer_choices(Choice(row.key, row.key, row.organization_name) for row in rows)


@page()
def contract(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """What was agreed, and where it stands in money."""
    context = contract_context(key, tab="contract")
    row, today = context["row"], local_today()
    context |= {
        "drafts": waiting_drafts(row),
        "next_on": next_billing(row, today=today),
        "last": last_document_of(key),
        "services": contract_services(as_of=today, contract=key),
    }
    return render(request, "contracts/summary.html", context)


NOTES = Listing(
    key="contract-notes",
    title=_("Notes"),
    rows=partial(note_page, contract=""),
    search=_("Search notes"),
    columns=(
        Column(key="at", label=_("When"), value=lambda row: row.at, look=Look.MOMENT),
        Column(key="text", label=_("What changed"), value=lambda row: row.text, is_sorted=False),
        Column(key="actor", label=_("Who"), value=lambda row: row.actor),
    ),
    empty=Empty(
        title=_("No notes yet"),
        text=_("Each change of units or of a price writes a note here, with who made it and when."),
    ),
    template="contracts/listing.html",
)


@page()
def contract_notes(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Each change of units or price, newest first."""
    context = contract_context(key, tab="contract-notes")
    return answer_list(request, replace(NOTES, rows=partial(note_page, contract=key)), **context)


@page()
def contract_expected(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """What the present period will come to: a part of the summary, or a page of its own."""
    context = contract_context(key, tab="contract")
    context["is_part"] = bool(request.headers.get("HX-Request"))
    if context["standing"] != "ended":
        context["expected"] = expected(context["row"], day=local_today())
    return render(request, "contracts/expected.html", context)


@page()
def contract_preview(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """The day as of which the next invoice is shown; the items themselves are a part of it."""
    context = contract_context(key, tab="contract-preview")
    context["through"] = _through(request, context["row"])
    return render(request, "contracts/preview.html", context)


@page()
def contract_preview_items(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """What the next invoice would hold as of a day, each amount with its arithmetic."""
    context = contract_context(key, tab="contract-preview")
    through = _through(request, context["row"])
    items = next_items(context["row"], through=through)
    context |= {
        "is_part": bool(request.headers.get("HX-Request")),
        "through": through,
        "is_later": through > local_today(),
        "items": [(item, _kind_words(item.kind), _held_words(item.held)) for item in items],
        "total": sum(item.amount for item in items),
    }
    return render(request, "contracts/preview_items.html", context)


def _kind_words(kind: str) -> str:
    return str(dict(KINDS)[kind])


def _held_words(held: str) -> str:
    return ", ".join(reason_words(reason) for reason in held.split(",")) if held else ""


def _through(request: HttpRequest, row: ContractRow) -> date:
    """The day asked for, at most two years ahead; without one, the end of the present period."""
    today = local_today()
    period = period_containing(
        max(today, row.starts_on),
        starts_on=row.starts_on,
        length=PeriodLength(row.period),
        anchor=Anchor(row.anchor),
    )
    through = _day(request.GET.get("through", ""), usual=period.end)
    return min(through, date(max(today, row.starts_on).year + 2, 12, 31))


def _day(text: str, *, usual: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return usual


UNIT_CHANGES = Listing(
    key="contract-unit-changes",
    title=_("Unit changes"),
    rows=partial(unit_change_page, contract=""),
    search=_("Search service"),
    columns=(
        Column(key="day", label=_("Day"), value=lambda row: row.note.day, look=Look.DAY),
        Column(
            key="service",
            label=_("Service"),
            value=lambda row: row.note.name,
            note=lambda row: row.note.service,
        ),
        Column(
            key="before", label=_("Before"), value=lambda row: row.note.before, look=Look.NUMBER
        ),
        Column(key="after", label=_("After"), value=lambda row: row.note.after, look=Look.NUMBER),
        Column(
            key="change",
            label=_("Change"),
            value=lambda row: (row.note.after or 0) - (row.note.before or 0),
            look=Look.NUMBER,
            is_sorted=False,
            is_filtered=False,
        ),
        Column(
            key="cause",
            label=_("Cause"),
            value=lambda row: ", ".join(row.causes) or str(_("counts")),
            is_sorted=False,
            is_filtered=False,
        ),
        Column(key="actor", label=_("Followed by"), value=lambda row: row.note.actor),
    ),
    empty=Empty(
        title=_("No count has changed units yet"),
        text=_("When a module counts more or fewer, the change of the day is told here."),
    ),
    template="contracts/unit_changes.html",
)


@page()
def contract_unit_changes(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """The history of units per service: by counts, and what was typed."""
    context = contract_context(key, tab="contract-unit-changes")
    listing = replace(UNIT_CHANGES, rows=partial(unit_change_page, contract=key))
    names = {one: name for one, _catalogued, name in contract_service_names(key)}
    context |= {"typed": typed_units(key), "service_names": names}
    return answer_list(request, listing, **context)
