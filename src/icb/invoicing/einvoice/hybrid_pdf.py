"""A PDF/A-3 with the invoice inside as data: Factur-X 1.0 (ZUGFeRD 2), profile EN 16931.

The pages stay as they were drawn. What is added depends on the two files and the day alone, so the
same input gives the same bytes.
"""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Final

import pikepdf
from lxml import etree

from icb.kernel.errors import Broken

FILE_NAME: Final = "factur-x.xml"
PROFILE: Final = "EN 16931"
_FX = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_EXTENSION = "http://www.aiim.org/pdfa/ns/extension/"
_SCHEMA = "http://www.aiim.org/pdfa/ns/schema#"
_PROPERTY = "http://www.aiim.org/pdfa/ns/property#"
# What a reader of the metadata is told of each property; an archive demands that it is told.
_PROPERTIES: Final = {
    "DocumentFileName": (FILE_NAME, "The name of the file with the data of the invoice"),
    "DocumentType": ("INVOICE", "What the file holds"),
    "Version": ("1.0", "The version of the schema of the file"),
    "ConformanceLevel": (PROFILE, "The profile that the file keeps to"),
}


def hybrid_pdf(pdf: bytes, *, invoice: bytes, issued_on: date) -> bytes:
    """The PDF with the CII file inside it.

    Raises Broken where the PDF has no metadata of PDF/A-3, which its renderer always writes.
    """
    with pikepdf.open(BytesIO(pdf)) as file:
        _attach(file, invoice, issued_on)
        metadata = _with_properties(file.Root.Metadata.read_bytes())
        file.Root.Metadata = file.make_stream(
            metadata, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML
        )
        written = BytesIO()
        # Identifiers from the content; nothing of the present, and no change of the metadata.
        file.save(written, deterministic_id=True, fix_metadata_version=False)
    return written.getvalue()


def _attach(file: pikepdf.Pdf, invoice: bytes, issued_on: date) -> None:
    embedded = file.make_stream(
        invoice,
        Type=pikepdf.Name.EmbeddedFile,
        Subtype=pikepdf.Name("/text/xml"),
        Params=pikepdf.Dictionary(
            Size=len(invoice), ModDate=pikepdf.String(f"D:{issued_on:%Y%m%d}000000Z")
        ),
    )
    specification = file.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Filespec,
            F=pikepdf.String(FILE_NAME),
            UF=pikepdf.String(FILE_NAME),
            Desc=pikepdf.String("The data of this invoice (Factur-X)"),
            AFRelationship=pikepdf.Name.Alternative,
            EF=pikepdf.Dictionary(F=embedded, UF=embedded),
        )
    )
    names = pikepdf.Dictionary(Names=pikepdf.Array([FILE_NAME, specification]))
    file.Root.Names = pikepdf.Dictionary(EmbeddedFiles=names)
    file.Root.AF = pikepdf.Array([specification])


def _with_properties(metadata: bytes) -> bytes:
    tree = etree.ElementTree(etree.fromstring(metadata))
    packet = tree.getroot()
    described = packet.find(f".//{{{_RDF}}}RDF")
    known = packet.find(f".//{{{_EXTENSION}}}schemas/{{{_RDF}}}Bag")
    if described is None or known is None:
        raise Broken(
            "no_archive_metadata",
            "The PDF has no metadata of PDF/A-3, so nothing can be put inside it. Nothing was "
            "stored.",
        )
    values = etree.SubElement(described, f"{{{_RDF}}}Description", nsmap={"fx": _FX})
    values.set(f"{{{_RDF}}}about", "")
    for name, (value, _) in _PROPERTIES.items():
        etree.SubElement(values, f"{{{_FX}}}{name}").text = value
    _describe(known)
    body = etree.tostring(packet, encoding="utf-8")
    begin = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'.encode()
    return b"".join((begin, body, b'<?xpacket end="r"?>'))


def _describe(known: etree._Element) -> None:
    schema = _resource(known)
    for name, value in (
        ("schema", "Factur-X PDFA Extension Schema"),
        ("namespaceURI", _FX),
        ("prefix", "fx"),
    ):
        etree.SubElement(schema, f"{{{_SCHEMA}}}{name}").text = value
    holder = etree.SubElement(schema, f"{{{_SCHEMA}}}property")
    listed = etree.SubElement(holder, f"{{{_RDF}}}Seq")
    for name, (_, description) in _PROPERTIES.items():
        one = _resource(listed)
        for part, value in (
            ("name", name),
            ("valueType", "Text"),
            ("category", "external"),
            ("description", description),
        ):
            etree.SubElement(one, f"{{{_PROPERTY}}}{part}").text = value


def _resource(parent: etree._Element) -> etree._Element:
    found = etree.SubElement(parent, f"{{{_RDF}}}li")
    found.set(f"{{{_RDF}}}parseType", "Resource")
    return found
