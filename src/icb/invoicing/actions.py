"""What can be done with documents: issue, void, credit, render, and set their numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.bulk import execute, fetch, ids_in
from icb.foundation.canonical import digest
from icb.foundation.collector import collector_paused
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.foundation.transactions import transaction
from icb.invoicing.credit_actions import credit_document, void_document
from icb.invoicing.document_writing import (
    Issue,
    IssuedDocument,
    NewDocument,
    Numbers,
    refuse_while_locked,
    write_documents,
)
from icb.invoicing.einvoice_actions import (
    check_electronic,
    electronic_file,
    set_electronic_format,
)
from icb.invoicing.models import Document
from icb.invoicing.numbering_actions import set_numbering, unlock_issuing
from icb.invoicing.render_actions import render_documents, rendered_file
from icb.invoicing.waiting_queries import (
    Payer,
    load_items,
    missing_taxes,
    new_documents,
    seen_of,
    waiting_items,
)
from icb.kernel.errors import Refused
from icb.organizations.queries import organization_named
from icb.organizations.tax_uses import note_uses

__all__ = [
    "IssuedDocument",
    "check_electronic",
    "credit_document",
    "electronic_file",
    "issue_chosen",
    "issue_documents",
    "refuse_changed",
    "render_documents",
    "rendered_file",
    "set_electronic_format",
    "set_numbering",
    "unlock_issuing",
    "void_document",
]

ORGANIZATIONS_PER_CHUNK = 200
_MOST_NAMED = 500

Progress = Callable[[int, int], None]


def issue_documents(
    *, organization: str | None = None, template: str = "", progress: Progress | None = None
) -> list[IssuedDocument]:
    """Put all posted items that are on no document on documents, and issue these.

    Each bill-to organization gets its documents (`consolidate`), organizations as entered, then
    currencies. `organization` takes the items that are billed to where that one's are. Work is
    stored in transactions of some organizations each, so a stop in the middle keeps what is whole
    and the next call goes on from there; numbers have no gap either way. `template` draws them all;
    without one, each organization's own does, or else the provider's default.

    Raises NotFound for an unknown organization or template; Refused with `issuing_locked` after a
    restore, and with `tax_percentage_missing`, before anything is issued, where a tax has no
    percentage.
    """
    require(Permission.ISSUE)
    waiting = _waiting_items(organization)
    missing_taxes(item for items in waiting.values() for item in items).refuse_missing()
    issued: list[IssuedDocument] = []
    bill_tos = sorted(waiting)
    for at in range(0, len(bill_tos), ORGANIZATIONS_PER_CHUNK):
        chunk = bill_tos[at : at + ORGANIZATIONS_PER_CHUNK]
        with transaction(lock="billing"):
            refuse_while_locked()
            items = (item for bill_to in chunk for item in waiting[bill_to])
            issued += _issue(items, template=template)
        if progress is not None:
            progress(at + len(chunk), len(bill_tos))
    return issued


def issue_chosen(payers: Sequence[Payer], *, seen: str, template: str = "") -> list[IssuedDocument]:
    """Issue what waits for these payers, if it is what whoever asks has seen (`IssuePlan.seen`).

    All in one transaction: everything is issued, or nothing. Who sends the same form twice, or
    comes second after somebody else, is told so and issues nothing. `template` draws them all, as
    for `issue_documents`. Raises NotFound for an unknown organization or template; Refused with
    `changed_since`, `tax_percentage_missing` or, after a restore, `issuing_locked`.
    """
    require(Permission.ISSUE)
    with transaction(lock="billing"):
        refuse_while_locked()
        waiting = waiting_items(payers)
        refuse_changed(
            payers, items=[item for items in waiting.values() for item in items], seen=seen
        )
        bill_tos = list(waiting)
        return [
            issued
            for at in range(0, len(bill_tos), ORGANIZATIONS_PER_CHUNK)
            for issued in _issue(
                (
                    item
                    for bill_to in bill_tos[at : at + ORGANIZATIONS_PER_CHUNK]
                    for item in waiting[bill_to]
                ),
                template=template,
            )
        ]


def refuse_changed(payers: Sequence[Payer], *, items: Sequence[int], seen: str) -> None:
    """Raise Refused with `changed_since` where the items that wait for these payers are not those
    that whoever asks has seen."""
    if seen_of(items) != seen:
        raise _changed_since(payers, is_empty=not items)


def _changed_since(payers: Sequence[Payer], *, is_empty: bool) -> Refused:
    keys = sorted({payer.organization for payer in payers})[:_MOST_NAMED]
    last = Document.objects.filter(organization__key__in=keys).order_by("-pk").first()
    by = f" {last.number} was issued by {last.actor} meanwhile." if last and is_empty else ""
    what = (
        "None of these items waits for an invoice any more."
        if is_empty
        else "What waits for an invoice here has changed since you looked."
    )
    return Refused(
        "changed_since",
        f"{what}{by} Nothing was issued by you, and no number was taken. Look at the items again.",
    )


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
def _issue(item_ids: Iterable[int], *, template: str) -> list[IssuedDocument]:
    """Issue what these items make; those that another run took meanwhile are not there any more."""
    today = local_today()
    items, taxes = load_items(item_ids, on=today)
    issue = Issue.now({item.bill_to for item in items}, on=today, template=template)
    new = new_documents(items, issue=issue, take=Numbers().take)
    documents = write_documents(new, issue=issue)
    if not documents:
        return []
    note_uses(taxes.last_days)
    _remove_from_work_list(documents)
    audit.record("issue", subject=_first_and_last(documents), data=_sealed(documents))
    return [document.as_issued() for document in documents]


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
