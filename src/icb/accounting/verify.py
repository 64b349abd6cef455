"""Whether journal and outbox are whole: what must hold of every entry and transfer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from icb.accounting.models import FileBatch
from icb.accounting.period_queries import closed_until
from icb.foundation.bulk import fetch
from icb.foundation.scope import provider_id


def accounting_problems() -> list[str]:
    """What is wrong with the accounting of the provider in scope; empty where all is well."""
    return [
        *_entry_problems(),
        *_balance_problems(),
        *_total_problems(),
        *_reversal_problems(),
        *_transfer_problems(),
        *_figure_problems(),
        *_file_problems(),
        *_period_problems(),
    ]


def _numbers(sql: str) -> list[str]:
    return [row[0] for row in fetch(sql, [provider_id()])]


def _entry_problems() -> Iterator[str]:
    """Every document has its entry, and every void document its reversal; no other has one."""
    for number in _numbers(
        "SELECT d.number FROM document d WHERE d.provider_id = %s AND NOT EXISTS (SELECT 1 "
        "FROM journal_entry e WHERE e.document_id = d.id AND e.kind = 'document') ORDER BY d.id"
    ):
        yield f"{number}: it has no journal entry."
    for number in _numbers(
        "SELECT d.number FROM document d LEFT JOIN document_void v ON v.document_id = d.id "
        "LEFT JOIN journal_entry e ON e.document_id = d.id AND e.kind = 'reversal' "
        "WHERE d.provider_id = %s AND (v.id IS NULL) <> (e.id IS NULL) ORDER BY d.id"
    ):
        yield f"{number}: it is void without a reversal in the journal, or reversed and not void."


def _balance_problems() -> Iterator[str]:
    """The debits of an entry are its credits, and what the entry says they are."""
    for number in _numbers(
        "SELECT d.number FROM journal_entry e JOIN document d ON d.id = e.document_id "
        "LEFT JOIN (SELECT entry_id, SUM(debit) AS debit, SUM(credit) AS credit "
        "FROM journal_line GROUP BY entry_id) l ON l.entry_id = e.id "
        "WHERE e.provider_id = %s AND (COALESCE(l.debit, -1) <> e.amount "
        "OR COALESCE(l.credit, -1) <> e.amount) ORDER BY e.id"
    ):
        yield f"{number}: its journal entry does not balance."


def _total_problems() -> Iterator[str]:
    """An entry books the document's total, net and tax, in its currency."""
    for number in _numbers(
        "SELECT d.number FROM journal_entry e JOIN document d ON d.id = e.document_id "
        "JOIN (SELECT l.entry_id, "
        "SUM(CASE WHEN a.kind = 'receivable' THEN l.debit - l.credit ELSE 0 END) AS total, "
        "SUM(CASE WHEN a.kind = 'revenue' THEN l.credit - l.debit ELSE 0 END) AS net, "
        "SUM(CASE WHEN a.kind = 'tax' THEN l.credit - l.debit ELSE 0 END) AS tax "
        "FROM journal_line l JOIN account a ON a.id = l.account_id GROUP BY l.entry_id) s "
        "ON s.entry_id = e.id WHERE e.provider_id = %s AND e.kind = 'document' "
        "AND (e.currency <> d.currency OR s.total <> d.total OR s.net <> d.net "
        "OR s.tax <> d.tax OR e.booked_on <> d.issued_on) ORDER BY e.id"
    ):
        yield f"{number}: its journal entry has other figures than the document."


def _reversal_problems() -> Iterator[str]:
    """A reversal takes back, line by line, what the entry of the document booked."""
    for number in _numbers(
        "SELECT DISTINCT d.number FROM journal_entry r JOIN document d ON d.id = r.document_id "
        "JOIN journal_entry e ON e.document_id = d.id AND e.kind = 'document' "
        "LEFT JOIN journal_line b ON b.entry_id = r.id "
        "LEFT JOIN journal_line l ON l.entry_id = e.id AND l.position = b.position "
        "AND l.account_id = b.account_id AND l.debit = b.credit AND l.credit = b.debit "
        "WHERE r.provider_id = %s AND r.kind = 'reversal' "
        "AND (l.id IS NULL OR r.amount <> e.amount OR r.currency <> e.currency) ORDER BY d.number"
    ):
        yield f"{number}: its reversal does not take its journal entry back."


def _transfer_problems() -> Iterator[str]:
    """A document has at most one live transfer to a target; none waits for a void document."""
    for number in _numbers(
        "SELECT d.number FROM transfer t JOIN document d ON d.id = t.document_id "
        "WHERE t.provider_id = %s AND t.state NOT IN ('reset', 'withdrawn') "
        "GROUP BY d.id, d.number, t.target_id, t.act HAVING COUNT(*) > 1 ORDER BY d.id"
    ):
        yield f"{number}: it is to be transferred more than once."
    for number in _numbers(
        "SELECT d.number FROM transfer t JOIN document d ON d.id = t.document_id "
        "JOIN document_void v ON v.document_id = d.id WHERE t.provider_id = %s "
        "AND t.act = 'send' AND t.state IN ('waiting', 'refused') ORDER BY d.id"
    ):
        yield f"{number}: it is void but still waits to be transferred."


def _figure_problems() -> Iterator[str]:
    """What was transferred stands there with our figures; a file's documents have none."""
    for number, target in fetch(
        "SELECT d.number, g.name FROM transfer t JOIN document d ON d.id = t.document_id "
        "JOIN accounting_target g ON g.id = t.target_id "
        "WHERE t.provider_id = %s AND t.state = 'sent' AND t.act = 'send' "
        "AND t.batch_id IS NULL AND (t.sent_id = '' OR t.their_total IS NULL "
        "OR t.their_total <> d.total OR t.their_net <> d.net OR t.their_tax <> d.tax) "
        "ORDER BY d.id",
        [provider_id()],
    ):
        yield f"{number}: it is marked as transferred to {target} with other figures."


def _file_problems() -> Iterator[str]:
    """A file has the bytes that it was made with, and as many documents as it says."""
    for batch in FileBatch.objects.select_related("target").order_by("pk").iterator(chunk_size=50):
        if hashlib.sha256(bytes(batch.content)).hexdigest() != batch.sha256:
            yield f"{batch.name}: the file for {batch.target.name} was changed."
    for row in fetch(
        "SELECT f.name FROM accounting_file f LEFT JOIN (SELECT batch_id, COUNT(*) AS n "
        "FROM transfer GROUP BY batch_id) t ON t.batch_id = f.id "
        "WHERE f.provider_id = %s AND COALESCE(t.n, 0) <> f.documents ORDER BY f.id",
        [provider_id()],
    ):
        yield f"{row[0]}: the file has not the documents that it says."


def _period_problems() -> Iterator[str]:
    """Nothing was booked in a period after it was closed."""
    until = closed_until()
    if until is None:
        return
    for row in fetch(
        "SELECT d.number FROM journal_entry e JOIN document d ON d.id = e.document_id "
        "JOIN document_void v ON v.document_id = d.id AND e.kind = 'reversal' "
        "JOIN period_lock p ON p.id = (SELECT MAX(q.id) FROM period_lock q "
        "WHERE q.provider_id = e.provider_id AND q.at <= v.voided_at) "
        "WHERE e.provider_id = %s AND p.until >= e.booked_on ORDER BY e.id",
        [provider_id()],
    ):
        yield f"{row[0]}: it was voided in a period that was closed."
