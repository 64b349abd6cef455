"""Write documents with all their files into an archive, for whoever audits the books."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q, Sum

from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.invoicing.archive import Entry, archive_of
from icb.invoicing.einvoice.examining import FACTUR_X, UBL
from icb.invoicing.models import Document, ElectronicFile, Rendering
from icb.invoicing.render_actions import ensure_rendered
from icb.kernel.errors import Refused
from icb.kernel.money import format_minor, to_minor

_PER_CHUNK = 20
_NUMBERS_PER_QUERY = 500
_COLUMNS = {UBL: "ubl_sha256", FACTUR_X: "factur_x_sha256"}


def archive_documents(
    *, since: date | None = None, until: date | None = None, organization: str = ""
) -> Iterator[bytes]:
    """The ZIP archive of the documents issued between two days (both counted), bill-to one
    organization or all; void ones too. See `archive_numbered`.
    """
    require(Permission.READ)
    chosen = Document.objects.all()
    if since is not None:
        chosen = chosen.filter(issued_on__gte=since)
    if until is not None:
        chosen = chosen.filter(issued_on__lte=until)
    if organization:
        chosen = chosen.filter(organization__key=organization)
    asked = {"from": str(since or ""), "to": str(until or ""), "organization": organization}
    return _archive(list(chosen.order_by("kind", "sequence").values_list("pk", flat=True)), asked)


def archive_numbered(numbers: Sequence[str]) -> Iterator[bytes]:
    """The ZIP archive of these documents: PDF, frozen data, e-invoices made, index and sums.

    It is read while it is sent. Each hash in the index is that of the bytes in the archive; where
    the stored file is gone, was changed or cannot be drawn, the index says so in `note`. Raises
    Refused with `nothing_to_archive` where no document is chosen.
    """
    require(Permission.READ)
    found: dict[str, int] = {}
    for at in range(0, len(numbers), _NUMBERS_PER_QUERY):
        some = Document.objects.filter(number__in=numbers[at : at + _NUMBERS_PER_QUERY])
        found |= dict(some.values_list("number", "pk"))
    ids = [found[number] for number in numbers if number in found]
    return _archive(ids, {"chosen": str(len(ids))})


def _archive(ids: Sequence[int], asked: dict[str, str]) -> Iterator[bytes]:
    if not ids:
        raise Refused(
            "nothing_to_archive",
            "No document fits. Nothing was written. Choose other days or another organization.",
        )
    audit.record("archive_documents", subject=f"{len(ids)} documents", data=asked)
    return archive_of(_entries(ids))


def _entries(ids: Sequence[int]) -> Iterator[Entry]:
    for at in range(0, len(ids), _PER_CHUNK):
        chunk = ids[at : at + _PER_CHUNK]
        ensure_rendered(chunk)
        places = {pk: place for place, pk in enumerate(chunk)}
        documents = sorted(_documents(chunk), key=lambda one: places[one["pk"]])
        renderings = {
            row[0]: row[1:]
            for row in Rendering.objects.filter(document__in=chunk).values_list(
                "document_id", "path", "sha256"
            )
        }
        electronic: dict[int, list[tuple[str, str, str]]] = {}
        for pk, *file in ElectronicFile.objects.filter(document__in=chunk).values_list(
            "document_id", "format", "path", "sha256"
        ):
            electronic.setdefault(pk, []).append((file[0], file[1], file[2]))
        for document in documents:
            pk = document["pk"]
            yield _entry(document, renderings.get(pk), electronic.get(pk, []))


def _documents(ids: Sequence[int]) -> Sequence[dict[str, Any]]:
    live = Q(credit_notes__voided__isnull=True)
    rows = Document.objects.filter(pk__in=ids).annotate(
        credited=Sum("credit_notes__total", filter=live)
    )
    found: Sequence[dict[str, Any]] = rows.values(
        "pk",
        "number",
        "kind",
        "organization__key",
        "issued_on",
        "due_on",
        "currency",
        "net",
        "tax",
        "total",
        "voided__id",
        "credits__number",
        "credited",
        "data",
    )
    return found


def _entry(
    document: dict[str, Any],
    rendering: tuple[str, str] | None,
    electronic: Sequence[tuple[str, str, str]],
) -> Entry:
    number, notes = document["number"], []
    files: dict[str, tuple[str, bytes]] = {}
    stored = [(_COLUMNS[format], path, sha256) for format, path, sha256 in electronic]
    if rendering is None:
        notes.append("the PDF cannot be drawn")
    else:
        stored.insert(0, ("pdf_sha256", *rendering))
    for column, path, sha256 in sorted(stored, key=lambda one: one[0] != "pdf_sha256"):
        content = _stored(path)
        if content is None:
            notes.append(f"{Path(path).name} is missing")
            continue
        if hashlib.sha256(content).hexdigest() != sha256:
            notes.append(f"{Path(path).name} was changed since it was stored")
        files[column] = (Path(path).name, content)
    files["data_sha256"] = (f"{number}.json", document["data"].encode())
    return Entry(_row(document) | {"note": "; ".join(notes)}, files)


def _stored(path: str) -> bytes | None:
    file = Path(settings.DATA_DIR, path)
    return file.read_bytes() if file.is_file() else None


def _row(document: dict[str, Any]) -> dict[str, str]:
    currency = document["currency"]
    amounts = {
        name: format_minor(to_minor(document[name] or Decimal(0), currency), currency)
        for name in ("net", "tax", "total", "credited")
    }
    return {
        "number": document["number"],
        "kind": document["kind"],
        "organization": document["organization__key"],
        # As it was issued to: a later name changes nothing in the archive.
        "organization_name": json.loads(document["data"])["organization"]["name"],
        "issued_on": document["issued_on"].isoformat(),
        "due_on": document["due_on"].isoformat(),
        "currency": currency,
        **amounts,
        "is_void": "yes" if document["voided__id"] else "no",
        "credits": document["credits__number"] or "",
    }
