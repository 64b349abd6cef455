"""What can be done with documents: issue, void, credit, render, and set their numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.amounts import from_stored
from icb.foundation.bulk import execute, fetch, ids_in
from icb.foundation.canonical import digest
from icb.foundation.collector import collector_paused
from icb.foundation.scope import provider_id
from icb.foundation.transactions import transaction
from icb.invoicing.consolidate import PostedItem, documents_to_issue
from icb.invoicing.credit_actions import credit_document, void_document
from icb.invoicing.document_data import Data, data_of_items, totals_of
from icb.invoicing.document_writing import (
    Issue,
    IssuedDocument,
    NewDocument,
    NewLine,
    Numbers,
    refuse_while_locked,
    write_documents,
)
from icb.invoicing.models import DocumentKind
from icb.invoicing.numbering_actions import set_numbering, unlock_issuing
from icb.invoicing.render_actions import render_documents, rendered_file
from icb.organizations.models import Organization
from icb.organizations.queries import organization_named

__all__ = [
    "IssuedDocument",
    "credit_document",
    "issue_documents",
    "render_documents",
    "rendered_file",
    "set_numbering",
    "unlock_issuing",
    "void_document",
]

ORGANIZATIONS_PER_CHUNK = 200

Progress = Callable[[int, int], None]

# The columns are those of PostedItem, in its order.
_ITEMS = """
SELECT i.id, COALESCE(o.bill_to_id, o.id), i.currency, i.period_start, i.period_end,
       i.contract_id, i.contract_service_id, i.kind, i.effective_on, i.amount, i.tax_percent,
       i.units, i.unit_days, i.unit_price, i.days_in_period, i.estimated_days,
       i.organization_id, c.key, c.name, COALESCE(cs.key, ''), COALESCE(s.name, ''), i.reason,
       i.working,
       1 + COALESCE((SELECT MAX(l.attempt) FROM document_line l WHERE l.item_id = i.id), 0)
FROM item_to_invoice w
JOIN billing_item i ON i.id = w.item_id
JOIN organization o ON o.id = i.organization_id
JOIN contract c ON c.id = i.contract_id
LEFT JOIN contract_service cs ON cs.id = i.contract_service_id
LEFT JOIN service s ON s.id = cs.service_id
WHERE w.provider_id = %s AND {chosen}
"""
_AMOUNT = PostedItem._fields.index("amount")
_CURRENCY = PostedItem._fields.index("currency")


def issue_documents(
    *, organization: str | None = None, progress: Progress | None = None
) -> list[IssuedDocument]:
    """Put all posted items that are on no document on documents, and issue these.

    Each bill-to organization gets its documents (`consolidate`), organizations as entered, then
    currencies. `organization` takes the items that are billed to where that one's are. Work is
    stored in transactions of some organizations each, so a stop in the middle keeps what is whole
    and the next call goes on from there; numbers have no gap either way.

    Raises NotFound for an unknown organization, Refused with `issuing_locked` after a restore.
    """
    require(Permission.ISSUE)
    waiting = _waiting_items(organization)
    issued: list[IssuedDocument] = []
    bill_tos = sorted(waiting)
    for at in range(0, len(bill_tos), ORGANIZATIONS_PER_CHUNK):
        chunk = bill_tos[at : at + ORGANIZATIONS_PER_CHUNK]
        with transaction(lock="billing"):
            refuse_while_locked()
            issued += _issue(item for bill_to in chunk for item in waiting[bill_to])
        if progress is not None:
            progress(at + len(chunk), len(bill_tos))
    return issued


def _waiting_items(organization: str | None) -> Mapping[int, Sequence[int]]:
    """The ids of the items to invoice, by the organization that gets the bill."""
    params = [provider_id()]
    only = ""
    if organization is not None:
        only = (
            " AND COALESCE(o.bill_to_id, o.id) = "
            "(SELECT COALESCE(b.bill_to_id, b.id) FROM organization b WHERE b.id = %s)"
        )
        params.append(organization_named(organization).id)
    found: dict[int, list[int]] = defaultdict(list)
    for bill_to, item in fetch(
        "SELECT COALESCE(o.bill_to_id, o.id), w.item_id FROM item_to_invoice w "
        "JOIN billing_item i ON i.id = w.item_id "
        f"JOIN organization o ON o.id = i.organization_id WHERE w.provider_id = %s{only}",
        params,
    ):
        found[bill_to].append(item)
    return found


@collector_paused()
def _issue(item_ids: Iterable[int]) -> list[IssuedDocument]:
    """Issue what these items make; those that another run took meanwhile are not there any more."""
    items = _load_items(item_ids)
    issue = Issue.now({item.bill_to for item in items})
    names = _names({item.organization_id for item in items})
    documents = list(_documents(items, issue=issue, names=names))
    if not documents:
        return []
    write_documents(documents, issue=issue)
    _remove_from_work_list(documents)
    audit.record("issue", subject=_first_and_last(documents), data=_sealed(documents))
    return [document.as_issued() for document in documents]


def _load_items(item_ids: Iterable[int]) -> list[PostedItem]:
    chosen, params = ids_in("w.item_id", ids=item_ids)
    rows = fetch(_ITEMS.format(chosen=chosen), [provider_id(), *params])
    return [
        PostedItem._make(
            (*row[:_AMOUNT], from_stored(row[_AMOUNT], row[_CURRENCY]), *row[_AMOUNT + 1 :])
        )
        for row in rows
    ]


def _names(organization_ids: set[int]) -> dict[int, tuple[str, str]]:
    rows = Organization.objects.in_bulk(list(organization_ids))
    return {found: (row.key, row.name) for found, row in rows.items()}


def _documents(
    items: Sequence[PostedItem], *, issue: Issue, names: Mapping[int, tuple[str, str]]
) -> Iterator[NewDocument]:
    numbers = Numbers()
    for found in documents_to_issue(items):
        first = found.items[0]
        sequence, number = numbers.take(DocumentKind(found.kind))
        heading = issue.heading(
            found.kind, number=number, bill_to=first.bill_to, currency=first.currency
        )
        totals = totals_of(found)
        data: Data = data_of_items(heading, document=found, totals=totals, organization_names=names)
        yield NewDocument(
            heading,
            sequence=sequence,
            bill_to=first.bill_to,
            totals=totals,
            data=data,
            lines=[
                NewLine(item.amount, item.tax_percent, item=item.item_id, attempt=item.attempt)
                for item in found.items
            ],
        )


def _remove_from_work_list(documents: Sequence[NewDocument]) -> None:
    items = (line.item for document in documents for line in document.lines if line.item)
    chosen, params = ids_in("item_id", ids=items)
    execute(f"DELETE FROM item_to_invoice WHERE {chosen}", params)


def _first_and_last(documents: Sequence[NewDocument]) -> str:
    first, last = documents[0].heading.number, documents[-1].heading.number
    return first if first == last else f"{first} … {last}"


def _sealed(documents: Sequence[NewDocument]) -> dict[str, object]:
    return {
        "documents": len(documents),
        "digest": digest(";".join(f"{each.heading.number}:{each.hash}" for each in documents)),
    }
