"""The page of one organization: contracts, usage, invoices and activity."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from icb.contracts.queries import contract_page
from icb.foundation.access import page
from icb.foundation.providers import local_today
from icb.hub.queries import module_names
from icb.kernel.days import ONE_DAY
from icb.mapping.activity_queries import LogFilter, LogPosition, activity_log
from icb.mapping.organization_mapping_queries import organization_usage
from icb.payments.account_queries import document_page
from icb.payments.queries import balances
from icb.web.contracts.listing import CONTRACTS
from icb.web.invoices.views import ISSUED
from icb.web.lists.answer import answer_list
from icb.web.lists.columns import Empty
from icb.web.organizations.page import organization_context

_USAGE_DAYS = 14
_LOG_ROWS = 50

OF_ORGANIZATION = replace(
    CONTRACTS,
    key="organization-contracts",
    search="",
    columns=[column for column in CONTRACTS.columns if column.key != "organization"],
    template="organizations/contracts.html",
    empty=Empty(
        title=_("No contract yet"),
        text=_(
            "A recurring service contract says what is billed, for how much and how often. Counts "
            "reach an invoice through it."
        ),
    ),
)


@page()
def organization(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """The contracts of an organization, with what is known of it."""
    context = organization_context(key, tab="organization")
    listing = replace(OF_ORGANIZATION, rows=partial(contract_page, organization=key))
    return answer_list(request, listing, **context)


@page()
def organization_usage_tab(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """What each module counted for an organization in two weeks that end on a day."""
    context = organization_context(key, tab="organization-usage")
    last = _day(request.GET.get("until", ""), usual=local_today())
    first = last - timedelta(days=_USAGE_DAYS - 1)
    rows = organization_usage(key, first=first, last=last)
    is_whole = request.GET.get("zero") == "yes"
    shown = [row for row in rows if is_whole or any(row.units)]
    more = {
        "days": [last - ONE_DAY * number for number in range(_USAGE_DAYS)],
        "usage": [(row, list(zip(row.units, row.statuses, strict=True))[::-1]) for row in shown],
        "module_names": module_names(),
        "hidden": len(rows) - len(shown),
        "is_whole": is_whole,
        "first": first,
        "last": last,
        "earlier": first - ONE_DAY,
        "later": min(last + timedelta(days=_USAGE_DAYS), local_today()),
    }
    return render(request, "organizations/usage.html", {**context, **more})


OF_ACCOUNT = replace(
    ISSUED,
    key="organization-invoices",
    title=_("Invoices"),
    search="",
    columns=[column for column in ISSUED.columns if column.key != "organization"],
    template="organizations/invoices.html",
    empty=Empty(
        title=_("No invoice yet"),
        text=_("Posted items of an organization become one invoice when they are processed."),
    ),
)


@page()
def organization_invoices(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """The documents that an organization received, and what it owes."""
    context = organization_context(key, tab="organization-invoices")
    context["balances"] = balances(organization=key)
    listing = replace(OF_ACCOUNT, rows=partial(document_page, organization=key))
    return answer_list(request, listing, **context)


@page()
def organization_activity(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """The activity log, narrowed to an organization."""
    context = organization_context(key, tab="organization-activity")
    wanted = LogFilter(organization=key, only_failed=request.GET.get("failed") == "yes")
    found = activity_log(wanted, after=_position(request), limit=_LOG_ROWS)
    context["only_failed"] = wanted.only_failed
    context["log"] = found.rows
    context["next"] = f"{found.next.day}.{found.next.id}" if found.next else ""
    return render(request, "organizations/activity.html", context)


def _position(request: HttpRequest) -> LogPosition | None:
    day, _dot, id_ = request.GET.get("after", "").partition(".")
    at = _day(day, usual=None)
    return LogPosition(at, int(id_)) if at and id_.isdecimal() else None


def _day(text: str, *, usual: Any) -> Any:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return usual
