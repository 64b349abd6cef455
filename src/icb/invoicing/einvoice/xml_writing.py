"""Writing XML: elements with a text where there is one, and none where there is not.

Peppol allows no empty element (rule R008); EN 16931 means nothing by one.
"""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from icb.kernel.currency import minor_digits
from icb.kernel.money import Minor, format_minor
from icb.kernel.quantity import MICRO, Micro, format_micro


class Writer:
    """Adds children to elements; a tag is written `prefix:Name` with the prefixes
    given, of which a blank one is for tags without any."""

    def __init__(self, root: str, *, namespaces: Mapping[str, str], currency: str) -> None:
        self._namespaces = namespaces
        self.currency = currency
        declared = " ".join(
            f'xmlns{prefix and ":"}{prefix}="{name}"' for prefix, name in namespaces.items()
        )
        self.root = etree.fromstring(f"<{root} {declared}/>")

    def add(self, parent: etree._Element, *, tag: str, **attributes: str) -> etree._Element:
        """A child without a text, for children of its own."""
        return etree.SubElement(parent, self._tag(tag), attrib=attributes)

    def text(self, parent: etree._Element, *, tag: str, value: str, **attributes: str) -> None:
        """A child with a text; none where the text is blank."""
        if value:
            etree.SubElement(parent, self._tag(tag), attrib=attributes).text = value

    def amount(self, parent: etree._Element, *, tag: str, value: Minor, **attributes: str) -> None:
        """A child with an amount in the document's currency."""
        self.text(parent, tag=tag, value=format_minor(value, self.currency), **attributes)

    def content(self) -> bytes:
        """The file, in UTF-8; the same for the same elements."""
        content: bytes = etree.tostring(
            self.root, encoding="UTF-8", xml_declaration=True, pretty_print=True
        )
        return content

    def _tag(self, name: str) -> str:
        prefix, _, local = name.rpartition(":")
        return f"{{{self._namespaces[prefix]}}}{local}"


def price_text(price: Micro, *, currency: str) -> str:
    """A price with at least the decimals of its currency."""
    digits = minor_digits(currency)
    if price % (MICRO // 10**digits) == 0:
        return format_minor(price // (MICRO // 10**digits), currency)
    return format_micro(price)
