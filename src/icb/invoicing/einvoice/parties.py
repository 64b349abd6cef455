"""Seller and buyer of a document's frozen data, and whether a tax number is a VAT id."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from stdnum.eu import vat as eu_vat

from icb.invoicing.einvoice.terms import Party
from icb.invoicing.einvoice.texts import lines_of, one_line

# Countries whose VAT ids begin with other letters than their own code.
_PREFIXES: Final[Mapping[str, tuple[str, ...]]] = {"GR": ("EL",), "GB": ("GB", "XI")}
_EUROPEAN: Final = frozenset(state.upper() for state in eu_vat.MEMBER_STATES) | {"EL"}
_SEPARATORS = re.compile(r"[\s.\-/]")
_VAT_ID = re.compile(r"[A-Z]{2}[A-Z0-9+*]{2,13}")


def party_of(data: Mapping[str, Any], *, is_seller: bool, with_vat_id: bool) -> Party:
    """A party of frozen data. A sale that is not subject to VAT states no VAT id (rule BR-O-02);
    another tax number than a VAT id is a term of the seller alone.
    """
    country = one_line(data.get("country")).upper()
    number = one_line(data.get("tax_number"))
    vat_id = vat_id_of(number, country=country)
    return Party(
        name=one_line(data["name"]),
        identifier=one_line(data["key"]),
        address=_address(data),
        city=one_line(data.get("city")),
        postal_code=one_line(data.get("postal_code")),
        region=one_line(data.get("region")),
        country=country,
        vat_id=vat_id if with_vat_id else "",
        tax_registration=number if is_seller and not vat_id else "",
        endpoint=one_line(data.get("electronic_address")),
        endpoint_scheme=one_line(data.get("electronic_scheme")),
        phone=one_line(data.get("phone")),
        email=one_line(data.get("email")),
    )


def vat_id_of(number: str, *, country: str) -> str:
    """The number without separators where it is a VAT id by its first letters, else blank.

    >>> vat_id_of("DE 123.456.789", country="DE"), vat_id_of("12-3456789", country="US")
    ('DE123456789', '')
    """
    compact = _SEPARATORS.sub("", number).upper()
    if not _VAT_ID.fullmatch(compact) or not any(letter.isdigit() for letter in compact):
        return ""
    own = _PREFIXES.get(country, (country,) if country else ())
    return compact if compact[:2] in own or compact[:2] in _EUROPEAN else ""


def is_checked_vat_id(vat_id: str) -> bool:
    """Whether a VAT id of a member state has right check digits; others are not judged."""
    return vat_id[:2] not in _EUROPEAN or eu_vat.is_valid(vat_id)


def _address(data: Mapping[str, Any]) -> tuple[str, ...]:
    lines = lines_of(data.get("address"))
    return (*lines[:2], ", ".join(lines[2:])) if len(lines) > 2 else tuple(lines)
