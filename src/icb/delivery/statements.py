"""Statements of account as messages: which one a delivery is about, its words and its file."""

from __future__ import annotations

from datetime import date

from icb.delivery.composing import File
from icb.delivery.models import Delivery
from icb.delivery.plain_text import amount_text, day_text, file_name
from icb.foundation.providers import current_provider
from icb.kernel.money import format_minor
from icb.payments.statement import Statement
from icb.payments.statement_queries import statement, statement_pdf


def about_of(currency: str, *, first: date, last: date) -> str:
    """What a delivery says that it is about."""
    return f"{currency} {first.isoformat()} {last.isoformat()}"


def statement_of(row: Delivery, *, organization: str) -> Statement:
    """The statement that a delivery is about, of the organization's key, as it stands now."""
    currency, first, last = row.about.split()
    return statement(
        organization,
        currency=currency,
        first=date.fromisoformat(first),
        as_of=date.fromisoformat(last),
    )


def statement_values(found: Statement, *, language: str) -> dict[str, str]:
    """What the placeholders of a message with a statement stand for."""
    provider = current_provider()
    closing = format_minor(found.closing, found.currency)
    return {
        "organization": found.name,
        "provider": provider.legal_name or provider.name,
        "provider_email": provider.email,
        "provider_phone": provider.phone,
        "open": amount_text(closing, currency=found.currency, language=language),
        "until": day_text(found.as_of, language=language),
    }


def statement_file(found: Statement) -> File:
    """The statement as a PDF."""
    name = file_name(f"statement-{found.currency}-{found.as_of.isoformat()}", ending="pdf")
    return File(name, statement_pdf(found))
