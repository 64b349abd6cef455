"""The pages of documents as pictures: issued ones, and ones that would be issued now."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from icb.invoicing.queries import document_named
from icb.invoicing.rendering import pages
from icb.invoicing.waiting_queries import Payer, documents_to_be


def document_pages(number: str) -> list[bytes]:
    """The pages of an issued document as PNG, drawn from its frozen data; nothing is stored.

    Raises NotFound for an unknown number, Refused with `cannot_render`.
    """
    return pages(document_named(number).data, fonts=own_fonts())


def preview_pages(payer: Payer, *, number: str) -> list[list[bytes]]:
    """The pages of each document that a payer would get now, marked as a preview.

    `number` stands where the number will be. Raises NotFound for an unknown organization, Refused
    with `cannot_render`.
    """
    return [
        pages(data, is_preview=True, fonts=own_fonts())
        for data in documents_to_be(payer, number=number)
    ]


def own_fonts() -> Path | None:
    """The folder of further fonts, where somebody made one in the data folder."""
    fonts = Path(settings.DATA_DIR) / "fonts"
    return fonts if fonts.is_dir() else None
