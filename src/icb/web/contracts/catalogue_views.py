"""The catalogue: what the provider sells, at which price, cost and tax."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from icb.contracts.actions import add_services, change_service, restore_service, retire_service
from icb.contracts.inputs import NewService
from icb.contracts.queries import ServiceRow, service_named, service_page
from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.foundation.providers import current_provider
from icb.foundation.versions import version_of
from icb.organizations.queries import tax_rates
from icb.web.contracts.forms import CatalogueForm
from icb.web.fields.attempts import attempt, take_up
from icb.web.lists.answer import answer_list
from icb.web.lists.columns import Column, Empty, Listing, Look


def _address(row: ServiceRow) -> str:
    return reverse("service-edit", kwargs={"key": row.key})


def _currency(row: ServiceRow) -> str:
    return current_provider().currency


SERVICES = Listing(
    key="services",
    title=lazy("Services"),
    rows=service_page,
    search=lazy("Search name or key"),
    columns=(
        Column(key="name", label=lazy("Service"), value=lambda row: row.name, link=_address),
        Column(key="key", label=lazy("Key"), value=lambda row: row.key),
        Column(
            key="price",
            label=lazy("Price"),
            value=lambda row: row.price,
            currency=_currency,
            look=Look.PRICE,
        ),
        Column(
            key="cost",
            label=lazy("Cost"),
            value=lambda row: row.cost,
            currency=_currency,
            look=Look.PRICE,
        ),
        Column(
            key="currency",
            label=lazy("Currency"),
            value=_currency,
            is_sorted=False,
            is_filtered=False,
        ),
        Column(
            key="tax",
            label=lazy("Tax rate"),
            value=lambda row: row.tax,
            choices=lambda: [(rate.key, rate.name) for rate in tax_rates()],
        ),
        Column(
            key="is_active",
            label=lazy("Offered"),
            value=lambda row: row.is_active,
            look=Look.YES_NO,
        ),
    ),
    empty=Empty(
        title=lazy("The catalogue is empty"),
        text=lazy(
            "A service is something you sell at a price. Contracts take their services from here."
        ),
    ),
    template="contracts/catalogue.html",
)


@page()
def services(request: HttpRequest) -> HttpResponseBase:
    """The catalogue of services."""
    return answer_list(request, SERVICES)


@page(Permission.MANAGE_CONTRACTS)
def new_service(request: HttpRequest) -> HttpResponseBase:
    """Add a service to the catalogue."""
    form = CatalogueForm(request.POST or None)
    if request.method != "POST":
        return _form(request, form)
    tried = attempt(form, act=lambda: add_services([NewService(**_typed(form))]))
    if not tried:
        return _form(request, form, status=tried.status)
    messages.success(request, _("The service was added."))
    return redirect("services")


@page(Permission.MANAGE_CONTRACTS)
def edit_service(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Change name, price, cost or tax of a service."""
    row = service_named(key)
    stands = {"name": row.name, "price": _text(row.price), "cost": _text(row.cost), "tax": row.tax}
    usual = {**stands, "seen": version_of(row)}
    form = CatalogueForm(request.POST or None, initial=usual, is_new=False)
    if request.method != "POST":
        return _form(request, form, row=row)
    tried = attempt(
        form,
        act=lambda: change_service(key, changes=_typed(form), seen=form.cleaned_data["seen"]),
    )
    if tried:
        messages.success(request, _("The service was saved."))
        return redirect("services")
    theirs = []
    if tried.is_overtaken:
        take_up(form, seen=version_of(row))
        theirs = [
            (str(form.fields[name].label), now or "–", form.data.get(name) or "–")
            for name, now in stands.items()
            if now != form.data.get(name)
        ]
    return _form(request, form, row=row, theirs=theirs, status=tried.status)


@require_POST
@page(Permission.MANAGE_CONTRACTS)
def offer_service(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Retire a service, or offer it again."""
    if request.POST.get("offer") == "yes":
        restore_service(key)
        messages.success(request, _("The service is offered again."))
    else:
        retire_service(key)
        messages.success(request, _("The service is retired. Contracts that have it keep it."))
    return redirect("services")


def _form(request: HttpRequest, form: Form, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {"form": form, "currency": current_provider().currency, **more}
    return render(request, "contracts/catalogue_form.html", context, status=status)


def _typed(form: Form) -> dict[str, Any]:
    typed = {name: value for name, value in form.cleaned_data.items() if name != "seen"}
    return {**typed, "cost": typed["cost"] or None}


def _text(value: Any) -> str:
    return "" if value is None else f"{value.normalize():f}"
