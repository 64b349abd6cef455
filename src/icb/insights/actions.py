"""What can be done with insights: find them anew, put one aside for a while or for good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from icb.foundation import audit
from icb.foundation.actor import Permission, current_actor, require
from icb.foundation.amounts import to_stored
from icb.foundation.bulk import execute_many, insert_rows, to_db_instant
from icb.foundation.canonical import canonical_json, digest
from icb.foundation.collector import collector_paused
from icb.foundation.providers import current_provider, local_today
from icb.foundation.transactions import transaction
from icb.insights.finding import Finding
from icb.insights.kinds import findings
from icb.insights.models import Insight, InsightState
from icb.insights.situation_queries import situation
from icb.kernel import clock
from icb.kernel.errors import InvalidInput, NotFound
from icb.kernel.money import format_minor

_LOCK = "insights"
_COLUMNS = (
    "kind",
    "subject",
    "facts",
    "facts_hash",
    "amount",
    "currency",
    "state",
    "first_seen_at",
    "changed_at",
    "until_day",
    "reason",
    "said_by",
    "put_aside_hash",
)
_CHANGE = """
UPDATE insight SET facts = %s, facts_hash = %s, amount = %s, currency = %s, state = %s,
  changed_at = %s, until_day = %s, reason = %s, said_by = %s, put_aside_hash = %s WHERE id = %s
"""


class RefreshResult(NamedTuple):
    """How many insights are new, changed, came back, or are gone."""

    new: int
    changed: int
    returned: int
    gone: int


class _Aside(NamedTuple):
    """What a person said to an insight: until when it is put aside, or why for good."""

    until_day: date | None = None
    reason: str = ""
    said_by: str = ""
    put_aside_hash: str = ""


def refresh_insights() -> RefreshResult:
    """Find what needs attention as things stand; running it again changes nothing.

    What no longer holds goes by itself. What was put aside comes back where its facts are others
    than those it was put aside for, and where its day has come.
    """
    with collector_paused(), transaction(lock=_LOCK):
        require(Permission.RECORD_COUNTS)
        found = {(finding.kind, finding.subject): finding for finding in findings(situation())}
        known = {(row.kind, row.subject): row for row in Insight.objects.all()}
        refresh = _Refresh()
        for place, finding in found.items():
            if place in known:
                refresh.change(known[place], finding)
            else:
                refresh.add(finding)
        for place, row in known.items():
            if place not in found and row.state != InsightState.GONE:
                refresh.remove(row)
        result = refresh.store()
        if any(result):
            audit.record("refresh_insights", subject="insights", data=result._asdict())
    return result


class _Refresh:
    """Collects what differs, and stores it at once."""

    def __init__(self) -> None:
        self.at = to_db_instant(clock.now())
        self.today = local_today()
        self.own = current_provider().currency
        self.new: list[Sequence[Any]] = []
        self.changes: list[Sequence[Any]] = []
        self.returned = self.gone = 0

    def add(self, finding: Finding) -> None:
        """One that was never found before."""
        facts, hash, *money = self._columns(finding)
        self.new.append(
            (
                finding.kind,
                finding.subject,
                facts,
                hash,
                *money,
                InsightState.OPEN,
                self.at,
                self.at,
                *_Aside(),
            )
        )

    def change(self, row: Insight, finding: Finding) -> None:
        """One that is known: its facts as they are now, open again where they are others."""
        aside = _Aside(row.until_day, row.reason, row.said_by, row.put_aside_hash)
        state = row.state
        if state != InsightState.OPEN and self._is_back(row, finding):
            state, aside = InsightState.OPEN, _Aside()
            self.returned += 1
        facts, hash, amount, currency = self._columns(finding)
        known = (canonical_json(row.facts), row.facts_hash, row.currency, row.state)
        if known != (facts, hash, currency, state):
            self.changes.append((facts, hash, amount, currency, state, self.at, *aside, row.pk))

    def remove(self, row: Insight) -> None:
        """One whose facts no longer hold."""
        facts = canonical_json(row.facts)
        amount = None if row.amount is None else int(row.amount.scaleb(4))
        self.gone += 1
        self.changes.append(
            (
                facts,
                row.facts_hash,
                amount,
                row.currency,
                InsightState.GONE,
                self.at,
                *_Aside(),
                row.pk,
            )
        )

    def store(self) -> RefreshResult:
        """Write everything, with two statements."""
        insert_rows(Insight, columns=_COLUMNS, rows=self.new)
        execute_many(_CHANGE, self.changes)
        changed = len(self.changes) - self.returned - self.gone
        return RefreshResult(len(self.new), changed, self.returned, self.gone)

    def _is_back(self, row: Insight, finding: Finding) -> bool:
        if row.state == InsightState.GONE or row.put_aside_hash != _hash(finding):
            return True
        return row.until_day is not None and row.until_day <= self.today

    def _columns(self, finding: Finding) -> tuple[str, str, int | None, str]:
        """Facts, their digest, and the amount to sort by: the provider's own currency first."""
        amounts = {code: format_minor(amount, code) for code, amount in finding.amounts.items()}
        facts = canonical_json({**finding.facts, **finding.shown, "amounts": amounts})
        currency = self.own if self.own in finding.amounts else min(finding.amounts, default="")
        amount = to_stored(finding.amounts[currency], currency) if currency else None
        return facts, _hash(finding), amount, currency


