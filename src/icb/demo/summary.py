"""What came of the demo, told so that a person enjoys reading it."""

from __future__ import annotations

import sys
from collections import defaultdict
from datetime import date
from pathlib import Path

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from icb.billing.queries import holds, items, unbilled
from icb.demo.cast import OWNER
from icb.foundation.actor import acting_as
from icb.foundation.providers import (
    current_provider,
    local_today,
    provider_days,
    provider_named,
)
from icb.foundation.scope import in_provider
from icb.hub.queries import connected_modules, last_answers, modules, newest_syncs, snapshots
from icb.insights.queries import insights
from icb.invoicing.queries import DocumentRow, documents
from icb.kernel.money import format_minor
from icb.kernel.quantity import MICRO
from icb.payments.account_queries import overdue_sums
from icb.payments.queries import balances

_WHY = {
    "fall": "a fall that nobody has confirmed",
    "rise": "a rise that nobody has confirmed",
    "gap": "no counts for longer than is carried",
    "absent": "gone from the module, and nobody said departed or carry",
    "identity": "another client may be behind the same id",
    "quarantined": "a whole answer that looks wrong",
    "double_mapping": "mapped on two contracts",
}
_SHOWN_INSIGHTS = 2
_RISK = {
    "unmapped": "not mapped to anybody",
    "waived": "from before it was mapped: waived",
    "waiting": "of periods that are not over",
    "held": "on held lines",
    "deferred": "deferred to a later day",
    "ignored": "ignored on purpose",
    "out_of_cover": "outside every contract",
}


def print_summary(*, folder: Path, seconds: float | None) -> None:
    """Print what is in the demo. `seconds` is how long it took to make, None where it was there
    already and nothing was changed."""
    console = Console(width=None if sys.stdout.isatty() else 100, highlight=False)
    with in_provider(provider_named("harbour")), acting_as(OWNER):
        _headline(console, seconds)
        _money(console)
        _hub(console)
        _attention(console)
    _next_steps(console, folder)


def _headline(console: Console, seconds: float | None) -> None:
    console.print()
    provider = current_provider()
    if seconds is None:
        console.print(f"[bold]{provider.name}[/bold] is already there; nothing was changed.")
    else:
        console.print(f"[bold]{provider.name}[/bold] is set up and billed, in {seconds:.0f} s.")
    taken = [row for row in snapshots() if row.state == "accepted"]
    billed = items()
    counted = [
        (f"{len({row.organization for row in billed})}", "organizations billed"),
        (f"{sum(row.rows for row in taken):,}", f"daily counts from {len(modules())} modules"),
        (f"{len(billed):,}", "billing items"),
        (f"{sum(row.kind == 'correction' for row in billed)}", "of them corrections"),
        (f"{sum(row.estimated_days > 0 for row in billed)}", "of them with estimated days"),
    ]
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(justify="right", style="bold")
    table.add_column()
    for number, what in counted:
        table.add_row(number, what)
    console.print(Padding(table, (1, 2)))


def _money(console: Console) -> None:
    by_currency: dict[str, list[DocumentRow]] = defaultdict(list)
    for row in documents():
        by_currency[row.currency].append(row)
    is_open: dict[str, int] = defaultdict(int)
    for account in balances():
        is_open[account.currency] += account.balance
    overdue = {found.currency: found.amount for found in overdue_sums()}
    table = Table(box=box.SIMPLE_HEAD, title="Documents", title_justify="left", pad_edge=False)
    for name in ("Currency", "Invoices", "Credits", "Net", "Tax", "Total", "Open", "Overdue"):
        table.add_column(name, justify="left" if name == "Currency" else "right")
    for currency, rows in sorted(by_currency.items(), reverse=True):
        invoices = sum(row.kind == "invoice" for row in rows)
        sums = (sum(row.net for row in rows), sum(row.tax for row in rows))
        owed = (is_open[currency], overdue.get(currency, 0))
        amounts = [_grouped(amount, currency) for amount in (*sums, sum(sums), *owed)]
        table.add_row(currency, str(invoices), str(len(rows) - invoices), *amounts)
    console.print(Padding(table, (0, 2)))


