"""The Activity Log: what changed from day to day, and what became of each sync."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from icb.foundation.access import page
from icb.foundation.preferences import preference, remember
from icb.hub.queries import billing_types, modules
from icb.kernel.errors import NotFound, without_commands
from icb.mapping.activity_queries import ActivityRow, activity_page, log_choices
from icb.mapping.log_rows import TROUBLE
from icb.web.lists.answer import answer_list
from icb.web.lists.columns import Choices, Column, Empty, Listing, Look
from icb.web.modules.links import link

_REMEMBERED = "activity:only_failed"
_KINDS = ("organization", "contract", "service")
_STATUSES = (
    ("new", _("New")),
    ("increased", _("Increase")),
    ("decreased", _("Decrease")),
    ("unchanged", _("Same")),
    ("returned", _("Returned")),
    ("unmapped", _("Not mapped")),
    ("absent", _("Absent")),
    ("departed", _("Departed")),
    ("held", _("Held")),
    ("quarantined", _("Quarantined")),
    ("refused", _("Refused")),
    ("failed", _("Failed")),
    ("missing", _("Missing")),
    ("synced", _("Synced")),
)


def _modules() -> Choices:
    return [(row.key, row.name) for row in modules()]


def _types() -> Choices:
    """Each key once: modules share names of types."""
    names = {row.key: row.name for row in reversed(billing_types())}
    return sorted(names.items(), key=lambda one: one[1].casefold())


def _tone(row: ActivityRow) -> str:
    if row.status in TROUBLE:
        return "bad" if row.status in ("failed", "missing", "refused") else "warn"
    return {"synced": "good", "unmapped": "warn"}.get(row.status, "")


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _module_organization(row: ActivityRow) -> str:
    """What the module calls the organization, where that says more."""
    return "" if row.name.casefold() == row.organization_name.casefold() else row.name


def _contract_link(row: ActivityRow) -> str:
    return link("contract", key=row.contract) if row.contract else ""


LOG = Listing(
    key="activity",
    title=_("Activity Log"),
    rows=activity_page,
    template="activity/activity.html",
    columns=(
        Column(
            key="day",
            label=_("Day"),
            value=lambda row: row.day,
            look=Look.DAY,
            link=lambda row: link("snapshot", id=row.snapshot) if row.snapshot else "",
            is_sorted=False,
        ),
        Column(
            key="module",
            label=_("Module"),
            value=lambda row: row.module_name,
            choices=_modules,
            link=lambda row: link("module", connection=row.module),
            is_sorted=False,
        ),
        Column(
            key="type",
            label=_("Billing type"),
            value=lambda row: row.type_name,
            choices=_types,
            is_sorted=False,
        ),
        Column(
            key="module_organization",
            label=_("Module organization"),
            value=lambda row: row.name,
            is_sorted=False,
            is_filtered=False,
            is_shown=False,
        ),
        Column(
            key="organization",
            label=_("Organization"),
            value=lambda row: row.organization_name,
            note=_module_organization,
            link=lambda row: link("organization", key=row.organization),
            source="/activity/choices/organization",
            is_sorted=False,
        ),
        Column(
            key="contract",
            label=_("Contract"),
            value=lambda row: row.contract,
            link=_contract_link,
            source="/activity/choices/contract",
            is_sorted=False,
        ),
        Column(
            key="service",
            label=_("Service"),
            value=lambda row: row.service_name,
            source="/activity/choices/service",
            is_sorted=False,
        ),
        Column(
            key="before",
            label=_("Before"),
            value=lambda row: _number(row.before),
            look=Look.NUMBER,
            is_sorted=False,
            is_filtered=False,
        ),
        Column(
            key="after",
            label=_("After"),
            value=lambda row: _number(row.after),
            look=Look.NUMBER,
            is_sorted=False,
            is_filtered=False,
        ),
        Column(
            key="change",
            label=_("Change"),
            value=lambda row: _number(row.change),
            look=Look.NUMBER,
            is_sorted=False,
            is_filtered=False,
        ),
        Column(
            key="status",
            label=_("Status"),
            value=lambda row: row.status,
            look=Look.STATE,
            tone=_tone,
            choices=_STATUSES,
            is_sorted=False,
        ),
        Column(
            key="message",
            label=_("Message"),
            value=lambda row: without_commands(row.message),
            is_sorted=False,
            is_filtered=False,
        ),
    ),
    empty=Empty(
        title=_("Nothing happened yet"),
        text=_(
            "Each day's changes of counts stand here, and what became of each sync. The first "
            "rows come with the first counts."
        ),
        label=_("Enable by Module"),
        address="/modules",
    ),
)
_NO_TROUBLE = Empty(
    title=_("No failed transactions"),
    text=_("Only those that failed, are missing, held, absent or refused are shown."),
)


@page()
def activity(request: HttpRequest) -> HttpResponseBase:
    """The log, newest day first; `failed` in the address counts before what is remembered."""
    said = request.GET.get("failed", "")
    is_only = said == "yes" if said else bool(preference(_REMEMBERED, default=False))
    listing = replace(LOG, extra={"failed": "yes"}, empty=_NO_TROUBLE) if is_only else LOG
    return answer_list(request, listing, is_only_failed=is_only)


@require_POST
@page()
def only_failed(request: HttpRequest) -> HttpResponseBase:
    """Remember whether only failed transactions are shown; the filters stay."""
    remember(_REMEMBERED, value=True if request.POST.get("failed") == "yes" else None)
    return redirect(_same_filters(request))


@page()
def choices(request: HttpRequest, *, kind: str) -> HttpResponseBase:
    """What a filter of the log can be narrowed to, for the words typed so far."""
    if kind not in _KINDS:
        raise NotFound("no_such_choices", "There is nothing at this address.")
    found = log_choices(kind, words=request.GET.get("q", "")[:200])
    shown = [
        {"value": key, "text": name if name != key else key, "note": key if name != key else ""}
        for key, name in found
    ]
    if kind == "contract":
        shown = [{"value": key, "text": key, "note": name} for key, name in found]
    return JsonResponse(shown, safe=False)


def _same_filters(request: HttpRequest) -> str:
    """The log as it was asked, from its first page.

    A list changes the address without loading its page anew, so that only the browser knows it.
    """
    address = reverse("activity")
    came_from = urlsplit(request.headers.get("Referer", ""))
    if came_from.path != address or came_from.netloc != request.get_host():
        return address
    kept = [(name, value) for name, value in parse_qsl(came_from.query) if name not in _DROPPED]
    return f"{address}?{urlencode(kept)}" if kept else address


_DROPPED = ("at", "failed", "as")
