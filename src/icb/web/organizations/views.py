"""The list of organizations, the form of one, and what fields that name one offer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.foundation.listing import Wanted
from icb.foundation.tax_numbers import tax_number_problem
from icb.foundation.versions import version_of
from icb.invoicing.template_queries import template_of
from icb.organizations.actions import add_organizations, change_organization
from icb.organizations.inputs import NewOrganization
from icb.organizations.queries import (
    UNMAPPABLE,
    OrganizationRow,
    organization_named,
    organization_page,
    tax_rates,
)
from icb.web.document_templates.forms import ChoiceForm
from icb.web.fields.attempts import attempt, take_up
from icb.web.fields.typeahead import SHOWN, Choice, answer_choices
from icb.web.lists.answer import answer_list
from icb.web.lists.columns import Column, Empty, Listing, Look
from icb.web.organizations.forms import TYPE_CHOICES, OrganizationForm, values_of


def address_of(row: OrganizationRow) -> str:
    """The page of an organization."""
    return reverse("organization", kwargs={"key": row.key})


def tone_of_type(kind: str) -> str:
    """How much the type of an organization wants to be looked at."""
    return "warn" if kind in UNMAPPABLE else "good" if kind == "customer" else ""


ORGANIZATIONS = Listing(
    key="organizations",
    title=lazy("Organizations"),
    rows=organization_page,
    sort="name",
    search=lazy("Search name, key or domain"),
    columns=(
        Column(key="name", label=lazy("Organization"), value=lambda row: row.name, link=address_of),
        Column(key="key", label=lazy("Key"), value=lambda row: row.key),
        Column(
            key="type",
            label=lazy("Type"),
            value=lambda row: row.type,
            look=Look.STATE,
            choices=TYPE_CHOICES,
            tone=lambda row: tone_of_type(row.type),
        ),
        Column(key="domain", label=lazy("Domain"), value=lambda row: row.domain),
        Column(key="bill_to", label=lazy("Bills to"), value=lambda row: row.bill_to),
        Column(key="parent", label=lazy("Parent"), value=lambda row: row.parent, is_shown=False),
        Column(
            key="currency", label=lazy("Currency"), value=lambda row: row.currency, is_shown=False
        ),
        Column(
            key="tax",
            label=lazy("Tax rate"),
            value=lambda row: row.tax,
            choices=lambda: [(rate.key, rate.name) for rate in tax_rates()],
            is_shown=False,
        ),
        Column(key="email", label=lazy("E-mail"), value=lambda row: row.email, is_shown=False),
    ),
    empty=Empty(
        title=lazy("No organizations yet"),
        text=lazy(
            "Organizations are the clients who get invoices. Add the first one, or bring them in "
            "from a bundle of files."
        ),
    ),
    template="organizations/list.html",
)


@page()
def organizations(request: HttpRequest) -> HttpResponseBase:
    """All organizations."""
    return answer_list(request, ORGANIZATIONS)


@page()
def organization_choices(request: HttpRequest) -> JsonResponse:
    """Organizations that fit what is typed, by name; `mappable` leaves out Dead and Cancelation."""
    wanted = Wanted(search=request.GET.get("q", "")[:200], size=SHOWN)
    rows = organization_page(wanted).rows
    if request.GET.get("mappable"):
        rows = [row for row in rows if row.type not in UNMAPPABLE]
    return answer_choices(Choice(row.key, row.name, row.key) for row in rows)


@page(Permission.MANAGE_ORGANIZATIONS)
def new_organization(request: HttpRequest) -> HttpResponseBase:
    """Add an organization."""
    usual = {"type": "customer", "name": request.GET.get("name", "")}
    form = OrganizationForm(request.POST or None, initial=usual)
    if request.method != "POST":
        return _form(request, form)
    tried = attempt(form, act=lambda: add_organizations([NewOrganization(**form.values())]))
    if not tried:
        return _form(request, form, status=tried.status)
    name, key = form.cleaned_data["name"], form.cleaned_data["key"]
    messages.success(request, _("%(name)s was added.") % {"name": name})
    _warn_of_tax_number(request, form)
    return redirect("organization", key=key)


@page(Permission.MANAGE_ORGANIZATIONS)
def edit_organization(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Change what is known of an organization; not over what somebody else changed meanwhile."""
    row = organization_named(key)
    usual = {**values_of(row), "seen": version_of(row)}
    form = OrganizationForm(request.POST or None, initial=usual, row=row)
    more: dict[str, Any] = {
        "row": row,
        "template_form": ChoiceForm(initial={"template": template_of(key)}),
    }
    if request.method != "POST":
        return _form(request, form, **more)
    tried = attempt(
        form,
        act=lambda: change_organization(key, changes=form.values(), seen=form.cleaned_data["seen"]),
    )
    if tried:
        messages.success(request, _("%(name)s was saved.") % {"name": form.cleaned_data["name"]})
        _warn_of_tax_number(request, form)
        return redirect("organization", key=key)
    theirs = form.differences(row) if tried.is_overtaken else []
    if tried.is_overtaken:
        take_up(form, seen=version_of(row))
    return _form(request, form, theirs=theirs, status=tried.status, **more)


def _warn_of_tax_number(request: HttpRequest, form: OrganizationForm) -> None:
    """Tell of a number that cannot be right. It is stored all the same: the office knows better."""
    problem = tax_number_problem(
        form.cleaned_data["tax_number"], country=form.cleaned_data["country"]
    )
    if problem:
        messages.warning(request, problem)


def _form(
    request: HttpRequest, form: OrganizationForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    return render(request, "organizations/form.html", {"form": form, **more}, status=status)
