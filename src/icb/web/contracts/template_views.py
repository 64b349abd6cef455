"""Mapping templates: keep a contract's mapping set under a name, apply it to many contracts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from icb.foundation.access import page
from icb.foundation.actor import Permission, require
from icb.hub.queries import module_names
from icb.mapping.actions import apply_template, delete_template, preview_template
from icb.mapping.actions import save_template as keep_template
from icb.mapping.template_queries import template_lines, template_named
from icb.mapping.template_queries import templates as all_templates
from icb.web.contracts.forms import day_field
from icb.web.fields.attempts import attempt


class ApplyForm(forms.Form):
    """To which contracts a template is applied, and from which day on."""

    contracts = forms.CharField(
        label=lazy("Contracts"),
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=lazy("Their keys, one a line."),
    )
    from_day = day_field(
        label=lazy("From"), required=False, help_text=lazy("Empty: from each contract's start.")
    )
    all_or_nothing = forms.BooleanField(
        label=lazy("Only if all of them can take it"), required=False
    )

    def keys(self) -> list[str]:
        """The keys that were typed, each once."""
        return list(dict.fromkeys(self.cleaned_data["contracts"].split()))


@page()
def templates(request: HttpRequest) -> HttpResponseBase:
    """All templates."""
    return render(request, "contracts/templates.html", {"templates": all_templates()})


@require_POST
@page(Permission.MAP)
def save_template(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Keep what is mapped on a contract under a name."""
    name = request.POST.get("name", "").strip()
    keep_template(name, contract=key)
    messages.success(request, _("The template %(name)s was saved.") % {"name": name})
    return redirect("mapping-template", name=name)


@require_POST
@page(Permission.MAP)
def delete(request: HttpRequest, *, name: str) -> HttpResponseBase:
    """Forget a template."""
    delete_template(name)
    messages.success(request, _("The template was deleted. What was mapped by it stays."))
    return redirect("mapping-templates")


@page()
def template(request: HttpRequest, *, name: str) -> HttpResponseBase:
    """A template's lines; a POST looks at contracts that would take it, then applies it."""
    row = template_named(name)
    form = ApplyForm(request.POST or None)
    context: dict[str, Any] = {
        "row": row,
        "lines": template_lines(row),
        "module_names": module_names(),
        "form": form,
    }
    status = 200
    if request.method == "POST":
        require(Permission.MAP)
        is_applied = "apply" in request.POST
        tried = attempt(form, act=lambda: _act(context, is_applied=is_applied))
        if tried and is_applied:
            _tell(request, context)
            return redirect("mapping-template", name=name)
        status = tried.status or 200
    return render(request, "contracts/template.html", context, status=status)


def _act(context: dict[str, Any], *, is_applied: bool) -> None:
    form, name = context["form"], context["row"].name
    typed = form.cleaned_data
    if is_applied:
        context["applied"] = apply_template(
            name,
            contracts=form.keys(),
            from_day=typed["from_day"],
            all_or_nothing=typed["all_or_nothing"],
        )
    else:
        context["looked"] = preview_template(
            name, contracts=form.keys(), from_day=typed["from_day"]
        )


def _tell(request: HttpRequest, context: dict[str, Any]) -> None:
    taken, skipped = context["applied"]
    told = ngettext("%(n)s contract took it.", "%(n)s contracts took it.", len(taken))
    messages.success(request, told % {"n": len(taken)})
    if skipped:
        told = ngettext(
            "%(n)s contract was skipped; nothing was stored on it: %(keys)s",
            "%(n)s contracts were skipped; nothing was stored on them: %(keys)s",
            len(skipped),
        )
        keys = ", ".join(list(skipped)[:20])
        messages.warning(request, told % {"n": len(skipped), "keys": keys})
