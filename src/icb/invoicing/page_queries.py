"""The pages of documents as pictures: issued ones, and ones that would be issued now."""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings

from icb.foundation.canonical import canonical_json
from icb.foundation.providers import current_provider
from icb.invoicing.design import Design, settings_of
from icb.invoicing.document_writing import sender_of
from icb.invoicing.queries import document_named
from icb.invoicing.rendering import Rendered, pages, render
from icb.invoicing.sample_document import sample_document
from icb.invoicing.template_queries import logo_drawing
from icb.invoicing.waiting_queries import Payer, documents_to_be


def document_pages(number: str) -> list[bytes]:
    """The pages of an issued document as PNG, drawn from its frozen data; nothing is stored.

    Raises NotFound for an unknown number, Refused with `cannot_render`.
    """
    return _drawn(document_named(number).data, is_preview=False)


def preview_pages(payer: Payer, *, number: str, template: str = "") -> list[list[bytes]]:
    """The pages of each document that a payer would get now, marked as a preview.

    `number` stands where the number will be; `template` is one chosen for now. Raises NotFound for
    an unknown organization or template, Refused with `cannot_render`.
    """
    return [
        _drawn(data, is_preview=True)
        for data in documents_to_be(payer, number=number, template=template)
    ]


def design_pages(design: Design, *, language: str, number: str = "") -> list[bytes]:
    """The pages of a sample invoice, or of an issued document, as a design would draw them.

    A sample is in the language named, a document in its own. Raises NotFound for an unknown number,
    Refused with `cannot_render`.
    """
    if number:
        data = json.loads(document_named(number).data) | {"design": settings_of(design)}
    else:
        provider = current_provider()
        data = sample_document(
            sender_of(provider, language=language),
            currency=provider.currency,
            language=language,
            design=design,
        )
    return _drawn(canonical_json(data), is_preview=True)


def pdf_of(data_text: str) -> Rendered:
    """The PDF/A-3 of a document's or a statement's data, with its logo and one's own fonts.

    Nothing is stored and nothing is attached. Raises Refused with `cannot_render`.
    """
    return render(data_text, logo=logo_of(data_text), fonts=own_fonts())


def logo_of(data_text: str) -> str:
    """The drawing of the logo that the data's design names; blank where it names none."""
    return logo_drawing(json.loads(data_text)["design"]["logo"])


def _drawn(data_text: str, *, is_preview: bool) -> list[bytes]:
    return pages(data_text, is_preview=is_preview, logo=logo_of(data_text), fonts=own_fonts())


def own_fonts() -> Path | None:
    """The folder of further fonts, where somebody made one in the data folder."""
    fonts = Path(settings.DATA_DIR) / "fonts"
    return fonts if fonts.is_dir() else None
