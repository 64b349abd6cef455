"""Verification finds what must not be. The guards are taken away first: they would refuse it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from tests.invoicing.factory import Books

from icb.billing.models import ItemToInvoice
from icb.foundation.bulk import execute, fetch
from icb.foundation.guards import declared_guards
from icb.foundation.models import Provider
from icb.invoicing import actions
from icb.invoicing.verify import document_problems
from icb.kernel import clock


@pytest.fixture
def broken(provider: Provider, settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Three documents of sound books, rendered, and no guard left in the database."""
    settings.DATA_DIR = tmp_path
    with clock.frozen(datetime(2026, 7, 1, 12, tzinfo=UTC)):
        books = Books()
        for key in ("acme", "birch", "cedar"):
            books.organization(key)
            books.item(key, "10.00", tax_percent=Decimal(20))
        actions.issue_documents()
        actions.credit_document("1", net=Decimal(4), reason="goodwill")
        actions.render_documents()
        books.item("acme", "1.00")
        assert document_problems() == []
        for guard in declared_guards():
            for trigger in guard.triggers():
                on = f' ON "{guard.table}"' if connection.vendor == "postgresql" else ""
                execute(f'DROP TRIGGER "{trigger.name}"{on}')
        yield tmp_path


ONE = "(SELECT id FROM document WHERE number = 'INV-000001')"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            f"UPDATE document SET net = net + 100 WHERE id = {ONE}",
            "INV-000001: its totals are not the sums of its lines and taxes.",
        ),
        (
            f"UPDATE document_tax SET tax = tax + 100 WHERE document_id = {ONE}",
            "INV-000001: its taxes are not those of its frozen data.",
        ),
        (
            "UPDATE document SET total = -20000000 WHERE number = 'CN-000001'",
            "INV-000001: its credit notes exceed it.",
        ),
        (
            "UPDATE document SET sequence = 9 WHERE number = 'INV-000002'",
            "invoice: the number 2 is missing (1 in all).",
        ),
        (
            "UPDATE number_series SET next_number = 3 WHERE kind = 'invoice'",
            "invoice: the series would give the number 3 again.",
        ),
        (
            "UPDATE number_series SET next_number = 6 WHERE kind = 'invoice'",
            "invoice: the number 4 is missing (2 in all).",
        ),
        (
            f"UPDATE document SET data = REPLACE(data, 'Acme', 'Acne') WHERE id = {ONE}",
            "INV-000001: its frozen data was changed.",
        ),
        (
            "UPDATE document SET number = 'INV-9' WHERE number = 'INV-000001'",
            "INV-9: its frozen data is not that of this document.",
        ),
        (
            "UPDATE document_line SET item_id = 1, attempt = 2 WHERE item_id = 2",
            "Item 1 is on several documents.",
        ),
        (
            "UPDATE document_line SET item_id = 1, attempt = 2 WHERE item_id = 2",
            "Item 2 is posted and on no document, but does not wait for one.",
        ),
        (
            "UPDATE billing_item SET amount = 5 WHERE id = 1",
            "INV-000001: line 1 has not the amount of its item.",
        ),
        (
            (
                "INSERT INTO unposting (provider_id, item_id, reason, actor, unposted_at) "
                "SELECT provider_id, id, '', 'x', '2026-07-01' FROM billing_item WHERE id = 1"
            ),
            "INV-000001: its item 1 was un-posted.",
        ),
        (
            "DELETE FROM item_to_invoice WHERE item_id = 4",
            "Item 4 is posted and on no document, but does not wait for one.",
        ),
    ],
)
def test_what_must_not_be_is_found(broken: Path, change: str, problem: str) -> None:
    assert execute(change) == 1
    assert problem in document_problems()


def test_an_item_that_waits_twice_over_is_found(broken: Path) -> None:
    ItemToInvoice.objects.create(item_id=1)
    assert document_problems() == ["Item 1 waits for a document but is on one, or is not posted."]


def test_a_missing_and_a_changed_file_are_found(broken: Path) -> None:
    folder = broken / "documents" / "own"
    (folder / "INV-000001.pdf").unlink()
    (folder / "INV-000002.pdf").write_bytes(b"other bytes")
    assert document_problems() == [
        "INV-000001: its file documents/own/INV-000001.pdf is missing.",
        "INV-000002: its file documents/own/INV-000002.pdf was changed.",
    ]
    assert fetch("SELECT COUNT(*) FROM rendering") == [(4,)]
