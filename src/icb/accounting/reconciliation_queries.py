"""Ours against theirs, to the cent: per document, and per month and currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from icb.accounting.models import Transfer, TransferAct, TransferState
from icb.foundation.listing import Asked, Kind, Page, Wanted, page_of_rows
from icb.invoicing.models import Document
from icb.kernel.days import ONE_DAY

_NOTHING = Decimal(0)
_ASKED = {
    "number": Asked("number", is_searched=True),
    "organization": Asked("organization_name", is_searched=True),
    "issued": Asked("issued_on", Kind.DAY),
    "currency": Asked("currency", Kind.CHOICE),
    "ours": Asked("ours", Kind.NUMBER),
    "theirs": Asked("theirs", Kind.NUMBER),
    "difference": Asked("difference", Kind.NUMBER),
    "state": Asked("state", Kind.CHOICE),
}
STATES = ("same", "differs", "missing", "not_there", "void_differs")


class ReconciledRow(NamedTuple):
    """A document here and at the target; void counts as 0. `checked_at`: when theirs was seen.

    `state`: same; differs; missing (was sent, and is gone there); not_there (not transferred yet);
    void_differs (void on one side alone).
    """

    number: str
    kind: str
    organization: str
    organization_name: str
    issued_on: date
    currency: str
    ours: Decimal
    theirs: Decimal
    difference: Decimal
    state: str
    checked_at: datetime | None


class MonthRow(NamedTuple):
    """The documents of a month in a currency: sums here and there, how many differ."""

    month: date
    currency: str
    documents: int
    ours: Decimal
    theirs: Decimal
    difference: Decimal
    differing: int


def reconciliation(
    target: str, *, since: date | None = None, until: date | None = None
) -> list[ReconciledRow]:
    """Every document issued on these days, as it stands here and at the target."""
    found = Document.objects.order_by("issued_on", "pk")
    if since is not None:
        found = found.filter(issued_on__gte=since)
    if until is not None:
        found = found.filter(issued_on__lte=until)
    there = _there(target)
    fields = (
        "pk",
        "number",
        "kind",
        "organization__key",
        "organization__name",
        "issued_on",
        "currency",
        "total",
        "voided__id",
    )
    return [_row(row, there) for row in found.values_list(*fields).iterator(chunk_size=2000)]


def reconciliation_page(wanted: Wanted, *, target: str) -> Page[ReconciledRow]:
    """One page of the reconciliation."""
    return page_of_rows(reconciliation(target), wanted=wanted, columns=_ASKED)


def months(rows: Iterable[ReconciledRow]) -> list[MonthRow]:
    """The rows by month and currency, newest month first; no sum goes over currencies."""
    groups: dict[tuple[date, str], list[ReconciledRow]] = defaultdict(list)
    for row in rows:
        groups[row.issued_on.replace(day=1), row.currency].append(row)
    ordered = sorted(groups, key=lambda key: (key[1], key[0]))
    ordered.sort(key=lambda key: key[0], reverse=True)
    return [_month(key, groups[key]) for key in ordered]


def last_day(month: date) -> date:
    """The last day of a month, from its first."""
    return (month.replace(day=28) + 4 * ONE_DAY).replace(day=1) - ONE_DAY


def _month(key: tuple[date, str], rows: Sequence[ReconciledRow]) -> MonthRow:
    ours = sum((row.ours for row in rows), _NOTHING)
    theirs = sum((row.theirs for row in rows), _NOTHING)
    differing = sum(row.state != "same" for row in rows)
    return MonthRow(*key, len(rows), ours, theirs, ours - theirs, differing)


class _There(NamedTuple):
    state: str
    total: Decimal | None
    is_there: bool
    is_void: bool
    at: datetime | None


def _there(target: str) -> dict[int, _There]:
    """How each document that was sent to the target was seen there last."""
    sent = Transfer.objects.filter(
        target__key=target,
        act=TransferAct.SEND,
        state__in=[TransferState.SENT, TransferState.MISMATCH],
    )
    voided = set(
        Transfer.objects.filter(
            target__key=target, act=TransferAct.VOID, state=TransferState.SENT
        ).values_list("document_id", flat=True)
    )
    found = {}
    for document, state, total, ours, batch, sent_at, *check in sent.values_list(
        "document_id",
        "state",
        "their_total",
        "document__total",
        "batch_id",
        "sent_at",
        "check_row__is_there",
        "check_row__is_void",
        "check_row__total",
        "check_row__at",
    ):
        is_there, is_void, seen, at = check
        if at is not None and (sent_at is None or at >= sent_at):
            found[document] = _There(state, seen, is_there, is_void, at)
        else:
            known = ours if batch is not None else total
            found[document] = _There(state, known, True, document in voided, sent_at)
    return found


def _row(row: tuple[object, ...], there: dict[int, _There]) -> ReconciledRow:
    id, number, kind, key, name, issued_on, currency, total, void = row
    assert isinstance(id, int) and isinstance(total, Decimal) and isinstance(issued_on, date)
    ours = _NOTHING if void else total
    seen = there.get(id)
    is_there = seen is not None and seen.is_there
    theirs = _NOTHING
    if seen is not None and is_there and not seen.is_void:
        theirs = seen.total or _NOTHING
    return ReconciledRow(
        str(number),
        str(kind),
        str(key),
        str(name),
        issued_on,
        str(currency),
        ours,
        theirs,
        ours - theirs,
        _state(seen, is_void_here=bool(void), is_same=ours == theirs),
        seen.at if seen else None,
    )


def _state(seen: _There | None, *, is_void_here: bool, is_same: bool) -> str:
    if seen is None:
        return "same" if is_void_here else "not_there"
    if not seen.is_there:
        return "same" if is_void_here else "missing"
    if seen.is_void != is_void_here:
        return "void_differs"
    return "same" if is_same else "differs"
