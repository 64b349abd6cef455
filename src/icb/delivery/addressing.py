"""Who gets a message of an organization: those named for its kind, else the organization itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from icb.delivery.composing import Addressee, Envelope
from icb.delivery.plain_text import is_address

KINDS = {
    "invoice": "gets_invoices",
    "credit_note": "gets_credit_notes",
    "statement": "gets_statements",
    "reminder": "gets_reminders",
}
"""The field of a recipient that says whether it gets messages of a kind."""


class Named(NamedTuple):
    """A recipient of an organization, as stored."""

    address: str
    name: str
    place: str
    gets: frozenset[str]
    language: str


def envelope_of(kind: str, *, named: Iterable[Named], usual: Addressee) -> Envelope | None:
    """Whom a message of this kind goes to; None where there is nobody.

    `usual` is the organization's own address, for where nobody is named at all. A message needs
    somebody to be addressed to: without one, the first copy is.
    """
    everybody = list(named)
    if not everybody:
        return Envelope([usual]) if is_address(usual.address) else None
    chosen = [one for one in everybody if kind in one.gets]
    placed = {
        place: [Addressee(one.address, one.name) for one in chosen if one.place == place]
        for place in ("to", "cc", "bcc")
    }
    if not placed["to"]:
        if not placed["cc"]:
            return None
        placed["to"] = [placed["cc"].pop(0)]
    first = {one.address for one in placed["to"]}
    spoken = [one.language for one in chosen if one.language and one.address in first]
    return Envelope(placed["to"], placed["cc"], placed["bcc"], spoken[0] if spoken else "")
