"""The module mapping of one organization: what is mapped to it, map another, end, suggestions."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from icb.foundation.access import page
from icb.foundation.actor import Permission, require
from icb.hub.queries import module_names
from icb.kernel.errors import InvalidInput
from icb.mapping.actions import map_organization, unmap_organization
from icb.mapping.organization_mapping_queries import (
    ChoiceRow,
    mapped_modules,
    module_organization_choices,
    module_organization_of,
    suggestions_for,
)
from icb.web.fields.attempts import attempt
from icb.web.fields.typeahead import SHOWN, Choice, Typeahead, answer_choices
from icb.web.organizations.page import organization_context


class MapForm(forms.Form):
    """Which module organization to map, and from which day on."""

    module_organization = forms.CharField(
        label=lazy("Module organization"),
        widget=Typeahead(
            src=lambda: reverse("module-organization-choices"), told=lambda value: value
        ),
    )
    from_day = forms.DateField(
        label=lazy("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=lazy("Empty: from the first day it was seen."),
    )


@page()
def organization_mapping_of(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """What is mapped to an organization; a POST maps another module organization to it."""
    context = organization_context(key, tab="organization-mapping-of")
    form = MapForm(request.POST or None)
    if request.method == "POST":
        require(Permission.MAP)
        tried = attempt(form, act=lambda: _map(key, form))
        if tried:
            messages.success(request, _("The module organization was mapped."))
            return redirect("organization-mapping-of", key=key)
        context["status"] = tried.status
    context |= {"form": form, "mapped": mapped_modules(key), "module_names": module_names()}
    status = context.get("status", 200)
    return render(request, "organizations/mapping.html", context, status=status)


@page()
def organization_suggestions(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """What is unmapped and probably this organization's; part of the page, or a page of its own."""
    context = organization_context(key, tab="organization-mapping-of")
    context["suggestions"] = [] if context["is_unmappable"] else suggestions_for(context["row"])
    context["module_names"] = module_names()
    context["is_part"] = bool(request.headers.get("HX-Request"))
    return render(request, "organizations/suggestions.html", context)


@require_POST
@page(Permission.MAP)
def map_suggested(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Save one suggestion."""
    module, id_ = request.POST.get("module", ""), request.POST.get("id", "")
    map_organization(module, id=id_, organization=key)
    messages.success(request, _("The module organization was mapped."))
    return redirect("organization-mapping-of", key=key)


@require_POST
@page(Permission.MAP)
def unmap(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """End a mapping from a day on."""
    organization_context(key, tab="organization-mapping-of")
    form = _EndForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(
            field="from_day",
            message=_("from: give the first day without the mapping. Nothing was changed."),
        )
    known = form.cleaned_data
    unmap_organization(
        known["module"], id=known["id"], from_day=known["from_day"], reason=known["reason"]
    )
    messages.success(request, _("The mapping ends the day before."))
    return redirect("organization-mapping-of", key=key)


@page()
def module_organization_choice_list(request: HttpRequest) -> JsonResponse:
    """Module organizations that fit what is typed, with whose they are now."""
    rows = module_organization_choices(request.GET.get("q", "")[:200], limit=SHOWN)
    names = module_names()
    return answer_choices(
        Choice(str(row.pk), f"{row.name} ({names[row.module]})", _whose(row)) for row in rows
    )


class _EndForm(forms.Form):
    module = forms.CharField()
    id = forms.CharField()
    from_day = forms.DateField()
    reason = forms.CharField(required=False, max_length=500)


def _map(key: str, form: MapForm) -> None:
    module, id_ = module_organization_of(form.cleaned_data["module_organization"])
    map_organization(module, id=id_, organization=key, from_day=form.cleaned_data["from_day"])


def _whose(row: ChoiceRow) -> str:
    if row.is_ignored:
        return _("%(id)s · ignored") % {"id": row.id}
    if row.organization:
        return _("%(id)s · mapped to %(other)s") % {"id": row.id, "other": row.organization}
    return _("%(id)s · unmapped") % {"id": row.id}
