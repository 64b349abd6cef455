"""What stands on documents about a provider: which fields there are, and what they take. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from stdnum import bic, iban
from stdnum.exceptions import ValidationError as NotValid

from icb.kernel.checks import check_choice, check_text
from icb.kernel.countries import check_country
from icb.kernel.errors import InvalidInput
from icb.kernel.languages import check_language

LONGEST_DELAY = 365
USUAL_PAYMENT_DAYS = 14
USUAL_LANGUAGE = "en"
TAX_DAYS = ("issue", "supply")
"""Which day decides what a tax comes to: that of the document, or the last of what it bills."""
_LONGEST_TEXT = 4000

LONGEST: Mapping[str, int] = {
    "name": 200,
    "legal_name": 200,
    "address": _LONGEST_TEXT,
    "postal_code": 20,
    "city": 120,
    "region": 120,
    "country": 2,
    "tax_number": 60,
    "email": 254,
    "phone": 60,
    "electronic_address": 120,
    "electronic_scheme": 4,
    "account_holder": 200,
    "iban": 60,
    "bic": 20,
    "bank_name": 200,
    "payment_terms": _LONGEST_TEXT,
    "payment_days": 3,
    "language": 10,
    "tax_day": 6,
}
"""The fields in the order of documents, and how many characters each takes as typed."""


def checked(field: str, *, value: str) -> str:
    """The text to store for what was typed; InvalidInput where it is not allowed."""
    text = check_text(value, field=field, longest=LONGEST[field], required=field == "name")
    check = _CHECKS.get(field)
    return check(text) if check else text


def check_email(text: str) -> str:
    """`text` itself; InvalidInput where it is no address; blank is none."""
    try:
        if text:
            validate_email(text)
    except ValidationError as error:
        raise InvalidInput(
            field="email",
            value=text,
            message=f"email {text}: it is not an address. Nothing was stored. Correct it.",
        ) from error
    return text


def check_payment_days(text: str, *, otherwise: str) -> str:
    """`text` itself; InvalidInput where it is no number of days. `otherwise`: what blank means."""
    if text and not (text.isascii() and text.isdigit() and int(text) <= LONGEST_DELAY):
        raise InvalidInput(
            field="payment_days",
            value=text,
            message=f"payment_days {text}: give whole days from 0 to {LONGEST_DELAY}, or nothing "
            f"for {otherwise}. Nothing was stored.",
        )
    return text


def check_scheme(text: str) -> str:
    """`text` itself; InvalidInput where it is no code of a scheme of electronic addresses."""
    if text and not (len(text) == 4 and text.isascii() and text.isdigit()):
        raise InvalidInput(
            field="electronic_scheme",
            value=text,
            message=f"electronic_scheme {text}: it is not four digits. Nothing was stored. Give "
            "the code of the scheme (EAS), such as 0204 or 9930.",
        )
    return text


def _iban(text: str) -> str:
    try:
        return iban.validate(text) if text else ""
    except NotValid as error:
        raise InvalidInput(
            field="iban",
            value=text,
            message=f"iban {text}: its length or check digits are wrong. Nothing was stored. "
            "Compare it with the bank's papers.",
        ) from error


def _bic(text: str) -> str:
    try:
        return bic.validate(text) if text else ""
    except NotValid as error:
        raise InvalidInput(
            field="bic",
            value=text,
            message=f"bic {text}: it has not the 8 or 11 characters of one. Nothing was stored. "
            "Correct it, or leave it out.",
        ) from error


def _days(text: str) -> str:
    known = check_payment_days(text, otherwise=f"{USUAL_PAYMENT_DAYS} days")
    return str(int(known)) if known else str(USUAL_PAYMENT_DAYS)


_CHECKS: Mapping[str, Callable[[str], str]] = {
    "country": check_country,
    "email": check_email,
    "electronic_scheme": check_scheme,
    "iban": _iban,
    "bic": _bic,
    "payment_days": _days,
    "language": lambda text: check_language(text) or USUAL_LANGUAGE,
    "tax_day": lambda text: check_choice(text or TAX_DAYS[0], field="tax_day", allowed=TAX_DAYS),
}
