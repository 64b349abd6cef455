"""The list of messages: its columns, and what can be done with its rows."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from icb.delivery.queries import DeliveryRow, delivery_page
from icb.foundation.actor import Permission
from icb.kernel.errors import without_commands
from icb.web.delivery.words import KINDS, STATES, kind_word, state_word, tone_of
from icb.web.lists.columns import Bulk, Column, Empty, Listing, Look


def _address(row: DeliveryRow) -> str:
    return reverse("delivery-message", kwargs={"id": row.id})


def _organization(row: DeliveryRow) -> str:
    return reverse("organization-delivery", kwargs={"key": row.organization})


def _about(row: DeliveryRow) -> str:
    about = row.number or row.about
    return f"{about} ({row.round})" if row.round > 1 else about


QUEUE = Listing(
    key="deliveries",
    title=_("Delivery"),
    rows=delivery_page,
    search=_("Search number, organization or reason"),
    row_id=lambda row: str(row.id),
    template="delivery/queue.html",
    columns=(
        Column(key="number", label=_("Document"), value=_about, link=_address),
        Column(key="kind", label=_("Kind"), value=lambda row: kind_word(row.kind), choices=KINDS),
        Column(
            key="organization",
            label=_("Organization"),
            value=lambda row: row.name,
            link=_organization,
        ),
        Column(
            key="state",
            label=_("State"),
            value=lambda row: state_word(row.state),
            look=Look.STATE,
            choices=STATES,
            tone=lambda row: tone_of(row.state),
        ),
        Column(
            key="reason",
            label=_("Reason or answer"),
            value=lambda row: without_commands(row.message),
        ),
        Column(
            key="recipients",
            label=_("Recipients"),
            value=lambda row: ", ".join(row.recipients),
            is_sorted=False,
            is_filtered=False,
            is_shown=False,
        ),
        Column(key="attempts", label=_("Tries"), value=lambda row: row.attempts, look=Look.NUMBER),
        Column(
            key="due",
            label=_("Next try"),
            value=lambda row: row.due_at if row.state == "waiting" else None,
            look=Look.MOMENT,
            is_shown=False,
        ),
        Column(
            key="created",
            label=_("Queued"),
            value=lambda row: row.created_at,
            look=Look.MOMENT,
            is_shown=False,
        ),
        Column(key="sent", label=_("Sent"), value=lambda row: row.sent_at, look=Look.MOMENT),
        Column(key="by", label=_("Queued by"), value=lambda row: row.actor, is_shown=False),
    ),
    bulk=(
        Bulk(label=_("Retry"), address="/delivery/retry", permission=Permission.DELIVER),
        Bulk(
            label=_("Cancel"),
            address="/delivery/cancel",
            permission=Permission.DELIVER,
            is_danger=True,
        ),
    ),
    empty=Empty(
        title=_("Nothing is to be sent"),
        text=_(
            "Documents come here when somebody sends them, or as they are issued where that was "
            "chosen."
        ),
    ),
)
