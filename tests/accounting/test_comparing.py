"""Ours beside theirs is worked out by the database: every case, and what it reads for many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import NamedTuple

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.accounting.conftest import BEGIN, Place

from icb.accounting.models import FileBatch, Target, Transfer, TransferCheck
from icb.accounting.reconciliation_queries import (
    MonthRow,
    ReconciledRow,
    differing,
    months,
    reconciliation_page,
)
from icb.foundation.listing import Wanted
from icb.invoicing import actions
from icb.invoicing.credit_actions import void_document
from icb.invoicing.models import Document

NOTHING, OURS, OTHER = Decimal(0), Decimal("10.00"), Decimal("10.01")
MANY = 60
SINCE = BEGIN + timedelta(hours=2)


class Case(NamedTuple):
    """How a document stands. `told`: what the target said when it was sent; None for a file.
    `look`: when somebody looked since (hours after it was sent), and what there was."""

    is_void: bool
    state: str
    told: Decimal | None
    is_void_there: bool
    look: tuple[int, bool, bool, Decimal | None] | None


LOOKS = (
    None,
    (-1, False, False, None),
    (-1, True, True, OTHER),
    (0, True, False, OURS),
    (1, True, False, OTHER),
    (1, True, True, OURS),
    (1, False, False, None),
)
CASES = [
    Case(*one)
    for one in product(
        (False, True), ("waiting", "reset", "sent", "mismatch"), (OURS, OTHER), (False, True), LOOKS
    )
] + [Case(is_void, "sent", None, False, None) for is_void in (False, True)]


def expected(case: Case) -> tuple[Decimal, Decimal, str]:
    """Ours, theirs and the state, by the words of `ReconciledRow`."""
    ours = NOTHING if case.is_void else OURS
    if case.state not in ("sent", "mismatch"):
        return ours, NOTHING, "same" if case.is_void else "not_there"
    is_there, is_void, total = True, case.is_void_there, OURS if case.told is None else case.told
    if case.look is not None and case.look[0] >= 0:
        _, is_there, is_void, seen = case.look
        total = seen or NOTHING
    if not is_there:
        return ours, NOTHING, "same" if case.is_void else "missing"
    theirs = NOTHING if is_void else total
    if is_void != case.is_void:
        return ours, theirs, "void_differs"
    return ours, theirs, "same" if ours == theirs else "differs"


@pytest.fixture
def compared(place: Place) -> dict[str, Case]:
    """A document for each case, by its number; every third is of another currency."""
    place.connect(is_automatic=False)
    for at, _case in enumerate(CASES):
        place.ours.item("acme", str(OURS), currency="EUR" if at % 3 == 0 else "USD")
        actions.issue_documents()
    target = Target.objects.get()
    batch = FileBatch.objects.create(
        target=target,
        sequence=1,
        name="file",
        content=b"",
        sha256="",
        documents=1,
        currency="USD",
        total=OURS,
        actor="olivia",
        made_at=BEGIN,
    )
    documents = list(Document.objects.order_by("pk"))
    for case, document in zip(CASES, documents, strict=True):
        if case.is_void:
            void_document(document.number, reason="for the test")
        _store(case, document, target, batch)
    return {document.number: case for case, document in zip(CASES, documents, strict=True)}


def _store(case: Case, document: Document, target: Target, batch: FileBatch) -> None:
    usual = {"document": document, "target": target, "due_at": BEGIN, "created_at": BEGIN}
    sent = Transfer.objects.create(
        **usual,
        act="send",
        key=f"send-{document.pk}",
        state=case.state,
        their_total=case.told,
        batch=batch if case.told is None else None,
        sent_at=SINCE,
        actor="olivia",
    )
    if case.is_void_there:
        Transfer.objects.create(
            **usual, act="void", key=f"void-{document.pk}", state="sent", actor="olivia"
        )
    if case.look is not None:
        hours, is_there, is_void, total = case.look
        TransferCheck.objects.create(
            transfer=sent,
            is_there=is_there,
            is_void=is_void,
            total=total,
            at=SINCE + timedelta(hours=hours),
        )


def everything(**wanted: object) -> Sequence[ReconciledRow]:
    return reconciliation_page(Wanted(size=0, **wanted), target="fake").rows  # type: ignore[arg-type]


def test_every_case_is_compared_by_the_words_of_its_states(compared: dict[str, Case]) -> None:
    found = {row.number: (row.ours, row.theirs, row.state) for row in everything()}
    assert found == {number: expected(case) for number, case in compared.items()}
    assert all(row.difference == row.ours - row.theirs for row in everything())
    assert {state for *_, state in found.values()} == {
        "same",
        "differs",
        "missing",
        "not_there",
        "void_differs",
    }


def test_sums_of_months_are_those_of_their_documents(compared: dict[str, Case]) -> None:
    sums: dict[str, list[ReconciledRow]] = defaultdict(list)
    for row in everything():
        sums[row.currency].append(row)
    wanted = [
        MonthRow(
            date(2026, 7, 1),
            currency,
            len(rows),
            sum((row.ours for row in rows), NOTHING),
            sum((row.theirs for row in rows), NOTHING),
            sum((row.difference for row in rows), NOTHING),
            sum(row.state != "same" for row in rows),
        )
        for currency, rows in sorted(sums.items())
    ]
    assert months("fake") == wanted
    day = date(2026, 7, 1)
    assert months("fake", since=day, until=day) == wanted
    assert months("fake", since=date(2026, 7, 2)) == []
    assert months("fake", until=date(2026, 6, 30)) == []
    assert differing("fake", since=day) == [row for row in everything() if row.state != "same"]


def test_rows_are_narrowed_and_ordered_by_what_was_compared(compared: dict[str, Case]) -> None:
    rows = everything()
    assert everything(conditions={"state": "differs,missing"}) == [
        row for row in rows if row.state in ("differs", "missing")
    ]
    assert everything(conditions={"difference": "-0.01"}) == [
        row for row in rows if row.difference == Decimal("-0.01")
    ]
    assert everything(sort="-theirs") == sorted(rows, key=lambda row: row.theirs, reverse=True)
    number = rows[7].number
    assert [row.number for row in everything(search=number)] == [number]


def test_a_page_reads_its_own_rows_of_many_documents(place: Place) -> None:
    """Two statements for a page and one for the months; none reads more than it shows."""
    place.connect()
    for at in range(MANY):
        place.ours.organization(f"client-{at}")
        place.ours.item(f"client-{at}", str(OURS))
    actions.issue_documents()
    with CaptureQueriesContext(connection) as asked:
        page = reconciliation_page(Wanted(size=20), target="fake")
        by_month = months("fake")
    assert (len(page.rows), page.total) == (20, MANY)
    assert [(one.documents, one.ours, one.differing) for one in by_month] == [
        (MANY, MANY * OURS, MANY)
    ]
    read = [one["sql"] for one in asked.captured_queries if '"document"' in one["sql"]]
    assert len(read) == 3
    assert all("LIMIT 20" in sql or "COUNT(" in sql for sql in read)
