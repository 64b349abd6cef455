"""The lists of drafts, of what waits for each organization, and of posted items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from icb.billing.draft_queries import (
    OrganizationTotal,
    ShownItem,
    draft_page,
    organization_totals,
    posted_page,
)
from icb.foundation.actor import Permission
from icb.hub.module_queries import modules
from icb.organizations.queries import currencies_in_use
from icb.web.lists.columns import Bulk, Column, Empty, Listing, Look
from icb.web.shell import formats
from icb.web.usage.explorer import reason_words

KINDS = (
    ("recurring", lazy("Recurring")),
    ("adjustment", lazy("Adjustment")),
    ("correction", lazy("Correction")),
    ("discount", lazy("Discount")),
    ("minimum", lazy("Minimum")),
    ("manual", lazy("Manual item")),
)
STATES = (
    ("ready", lazy("Ready")),
    ("estimated", lazy("Estimated days")),
    ("held", lazy("Held")),
    ("deferred", lazy("Deferred")),
)
_TONES = {"ready": "good", "estimated": "warn", "held": "bad", "deferred": ""}
CAUSES = {"units": lazy("units"), "price": lazy("price"), "days": lazy("days")}


def item_address(row: ShownItem) -> str:
    """The explanation of an item."""
    return reverse("billing-item", kwargs={"id": row.id})


def why_of(row: ShownItem) -> str:
    """What made an item differ from the period before: per cent, and units, price or days."""
    if row.variance is None or row.variance.amount == 0:
        return ""
    percent = row.variance.percent
    sign = "+" if percent and percent > 0 else ""
    said = [f"{sign}{formats.number(percent)} %"] if percent is not None else []
    return " · ".join([*said, ", ".join(str(CAUSES[why]) for why in row.variance.why)])


def state_note(row: ShownItem) -> str:
    """Why an item is in its state."""
    if row.state == "held":
        return ", ".join(reason_words(word) for word in row.held.split(","))
    if row.state == "deferred":
        return _("until %(day)s") % {"day": formats.day(row.deferred_until)}
    if row.state == "estimated":
        return _("%(days)s estimated") % {"days": row.estimated_days}
    return ""


def title_of(row: ShownItem) -> str:
    """What an item is for: its service, else what kind of item it is."""
    return row.service_name or str(dict(KINDS)[row.kind])


def _kind_note(row: ShownItem) -> str:
    if row.kind == "manual":
        return row.reason
    return "" if row.kind == "recurring" else str(dict(KINDS)[row.kind])


def _period(row: ShownItem) -> str:
    return f"{formats.day(row.period_start)} – {formats.day(row.last_day)}"


def _module_choices() -> Sequence[tuple[str, Any]]:
    return [(row.key, row.name) for row in modules()]


def _currency_choices() -> Sequence[tuple[str, Any]]:
    return [(row.currency, row.currency) for row in currencies_in_use()]


_COLUMNS = (
    Column(
        key="service",
        label=lazy("Service"),
        value=title_of,
        link=item_address,
        note=_kind_note,
    ),
    Column(
        key="organization",
        label=lazy("Organization"),
        value=lambda row: row.organization_name,
        link=lambda row: reverse("organization", kwargs={"key": row.organization}),
    ),
    Column(
        key="contract",
        label=lazy("Contract"),
        value=lambda row: row.contract,
        link=lambda row: reverse("contract", kwargs={"key": row.contract}),
    ),
    Column(
        key="module",
        label=lazy("Module"),
        value=lambda row: row.module_name,
        choices=_module_choices,
    ),
    Column(
        key="kind",
        label=lazy("Kind"),
        value=lambda row: str(dict(KINDS)[row.kind]),
        choices=KINDS,
        is_shown=False,
    ),
    Column(
        key="period",
        label=lazy("Period from"),
        value=lambda row: row.period_start,
        look=Look.DAY,
        note=lambda row: _("to %(day)s") % {"day": formats.day(row.last_day)},
    ),
    Column(key="units", label=lazy("Units"), value=lambda row: row.units, look=Look.NUMBER),
    Column(
        key="unit_price",
        label=lazy("Unit price"),
        value=lambda row: row.unit_price,
        currency=lambda row: row.currency,
        look=Look.PRICE,
    ),
    Column(
        key="amount",
        label=lazy("Amount"),
        value=lambda row: row.amount,
        currency=lambda row: row.currency,
        look=Look.MONEY,
    ),
    Column(
        key="currency",
        label=lazy("Currency"),
        value=lambda row: row.currency,
        choices=_currency_choices,
        is_shown=False,
    ),
    Column(
        key="variance",
        label=lazy("Against last period"),
        value=lambda row: row.variance.amount if row.variance else None,
        currency=lambda row: row.currency,
        note=why_of,
        look=Look.MONEY,
    ),
    Column(
        key="percent",
        label=lazy("Variance in %"),
        value=lambda row: row.variance.percent if row.variance else None,
        look=Look.NUMBER,
        is_shown=False,
    ),
)
_STATE = Column(
    key="state",
    label=lazy("State"),
    value=lambda row: row.state,
    note=state_note,
    choices=STATES,
    tone=lambda row: _TONES.get(row.state, ""),
    look=Look.STATE,
)

DRAFTS = Listing(
    key="drafts",
    title=lazy("Approve and Post"),
    rows=draft_page,
    row_id=lambda row: str(row.id),
    search=lazy("Search organization, contract or service"),
    columns=(*_COLUMNS, _STATE),
    bulk=(
        Bulk(
            label=lazy("Approve and post…"),
            address="/approve-and-post/summary",
            permission=Permission.POST,
        ),
        Bulk(label=lazy("Defer…"), address="/approve-and-post/defer", permission=Permission.BILL),
        Bulk(
            label=lazy("Un-defer"),
            address="/approve-and-post/undefer",
            permission=Permission.BILL,
        ),
        Bulk(
            label=lazy("Waive…"),
            address="/approve-and-post/waive",
            permission=Permission.BILL,
            is_danger=True,
        ),
    ),
    empty=Empty(
        title=lazy("Nothing waits to be approved"),
        text=lazy(
            "A bill run drafts what is due: periods that begin, for contracts billed in advance, "
            "and periods that are over, for those in arrears."
        ),
        label=lazy("Run billing"),
        address="/approve-and-post/run",
        permission=Permission.BILL,
    ),
    template="billing/drafts.html",
)

POSTED = Listing(
    key="posted",
    title=lazy("Posted items"),
    rows=posted_page,
    row_id=lambda row: str(row.id),
    search=lazy("Search organization, contract or service"),
    columns=_COLUMNS,
    bulk=(
        Bulk(
            label=lazy("Un-post…"), address="/approve-and-post/unpost", permission=Permission.POST
        ),
    ),
    empty=Empty(
        title=lazy("No posted item waits for an invoice"),
        text=lazy("Items stand here from posting until they are on an invoice."),
        label=lazy("Drafts"),
        address="/approve-and-post",
    ),
    template="billing/posted.html",
)

_MANUAL_COLUMNS = tuple(
    column
    for column in _COLUMNS
    if column.key in ("organization", "contract", "period", "amount", "currency")
)
MANUAL = Listing(
    key="manual-items",
    title=lazy("Manual items"),
    rows=draft_page,
    search=lazy("Search organization or contract"),
    extra={"kind": "manual"},
    columns=(
        Column(
            key="reason",
            label=lazy("Reason"),
            value=lambda row: row.reason,
            link=item_address,
            note=lambda row: row.actor,
            is_sorted=False,
            is_filtered=False,
        ),
        *_MANUAL_COLUMNS,
        _STATE,
    ),
    empty=Empty(
        title=lazy("No manual item is a draft"),
        text=lazy("A manual item is an amount that no rule computes: it is posted like others."),
    ),
    actions="billing/manual_actions.html",
    template="billing/manual.html",
)


def _sum(name: str, label: Any) -> Column:
    return Column(
        key=name,
        label=label,
        value=lambda row: getattr(row, name),
        currency=lambda row: row.currency,
        look=Look.MONEY,
        is_sorted=name == "amount",
        is_filtered=name == "amount",
    )


def _drafts_of(row: OrganizationTotal) -> str:
    return f"{reverse('approve-and-post')}?f.organization={row.organization_name}"


BY_ORGANIZATION = Listing(
    key="drafts-by-organization",
    title=lazy("Drafts by organization"),
    rows=organization_totals,
    search=lazy("Search organization"),
    columns=(
        Column(
            key="organization",
            label=lazy("Organization"),
            value=lambda row: row.organization_name,
            link=_drafts_of,
        ),
        Column(
            key="currency",
            label=lazy("Currency"),
            value=lambda row: row.currency,
            choices=_currency_choices,
        ),
        Column(key="items", label=lazy("Items"), value=lambda row: row.items, look=Look.NUMBER),
        _sum("ready", lazy("Ready")),
        _sum("estimated", lazy("Estimated days")),
        _sum("held", lazy("Held")),
        _sum("deferred", lazy("Deferred")),
        _sum("amount", lazy("In all")),
    ),
    empty=Empty(title=lazy("Nothing waits to be approved")),
    template="billing/by_organization.html",
)
