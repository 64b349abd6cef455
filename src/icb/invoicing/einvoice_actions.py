"""Make e-invoices, and only valid ones: written from frozen data, checked, stored once.

The verdict is stored in a transaction of its own, so that what was found wrong stays known when
the file is then refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from importlib.metadata import version
from pathlib import Path

from django.conf import settings

from icb.foundation import audit
from icb.foundation.actor import Permission, current_actor, require
from icb.foundation.canonical import canonical_json
from icb.foundation.providers import current_provider
from icb.foundation.transactions import transaction
from icb.invoicing.einvoice.examining import FACTUR_X, FORMATS, UBL, Examined, examine
from icb.invoicing.einvoice.hybrid_pdf import hybrid_pdf
from icb.invoicing.einvoice.problems import NotElectronic
from icb.invoicing.einvoice_queries import ElectronicState, electronic_states
from icb.invoicing.models import (
    Document,
    ElectronicCheck,
    ElectronicFile,
    OrganizationDocuments,
)
from icb.invoicing.queries import document_named, frozen_data
from icb.invoicing.render_actions import rendered_file, write_files
from icb.kernel import clock
from icb.kernel.errors import InvalidInput
from icb.organizations.queries import known_organization_ids, organization_named

_ENDINGS = {UBL: ".xml", FACTUR_X: "-factur-x.pdf"}


def check_electronic(number: str) -> list[ElectronicState]:
    """Check a document as an e-invoice of every format, and keep what the validators say.

    Raises NotFound for an unknown number, Refused with `no_validator` where they cannot be asked.
    """
    require(Permission.READ)
    issued = document_named(number)
    for format in FORMATS:
        _checked(issued, format)
    return electronic_states(issued.number)


def electronic_file(number: str, *, format: str) -> Path:
    """The file of a document as a valid e-invoice (`ubl` or `factur-x`), made now where this is
    its first reader; afterwards the same bytes for ever.

    Raises NotFound for an unknown number; InvalidInput for an unknown format; NotElectronic
    (Refused, with `problems`) where it is not valid; Refused with `no_validator` or, for Factur-X,
    `cannot_render`.
    """
    require(Permission.READ)
    _check_format(format)
    issued = document_named(number)
    kept = ElectronicFile.objects.filter(document=issued, format=format).first()
    if kept is None:
        kept = _made(issued, format)
    return Path(settings.DATA_DIR, kept.path)


def set_electronic_format(organization: str, *, format: str) -> None:
    """Say which e-invoice an organization gets: `ubl`, `factur-x`, or blank for the PDF alone.

    Raises NotFound for an unknown organization, InvalidInput for an unknown format.
    """
    with transaction():
        require(Permission.MANAGE_ORGANIZATIONS)
        if format:
            _check_format(format)
        found = organization_named(organization)
        OrganizationDocuments.objects.update_or_create(
            organization_id=found.id, defaults={"electronic_format": format}
        )
        audit.record(
            "set_electronic_format", subject=organization, data={"electronic_format": format}
        )


def set_electronic_formats(formats: Mapping[str, str]) -> None:
    """As `set_electronic_format`, for many organizations by their keys."""
    with transaction():
        require(Permission.MANAGE_ORGANIZATIONS)
        for format in filter(None, set(formats.values())):
            _check_format(format)
        ids = known_organization_ids(formats)
        OrganizationDocuments.objects.bulk_create(
            [
                OrganizationDocuments(organization_id=ids[key], electronic_format=format)
                for key, format in formats.items()
            ],
            update_conflicts=True,
            unique_fields=["organization"],
            update_fields=["electronic_format"],
        )
        told = dict(list(formats.items())[:500])
        subject = ", ".join(formats)[:200]
        audit.record("set_electronic_formats", subject=subject, data={"electronic_format": told})


def _check_format(format: str) -> None:
    if format not in FORMATS:
        raise InvalidInput(
            field="format",
            value=format,
            message=f"format: {format!r} is no e-invoice. Nothing was changed. "
            f"Choose {' or '.join(FORMATS)}.",
        )


def _checked(issued: Document, format: str) -> Examined:
    examined = examine(frozen_data(issued), format=format)
    with transaction():
        ElectronicCheck.objects.create(
            document=issued,
            format=format,
            is_valid=examined.is_valid,
            problems=canonical_json([list(problem) for problem in examined.problems]),
            xml_sha256=hashlib.sha256(examined.xml).hexdigest() if examined.xml else "",
            validators=examined.validators,
            validated_at=clock.now(),
            actor=current_actor(),
        )
        audit.record(
            "check_electronic",
            subject=issued.number,
            data={"format": format, "is_valid": examined.is_valid},
        )
    return examined


def _made(issued: Document, format: str) -> ElectronicFile:
    examined = _checked(issued, format)
    if not examined.is_valid:
        fatal = [problem for problem in examined.problems if problem.is_fatal]
        raise NotElectronic(issued.number, fatal)
    content = examined.xml if format == UBL else _inside_pdf(issued, examined.xml)
    path = Path("documents", current_provider().key, f"{issued.number}{_ENDINGS[format]}")
    write_files(Path(settings.DATA_DIR), contents={path: content})
    sha256 = hashlib.sha256(content).hexdigest()
    maker = f"{examined.validators.partition(',')[0]}, pikepdf {version('pikepdf')}"
    with transaction(lock="billing"):
        kept, is_new = ElectronicFile.objects.get_or_create(
            document=issued,
            format=format,
            defaults={
                "maker": maker,
                "sha256": sha256,
                "size": len(content),
                "path": path.as_posix(),
                "made_at": clock.now(),
            },
        )
        if is_new:
            audit.record(
                "make_electronic", subject=issued.number, data={"format": format, "sha256": sha256}
            )
    found: ElectronicFile = kept
    return found


def _inside_pdf(issued: Document, xml: bytes) -> bytes:
    pdf = rendered_file(issued.number).read_bytes()
    day: date = issued.issued_on
    return hybrid_pdf(pdf, invoice=xml, issued_on=day)
