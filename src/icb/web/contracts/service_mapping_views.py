"""Service Mapping of a contract: which services the counts of each module drive."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from icb.contracts.queries import ContractRow, contract_service_names
from icb.foundation.access import page
from icb.foundation.actor import Permission, require
from icb.foundation.providers import local_today
from icb.kernel.period import Anchor, PeriodLength, period_containing
from icb.mapping.actions import add_mapped_service, save_section
from icb.mapping.inputs import AddedService, SectionChange, WantedType
from icb.mapping.section_queries import Section, SectionRow, mapping_reach, mapping_sections
from icb.web.contracts.effects import effect_on
from icb.web.contracts.forms import day_field, number_field
from icb.web.contracts.labels import UNIT_CHANGES
from icb.web.contracts.page import contract_context
from icb.web.fields.attempts import Attempt, attempt, take_up


class SectionForm(forms.Form):
    """From which day on the choices of a section count. The choices themselves are read by row."""

    from_day = day_field(label=lazy("Changes count from"), required=False)
    reason = forms.CharField(label=lazy("Reason"), required=False, max_length=500)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)


class AddForm(forms.Form):
    """A service for a billing type that has none on the contract yet."""

    name = forms.CharField(label=lazy("Name"), max_length=200)
    key = forms.CharField(label=lazy("Key"), max_length=120)
    price = number_field(label=lazy("Price"))
    unit_changes = forms.ChoiceField(
        label=lazy("Unit changes"),
        required=False,
        choices=(("", lazy("As usual")), *UNIT_CHANGES),
    )
    from_day = day_field(
        label=lazy("From"), required=False, help_text=lazy("Empty: from the contract's start.")
    )


@page()
def contract_service_mapping(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """A section for each mapped module; a POST saves one of them."""
    context = contract_context(key, tab="contract-service-mapping")
    status = 200
    if request.method == "POST":
        require(Permission.MAP)
        answer = _save(request, context)
        if isinstance(answer, HttpResponse):
            return answer
        status = answer
    return render(request, "contracts/mapping.html", _shown(context), status=status)


@page(Permission.MANAGE_CONTRACTS)
def add_for_type(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Add a service named Module - Billing Type, and let the billing type drive it."""
    require(Permission.MAP)
    context = contract_context(key, tab="contract-service-mapping")
    module, kind = request.GET.get("module", ""), request.GET.get("type", "")
    name = f"{module} - {kind}"
    for section in mapping_sections(context["row"]):
        for row in section.rows:
            if (section.module, row.billing_type) == (module, kind):
                name = f"{section.name} - {row.name}"
    form = AddForm(request.POST or None, initial={"name": name, "key": f"{module}-{kind}"})
    status = 200
    if request.method == "POST":
        tried = attempt(form, act=lambda: _add(key, module, kind, form))
        if tried:
            messages.success(request, _("The service was added and mapped."))
            return redirect("contract-service-mapping", key=key)
        status = tried.status
    context |= {"form": form, "name": name}
    return render(request, "contracts/add_mapped.html", context, status=status)


def _add(key: str, module: str, kind: str, form: forms.Form) -> None:
    add_mapped_service(key, new=AddedService(module, kind, **form.cleaned_data))


def _save(request: HttpRequest, context: dict[str, Any]) -> HttpResponse | int:
    """Save one section; the answer where it was saved, else the status of the page."""
    row, form, wanted = context["row"], SectionForm(request.POST), _wanted(request)
    first = _first_of_period(row)
    typed = {one.billing_type: one for one in wanted}
    context |= {"posted": request.POST.get("module", ""), "form": form, "typed": typed}
    saved: list[int] = []

    def change() -> None:
        known = form.cleaned_data
        from_day = first if "later" in request.POST else known["from_day"]
        wish = SectionChange(wanted, from_day, known["reason"], known["seen"])
        saved.append(save_section(row.key, module=context["posted"], change=wish))

    def look() -> None:
        context["effect"] = effect_on(row.key, change=change)

    if not {"confirmed", "later"} & set(request.POST):
        tried = attempt(form, act=look)
        if not tried:
            return _refused(context, tried)
        if context["effect"].reaches_before(first):
            context["first"] = first
            return 200
        del context["effect"]
    tried = attempt(form, act=change)
    if not tried:
        return _refused(context, tried)
    many = saved[-1]
    told = ngettext("%(n)s billing type was changed.", "%(n)s billing types were changed.", many)
    messages.success(request, told % {"n": many})
    return redirect("contract-service-mapping", key=row.key)


def _refused(context: dict[str, Any], tried: Attempt) -> int:
    context["is_overtaken"] = tried.is_overtaken
    return tried.status


def _wanted(request: HttpRequest) -> list[WantedType]:
    """What was chosen for each billing type of the section, by its place in the form."""
    wanted = []
    for number, kind in enumerate(request.POST.getlist("type")):
        choice = request.POST.get(f"service-{number}", "")
        is_ignored = f"ignore-{number}" in request.POST
        word = request.POST.get(f"unit_changes-{number}", "")
        wanted.append(
            WantedType(
                kind,
                service="" if is_ignored else choice,
                ignore=is_ignored,
                unit_changes=word,
            )
        )
    return wanted


def _shown(context: dict[str, Any]) -> dict[str, Any]:
    row = context["row"]
    sections = mapping_sections(row)
    context |= {
        "reach": mapping_reach(row) if not sections else None,
        "services": contract_service_names(row.key),
        "unit_changes": UNIT_CHANGES,
        "sections": [_with_typed(section, context) for section in sections],
    }
    return context


class ShownSection(NamedTuple):
    """A section with what was typed in it: rows as (row, service, is ignored, unit changes)."""

    section: Section
    rows: list[tuple[SectionRow, str, bool, str]]
    form: SectionForm
    is_posted: bool


def _with_typed(section: Section, context: dict[str, Any]) -> ShownSection:
    is_posted = context.get("posted") == section.module
    typed: dict[str, WantedType] = context["typed"] if is_posted else {}
    rows = []
    for row in section.rows:
        one = typed.get(row.billing_type)
        if one is None:
            rows.append((row, row.service, row.is_ignored, row.unit_changes))
        else:
            rows.append((row, one.service, one.ignore, one.unit_changes))
    if is_posted:
        form = context["form"]
        if context.get("is_overtaken"):
            take_up(form, seen=section.version)
    else:
        form = SectionForm(initial={"seen": section.version})
    return ShownSection(section, rows, form, is_posted)


def _first_of_period(row: ContractRow) -> date:
    """The first day that the contract has in the period of today."""
    period = period_containing(
        max(local_today(), row.starts_on),
        starts_on=row.starts_on,
        length=PeriodLength(row.period),
        anchor=Anchor(row.anchor),
    )
    return max(period.start, row.starts_on)
