"""The files that go with messages: made where nobody has made them yet, before anything is sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from icb.delivery.composing import File
from icb.delivery.models import Delivery
from icb.delivery.plain_text import file_name
from icb.delivery.statements import statement_file, statement_of
from icb.invoicing.einvoice.examining import FACTUR_X
from icb.invoicing.einvoice_actions import electronic_file
from icb.invoicing.einvoice_queries import PDF, attachment_formats
from icb.invoicing.models import ElectronicFile, OrganizationDocuments, Rendering
from icb.invoicing.render_actions import render_documents
from icb.kernel.errors import IcbError

_KINDS = {PDF: ("pdf", "application/pdf"), FACTUR_X: ("pdf", "application/pdf")}
_DATA = ("xml", "application/xml")


class Attached(NamedTuple):
    """The files of a message, in their order; or why there is none, in words.

    Those of a document are kept in the data folder; that of a statement was just made.
    """

    files: list[tuple[str, Path, str]]
    problem: str = ""
    made: tuple[File, ...] = ()

    def read(self) -> list[File]:
        """The files with what is in them."""
        kept = [File(name, place.read_bytes(), kind) for name, place, kind in self.files]
        return [*kept, *self.made]


def attached(rows: Sequence[Delivery]) -> dict[int, Attached]:
    """By message, the files that go with it."""
    documents = _of_documents(rows)
    return {
        row.pk: documents[row.document_id] if row.document_id else _of_statement(row)
        for row in rows
    }


def _of_statement(row: Delivery) -> Attached:
    try:
        found = statement_of(row, organization=row.organization.key)
        return Attached([], made=(statement_file(found),))
    except IcbError as error:
        return Attached([], error.message)


def _of_documents(rows: Sequence[Delivery]) -> dict[int, Attached]:
    """By document, the files that its organization wants: the PDF, an e-invoice beside it, or one
    that is a PDF itself in its place.

    A document that is no valid e-invoice where one is wanted goes without files, and so not at all.
    """
    documents = {row.document.pk: row.document for row in rows if row.document is not None}
    render_documents(numbers=[document.number for document in documents.values()])
    wanted = _wanted(rows)
    problems = {
        id: _made(document.number, wanted[document.organization_id])
        for id, document in documents.items()
        if document.organization_id in wanted
    }
    places = _places(list(documents))
    return {
        id: _attached(
            document.number,
            formats=attachment_formats(wanted.get(document.organization_id, "")),
            places=places[id],
            problem=problems.get(id, ""),
        )
        for id, document in documents.items()
    }


def _wanted(rows: Sequence[Delivery]) -> dict[int, str]:
    """By organization, the e-invoice that it wants."""
    ids = {row.organization_id for row in rows}
    chosen = OrganizationDocuments.objects.filter(organization_id__in=ids)
    stored = chosen.exclude(electronic_format="")
    return dict(stored.values_list("organization_id", "electronic_format"))


def _made(number: str, format: str) -> str:
    """Make an e-invoice where there is none yet; why it cannot be made, blank where it was."""
    try:
        electronic_file(number, format=format)
    except IcbError as error:
        return error.message
    return ""


def _places(documents: Sequence[int]) -> dict[int, dict[str, str]]:
    """By document and format, where a file is kept."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    of_documents = {"document_id__in": documents}
    for id, path in Rendering.objects.filter(**of_documents).values_list("document_id", "path"):
        found[id][PDF] = path
    electronic = ElectronicFile.objects.filter(**of_documents)
    for id, format, path in electronic.values_list("document_id", "format", "path"):
        found[id][format] = path
    return found


def _attached(
    number: str, *, formats: Sequence[str], places: dict[str, str], problem: str
) -> Attached:
    missing = [format for format in formats if format not in places]
    if missing:
        return Attached([], problem or "Its PDF cannot be made. See the document's own page.")
    found = []
    for format in formats:
        ending, kind = _KINDS.get(format, _DATA)
        name = file_name(number, ending=ending)
        found.append((name, Path(settings.DATA_DIR, places[format]), kind))
    return Attached(found)
