"""A document as an e-invoice: what the validators said, its files, what its organization gets."""

from __future__ import annotations

from typing import NamedTuple

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.invoicing.actions import check_electronic, electronic_file, set_electronic_format
from icb.invoicing.document_queries import document_facts
from icb.invoicing.einvoice_queries import (
    ElectronicState,
    electronic_format,
    electronic_states,
)
from icb.web.invoices.document_views import canonical, document_context

_TYPES = {"ubl": "application/xml", "factur-x": "application/pdf"}


class ShownProblem(NamedTuple):
    """A rule that failed, with the page on which a person can do something about it."""

    rule: str
    is_fatal: bool
    words: str
    address: str
    label: str


class ShownFormat(NamedTuple):
    """A format with what is known of it."""

    state: ElectronicState
    label: str
    about: str
    problems: list[ShownProblem]


@page()
def electronic(request: HttpRequest, *, number: str) -> HttpResponseBase:
    """Each format with its newest check, and which one the organization gets."""
    facts = document_facts(canonical(number))
    organization = facts.row.organization
    shown = [_shown(state, organization) for state in electronic_states(facts.row.number)]
    context = document_context(facts, here="invoice-electronic") | {
        "formats": shown,
        "is_checked": all(one.state.is_valid is not None for one in shown),
        "wanted": electronic_format(organization),
        "choices": [("", _("PDF")), *((one.state.format, one.label) for one in shown)],
    }
    return render(request, "invoices/electronic.html", context)


@require_POST
@page()
def check(request: HttpRequest, *, number: str) -> HttpResponseBase:
    """Ask the validators again."""
    known = canonical(number)
    states = check_electronic(known)
    valid = [_label(state.format) for state in states if state.is_valid]
    if valid:
        messages.success(request, _("Valid as %(formats)s.") % {"formats": ", ".join(valid)})
    else:
        messages.warning(request, _("Not valid as an e-invoice yet. See below what is missing."))
    return redirect("invoice-electronic", number=known)


@page()
def electronic_download(request: HttpRequest, *, number: str, format: str) -> HttpResponseBase:
    """The file of a valid e-invoice; its first reader has it made."""
    if format not in _TYPES:
        raise Http404
    file = electronic_file(canonical(number), format=format)
    return FileResponse(
        file.open("rb"), as_attachment=True, filename=file.name, content_type=_TYPES[format]
    )


@require_POST
@page(Permission.MANAGE_ORGANIZATIONS)
def choose_format(request: HttpRequest, *, number: str) -> HttpResponseBase:
    """Say what the document's organization gets from now on."""
    facts = document_facts(canonical(number))
    set_electronic_format(facts.row.organization, format=request.POST.get("format", ""))
    words = {"organization": facts.row.organization_name}
    messages.success(request, _("%(organization)s gets its next documents so.") % words)
    return redirect("invoice-electronic", number=facts.row.number)


def _shown(state: ElectronicState, organization: str) -> ShownFormat:
    abouts = {
        "ubl": _("A file of data for Peppol and for programs of the client (UBL 2.1, BIS 3)."),
        "factur-x": _("The PDF with the same data inside (PDF/A-3, profile EN 16931)."),
    }
    pages = {
        "provider": (reverse("settings-profile"), _("Settings")),
        "taxes": (reverse("settings-taxes"), _("Taxes")),
        "service": (reverse("services"), _("Services")),
        "organization": (
            reverse("organization-edit", kwargs={"key": organization}),
            _("Organization"),
        ),
    }
    problems = [
        ShownProblem(
            problem.rule, problem.is_fatal, problem.words, *pages.get(problem.place, ("", ""))
        )
        for problem in state.problems
    ]
    return ShownFormat(state, _label(state.format), abouts[state.format], problems)


def _label(format: str) -> str:
    return {"ubl": "UBL", "factur-x": "Factur-X"}[format]
