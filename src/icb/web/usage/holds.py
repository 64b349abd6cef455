"""Holds: everything that waits for a decision, and what was decided."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from icb.billing.hold_queries import HeldRow, hold_page
from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.hub.decision_queries import DecisionRow, decision_page
from icb.hub.taking_back_actions import take_back_decision
from icb.web.lists.answer import answer_list
from icb.web.lists.columns import Bulk, Column, Empty, Listing, Look
from icb.web.shell.going_back import back_address

_REASONS = (
    ("fall", gettext_lazy("fell too far")),
    ("rise", gettext_lazy("rose too far")),
    ("identity", gettext_lazy("another client under the same id")),
    ("gap", gettext_lazy("no answer for too long")),
    ("absent", gettext_lazy("missing from the answers")),
    ("quarantined", gettext_lazy("the whole answer waits")),
    ("double_mapping", gettext_lazy("two types drive one service")),
)
DECISIONS = (
    ("accept", gettext_lazy("Accept")),
    ("reject", gettext_lazy("Reject")),
    ("departed", gettext_lazy("Departed")),
    ("carry", gettext_lazy("Carry")),
)


def tabs(here: str) -> list[tuple[str, str, bool]]:
    """Label, address and whether it is `here` ("waiting" or "decided") of each."""
    return [
        (_("Waiting"), reverse("holds"), here == "waiting"),
        (_("Decided"), reverse("holds-decided"), here == "decided"),
    ]


@page()
def holds(request: HttpRequest) -> HttpResponseBase:
    """Everything that waits for a decision."""
    return answer_list(request, HOLDS, tabs=tabs("waiting"))


@page()
def decided(request: HttpRequest) -> HttpResponseBase:
    """What was decided, and what of it can be taken back."""
    return answer_list(request, DECIDED, tabs=tabs("decided"))


@require_POST
@page(Permission.DECIDE)
def take_back(request: HttpRequest, *, id: int) -> HttpResponseBase:
    """Take back a decision that lasts."""
    take_back_decision(id)
    messages.success(
        request, _("Taken back. Its days wait for a decision again; the next run bills them anew.")
    )
    return redirect(back_address(request, usual=reverse("holds-decided")))


def _title(row: HeldRow) -> str:
    return row.organization_name or row.name or row.module_name


def _title_note(row: HeldRow) -> str:
    if row.reason == "quarantined":
        return _("all organizations of the module")
    place = " · ".join(part for part in (row.contract, row.service) if part)
    return place or _("on no contract")


def _what(row: HeldRow) -> str:
    return row.type_name or _("every count of the day")


def _what_note(row: HeldRow) -> str:
    return " · ".join(part for part in (row.module_name, row.name) if part)


def _units(row: HeldRow) -> str:
    if row.said and row.carried:
        return f"{row.carried} → {row.said}"
    return row.said or row.carried


def _units_note(row: HeldRow) -> str:
    if row.said:
        return _("stands → said") if row.carried else _("said")
    return _("stands") if row.carried else ""


def _waits_note(row: HeldRow) -> str:
    return _("to %(day)s") % {"day": row.to_day} if row.to_day != row.from_day else ""


def _address(row: HeldRow) -> str:
    return f"{reverse('hold-decision')}?{urlencode({'row': row.id})}"


HOLDS = Listing(
    key="holds",
    title=gettext_lazy("Holds"),
    rows=hold_page,
    sort="from",
    search=gettext_lazy("Search organization, module, contract"),
    row_id=lambda row: row.id,
    columns=(
        Column(
            key="organization",
            label=gettext_lazy("Organization"),
            value=_title,
            link=_address,
            note=_title_note,
        ),
        Column(key="type", label=gettext_lazy("What"), value=_what, note=_what_note),
        Column(
            key="reason",
            label=gettext_lazy("Reason"),
            value=lambda row: row.reason,
            look=Look.STATE,
            choices=_REASONS,
            tone=lambda row: "warn" if row.reason in ("gap", "absent") else "bad",
        ),
        Column(
            key="units",
            label=gettext_lazy("Units"),
            value=_units,
            note=_units_note,
            is_sorted=False,
            is_filtered=False,
        ),
        Column(
            key="from",
            label=gettext_lazy("Since"),
            value=lambda row: row.from_day,
            note=_waits_note,
            look=Look.DAY,
        ),
        Column(
            key="days", label=gettext_lazy("Days"), value=lambda row: row.days, look=Look.NUMBER
        ),
        Column(
            key="amount",
            label=gettext_lazy("Holds back"),
            value=lambda row: row.amount,
            currency=lambda row: row.currency,
            look=Look.MONEY,
        ),
        Column(
            key="module",
            label=gettext_lazy("Module"),
            value=lambda row: row.module_name,
            is_shown=False,
        ),
        Column(
            key="name",
            label=gettext_lazy("Module organization"),
            value=lambda row: row.name,
            is_shown=False,
        ),
        Column(
            key="contract",
            label=gettext_lazy("Contract"),
            value=lambda row: row.contract,
            is_shown=False,
        ),
    ),
    bulk=(
        Bulk(
            label=gettext_lazy("Decide…"),
            address="/holds/decide",
            permission=Permission.DECIDE,
        ),
    ),
    empty=Empty(
        title=gettext_lazy("Nothing waits for a decision"),
        text=gettext_lazy(
            "Counts that jump, answers that stay away and days that contradict each other wait "
            "here, so that no guess is billed."
        ),
    ),
    template="usage/holds.html",
)

DECIDED = Listing(
    key="decided",
    title=gettext_lazy("Decided"),
    rows=decision_page,
    search=gettext_lazy("Search module, organization, reason"),
    columns=(
        Column(
            key="name",
            label=gettext_lazy("Module organization"),
            value=lambda row: row.name,
            note=lambda row: row.module,
        ),
        Column(
            key="type",
            label=gettext_lazy("Billing type"),
            value=lambda row: row.billing_type or _("all"),
        ),
        Column(
            key="decision",
            label=gettext_lazy("Decision"),
            value=lambda row: row.decision,
            look=Look.STATE,
            choices=DECISIONS,
            note=lambda row: _("taken back") if row.is_taken_back else "",
        ),
        Column(
            key="from",
            label=gettext_lazy("From"),
            value=lambda row: row.from_day,
            look=Look.DAY,
            note=lambda row: _until(row),
        ),
        Column(key="reason", label=gettext_lazy("Reason"), value=lambda row: row.reason),
        Column(key="actor", label=gettext_lazy("By"), value=lambda row: row.actor),
        Column(
            key="decided",
            label=gettext_lazy("Decided"),
            value=lambda row: row.decided_at,
            look=Look.MOMENT,
        ),
    ),
    empty=Empty(
        title=gettext_lazy("Nothing was decided yet"),
        text=gettext_lazy("Decisions about holds stay here with who made them and why."),
    ),
    template="usage/holds.html",
    actions="usage/take_back.html",
)


def _until(row: DecisionRow) -> str:
    if row.until_day is None or row.is_taken_back:
        return ""
    return _("until %(day)s") % {"day": row.until_day}
