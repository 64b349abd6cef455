"""Closed periods: nothing is issued into them, and none of their documents is voided."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError
from django.db.transaction import atomic
from tests.invoicing.factory import Books

from icb.accounting.models import JournalEntry, PeriodLock
from icb.accounting.period_actions import close_period, reopen_period
from icb.accounting.period_queries import closed_until, period_changes
from icb.accounting.verify import accounting_problems
from icb.foundation.bulk import execute
from icb.foundation.models import AuditEvent, Provider
from icb.invoicing import actions
from icb.invoicing.models import Document, DocumentVoid
from icb.kernel import clock
from icb.kernel.errors import InvalidInput, Refused

TODAY = date(2026, 7, 1)


@pytest.fixture
def books(provider: Provider) -> Iterator[Books]:
    with clock.frozen(datetime(2026, 7, 1, 12, tzinfo=UTC)):
        made = Books()
        made.organization("acme")
        made.item("acme", "10.00")
        yield made


def test_nothing_is_issued_into_a_closed_period(books: Books) -> None:
    close_period(TODAY)
    with pytest.raises(Refused, match="The books are closed until 2026-07-01"):
        actions.issue_documents()
    assert not Document.objects.exists()
    with clock.frozen(datetime(2026, 7, 2, 12, tzinfo=UTC)):
        assert [one.number for one in actions.issue_documents()] == ["INV-000001"]


def test_a_document_of_a_closed_period_is_not_voided(books: Books) -> None:
    actions.issue_documents()
    close_period(TODAY)
    with clock.frozen(datetime(2026, 7, 5, 12, tzinfo=UTC)):
        with pytest.raises(Refused, match="the books are closed until 2026-07-01"):
            actions.void_document("INV-000001", reason="wrong")
        assert not DocumentVoid.objects.exists()
        reopen_period(None, reason="wrong client on INV-000001")
        actions.void_document("INV-000001", reason="wrong")
    assert accounting_problems() == []


def test_reopening_takes_a_reason_and_is_audited(books: Books) -> None:
    close_period(date(2026, 6, 30))
    with pytest.raises(InvalidInput, match="reason"):
        reopen_period(None, reason=" ")
    reopen_period(date(2026, 5, 31), reason="late bill")
    assert closed_until() == date(2026, 5, 31)
    assert [(one.until, one.is_reopening) for one in period_changes()] == [
        (date(2026, 5, 31), True),
        (date(2026, 6, 30), False),
    ]
    event = AuditEvent.objects.get(action="reopen_period")
    assert "late bill" in event.data
    assert event.actor == "olivia"


def test_days_to_come_and_closed_days_are_refused(books: Books) -> None:
    with pytest.raises(InvalidInput, match="still to come"):
        close_period(date(2026, 7, 2))
    close_period(date(2026, 6, 30))
    with pytest.raises(Refused, match="closed until 2026-06-30 already"):
        close_period(date(2026, 6, 30))
    with pytest.raises(Refused, match="closed until 2026-06-30"):
        reopen_period(date(2026, 6, 30), reason="why not")


def test_the_database_books_nothing_in_a_closed_period(books: Books) -> None:
    actions.issue_documents()
    close_period(TODAY)
    copied = (
        "INSERT INTO journal_entry (id, provider_id, document_id, kind, booked_on, currency, "
        "amount) SELECT id + 1000, provider_id, document_id, 'reversal', booked_on, currency, "
        "amount FROM journal_entry"
    )
    lines = (
        "INSERT INTO journal_line (provider_id, entry_id, position, account_id, tax_code, debit, "
        "credit) SELECT provider_id, entry_id + 1000, position, account_id, tax_code, credit, "
        "debit FROM journal_line"
    )
    with pytest.raises(IntegrityError, match="closed"), atomic():
        execute(lines)
        execute(copied)
    reopen_period(None, reason="a test")
    execute(lines)
    execute(copied)
    assert JournalEntry.objects.count() == 2


def test_the_history_of_closings_is_final(books: Books) -> None:
    close_period(TODAY)
    with pytest.raises(IntegrityError), atomic():
        execute("UPDATE period_lock SET until = NULL")
    assert PeriodLock.objects.count() == 1
