"""Add, edit and end a contract."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from icb.contracts.actions import add_contracts, change_contract, end_contract
from icb.contracts.inputs import NewContract
from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.foundation.canonical import exact_text
from icb.foundation.providers import local_today
from icb.foundation.versions import version_of
from icb.web.contracts.forms import ContractEditForm, ContractForm, EndForm
from icb.web.contracts.page import contract_context
from icb.web.fields.attempts import attempt, take_up


@page(Permission.MANAGE_CONTRACTS)
def new_contract(request: HttpRequest) -> HttpResponseBase:
    """Add a contract; its services come next."""
    usual = {
        "organization": request.GET.get("organization", ""),
        "starts_on": local_today().replace(day=1),
        "period": "monthly",
        "anchor": "calendar",
        "billing": "in_arrears",
    }
    form = ContractForm(request.POST or None, initial=usual)
    if request.method != "POST":
        return _form(request, form)
    tried = attempt(form, act=lambda: add_contracts([_new(form.cleaned_data)]))
    if not tried:
        return _form(request, form, status=tried.status)
    messages.success(request, _("The contract was added. Add its services next."))
    return redirect("contract-services", key=form.cleaned_data["key"])


@page(Permission.MANAGE_CONTRACTS)
def edit_contract(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Change the name and the minimum of a contract."""
    context = contract_context(key, tab="contract")
    row = context["row"]
    usual = {"name": row.name, "minimum_amount": _text(row.minimum_amount), "seen": version_of(row)}
    form = ContractEditForm(request.POST or None, initial=usual)
    if request.method == "POST":
        tried = attempt(
            form,
            act=lambda: change_contract(
                key, changes=_changes(form.cleaned_data), seen=form.cleaned_data["seen"]
            ),
        )
        if tried:
            messages.success(request, _("The contract was saved."))
            return redirect("contract", key=key)
        if tried.is_overtaken:
            take_up(form, seen=version_of(row))
            context["theirs"] = [
                (_("Name"), row.name or "–", form.data.get("name") or "–"),
                (
                    _("Minimum per period"),
                    _text(row.minimum_amount) or "–",
                    form.data.get("minimum_amount") or "–",
                ),
            ]
        context["status"] = tried.status
    return _form(request, form, **context)


@page(Permission.MANAGE_CONTRACTS)
def end_of_contract(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Give a contract its last day, or another one."""
    context = contract_context(key, tab="contract")
    row = context["row"]
    usual = {"ends_on": row.ends_on or local_today(), "seen": version_of(row)}
    form = EndForm(request.POST or None, initial=usual)
    if request.method == "POST":
        known = form.data.get("seen", "")
        tried = attempt(
            form,
            act=lambda: end_contract(key, ends_on=form.cleaned_data["ends_on"], seen=known),
        )
        if tried:
            messages.success(request, _("The last day of the contract was saved."))
            return redirect("contract", key=key)
        if tried.is_overtaken:
            take_up(form, seen=version_of(row))
            context["theirs"] = [
                (_("Last day"), row.ends_on or _("open"), form.data.get("ends_on") or "–")
            ]
        context["status"] = tried.status
    context["is_end"] = True
    return _form(request, form, **context)


def _form(request: HttpRequest, form: Form, *, status: int = 200, **more: Any) -> HttpResponse:
    return render(request, "contracts/form.html", {"form": form, **more}, status=status)


def _text(amount: Decimal | None) -> str:
    return "" if amount is None else exact_text(amount)


def _new(typed: dict[str, Any]) -> NewContract:
    return NewContract(**{**typed, "minimum_amount": typed["minimum_amount"] or None})


def _changes(typed: dict[str, Any]) -> dict[str, Any]:
    return {"name": typed["name"], "minimum_amount": typed["minimum_amount"] or None}
