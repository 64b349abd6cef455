"""What waits for a person today, and how far a new installation has come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from icb.billing.totals_queries import DraftTotals, draft_totals
from icb.insights.queries import InsightRow, insights, money_at_stake
from icb.kernel.money import format_minor
from icb.mapping.progress_queries import mapping_progress
from icb.operations.syncing.standing import Standing, standings
from icb.payments.account_queries import overdue_sums
from icb.web.shell.navigation import Words

Money = list[tuple[str, str]]  # plain amount and currency


class Step(NamedTuple):
    """One step of the checklist. `address` is where it is done."""

    label: Words
    text: str
    address: str
    is_done: bool


class Waiting(NamedTuple):
    """Something that waits: how much of it, what it is worth, and where it is dealt with."""

    label: Words
    text: str
    address: str
    tone: str
    money: Money


class Today(NamedTuple):
    """How things stand, read once for the whole page."""

    connections: list[Standing]
    drafts: DraftTotals
    insights: list[InsightRow]


def look() -> Today:
    """Read how things stand."""
    return Today(standings(), draft_totals(), insights())


def checklist(today: Today) -> list[Step]:
    """The steps from an empty installation to the first draft, in order."""
    connections, progress, drafts = today.connections, mapping_progress(), today.drafts
    enabled = [row for row in connections if row.is_enabled]
    left = progress.module_organizations - progress.placed
    return [
        Step(
            _("Connect a module"),
            _("With its credentials, a token to push to, or a file."),
            reverse("modules"),
            bool(connections),
        ),
        Step(
            _("Enable it and take the first counts"),
            _("From then on it is synced every night."),
            reverse("modules"),
            any(row.answer for row in enabled),
        ),
        Step(
            _("Map its organizations to yours"),
            _("%(count)s are not mapped yet.") % {"count": left} if left else "",
            reverse("organization-mapping"),
            progress.placed > 0,
        ),
        Step(
            _("Map its billing types to services of the contracts"),
            _("On the contract, tab Service Mapping."),
            reverse("contracts"),
            progress.service_mappings > 0,
        ),
        Step(
            _("Look at the first drafts"),
            _("Run billing, then approve and post."),
            reverse("approve-and-post"),
            drafts.ever > 0,
        ),
    ]


def waiting(today: Today) -> list[Waiting]:
    """What waits for a person but holds, the most pressing first; empty where nothing does."""
    return [
        *_syncs(today.connections),
        *_drafts(today.drafts),
        *_unmapped(today.insights),
        *_overdue(),
    ]


def _overdue() -> Iterator[Waiting]:
    """What organizations should have paid by yesterday; each currency on its own."""
    found = overdue_sums()
    if found:
        count = sum(one.documents for one in found)
        yield Waiting(
            _("Overdue"),
            ngettext("%(count)s invoice", "%(count)s invoices", count) % {"count": count},
            f"{reverse('invoices-issued')}?state=overdue",
            "warn",
            [(format_minor(one.amount, one.currency), one.currency) for one in found],
        )


def _syncs(rows: list[Standing]) -> Iterator[Waiting]:
    failed = [row for row in rows if row.is_enabled and row.has_failed]
    if failed:
        names = ", ".join(row.name for row in failed[:3]) + ("…" if failed[3:] else "")
        text = ngettext("%(n)s sync failed", "%(n)s syncs failed", len(failed))
        yield Waiting(text % {"n": len(failed)}, names, reverse("modules"), "bad", [])


def held(count: int) -> list[Waiting]:
    """How many holds wait for a decision; empty where none does."""
    if not count:
        return []
    text = ngettext("%(n)s hold", "%(n)s holds", count) % {"n": count}
    said = _("Counts that need a decision before they are billed.")
    return [Waiting(text, said, reverse("holds"), "warn", [])]


def _drafts(totals: DraftTotals) -> Iterator[Waiting]:
    address = reverse("approve-and-post")
    if totals.ready:
        text = ngettext("%(n)s draft is ready", "%(n)s drafts are ready", totals.ready)
        said = _("To be approved and posted.")
        yield Waiting(text % {"n": totals.ready}, said, address, "accent", totals.ready_amounts)
    if totals.held:
        text = ngettext("%(n)s draft is held", "%(n)s drafts are held", totals.held)
        said = _("What holds them stands beside each.")
        where = f"{address}?f.state=held"
        yield Waiting(text % {"n": totals.held}, said, where, "warn", totals.held_amounts)


def _unmapped(found: list[InsightRow]) -> Iterator[Waiting]:
    rows = [row for row in found if row.kind in ("new_organization", "unmapped_type")]
    if rows:
        text = ngettext("%(n)s unmapped source", "%(n)s unmapped sources", len(rows))
        said = _("Usage that no service takes. The money is per month, where a price is known.")
        money = [(amount, currency) for currency, amount in money_at_stake(rows).items()]
        yield Waiting(text % {"n": len(rows)}, said, reverse("insights"), "warn", money)
