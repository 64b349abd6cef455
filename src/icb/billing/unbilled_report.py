"""The report of unbilled usage: at once where little is counted, else as a job last worked it out.

Working it out goes through every count key; of thousands that takes longer than somebody waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Sum

from icb.billing.models import UnbilledReport, UnbilledStretch
from icb.billing.queries import UnbilledRow, unbilled
from icb.foundation.actor import Permission, require
from icb.foundation.amounts import to_stored
from icb.foundation.bulk import insert_rows
from icb.foundation.jobs import JobContext, JobRow, NewJob, enqueue, open_jobs
from icb.foundation.listing import Asked, Kind, Page, Wanted, narrowed, page_of, page_of_rows
from icb.foundation.providers import local_today
from icb.foundation.transactions import transaction
from icb.hub.key_queries import few_count_keys, has_more_keys
from icb.kernel import clock
from icb.kernel.money import minor_to_decimal
from icb.kernel.quantity import micro_to_decimal

AT_ONCE = 2_000
"""Of so many count keys unbilled usage is worked out while somebody waits."""
_KIND = "unbilled"
_ATTEMPTS = 2


class Unbilled(NamedTuple):
    """A stretch of days that is not billed, in plain decimals. `to_day` is inclusive."""

    reason: str
    module: str
    module_organization: str
    billing_type: str
    from_day: date
    to_day: date
    unit_days: Decimal
    amount: Decimal | None
    currency: str


class UnbilledSum(NamedTuple):
    """What the stretches of one reason that begin on a day come to, in one currency."""

    reason: str
    from_day: date
    currency: str
    amount: Decimal


ASKED = {
    "reason": Asked("reason", Kind.CHOICE),
    "module": Asked("module", is_searched=True),
    "module_organization": Asked("module_organization", is_searched=True),
    "billing_type": Asked("billing_type", is_searched=True),
    "from": Asked("from_day", Kind.DAY),
    "to": Asked("to_day", Kind.DAY),
    "unit_days": Asked("unit_days", Kind.NUMBER),
    "amount": Asked("amount", Kind.NUMBER),
    "currency": Asked("currency", Kind.CHOICE),
}
_SUMMED = ("reason", "from_day", "currency")
_STORED = ("report_id", *Unbilled._fields)


class UnbilledSince:
    """Unbilled usage since a day. `made_at` is None where it was worked out just now; with
    `is_missing` it never was, and there are no rows yet."""

    def __init__(self, since: date) -> None:
        self.since = since
        self.made_at: datetime | None = None
        self.is_missing = False
        self._rows: list[Unbilled] | None = None
        self._stored: Any = None
        keys = few_count_keys(AT_ONCE)
        if keys is not None:
            self._rows = [_plain(row) for row in unbilled(since=since, keys=keys)]
            return
        report = UnbilledReport.objects.filter(since=since).first()
        self.is_missing = report is None
        self.made_at = report.made_at if report else None
        self._stored = UnbilledStretch.objects.filter(report=report).order_by("pk")

    @property
    def is_long(self) -> bool:
        """Whether a job works it out."""
        return self._rows is None

    def page(self, wanted: Wanted) -> Page[Unbilled]:
        """One page of it, by module and module organization as entered."""
        if self._rows is not None:
            return page_of_rows(self._rows, wanted=wanted, columns=ASKED)
        return page_of(
            self._stored,
            wanted=wanted,
            columns=ASKED,
            fields=Unbilled._fields,
            make=lambda row: Unbilled(*row),
        )

    def sums(self, wanted: Wanted) -> list[UnbilledSum]:
        """What is known in money of all that fits, whatever the page."""
        if self._rows is not None:
            rows = self.page(wanted.everything()).rows
            return [
                UnbilledSum(row.reason, row.from_day, row.currency, row.amount)
                for row in rows
                if row.amount is not None
            ]
        found = narrowed(self._stored, wanted=wanted, columns=ASKED)
        grouped = found.exclude(amount=None).order_by(*_SUMMED).values_list(*_SUMMED)
        return [UnbilledSum(*row) for row in grouped.annotate(sum=Sum("amount"))]


def start_unbilled(since: date) -> JobRow:
    """Let a job work it out anew; the one that waits or runs already, if there is one."""
    require(Permission.READ)
    with transaction():
        return enqueue(
            NewJob(
                kind=_KIND,
                payload={"since": since.isoformat()},
                unique_key=f"{_KIND} {since.isoformat()}",
                max_attempts=_ATTEMPTS,
            )
        )


def refresh_unbilled() -> None:
    """After the counts of a day: let the usual report be worked out anew where a job does it."""
    if has_more_keys(AT_ONCE):
        start_unbilled(usual_since())


def open_unbilled(since: date) -> JobRow | None:
    """The job that is working it out, or will."""
    wanted = since.isoformat()
    return next((job for job in open_jobs(_KIND) if job.payload["since"] == wanted), None)


def usual_since() -> date:
    """The first of the month before this one."""
    first = local_today().replace(day=1)
    return date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1)


def run_unbilled(job: JobRow, *, context: JobContext) -> None:
    """The job: work it out, and put it in the place of what was worked out before."""
    since = date.fromisoformat(job.payload["since"])
    context.progress({"words": "going through the counts"})
    made_at, rows = clock.now(), unbilled(since=since)
    with transaction():
        context.hold()
        report, _ = UnbilledReport.objects.update_or_create(
            since=since, defaults={"made_at": made_at}
        )
        UnbilledStretch.objects.filter(report=report).delete()
        insert_rows(UnbilledStretch, columns=_STORED, rows=_stored(report.pk, rows))
        context.done(f"Worked out {len(rows)} stretches of days.")


def _stored(report: int, rows: Iterable[UnbilledRow]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        values = row._asdict()
        values["reason"] = str(row.reason)
        if row.amount is not None:
            values["amount"] = to_stored(row.amount, row.currency)
        yield report, *(values[name] for name in Unbilled._fields)


def _plain(row: UnbilledRow) -> Unbilled:
    amount = None if row.amount is None else minor_to_decimal(row.amount, currency=row.currency)
    changed = {"unit_days": micro_to_decimal(row.unit_days), "amount": amount}
    return Unbilled(**{**row._asdict(), **changed, "reason": str(row.reason)})
