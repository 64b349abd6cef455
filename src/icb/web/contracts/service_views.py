"""The services on a contract: shown as of a day, added, and changed from a day on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from icb.contracts.actions import add_contract_services, set_price
from icb.contracts.inputs import NewContractService
from icb.contracts.queries import (
    ContractRow,
    ContractServiceRow,
    contract_service_version,
    contract_services,
)
from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.foundation.canonical import exact_text
from icb.foundation.providers import local_today
from icb.kernel.problems import unknown
from icb.mapping.actions import type_units
from icb.mapping.contract_service_queries import DrivenService, driven_services
from icb.web.contracts.effects import effect_on
from icb.web.contracts.forms import AddServiceForm, PriceForm, UnitsForm
from icb.web.contracts.labels import PRICINGS, UNIT_CHANGES, word
from icb.web.contracts.page import contract_context
from icb.web.contracts.tiers import tiers_of, tiers_text
from icb.web.fields.attempts import attempt, take_up

_TIERED = ("graduated", "volume")


class ShownService(NamedTuple):
    """A contract service with what drives it, for the page."""

    row: ContractServiceRow
    driven: DrivenService | None
    pricing: str
    unit_changes: str


@page()
def contract_services_tab(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """The services of a contract as they stand on a day."""
    context = contract_context(key, tab="contract-services")
    row, today = context["row"], local_today()
    as_of = _day(request.GET.get("as_of", ""), usual=max(today, row.starts_on))
    context |= {
        "as_of": as_of,
        "is_before": as_of < row.starts_on,
        "services": _shown(row, as_of),
    }
    return render(request, "contracts/services.html", context)


@page(Permission.MANAGE_CONTRACTS)
def add_service(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Put a service of the catalogue on a contract, from its start on."""
    context = contract_context(key, tab="contract-services")
    form = AddServiceForm(request.POST or None, initial={"pricing": "per_unit"})
    status = 200
    if request.method == "POST":
        tried = attempt(
            form, act=lambda: add_contract_services(key, news=[_new(form.cleaned_data)])
        )
        if tried:
            messages.success(request, _("The service was added."))
            return redirect("contract-services", key=key)
        status = tried.status
    return render(request, "contracts/add_service.html", {**context, "form": form}, status=status)


@page(Permission.MANAGE_CONTRACTS)
def adjust_price(request: HttpRequest, *, key: str, service: str) -> HttpResponseBase:
    """Another price from a day on: first what it would do, then done."""
    context = contract_context(key, tab="contract-services")
    one = _one(context["row"], service)
    is_tiered = one.pricing in _TIERED
    stands = tiers_text(one.tiers) if is_tiered else exact_text(one.price)
    name = "tiers" if is_tiered else "price"
    form = PriceForm(request.POST or None, initial={name: stands, **_first(context["row"], one)})
    del form.fields["price" if is_tiered else "tiers"]

    def change() -> None:
        typed = form.cleaned_data
        set_price(
            key,
            service=service,
            price=typed.get("price") or None,
            from_day=typed["from_day"],
            tiers=tiers_of(typed["tiers"]) if is_tiered else None,
            seen=typed["seen"],
        )

    context |= {"is_price": True}
    return _adjust(request, context, change=_Change(one, name, stands, form, change))


@page(Permission.MANAGE_CONTRACTS)
def adjust_units(request: HttpRequest, *, key: str, service: str) -> HttpResponseBase:
    """Other typed units from a day on: first what it would do, then done."""
    context = contract_context(key, tab="contract-services")
    one = _one(context["row"], service)
    stands = "" if one.units is None else exact_text(one.units)
    form = UnitsForm(request.POST or None, initial={"units": stands, **_first(context["row"], one)})

    def change() -> None:
        typed = form.cleaned_data
        type_units(
            key,
            service=service,
            units=typed["units"],
            from_day=typed["from_day"],
            seen=typed["seen"],
        )

    return _adjust(request, context, change=_Change(one, "units", stands, form, change))


class _Change(NamedTuple):
    """A change that is typed: of which field, what stands, and how it is done."""

    one: ContractServiceRow
    field: str
    stands: str
    form: Form
    do: Callable[[], None]


def _adjust(request: HttpRequest, context: dict[str, Any], *, change: _Change) -> HttpResponseBase:
    form, key = change.form, context["row"].key
    context |= {"form": form, "one": change.one}
    status = 200
    if request.method == "POST":
        is_saved = "save" in request.POST
        tried = attempt(form, act=change.do if is_saved else lambda: _try(context, change))
        if tried and is_saved:
            messages.success(request, _("The change was saved. A note was written."))
            return redirect("contract-services", key=key)
        if tried.is_overtaken:
            take_up(form, seen=contract_service_version(change.one.id))
            label = str(form.fields[change.field].label)
            typed = form.data.get(change.field, "")
            context["theirs"] = [(label, change.stands or "–", typed)]
        status = tried.status or 200
    return render(request, "contracts/adjust.html", context, status=status)


def _try(context: dict[str, Any], change: _Change) -> None:
    """Find out what the change would do to what is due today, and take it back."""
    context["effect"] = effect_on(context["row"].key, change=change.do)


def _shown(row: ContractRow, day: date) -> list[ShownService]:
    driven = driven_services(row, day=day)
    return [
        ShownService(
            service,
            driven.get(service.id),
            word(PRICINGS, key=service.pricing),
            word(UNIT_CHANGES, key=service.unit_changes) if service.unit_changes else "",
        )
        for service in contract_services(as_of=day, contract=row.key)
    ]


def _one(row: ContractRow, service: str) -> ContractServiceRow:
    rows = contract_services(as_of=max(local_today(), row.starts_on), contract=row.key)
    for one in rows:
        if one.key == service:
            return one
    raise unknown(
        "service", key=service, known=[one.key for one in rows], where=f"on contract {row.key}"
    )


def _first(row: ContractRow, one: ContractServiceRow) -> dict[str, Any]:
    return {
        "from_day": max(local_today(), row.starts_on),
        "seen": contract_service_version(one.id),
    }


def _new(typed: dict[str, Any]) -> NewContractService:
    """What was typed; an empty number is as if it was not named."""
    given = {name: value for name, value in typed.items() if value != "" and name != "tiers"}
    return NewContractService(**given, tiers=tiers_of(typed["tiers"]))


def _day(text: str, *, usual: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return usual
