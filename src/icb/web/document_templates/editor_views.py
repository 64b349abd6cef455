"""The editor of a template, with the pages as they would be drawn beside the form.

What is typed but not saved is kept in the session, so that the pictures of its pages have plain
addresses; nothing else is stored before it is saved.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.foundation.canonical import canonical_json, digest
from icb.foundation.providers import current_provider
from icb.invoicing.design import Design, design_of, settings_of
from icb.invoicing.page_queries import design_pages
from icb.invoicing.template_actions import change_template
from icb.invoicing.template_queries import last_numbers, template_named
from icb.kernel.errors import IcbError
from icb.kernel.languages import LANGUAGES
from icb.web.document_templates.forms import CopyForm, DesignForm, values_of
from icb.web.errors import add_error
from icb.web.fields.attempts import attempt

_KEPT = "document_template_preview"
_SHOWN_PAGES = 4
_OFFERED_DOCUMENTS = 10


@page()
def document_template(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """A template: to edit where it is one's own, else to look at and copy."""
    row = template_named(key)
    if row.is_system:
        context = {"row": row, "form": CopyForm(), **_shown(request, row.design, key=key)}
        return render(request, "document_templates/shipped.html", context)
    initial = values_of(row.design, name=row.name, version=row.version)
    form = DesignForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        tried = attempt(form, act=lambda: _change(key, form))
        if tried:
            messages.success(request, _("Stored. Documents issued from now on look so."))
            return redirect("document-template", key=key)
        status = tried.status
    context = {"row": row, "form": form, **_shown(request, row.design, key=key)}
    return render(request, "document_templates/editor.html", context, status=status)


@require_POST
@page(Permission.MANAGE_PROVIDER)
def preview(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """The pages as what is typed would draw them; nothing is saved."""
    row = template_named(key)
    form = DesignForm(request.POST)
    if not form.is_valid():
        return _problem(request, form)
    try:
        design = design_of(settings_of(row.design) | form.settings())
        context = _shown(request, design, key=key) | {"seal": _keep(request, design)}
    except IcbError as error:
        add_error(form, error=error)
        return _problem(request, form)
    return render(request, "document_templates/pages.html", context)


@page()
def template_page(request: HttpRequest, *, key: str, page: int) -> HttpResponseBase:
    """One page of the preview as a picture: of what is typed, else of the template as it stands."""
    row = template_named(key)
    typed = request.session.get(_KEPT, {})
    is_typed = typed.get("seal") == request.GET.get("of", "none")
    design = design_of(typed["settings"]) if is_typed else row.design
    drawn = _drawn(request, design)
    if not 1 <= page <= len(drawn):
        raise Http404
    return HttpResponse(drawn[page - 1], content_type="image/png")


def _change(key: str, form: DesignForm) -> None:
    said = form.cleaned_data
    change_template(key, name=said["name"], settings=form.settings(), seen=said["seen"])


def _keep(request: HttpRequest, design: Design) -> str:
    """Keep what is typed for the pictures' own requests; a short text that names it."""
    settings = settings_of(design)
    seal = digest(canonical_json(settings))[:16]
    request.session[_KEPT] = {"seal": seal, "settings": settings}
    return seal


def _shown(request: HttpRequest, design: Design, *, key: str) -> dict[str, Any]:
    """What the preview shows of a design."""
    pages = _drawn(request, design)
    return {
        "key": key,
        "seal": "",
        "pages": range(1, min(len(pages), _SHOWN_PAGES) + 1),
        "rest": max(len(pages) - _SHOWN_PAGES, 0),
        "languages": list(LANGUAGES.items()),
        "language": _language(request),
        "numbers": last_numbers(most=_OFFERED_DOCUMENTS),
        "number": _asked(request, "with"),
    }


def _drawn(request: HttpRequest, design: Design) -> list[bytes]:
    return design_pages(design, language=_language(request), number=_asked(request, "with"))


def _language(request: HttpRequest) -> str:
    asked = _asked(request, "in")
    return asked if asked in LANGUAGES else current_provider().language


def _asked(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "") or request.GET.get(name, "")


def _problem(request: HttpRequest, form: DesignForm) -> HttpResponse:
    context = {"form": form}
    return render(request, "document_templates/problem.html", context, status=422)
