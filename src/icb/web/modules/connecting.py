"""Connect a module, and change how it is connected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from icb.foundation.access import page
from icb.foundation.actor import allowed
from icb.foundation.permissions import Permission
from icb.foundation.transactions import transaction
from icb.foundation.versions import version_of
from icb.hub.actions import (
    NewConnected,
    change_details,
    change_expectation,
    change_settings,
    connect_module,
)
from icb.hub.catalogue import CatalogueModule
from icb.hub.connecting_queries import GUARDS, details_of, secrets_stored_at
from icb.hub.ports import Description, SettingField
from icb.hub.queries import catalogue_entry, connected_module, connection_named, modules
from icb.hub.registry import FILES, MANUAL, PUSH, adapters
from icb.kernel.errors import IcbError
from icb.web.errors import add_error
from icb.web.modules.forms import DetailsForm, NewForm, SettingsForm
from icb.web.modules.set_up import STEPS
from icb.web.shell.navigation import Words

_GENERIC, _BY_HAND = "generic_http", "manual"


class Way(NamedTuple):
    """A way in which a module's counts may come; `key` stands in the address."""

    key: str
    label: Words
    note: Words


@page(Permission.MANAGE_MODULES)
def connect_other(request: HttpRequest) -> HttpResponseBase:
    """Connect something that the catalogue does not know."""
    return _connect(request, None)


@page(Permission.MANAGE_MODULES)
def connect(request: HttpRequest, *, module: str) -> HttpResponseBase:
    """Connect a module of the catalogue."""
    return _connect(request, catalogue_entry(module))


def _connect(request: HttpRequest, entry: CatalogueModule | None) -> HttpResponseBase:
    ways = _ways(entry)
    known = {way.key for way in ways}
    way = request.GET.get("way", "")
    way = way if way in known else ways[0].key
    adapter = MANUAL if way == _BY_HAND else way
    description = _description(adapter)
    fields = description.settings if description else ()
    data = request.POST if request.method == "POST" else None
    form = NewForm(data, initial=_initial(request, entry))
    if description is None:
        del form.fields["expected_from"]
    entered = SettingsForm(data, fields=fields, kept={}, stored={}, keeps_secrets=_keeps_secrets())
    status = 200
    if data is not None:
        status = 422
        if form.is_valid() and entered.is_valid():
            try:
                return _connected(request, form, entered=entered, adapter=adapter, entry=entry)
            except IcbError as error:
                add_error(form, error=error)
    context = {
        "entry": entry,
        "ways": ways,
        "way": way,
        "form": form,
        "entered": entered,
        "description": description,
        "steps": STEPS.get(adapter, ()),
        "lacks_right": _lacks_right(fields),
    }
    return render(request, "modules/connect.html", context, status=status)


def _connected(
    request: HttpRequest,
    form: NewForm,
    *,
    entered: SettingsForm,
    adapter: str,
    entry: CatalogueModule | None,
) -> HttpResponse:
    key = form.cleaned_data["key"]
    connect_module(
        NewConnected(
            key=key,
            adapter=adapter,
            name=form.cleaned_data["name"],
            module=entry.key if entry else "",
            settings=entered.given(),
            expected_from=form.cleaned_data.get("expected_from"),
        )
    )
    messages.success(request, _("%(name)s is connected.") % {"name": form.cleaned_data["name"]})
    address = reverse("module", kwargs={"connection": key})
    return redirect(f"{address}?test=yes" if _description(adapter) else address)


@page(Permission.MANAGE_MODULES)
def edit(request: HttpRequest, *, connection: str) -> HttpResponseBase:
    """Change settings, secrets, name and guards of a connection."""
    row, named = connected_module(connection), connection_named(connection)
    description = _description(row.adapter)
    fields = description.settings if description else ()
    data = request.POST if request.method == "POST" else None
    details = {**details_of(named), "expected_from": row.expected_from}
    form = DetailsForm(data, initial=details)
    entered = SettingsForm(
        data,
        fields=fields,
        kept=row.settings,
        stored=secrets_stored_at(row.key),
        keeps_secrets=_keeps_secrets(),
    )
    status = 200
    if data is not None:
        status = 422
        if form.is_valid() and entered.is_valid():
            try:
                _change(request, row.key, form=form, entered=entered if fields else None)
                messages.success(request, _("%(name)s is changed.") % form.cleaned_data)
                return redirect("module", connection=row.key)
            except IcbError as error:
                add_error(form, error=error)
                status = 409 if error.code == "changed_since" else 422
    context: dict[str, Any] = {
        "row": row,
        "form": form,
        "entered": entered,
        "description": description,
        "steps": STEPS.get(row.adapter, ()),
        "guards": [form[name] for name in GUARDS],
        "lacks_right": not _keeps_secrets() and any(one.is_secret for one in fields),
        "seen_settings": version_of(row.settings),
        "seen_details": version_of(_versioned(details)),
    }
    return render(request, "modules/edit.html", context, status=status)


def _change(
    request: HttpRequest, key: str, *, form: DetailsForm, entered: SettingsForm | None
) -> None:
    said = form.cleaned_data
    with transaction():
        change_details(
            key,
            name=said["name"],
            guards={name: said[name] for name in GUARDS},
            seen=request.POST.get("seen_details", ""),
        )
        change_expectation(key, expected_from=said["expected_from"])
        if entered is not None:
            seen = request.POST.get("seen_settings", "")
            change_settings(key, settings=entered.given(), seen=seen)


def _versioned(details: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in details.items() if name != "expected_from"}


def _ways(entry: CatalogueModule | None) -> list[Way]:
    """The vendor's own interface first, where there is an adapter for it."""
    own = [
        Way(key, one.description.name, _("Asked for its counts each night"))
        for key, one in adapters().items()
        if entry is not None and one.description.module == entry.key
    ]
    return [
        *own,
        Way(PUSH, _("Push"), _("A program of yours sends the counts")),
        Way(FILES, _("Files"), _("You bring them as CSV or XLSX")),
        Way(_GENERIC, _("JSON interface"), _("Any list over HTTP, by its paths")),
        Way(_BY_HAND, _("By hand"), _("With bundles that you import")),
    ]


def _description(adapter: str) -> Description | None:
    found = adapters().get(adapter)
    return found.description if found else None


def _initial(request: HttpRequest, entry: CatalogueModule | None) -> dict[str, str]:
    if entry is None:
        return {"name": request.GET.get("name", "")[:200]}
    taken = {row.key for row in modules()}
    plain = key = entry.key.replace("_", "-")
    number = 2
    while key in taken:
        key, number = f"{plain}-{number}", number + 1
    return {"name": entry.name if key == plain else f"{entry.name} {number - 1}", "key": key}


def _keeps_secrets() -> bool:
    return Permission.MANAGE_SECRETS in allowed()


def _lacks_right(fields: Sequence[SettingField]) -> bool:
    """Whether the person could not enter a secret that is needed."""
    return not _keeps_secrets() and any(one.is_secret and one.is_required for one in fields)
