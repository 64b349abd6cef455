"""Plays the year: what arrives, what people do about it, and the close of each month."""

from __future__ import annotations

import sys
import time as stopwatch
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path

from icb.billing.actions import bill
from icb.billing.posting import post_items
from icb.contracts.actions import set_price
from icb.demo.bundle import (
    LATE,
    write_agreements,
    write_correction,
    write_counts,
    write_mappings,
)
from icb.demo.cast import CLIENTS, OWNER, ZONE
from icb.demo.counts import sites_of
from icb.demo.fleet import Fleet
from icb.demo.handed_on import connect_journal, hand_over_journal, name_recipients
from icb.demo.live import Nights, connect_vendors
from icb.demo.money_in import receive_payments, silent_from
from icb.demo.year import MONTHS, Year, year_before
from icb.exchange.actions import Importing, import_bundle
from icb.foundation.actor import acting_as
from icb.foundation.installation import mark_installation
from icb.foundation.providers import local_today, provider_days, provider_named
from icb.foundation.scope import in_provider
from icb.insights.actions import refresh_insights
from icb.invoicing.actions import credit_document, issue_documents, render_documents
from icb.invoicing.queries import documents
from icb.kernel import clock
from icb.mapping.actions import map_organization
from icb.operations.syncing.requests import request_follow
from icb.operations.syncing.scheduler import tick
from icb.operations.worker import Worker

MAPPED_LATE, CORRECTED, RAISED, CREDITED, ACCOUNTED = 5, 3, 7, 8, 9
"""In which months (from 0) the late client is mapped, a count corrected, prices raised, credit
given, a journal kept for the accountant."""

Tell = Callable[[str], None]


def play(folder: Path) -> float:
    """Make the provider and run the main job for twelve months; how many seconds it took."""
    began = stopwatch.perf_counter()
    year = year_before(clock.today(ZONE))
    mark_installation(is_demo=True)
    with _progress() as tell, Fleet() as fleet:
        tell("Writing a year of daily counts as CSV files")
        bundles = folder / "bundles"
        write_agreements(bundles / "agreements", year=year)
        write_mappings(bundles / "mappings")
        months = write_counts(bundles / "counts", year=year)
        tell("Importing organizations and contracts, connecting modules")
        with clock.frozen(_noon(year.start)):
            _import(bundles / "agreements")
        with in_provider(provider_named("harbour")), acting_as(OWNER):
            with clock.frozen(_noon(year.start)):
                connect_vendors(fleet, year=year)
                _import(bundles / "mappings")
                name_recipients()
            nights = Nights(fleet, year=year)
            for number, (month, counts) in enumerate(months):
                if number == MONTHS - 1:
                    tell(f"{month:%B %Y}: asking the vendors, night by night")
                    nights.until(year.month(MONTHS))
                if number < MONTHS:
                    tell(f"{month:%B %Y}: counts, bill, approve and post, invoice")
                    _close_month(number, year, counts)
                else:
                    tell("Counts of this month")
                    _import(counts)
                    nights.until(year.today)
                    _end_waiting()
            tell("Carrying on what changed to contracts and the activity log")
            _carry_on()
            refresh_insights()
            tell("Drawing the documents as PDF")
            render_documents()
    return stopwatch.perf_counter() - began


def _end_waiting() -> None:
    """Past noon the days of yesterday's failed syncs cannot be asked for any more."""
    yesterday = local_today() - timedelta(days=1)
    if clock.now() >= provider_days().noon_after(yesterday):
        tick()


def _carry_on() -> None:
    """By a job, as it happens every night: so there is one to look at from the first moment."""
    Worker(only=request_follow()).work_off()


def _close_month(number: int, year: Year, counts: Path) -> None:
    """Noon of the first day after the month: the last count is in, and it can be billed."""
    with clock.frozen(_at(year.month(number + 1), 12)):
        _import(counts)
        _what_people_do(number, year, counts.parent.parent)
        receive_payments(silent_from=silent_from(year.today))
        if number > ACCOUNTED:  # before this month's: those wait for the next file
            hand_over_journal()
        bill()
        post_items()
        issue_documents()
        if number == CREDITED:
            _give_credit()


def _what_people_do(number: int, year: Year, bundles: Path) -> None:
    if number == MAPPED_LATE:
        for module, id in sites_of(LATE):
            map_organization(module, id=id, organization=LATE, reason="Found in the review of July")
    if number == CORRECTED:
        path = bundles / "correction"
        write_correction(path, year=year, day=year.month(CORRECTED - 1) + timedelta(days=19))
        _import(path)
    if number == ACCOUNTED:
        connect_journal()
    if number == RAISED:
        for client in CLIENTS[:6]:
            set_price(
                f"{client.key}-care",
                service="workstation",
                price="15.25",
                from_day=year.month(RAISED) + timedelta(days=14),
            )


def _give_credit() -> None:
    invoice = next(row for row in documents() if row.organization == "calloway-law")
    credit_document(invoice.number, lines=[1], reason="Two weeks without service, as agreed")


def _import(folder: Path) -> None:
    import_bundle(folder, importing=Importing(user=OWNER))


def _noon(day: date) -> datetime:
    from zoneinfo import ZoneInfo

    return datetime.combine(day, time(12), ZoneInfo(ZONE))


def _at(day: date, hour: int) -> datetime:
    return provider_days().at(day, time(hour))


@contextmanager
def _progress() -> Iterator[Tell]:
    """A moving line where somebody watches, a plain log where not."""
    if not sys.stdout.isatty():
        yield lambda text: print(text, flush=True)
        return
    from rich.console import Console

    console = Console()
    with console.status("") as status:

        def tell(text: str) -> None:
            status.update(f"{text} …")

        yield tell
