"""What the messages of a chunk say and to whom they go: read for all of them at once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from icb.delivery.addressing import Named, envelope_of
from icb.delivery.bounce_queries import bouncing
from icb.delivery.composing import Addressee, Envelope
from icb.delivery.models import Delivery, Recipient
from icb.delivery.placeholders import LINK, used_names
from icb.delivery.plain_text import amount_text, day_text
from icb.delivery.settings_queries import kinds_of, message_templates
from icb.delivery.standard_messages import Words
from icb.delivery.statements import statement_of, statement_values
from icb.foundation.amounts import from_stored
from icb.foundation.bulk import fetch, ids_in
from icb.foundation.providers import current_provider
from icb.invoicing.models import Document
from icb.kernel.languages import LANGUAGES
from icb.kernel.money import format_minor
from icb.organizations.models import Organization

USUAL_LANGUAGE = "en"


class Draft(NamedTuple):
    """A message before it has a link and files.

    `envelope` is None where there is nobody to send it to. `values` are by placeholder; `warnings`
    tell of addresses that did not take mail before.
    """

    delivery: Delivery
    envelope: Envelope | None
    language: str
    words: Words
    values: Mapping[str, str]
    warnings: Sequence[str]

    @property
    def names_link(self) -> bool:
        """Whether the words themselves name a link."""
        return LINK in used_names(self.words.subject + self.words.body)


def drafts(rows: Sequence[Delivery]) -> list[Draft]:
    """What these messages say, and to whom they go; read at once, but for statements of account."""
    organizations = {
        row.pk: row
        for row in Organization.objects.filter(pk__in={each.organization_id for each in rows})
    }
    named = _named(list(organizations))
    words = {(row.kind, row.language): Words(row.subject, row.body) for row in message_templates()}
    documents = {
        row.pk: row for row in Document.objects.filter(pk__in={each.document_id for each in rows})
    }
    is_open = _open_amounts(list(documents))
    found = []
    for row in rows:
        organization = organizations[row.organization_id]
        usual = Addressee(organization.email, organization.name)
        envelope = envelope_of(row.kind, named=named[organization.pk], usual=usual)
        if row.document_id is None:
            language = _language(envelope, {}, organization)
            told = statement_of(row, organization=organization.key)
            values = statement_values(told, language=language)
        else:
            data = json.loads(documents[row.document_id].data)
            data["open"] = is_open.get(row.document_id, data["total"])
            language = _language(envelope, data, organization)
            values = values_of(data, language=language)
        found.append(Draft(row, envelope, language, words[row.kind, language], values, ()))
    return _with_warnings(found)


def values_of(data: Mapping[str, Any], *, language: str) -> dict[str, str]:
    """What the placeholders of a message about a document stand for, in a language.

    `data` are the document's frozen data, with what is open of it now as `open`.
    """
    provider, currency = data["provider"], data["currency"]
    return {
        "organization": data["organization"]["name"],
        "provider": provider["name"],
        "provider_email": provider["email"],
        "provider_phone": provider.get("phone", ""),
        "number": data["number"],
        "issued_on": day_text(date.fromisoformat(data["issued_on"]), language=language),
        "due_on": day_text(date.fromisoformat(data["due_on"]), language=language),
        "total": amount_text(data["total"], currency=currency, language=language),
        "open": amount_text(data["open"], currency=currency, language=language),
        "credited": data["credited"],
        "until": "",
    }


def example_values(kind: str, *, language: str) -> dict[str, str]:
    """What the placeholders of a preview stand for: the provider's own facts, and an example."""
    provider = current_provider()
    day, until = date(2026, 1, 31), date(2026, 2, 14)
    number = "CN-000007" if kind == "credit_note" else "INV-000042"
    amount = amount_text("1234.50", currency=provider.currency, language=language)
    return {
        "organization": "Example Ltd",
        "provider": provider.legal_name or provider.name,
        "provider_email": provider.email,
        "provider_phone": provider.phone,
        "number": number,
        "issued_on": day_text(day, language=language),
        "due_on": day_text(until, language=language),
        "total": amount,
        "open": amount,
        "credited": "INV-000042",
        "until": day_text(day, language=language),
        LINK: "https://billing.example.org/d/EXAMPLE",
        "valid_until": day_text(until, language=language),
    }


def _named(organizations: Sequence[int]) -> dict[int, list[Named]]:
    found: dict[int, list[Named]] = defaultdict(list)
    for row in Recipient.objects.filter(organization_id__in=organizations).order_by("pk"):
        gets = frozenset(kinds_of(row))
        found[row.organization_id].append(
            Named(row.address, row.name, row.place, gets, row.language)
        )
    return found


def _open_amounts(documents: Sequence[int]) -> dict[int, str]:
    """What is open of each document now, as plain decimal text."""
    condition, params = ids_in("document_id", ids=documents)
    rows = fetch(f"SELECT document_id, currency, open FROM account_item WHERE {condition}", params)
    return {
        id: format_minor(from_stored(is_open, currency), currency) for id, currency, is_open in rows
    }


def _language(
    envelope: Envelope | None, data: Mapping[str, Any], organization: Organization
) -> str:
    """The recipients' language, else the document's, else the organization's."""
    wanted = (
        envelope.language if envelope else "",
        data.get("language", ""),
        organization.language,
        current_provider().language,
    )
    return next((code for code in wanted if code in LANGUAGES), USUAL_LANGUAGE)


def _with_warnings(found: Sequence[Draft]) -> list[Draft]:
    everybody = {address for one in found if one.envelope for address in one.envelope.addresses}
    reasons = bouncing(everybody) if everybody else {}
    return [
        one._replace(
            warnings=[
                f"{address} did not take mail before ({reasons[address.lower()]})"
                for address in (one.envelope.addresses if one.envelope else ())
                if address.lower() in reasons
            ]
        )
        for one in found
    ]
