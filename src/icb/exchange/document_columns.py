"""Columns about what documents say of provider and clients: addresses, bank, language."""

from __future__ import annotations

from icb.exchange.columns import Column, Kind
from icb.foundation.provider_details import TAX_DAYS, USUAL_LANGUAGE, USUAL_PAYMENT_DAYS
from icb.kernel.languages import LANGUAGES

_LANGUAGES = tuple(LANGUAGES)
_PLACE = (
    Column("postal_code", Kind.TEXT, "of the address", longest=20),
    Column("city", Kind.TEXT, "of the address", longest=120),
    Column("region", Kind.TEXT, "state or province of the address", longest=120),
    Column("country", Kind.COUNTRY, "of the address"),
)
_ELECTRONIC = (
    Column(
        "electronic_address",
        Kind.TEXT,
        "address in networks of electronic invoices",
        longest=120,
    ),
    Column("electronic_scheme", Kind.TEXT, "its scheme (EAS), such as 0204", longest=4),
)
OF_PROVIDER = (
    *_PLACE,
    Column("phone", Kind.TEXT, "telephone on documents", longest=60),
    *_ELECTRONIC,
    Column("account_holder", Kind.TEXT, "who is paid; empty: the legal name", longest=200),
    Column("iban", Kind.IBAN, "account that is paid to"),
    Column("bic", Kind.BIC, "its bank's code"),
    Column("bank_name", Kind.TEXT, "its bank's name", longest=200),
    Column(
        "payment_days",
        Kind.WHOLE,
        "days until an invoice is due",
        default=str(USUAL_PAYMENT_DAYS),
    ),
    Column(
        "language",
        Kind.CHOICE,
        "language of documents",
        choices=_LANGUAGES,
        default=USUAL_LANGUAGE,
    ),
    Column(
        "tax_day",
        Kind.CHOICE,
        "which day decides what a tax comes to",
        choices=TAX_DAYS,
        default=TAX_DAYS[0],
    ),
)
OF_ORGANIZATION = (
    *_PLACE,
    Column("language", Kind.CHOICE, "of its documents; empty: the provider's", choices=_LANGUAGES),
    Column("payment_days", Kind.WHOLE, "days until its invoices are due; empty: the provider's"),
    Column("buyer_reference", Kind.TEXT, "what it wants to find on its invoices", longest=120),
    Column("purchase_order", Kind.TEXT, "its order, on its invoices", longest=120),
    *_ELECTRONIC,
)
