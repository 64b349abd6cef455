"""Whether the documents are whole: what must hold of every number, total, item and file."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef

from icb.foundation.amounts import to_stored
from icb.foundation.bulk import fetch
from icb.foundation.canonical import digest
from icb.foundation.models import AuditEvent
from icb.foundation.scope import provider_id
from icb.invoicing.models import Document, ElectronicCheck, ElectronicFile, Rendering
from icb.invoicing.numbering_actions import UNLOCKED
from icb.invoicing.tax_check import LineSaid, TaxSaid, adds_up, follows, taxes_in
from icb.kernel.money import to_minor

_LIVE = "NOT EXISTS (SELECT 1 FROM document_void v WHERE v.document_id = {}.id)"


def document_problems() -> list[str]:
    """What is wrong with the documents of the provider in scope; empty where all is well."""
    return [
        *_total_problems(),
        *_tax_problems(),
        *_credit_problems(),
        *_number_problems(),
        *_data_problems(),
        *_item_problems(),
        *_work_list_problems(),
        *_rendering_problems(),
        *_electronic_problems(),
    ]


def _total_problems() -> Iterator[str]:
    """Net is the sum of the lines, tax the sum of the rates, the total both."""
    rows = fetch(
        """
        SELECT d.number FROM document d
        LEFT JOIN (SELECT document_id, SUM(amount) AS net FROM document_line
                   GROUP BY document_id) l ON l.document_id = d.id
        LEFT JOIN (SELECT document_id, SUM(tax) AS tax FROM document_tax
                   GROUP BY document_id) t ON t.document_id = d.id
        WHERE d.provider_id = %s
          AND (d.net <> COALESCE(l.net, 0) OR d.tax <> COALESCE(t.tax, 0)
               OR d.total <> d.net + d.tax)
        ORDER BY d.id
        """,
        [provider_id()],
    )
    return (f"{row[0]}: its totals are not the sums of its lines and taxes." for row in rows)


def _tax_problems() -> Iterator[str]:
    """Taxes and the lines' shares follow from the lines as they were frozen, to the last column.

    A credit of an invoice may give back the rest of a group's tax instead, or no more than is left
    of it, so of that only the sums are checked here.
    """
    stored_lines = _rows_by_document(
        "SELECT document_id, tax_code, tax_category, tax_percent, tax FROM document_line "
        "WHERE provider_id = %s ORDER BY document_id, position"
    )
    stored_taxes = _rows_by_document(
        "SELECT document_id, part, category, percent, name, net, tax FROM document_tax "
        "WHERE provider_id = %s ORDER BY document_id, id"
    )
    for document in Document.objects.order_by("pk").iterator(chunk_size=500):
        if digest(document.data) != document.data_hash:
            continue  # nothing follows from data that was changed, which is told already
        lines, taxes = taxes_in(json.loads(document.data))
        if document.credits_id is None and not follows(lines, taxes=taxes):
            yield f"{document.number}: its taxes do not follow from its lines."
        elif not adds_up(lines, taxes=taxes):
            yield f"{document.number}: the taxes of its lines are not the document's."
        elif not _is_stored(document, lines, stored_lines[document.pk]) or not (
            _are_stored(document, taxes, stored_taxes[document.pk])
        ):
            yield f"{document.number}: its taxes are not those of its frozen data."


def _rows_by_document(sql: str) -> defaultdict[int, list[tuple[Any, ...]]]:
    found: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for document, *row in fetch(sql, [provider_id()]):
        found[document].append(tuple(row))
    return found


def _is_stored(document: Document, lines: Sequence[LineSaid], rows: list[tuple[Any, ...]]) -> bool:
    said = [
        (
            line.tax.code if line.tax else "",
            line.tax.category if line.tax else "",
            line.tax.percent if line.tax else None,
            to_stored(line.share, document.currency),
        )
        for line in lines
    ]
    return said == rows


def _are_stored(document: Document, taxes: Sequence[TaxSaid], rows: list[tuple[Any, ...]]) -> bool:
    said = [
        (*tax.key, to_stored(tax.net, document.currency), to_stored(tax.tax, document.currency))
        for tax in taxes
    ]
    return sorted(said) == sorted(rows)


def _credit_problems() -> Iterator[str]:
    """The credit notes of an invoice take no more than it came to."""
    rows = fetch(
        f"""
        SELECT d.number FROM document d JOIN document n ON n.credits_id = d.id
        WHERE d.provider_id = %s AND {_LIVE.format("n")}
        GROUP BY d.id, d.number, d.total, d.net
        HAVING d.total + SUM(n.total) < 0 OR d.net + SUM(n.net) < 0
        ORDER BY d.id
        """,
        [provider_id()],
    )
    return (f"{row[0]}: its credit notes exceed it." for row in rows)


def _number_problems() -> Iterator[str]:
    """The sequences of a series follow each other; only numbers recorded as lost are missing."""
    lost = _lost_numbers()
    found: dict[str, list[int]] = defaultdict(list)
    for kind, sequence in fetch(
        "SELECT kind, sequence FROM document WHERE provider_id = %s ORDER BY kind, sequence",
        [provider_id()],
    ):
        found[kind].append(sequence)
    series = dict(
        fetch("SELECT kind, next_number FROM number_series WHERE provider_id = %s", [provider_id()])
    )
    for kind, sequences in found.items():
        known = lost[kind] | set(sequences)
        missing = sorted(set(range(sequences[0], series.get(kind, 0))) - known)
        if missing:
            yield f"{kind}: the number {missing[0]} is missing ({len(missing)} in all)."
        if series.get(kind, 0) <= sequences[-1]:
            yield f"{kind}: the series would give the number {sequences[-1]} again."


def _lost_numbers() -> defaultdict[str, set[int]]:
    lost: defaultdict[str, set[int]] = defaultdict(set)
    for data in AuditEvent.objects.filter(action=UNLOCKED).values_list("data", flat=True):
        for kind, (first, last) in json.loads(data)["lost"].items():
            lost[kind] |= set(range(first, last + 1))
    return lost


def _data_problems() -> Iterator[str]:
    """The frozen data is what was sealed, and says what the columns say."""
    for document in Document.objects.order_by("pk").iterator(chunk_size=500):
        if digest(document.data) != document.data_hash:
            yield f"{document.number}: its frozen data was changed."
            continue
        data = json.loads(document.data)
        if data["number"] != document.number or to_minor(
            data["total"], document.currency
        ) != to_minor(document.total, document.currency):
            yield f"{document.number}: its frozen data is not that of this document."


def _item_problems() -> Iterator[str]:
    """An item is on one live document at most, with its own amount, and is not un-posted."""
    own = [provider_id()]
    twice = fetch(
        "SELECT l.item_id FROM document_line l JOIN document d ON d.id = l.document_id "
        f"WHERE l.provider_id = %s AND l.item_id IS NOT NULL AND {_LIVE.format('d')} "
        "GROUP BY l.item_id HAVING COUNT(*) > 1 ORDER BY l.item_id",
        own,
    )
    for row in twice:
        yield f"Item {row[0]} is on several documents."
    differing = fetch(
        "SELECT d.number, l.position FROM document_line l "
        "JOIN document d ON d.id = l.document_id JOIN billing_item i ON i.id = l.item_id "
        "WHERE l.provider_id = %s AND (l.amount <> i.amount OR d.currency <> i.currency) "
        "ORDER BY d.id, l.position",
        own,
    )
    for number, position in differing:
        yield f"{number}: line {position} has not the amount of its item."
    unposted = fetch(
        "SELECT d.number, l.item_id FROM document_line l "
        "JOIN document d ON d.id = l.document_id JOIN unposting u ON u.item_id = l.item_id "
        f"WHERE l.provider_id = %s AND {_LIVE.format('d')} ORDER BY d.id, l.position",
        own,
    )
    for number, item in unposted:
        yield f"{number}: its item {item} was un-posted."


def _work_list_problems() -> Iterator[str]:
    """The items to invoice are exactly the posted ones that are on no live document."""
    rows = fetch(
        f"""
        SELECT i.id, w.id FROM billing_item i
        LEFT JOIN item_to_invoice w ON w.item_id = i.id
        LEFT JOIN unposting u ON u.item_id = i.id
        WHERE i.provider_id = %s AND (w.id IS NULL) = (u.id IS NULL AND NOT EXISTS (
            SELECT 1 FROM document_line l JOIN document d ON d.id = l.document_id
            WHERE l.item_id = i.id AND {_LIVE.format("d")}))
        ORDER BY i.id
        """,
        [provider_id()],
    )
    for item, waiting in rows:
        if waiting is None:
            yield f"Item {item} is posted and on no document, but does not wait for one."
        else:
            yield f"Item {item} waits for a document but is on one, or is not posted."


def _rendering_problems() -> Iterator[str]:
    """The file of a rendering or an e-invoice is there, with the bytes that were made."""
    root = Path(settings.DATA_DIR)
    for kind in (Rendering, ElectronicFile):
        rows = kind.objects.order_by("pk").values_list("document__number", "path", "sha256")
        for number, path, sha256 in rows.iterator(chunk_size=2000):
            file = root / path
            if not file.is_file():
                yield f"{number}: its file {path} is missing."
            elif hashlib.sha256(file.read_bytes()).hexdigest() != sha256:
                yield f"{number}: its file {path} was changed."


def _electronic_problems() -> Iterator[str]:
    """An e-invoice is only made of what was found valid."""
    valid = ElectronicCheck.objects.filter(
        document=OuterRef("document"), format=OuterRef("format"), is_valid=True
    )
    rows = ElectronicFile.objects.filter(~Exists(valid)).order_by("pk")
    for number, format in rows.values_list("document__number", "format"):
        yield f"{number}: its {format} file was never found valid."
