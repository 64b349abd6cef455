"""E-invoices for people and for whoever delivers: what was checked, what stands ready."""

from __future__ import annotations

import json
from datetime import datetime
from typing import NamedTuple

from icb.invoicing.einvoice.examining import FACTUR_X, FORMATS
from icb.invoicing.einvoice.problems import Problem
from icb.invoicing.models import (
    Document,
    ElectronicCheck,
    ElectronicFile,
    OrganizationDocuments,
)
from icb.invoicing.queries import document_named

PDF = "pdf"


class ElectronicState(NamedTuple):
    """What is known of a document as an e-invoice of one format.

    `is_valid` is None while nobody has checked it; `sha256` is blank while no file is made.
    """

    format: str
    is_valid: bool | None
    problems: list[Problem]
    validators: str
    validated_at: datetime | None
    actor: str
    sha256: str


def electronic_states(number: str) -> list[ElectronicState]:
    """Each format of a document, with its newest check. Raises NotFound for an unknown number."""
    issued = document_named(number)
    return [electronic_state(issued, format=format) for format in FORMATS]


def electronic_state(issued: Document, *, format: str) -> ElectronicState:
    """What is known of a document as an e-invoice of a format."""
    check = newest_check(issued, format=format)
    made = ElectronicFile.objects.filter(document=issued, format=format)
    sha256 = made.values_list("sha256", flat=True).first() or ""
    if check is None:
        return ElectronicState(format, None, [], "", None, "", sha256)
    return ElectronicState(
        format,
        check.is_valid,
        problems_of(check),
        check.validators,
        check.validated_at,
        check.actor,
        sha256,
    )


def newest_check(issued: Document, *, format: str) -> ElectronicCheck | None:
    """The check that counts; None where there is none yet."""
    checks = ElectronicCheck.objects.filter(document=issued, format=format)
    found: ElectronicCheck | None = checks.order_by("-pk").first()
    return found


def problems_of(check: ElectronicCheck) -> list[Problem]:
    """What a check found."""
    return [Problem(*stated) for stated in json.loads(check.problems)]


def electronic_format(organization: str) -> str:
    """The format that an organization wants, by its key; blank for the PDF alone."""
    wanted = OrganizationDocuments.objects.filter(organization__key=organization)
    return str(wanted.values_list("electronic_format", flat=True).first() or "")


def attachment_formats(wanted: str) -> tuple[str, ...]:
    """What a message carries of each document, the first one to read.

    `wanted` is the e-invoice of the organization (`electronic_format`). `pdf` is the rendering;
    `factur-x` is a PDF itself and stands in its place; any other is a file of data beside it.
    """
    if wanted == FACTUR_X:
        return (FACTUR_X,)
    return (PDF, wanted) if wanted else (PDF,)
