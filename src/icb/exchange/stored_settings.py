"""The rows of mapping templates, of what organizations get, and of accounts, as stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from icb.accounting.chart_queries import accounts, rules
from icb.delivery.models import DeliveryChoice, Recipient
from icb.exchange.values import NO, YES
from icb.invoicing.models import OrganizationDocuments
from icb.mapping.models import MappingTemplateLine

Cells = tuple[str, ...]


def mapping_template_rows() -> Iterator[Cells]:
    """The lines of all mapping templates, as entered."""
    rows = MappingTemplateLine.objects.order_by("template_id", "pk")
    columns = ("billing_type__connection__key", "billing_type__key", "service", "unit_changes")
    for row in rows.values_list("template__name", *columns).iterator():
        yield tuple(row)


def document_choice_rows() -> Iterator[Cells]:
    """What organizations get otherwise than usual, in the order of the organizations."""
    found: dict[tuple[int, str], list[str]] = defaultdict(lambda: ["", ""])
    formats = OrganizationDocuments.objects.exclude(electronic_format="")
    for id_, key, electronic_format in formats.values_list(*_WHOSE, "electronic_format"):
        found[id_, key][0] = electronic_format
    choices = DeliveryChoice.objects.exclude(organization=None)
    for id_, key, on_issue in choices.values_list(*_WHOSE, "on_issue"):
        found[id_, key][1] = _truth(on_issue)
    for (_, key), cells in sorted(found.items()):
        yield key, *cells


def recipient_rows() -> Iterator[Cells]:
    """The addresses that get messages, by organization, as entered."""
    rows = Recipient.objects.order_by("organization_id", "pk")
    said = ("address", "name", "place")
    gets = ("gets_invoices", "gets_credit_notes", "gets_statements", "gets_reminders")
    for row in rows.values_list("organization__key", *said, *gets, "language").iterator():
        yield *row[:4], *map(_truth, row[4:8]), row[8]


def account_rows() -> Iterator[Cells]:
    """The chart of accounts, by code; the same order on every database."""
    for row in sorted(accounts(), key=lambda row: row.code):
        yield row.code, row.name, row.kind, _truth(row.is_active)


def account_rule_rows() -> Iterator[Cells]:
    """What is booked where, by kind and subject; the same order on every database."""
    for row in sorted(rules()):
        yield row.kind, row.subject, row.account


_WHOSE = ("organization_id", "organization__key")


def _truth(value: bool) -> str:
    return YES if value else NO