def _hash(finding: Finding) -> str:
    """The digest of what makes it this finding and no other."""
    return digest(canonical_json(dict(finding.facts)))


def snooze(id: int, *, until: date) -> None:
    """Put an insight aside until a day; it comes back on it, or before where its facts change.

    Raises NotFound, and InvalidInput for a day that is not after today.
    """
    if until <= local_today():
        raise InvalidInput(
            field="until",
            value=until,
            message=f"until: {until} is not after today. Nothing was changed. Give a later day.",
        )
    _put_aside(id, state=InsightState.SNOOZED, until=until, reason="")


def dismiss(id: int, *, reason: str) -> None:
    """Put an insight aside for good; it comes back only where its facts change.

    Raises NotFound, and InvalidInput without a reason.
    """
    if not reason.strip():
        raise InvalidInput(
            field="reason",
            value=reason,
            message="reason: say why this needs no attention. Nothing was changed.",
        )
    _put_aside(id, state=InsightState.DISMISSED, until=None, reason=reason.strip())


def reopen(id: int) -> None:
    """Take back that an insight was put aside; one that is open stays so. Raises NotFound."""
    with transaction(lock=_LOCK):
        require(Permission.DECIDE)
        row = _standing(id)
        row.state, row.until_day, row.reason = InsightState.OPEN, None, ""
        row.said_by, row.changed_at = current_actor(), clock.now()
        row.save()
        audit.record("reopen_insight", subject=f"{row.kind}: {row.subject}", data={})


def _standing(id: int) -> Insight:
    row: Insight | None = Insight.objects.exclude(state=InsightState.GONE).filter(pk=id).first()
    if row is None:
        raise NotFound(
            "insight_not_found",
            f"insight: there is none with the number {id}. Nothing was changed. List them "
            "with icb insights list.",
        )
    return row


def _put_aside(id: int, *, state: InsightState, until: date | None, reason: str) -> None:
    with transaction(lock=_LOCK):
        require(Permission.DECIDE)
        row = _standing(id)
        Insight.objects.filter(pk=id).update(
            state=state,
            until_day=until,
            reason=reason,
            said_by=current_actor(),
            put_aside_hash=row.facts_hash,
            changed_at=clock.now(),
        )
        audit.record(
            "dismiss_insight" if reason else "snooze_insight",
            subject=f"{row.kind}: {row.subject}",
            data={"until": until and until.isoformat(), "reason": reason},
        )
