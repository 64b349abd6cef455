"""Targets: which there are, connecting one, its settings, and whether it answers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from icb.accounting.inputs import NewTarget, TargetChange
from icb.accounting.mapping_queries import open_count
from icb.accounting.registry import description, is_file, target, targets
from icb.accounting.target_actions import (
    change_target,
    check_target,
    connect_target,
    read_records,
    set_target_enabled,
    version_of_target,
)
from icb.accounting.target_queries import (
    TargetRow,
    records_seen_at,
    stored_secrets,
    target_row,
    target_rows,
)
from icb.accounting.transfer_queries import transfer_standing
from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.web.accounting.forms import TargetForm, settings_of_form
from icb.web.accounting.tabs import tabs, target_tabs
from icb.web.accounting.words import LISTINGS, STATES, tone_of, word
from icb.web.fields.attempts import attempt, take_up


@page()
def all_targets(request: HttpRequest) -> HttpResponseBase:
    """The targets that are connected, and what else can be."""
    counts: dict[str, dict[str, int]] = {}
    for one in transfer_standing():
        counts.setdefault(one.target, {})[one.state] = one.transfers
    rows = [(row, row.description, counts.get(row.key, {})) for row in target_rows()]
    context = {
        "tabs": tabs("accounting-targets"),
        "rows": rows,
        "kinds": [one.description for one in targets().values()],
    }
    return render(request, "accounting/targets.html", context)


@page(Permission.TRANSFER)
def connect(request: HttpRequest, *, kind: str) -> HttpResponseBase:
    """Connect a target of a kind."""
    told = description(kind)
    usual = {"name": told.name, "key": kind.replace("_", "-"), "is_automatic": True}
    form = TargetForm(
        request.POST or None,
        fields=told.settings,
        stored={},
        left_blank=told.company_setting,
        initial=usual,
    )
    if is_file(target(kind)):
        form.without("creates_customers")
    status = 200
    if request.method == "POST":
        tried = attempt(form, act=lambda: connect_target(_new(form, kind)))
        if tried:
            messages.success(request, _("%(name)s is connected.") % {"name": told.name})
            return redirect("accounting-target", key=form.cleaned_data["key"])
        status = tried.status
    context = {"form": form, "description": told, "heading": told.name}
    return render(request, "accounting/target_form.html", context, status=status)


@page()
def show(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """One target: how it stands, and what is to be done."""
    row = target_row(key)
    standing = [
        (one.state, word(STATES, key=one.state), tone_of(one.state), one.transfers)
        for one in transfer_standing()
        if one.target == key
    ]
    context = {
        "row": row,
        "description": row.description,
        "tabs": target_tabs(row, here="accounting-target"),
        "standing": standing,
        "seen_at": records_seen_at(key),
        "not_mapped": [
            (kind, word(LISTINGS, key=kind), count)
            for kind, count in open_count(key).items()
            if count
        ],
        "can_be_read": not row.takes_files,
    }
    return render(request, "accounting/target.html", context)


@page(Permission.TRANSFER)
def edit(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Change a target; not over what somebody else changed meanwhile."""
    row = target_row(key)
    told = row.description
    form = TargetForm(
        request.POST or None,
        fields=told.settings,
        stored=stored_secrets(row),
        left_blank=told.company_setting,
        initial=_standing(row),
    ).without("key")
    if row.takes_files:
        form.without("creates_customers")
    version, status = version_of_target(row), 200
    if request.method == "POST":
        seen = request.POST.get("seen", "")
        tried = attempt(form, act=lambda: change_target(key, change=_change(form), seen=seen))
        if tried:
            messages.success(request, _("The settings were stored."))
            return redirect("accounting-target", key=key)
        status = tried.status
        if tried.is_overtaken:
            take_up(form, seen=version)
    context = {"form": form, "row": row, "description": told, "heading": row.name, "seen": version}
    return render(request, "accounting/target_form.html", context, status=status)


@require_POST
@page(Permission.TRANSFER)
def switch(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Begin or stop handing documents to a target."""
    set_target_enabled(key, is_enabled=request.POST.get("on") == "yes")
    return redirect("accounting-target", key=key)


@require_POST
@page(Permission.TRANSFER)
def check(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Ask the target who it is."""
    company = check_target(key)
    messages.success(request, _("It answers: %(company)s.") % {"company": company})
    return redirect("accounting-target", key=key)


@require_POST
@page(Permission.TRANSFER)
def read(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Read what the target has to map to."""
    counts = read_records(key)
    told = ", ".join(f"{word(LISTINGS, key=kind)} {count}" for kind, count in counts.items())
    messages.success(request, _("Read: %(counts)s.") % {"counts": told})
    return redirect("accounting-target", key=key)


def _new(form: TargetForm, kind: str) -> NewTarget:
    given = form.cleaned_data
    return NewTarget(
        key=given["key"],
        kind=kind,
        name=given["name"],
        settings=form.given(),
        is_automatic=given["is_automatic"],
        creates_customers=given.get("creates_customers", False),
    )


def _change(form: TargetForm) -> TargetChange:
    given = form.cleaned_data
    return TargetChange(
        name=given["name"],
        settings=form.given(),
        is_automatic=given["is_automatic"],
        creates_customers=given.get("creates_customers", False),
    )


def _standing(row: TargetRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "is_automatic": row.is_automatic,
        "creates_customers": row.creates_customers,
        **settings_of_form(row.settings),
    }
