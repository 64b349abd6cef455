"""What came from a connection: its syncs, its snapshots, and one snapshot with what it changed."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from icb.foundation.access import page
from icb.hub.queries import connection_named
from icb.hub.snapshot_queries import (
    AnswerRow,
    answer,
    answer_page,
    answers_of_day,
    changed_page,
    connection_of_snapshot,
    sync_behind,
)
from icb.hub.sync_queries import sync_page
from icb.kernel.errors import without_commands
from icb.web.lists.answer import answer_list
from icb.web.lists.columns import Column, Empty, Listing, Look
from icb.web.modules.connection import frame

SYNC_STATES = (
    ("running", _("Running")),
    ("stored", _("Stored")),
    ("unchanged", _("Unchanged")),
    ("quarantined", _("Quarantined")),
    ("refused", _("Refused")),
    ("failed", _("Failed")),
    ("cancelled", _("Cancelled")),
)
SNAPSHOT_STATES = (
    ("accepted", _("Accepted")),
    ("quarantined", _("Quarantined")),
    ("duplicate", _("Duplicate")),
    ("superseded", _("Superseded")),
    ("refused", _("Refused")),
    ("rejected", _("Rejected")),
)
COUNT_STATES = (
    ("counted", _("Counted")),
    ("absent", _("Absent")),
    ("held", _("Held")),
    ("rejected", _("Rejected")),
)


def snapshot_address(row: AnswerRow) -> str:
    """The page of a snapshot."""
    return reverse("module-snapshot", kwargs={"connection": row.connection, "id": row.id})


SYNCS = Listing(
    key="module-syncs",
    title=_("Syncs"),
    rows=sync_page,
    template="modules/answers.html",
    columns=(
        Column(key="day", label=_("Day"), value=lambda row: row.day, look=Look.DAY),
        Column(
            key="state",
            label=_("Result"),
            value=lambda row: row.state,
            look=Look.STATE,
            choices=SYNC_STATES,
        ),
        Column(
            key="started", label=_("Started"), value=lambda row: row.started_at, look=Look.MOMENT
        ),
        Column(key="counts", label=_("Rows"), value=lambda row: row.counts, look=Look.NUMBER),
        Column(
            key="requests", label=_("Requests"), value=lambda row: row.requests, look=Look.NUMBER
        ),
        Column(key="message", label=_("Message"), value=lambda row: without_commands(row.message)),
    ),
    empty=Empty(
        title=_("Not synced yet"),
        text=_("The first sync comes in the night after its first expected day, or with Sync Now."),
    ),
)
SNAPSHOTS = Listing(
    key="module-snapshots",
    title=_("Snapshots"),
    rows=answer_page,
    template="modules/answers.html",
    columns=(
        Column(
            key="day",
            label=_("Day"),
            value=lambda row: row.day,
            look=Look.DAY,
            link=snapshot_address,
        ),
        Column(
            key="state",
            label=_("State"),
            value=lambda row: row.state,
            look=Look.STATE,
            choices=SNAPSHOT_STATES,
        ),
        Column(key="rows", label=_("Rows"), value=lambda row: row.rows, look=Look.NUMBER),
        Column(
            key="complete",
            label=_("Whole day"),
            value=lambda row: row.is_complete,
            look=Look.YES_NO,
        ),
        Column(
            key="revision", label=_("Revision"), value=lambda row: row.revision, look=Look.NUMBER
        ),
        Column(
            key="received",
            label=_("Received"),
            value=lambda row: row.received_at,
            look=Look.MOMENT,
        ),
        Column(
            key="reason",
            label=_("Reason"),
            value=lambda row: row.reason,
            is_sorted=False,
            is_filtered=False,
        ),
    ),
    empty=Empty(
        title=_("No snapshot yet"),
        text=_("A snapshot is one answer of the module for one day, with what became of it."),
    ),
)
CHANGED = Listing(
    key="snapshot-counts",
    title=_("What it changed"),
    rows=changed_page,
    template="modules/snapshot.html",
    search=_("Search organization or billing type"),
    columns=(
        Column(
            key="organization",
            label=_("Module organization"),
            value=lambda row: row.organization,
            note=lambda row: row.id if row.id != row.organization else "",
        ),
        Column(key="type", label=_("Billing type"), value=lambda row: row.billing_type),
        Column(
            key="state",
            label=_("State"),
            value=lambda row: row.state,
            look=Look.STATE,
            choices=COUNT_STATES,
        ),
        Column(
            key="value",
            label=_("Count"),
            value=lambda row: row.value,
            look=Look.NUMBER,
            is_filtered=False,
        ),
        Column(
            key="reason",
            label=_("Reason"),
            value=lambda row: row.reason,
            is_sorted=False,
            is_filtered=False,
        ),
        Column(
            key="replaced",
            label=_("Replaced since"),
            value=lambda row: row.is_replaced,
            look=Look.YES_NO,
            is_sorted=False,
            is_filtered=False,
        ),
    ),
    empty=Empty(
        title=_("It changed no count"),
        text=_(
            "Every count reads as on the day before. Only what changes is stored; the snapshot "
            "proves the day."
        ),
    ),
)


@page()
def syncs(request: HttpRequest, *, connection: str) -> HttpResponseBase:
    """Every attempt to get a connection's counts, newest first."""
    shown = frame(connection_named(connection), here="module-syncs")
    return answer_list(request, replace(SYNCS, extra={"connection": shown["key"]}), **shown)


@page()
def snapshots(request: HttpRequest, *, connection: str) -> HttpResponseBase:
    """Every answer of a connection, newest first."""
    shown = frame(connection_named(connection), here="module-snapshots")
    return answer_list(request, replace(SNAPSHOTS, extra={"connection": shown["key"]}), **shown)


@page()
def snapshot(request: HttpRequest, *, connection: str, id: int) -> HttpResponseBase:
    """One answer: how it came, what became of it, and what it changed."""
    row = answer(connection, id=id)
    return answer_list(
        request,
        replace(CHANGED, extra={"snapshot": str(id)}),
        **frame(connection_named(connection), here="module-snapshots"),
        snapshot=row,
        others=[one for one in answers_of_day(connection, day=row.day) if one.id != id],
        sync=sync_behind(id),
    )


@page()
def snapshot_anywhere(request: HttpRequest, *, id: int) -> HttpResponseBase:
    """Lead to the page of a snapshot of whichever connection."""
    return redirect("module-snapshot", connection=connection_of_snapshot(id), id=id)