def _hub(console: Console) -> None:
    """Where counts come from, and which module is not as it should be."""
    table = Table(box=box.SIMPLE_HEAD, title="Modules", title_justify="left", pad_edge=False)
    for name in ("Module", "Counts come by", "Last counts", "Last sync"):
        table.add_column(name)
    synced, answered = newest_syncs(), last_answers()
    for row in connected_modules():
        last = synced.get(row.key)
        way = f"asking {row.adapter}" if row.adapter else "files"
        came_on = provider_days().day_of(answered[row.key])
        table.add_row(row.name, way, f"{came_on}", last.state if last else "")
    console.print(Padding(table, (0, 2)))
    _insights(console)


def _insights(console: Console) -> None:
    """What needs attention first; the rest is listed by a command."""
    found = insights()
    first = found[:_SHOWN_INSIGHTS]
    console.print(f"  [bold]{len(first)} things[/bold] to look at first, of {len(found)}:")
    for row in first:
        at_stake = ", ".join(f"{amount} {name}" for name, amount in row.amounts.items())
        money = f" ({at_stake} a month)" if at_stake else ""
        console.print(f"    [bold]{row.title}[/bold]{money}", soft_wrap=True)
        console.print(f"      {row.text}", soft_wrap=True)
    console.print()


def _attention(console: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD, title="Not billed, and why", title_justify="left")
    table.pad_edge = False
    table.add_column("What")
    table.add_column("Unit-days", justify="right")
    table.add_column("Money", justify="right")
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    base = current_provider().currency
    for row in unbilled():
        sums[row.reason][0] += row.unit_days
        if row.currency == base:
            sums[row.reason][1] += row.amount or 0
    for reason, (unit_days, amount) in sorted(sums.items(), key=lambda pair: -pair[1][1]):
        money = f"{_grouped(amount, base)} {base}" if amount else ""
        table.add_row(f"Usage {_RISK[reason]}", f"{unit_days // MICRO:,}", money)
    console.print(Padding(table, (0, 2)))
    _held(console)


def _held(console: Console) -> None:
    """The holds, those of one organization with one reason together."""
    services: dict[tuple[str, str], list[str]] = defaultdict(list)
    since: dict[tuple[str, str], date] = {}
    for hold in holds():
        if hold.service:
            at = hold.organization, hold.reason
            services[at].append(hold.service)
            since[at] = min(hold.from_day, since.get(at, hold.from_day))
    count = sum(len(names) for names in services.values())
    console.print(f"  [bold]{count} lines held[/bold], for a person to decide:")
    for (organization, reason), names in services.items():
        first = since[organization, reason]
        what = names[0] if len(names) == 1 else f"{len(names)} services"
        day = f"{first.day} {first:%B %Y}"
        console.print(f"    {organization}, {what}, since {day}: {_WHY[reason]}", soft_wrap=True)


def _grouped(amount: int, currency: str) -> str:
    text = format_minor(abs(amount), currency)
    whole, point, fraction = text.partition(".")
    return f"{'-' if amount < 0 else ''}{int(whole):,}{point}{fraction}"


def _next_steps(console: Console, folder: Path) -> None:
    pdfs = folder / "documents"
    console.print()
    console.print(f"  The PDFs are in [bold]{pdfs}[/bold],")
    console.print(f"  the CSV files in {folder / 'bundles'}.", soft_wrap=True)
    console.print("  Try next:")
    prefix = f"ICB_DATA_DIR={folder} ./icb"
    with in_provider(provider_named("harbour")), acting_as(OWNER):
        newest = documents()[-1].number
        month = local_today().replace(day=1)
    for command, what in (
        (f"invoice list --since {month}", "the documents of this month"),
        (f"explain {newest} 1", "why a line costs what it costs"),
        ("statement rowan-freight", "what a client owes, and since when"),
        ("insights", "what needs attention, with the money at stake"),
        ("activity --only-failed", "what failed, and what it was about"),
        ("modules list", "where counts come from, and when they came last"),
        ("hold list", "what waits for a decision"),
        ("unbilled", "usage that nobody is billed for"),
        ("bill --preview", "what a bill run would make today"),
        ("verify --recompute", "whether the books are sound, all computed again"),
    ):
        console.print(f"    {prefix} {command}", soft_wrap=True)
        console.print(f"      {what}", style="dim")
    console.print()
