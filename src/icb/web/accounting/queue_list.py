"""The list of transfers: its columns, and what can be done with its rows."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from icb.accounting.target_queries import target_rows
from icb.accounting.transfer_queries import TransferRow, transfer_page
from icb.foundation.actor import Permission
from icb.kernel.errors import without_commands
from icb.web.accounting.words import ACTS, KINDS, STATES, tone_of, word
from icb.web.lists.columns import Bulk, Column, Empty, Listing, Look


def _address(row: TransferRow) -> str:
    return reverse("accounting-transfer", kwargs={"id": row.id})


def _organization(row: TransferRow) -> str:
    return reverse("organization", kwargs={"key": row.organization})


def _targets() -> list[tuple[str, str]]:
    return [(row.key, row.name) for row in target_rows()]


QUEUE = Listing(
    key="transfers",
    title=_("Accounting transfer"),
    rows=transfer_page,
    search=_("Search number, organization or reason"),
    row_id=lambda row: str(row.id),
    template="accounting/queue.html",
    columns=(
        Column(
            key="number",
            label=_("Document"),
            value=lambda row: row.number,
            link=_address,
            note=lambda row: word(ACTS, key=row.act) if row.act == "void" else "",
        ),
        Column(
            key="kind",
            label=_("Kind"),
            value=lambda row: word(KINDS, key=row.kind),
            choices=KINDS,
            is_shown=False,
        ),
        Column(
            key="organization",
            label=_("Organization"),
            value=lambda row: row.organization_name,
            link=_organization,
        ),
        Column(
            key="target", label=_("Target"), value=lambda row: row.target_name, choices=_targets
        ),
        Column(
            key="state",
            label=_("State"),
            value=lambda row: word(STATES, key=row.state),
            look=Look.STATE,
            choices=STATES,
            tone=lambda row: tone_of(row.state),
        ),
        Column(key="message", label=_("Reason"), value=lambda row: without_commands(row.message)),
        Column(
            key="total",
            label=_("Total here"),
            value=lambda row: row.total,
            look=Look.MONEY,
            currency=lambda row: row.currency,
        ),
        Column(
            key="theirs",
            label=_("Total there"),
            value=lambda row: row.their_total,
            look=Look.MONEY,
            currency=lambda row: row.currency,
            is_shown=False,
        ),
        Column(key="currency", label=_("Currency"), value=lambda row: row.currency, is_shown=False),
        Column(
            key="issued",
            label=_("Issued"),
            value=lambda row: row.issued_on,
            look=Look.DAY,
            is_shown=False,
        ),
        Column(
            key="attempts",
            label=_("Tries"),
            value=lambda row: row.attempts,
            look=Look.NUMBER,
            is_shown=False,
        ),
        Column(
            key="due",
            label=_("Next try"),
            value=lambda row: row.due_at if row.state in ("waiting", "unknown") else None,
            look=Look.MOMENT,
            is_shown=False,
        ),
        Column(key="sent", label=_("Transferred"), value=lambda row: row.sent_at, look=Look.MOMENT),
        Column(
            key="round",
            label=_("Round"),
            value=lambda row: row.round,
            look=Look.NUMBER,
            is_shown=False,
        ),
    ),
    bulk=(
        Bulk(label=_("Retry"), address="/accounting/retry", permission=Permission.TRANSFER),
        Bulk(
            label=_("Look again"), address="/accounting/look-again", permission=Permission.TRANSFER
        ),
        Bulk(
            label=_("Reset"),
            address="/accounting/reset",
            permission=Permission.TRANSFER,
            is_danger=True,
        ),
    ),
    empty=Empty(
        title=_("Nothing goes to accounting yet"),
        text=_(
            "Connect an accounting application or a file format. Documents that are issued "
            "afterwards come here by themselves."
        ),
        label=_("Targets"),
        address="/accounting/targets",
    ),
)
