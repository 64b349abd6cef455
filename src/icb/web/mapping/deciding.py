"""One decision about picked module organizations: map, ignore, end, create, take a suggestion."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from icb.billing.rebilled_queries import rebilled
from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.foundation.providers import local_today
from icb.hub.queries import connection_named
from icb.kernel.errors import IcbError, InvalidInput
from icb.mapping.actions import change_organization_mappings, map_to_new_organizations
from icb.mapping.inputs import MappingChange
from icb.mapping.module_organization_queries import (
    ModuleOrganizationLine,
    lines_of,
    suggestions_for,
)
from icb.organizations.inputs import NewOrganization
from icb.web.errors import add_error, status_of
from icb.web.mapping.saving import effect_in_words
from icb.web.mapping.tabs import tabs
from icb.web.shell.going_back import back_address

_MOST_ROWS = 500
_TODAY, _FIRST, _DAY = "today", "first", "day"
_CHOICES = (
    (_TODAY, gettext_lazy("Today")),
    (_FIRST, gettext_lazy("The first day it was seen")),
    (_DAY, gettext_lazy("Another day")),
)


class What(NamedTuple):
    """Something that can be decided: what the page is called and what its button says."""

    title: Any
    button: Any
    about: Any


WHATS = {
    "map": What(
        gettext_lazy("Map to an organization"),
        gettext_lazy("Map"),
        gettext_lazy("The organization gets the bill for what is counted there."),
    ),
    "ignore": What(
        gettext_lazy("Ignore"),
        gettext_lazy("Ignore"),
        gettext_lazy("Nobody is billed for what is counted there, on purpose."),
    ),
    "end": What(
        gettext_lazy("End the mapping"),
        gettext_lazy("End"),
        gettext_lazy("From that day on nobody has it: it counts as unmapped again."),
    ),
    "create": What(
        gettext_lazy("Create the organization"),
        gettext_lazy("Create and map"),
        gettext_lazy("A new client for each, mapped at once. Either all are stored, or none."),
    ),
    "suggested": What(
        gettext_lazy("Map as suggested"),
        gettext_lazy("Map as suggested"),
        gettext_lazy("Each goes to the best suggestion; those without one stay as they are."),
    ),
}


class DecisionForm(forms.Form):
    """To whom, from which day on, and why."""

    organization = forms.CharField(
        label=gettext_lazy("Organization"), max_length=120, required=False
    )
    effective = forms.ChoiceField(
        label=gettext_lazy("Effective from"),
        choices=_CHOICES,
    )
    day = forms.DateField(
        label=gettext_lazy("Another day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Only for “Another day”."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, required=False)

    def __init__(self, *args: Any, what: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if what != "map":
            del self.fields["organization"]
        if what == "end":  # on a day, not since ever
            self.fields["effective"] = forms.ChoiceField(
                label=gettext_lazy("Effective from"), choices=(_CHOICES[0], _CHOICES[2])
            )

    def from_day(self) -> date | None:
        """The day chosen; None for the first one seen."""
        chosen = self.cleaned_data["effective"]
        if chosen == _FIRST:
            return None
        if chosen == _TODAY:
            return local_today()
        if self.cleaned_data["day"] is None:
            raise InvalidInput(
                field="day",
                message=_("day: it is missing. Nothing was stored. Give the first day."),
            )
        day: date = self.cleaned_data["day"]
        return day


class Picked(NamedTuple):
    """A picked module organization as the form shows it."""

    line: ModuleOrganizationLine
    seen: str
    suggested: str
    key: str
    name: str


@page(Permission.MAP)
def decide(request: HttpRequest, *, module: str) -> HttpResponseBase:
    """Ask what is needed for the picked rows, say what it bills anew, and store it."""
    connection = connection_named(module)
    sent = request.POST if request.method == "POST" else request.GET
    what = request.GET.get("what", "map")
    what = what if what in WHATS else "map"
    picked = _picked(request, module, what=what, ids=sent.getlist("row"))
    is_sent = request.method == "POST" and "sure" in request.POST
    form = DecisionForm(request.POST if is_sent else None, what=what)
    effect, status = "", 200
    if is_sent and form.is_valid():
        try:
            from_day = form.from_day()
            effect = _effect(form, what, picked, from_day)
            if not effect or request.POST["sure"] == "yes":
                return _stored(request, form, what=what, picked=picked, module=module)
        except IcbError as error:
            add_error(form, error=error)
            status = status_of(error)
    elif is_sent:
        status = 422
    context = {
        "module": connection,
        "what": what,
        "words": WHATS[what],
        "form": form,
        "picked": picked,
        "effect": "" if form.errors else effect,
        "tabs": tabs("module"),
        "back": reverse("organization-mapping-by-module", kwargs={"module": module}),
        "next": back_address(request, usual=""),
    }
    return render(request, "mapping/decide.html", context, status=status)


def _picked(request: HttpRequest, module: str, *, what: str, ids: Sequence[str]) -> list[Picked]:
    if len(ids) > _MOST_ROWS:
        raise InvalidInput(
            field="row",
            message=_("row: %(most)s can be decided at once. Nothing was stored. Pick fewer.")
            % {"most": _MOST_ROWS},
        )
    lines = lines_of(module, ids=ids)
    suggested: dict[str, str] = {}
    if what == "suggested":
        for one in suggestions_for(lines, module=module):
            suggested.setdefault(one.unmapped.id, one.organization)
        lines = [line for line in lines if suggested.get(line.id)]
    return [
        Picked(
            line,
            request.POST.get(f"seen:{line.id}", line.seen),
            suggested.get(line.id, ""),
            request.POST.get(f"key:{line.id}", slugify(line.name) or slugify(line.id)),
            request.POST.get(f"name:{line.id}", line.name),
        )
        for line in lines
    ]


def _changes(
    form: DecisionForm, what: str, picked: Sequence[Picked], module: str
) -> list[MappingChange]:
    values, from_day = form.cleaned_data, form.from_day()
    if what == "map" and not values["organization"].strip():
        raise InvalidInput(
            field="organization",
            message=_("organization: it is missing. Nothing was stored. Choose one."),
        )
    return [
        MappingChange(
            module,
            one.line.id,
            organization=_target(values, what, one),
            ignore=what == "ignore",
            from_day=from_day,
            seen=one.seen,
            reason=values["reason"],
        )
        for one in picked
    ]


def _target(values: dict[str, Any], what: str, one: Picked) -> str:
    chosen = {"map": values.get("organization", "").strip(), "create": one.key.strip()}
    return str(chosen.get(what, one.suggested))


def _effect(form: DecisionForm, what: str, picked: Sequence[Picked], from_day: date | None) -> str:
    """What an earlier day bills anew, in words; empty where nothing is."""
    if from_day is not None and from_day >= local_today():
        return ""
    owners = {one.line.organization for one in picked}
    owners |= {_target(form.cleaned_data, what, one) for one in picked if what != "create"}
    found = rebilled(owners - {""}, from_day=from_day)
    return effect_in_words(found, from_day=from_day) if found.contracts else ""


def _stored(
    request: HttpRequest,
    form: DecisionForm,
    *,
    what: str,
    picked: Sequence[Picked],
    module: str,
) -> HttpResponseBase:
    changes = _changes(form, what, picked, module)
    if what == "create":
        news = [NewOrganization(key=one.key.strip(), name=one.name.strip()) for one in picked]
        count = map_to_new_organizations(news, changes=changes)
    else:
        count = change_organization_mappings(changes)
    said = ngettext("%(count)s mapping saved.", "%(count)s mappings saved.", count)
    messages.success(request, said % {"count": count})
    usual = reverse("organization-mapping-by-module", kwargs={"module": module})
    return redirect(back_address(request, usual=usual))
