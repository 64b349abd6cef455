"""The audit log: every action that changed something, each sealing the one before it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from icb.foundation.access import page
from icb.foundation.audit import check_chain, head
from icb.foundation.audit_queries import AuditRow, audit_event, audit_page
from icb.web.lists.answer import answer_list
from icb.web.lists.columns import Column, Empty, Listing, Look


def _words(row: AuditRow) -> str:
    return row.action.replace("_", " ").capitalize()


def _address(row: AuditRow) -> str:
    return reverse("audit-event", kwargs={"number": row.sequence})


_LISTING = Listing(
    key="audit-log",
    title=_("Audit log"),
    rows=audit_page,
    search=_("Search who, what or about what"),
    columns=(
        Column(key="at", label=_("When"), value=lambda row: row.at, look=Look.MOMENT),
        Column(key="actor", label=_("Who"), value=lambda row: row.actor),
        Column(key="action", label=_("Action"), value=_words, link=_address),
        Column(key="subject", label=_("About"), value=lambda row: row.subject),
        Column(
            key="sequence",
            label=_("Number"),
            value=lambda row: row.sequence,
            look=Look.NUMBER,
            is_shown=False,
        ),
    ),
    empty=Empty(title=_("Nothing was changed yet")),
    template="settings/audit_log.html",
)


@page()
def audit_log(request: HttpRequest) -> HttpResponseBase:
    """The events, newest first; with ?check=1 also whether the chain is whole."""
    is_checked = request.GET.get("check") == "1"
    problems = check_chain() if is_checked else []
    return answer_list(
        request, _LISTING, is_checked=is_checked, chain_problems=problems, seal=head()
    )


@page()
def show_event(request: HttpRequest, *, number: int) -> HttpResponseBase:
    """One event with everything it says."""
    row = audit_event(number)
    newest = head().sequence
    context = {
        "row": row,
        "words": _words(row),
        "facts": [(name.replace("_", " ").capitalize(), value) for name, value in row.data.items()],
        "before": row.sequence - 1,
        "after": row.sequence + 1 if row.sequence < newest else 0,
    }
    return render(request, "settings/event.html", context)
