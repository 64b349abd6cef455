"""Customers: found by their name, which is theirs alone there, or made."""

from __future__ import annotations

from icb.accounting.ports import Customer, Theirs
from icb.accounting.targets.online.answers import Part
from icb.accounting.targets.online.documents import NOTHING_WRITTEN, refused
from icb.accounting.targets.online.json_text import Json
from icb.accounting.targets.online.texts import plain_line, plain_lines
from icb.accounting.targets.quickbooks_online.company_api import CompanyApi, Refusal, quoted
from icb.accounting.targets.quickbooks_online.faults import DUPLICATE_NAME

LONGEST_NAME, _LONGEST_LINE, _MOST_LINES = 100, 500, 5


def create_customer(customer: Customer, *, key: str, api: CompanyApi) -> Theirs:
    """The customer as it stands there; the one who has the name already where one has."""
    body = body_of(customer)
    try:
        return theirs_of(api.write("/customer", name="Customer", body=body, key=key))
    except Refusal as refusal:
        if refusal.fault.code != DUPLICATE_NAME:
            raise api.problem(refusal) from None
    found = api.rows("Customer", where=f"DisplayName = {quoted(name_of(customer))}")
    if not found:
        raise refused(
            f"{customer.key}: the name {name_of(customer)} is taken there by a supplier, an "
            f"employee or a customer who is not in use. {NOTHING_WRITTEN} Map the organization to "
            "a customer, or rename one of them."
        )
    return theirs_of(found[0])


def theirs_of(row: Part) -> Theirs:
    """A customer to choose from."""
    return Theirs(row.text("Id"), row.text_or("DisplayName") or row.text("Id"))


def name_of(customer: Customer) -> str:
    """The name as QuickBooks can hold it: a colon would make it the name of a part.

    A name that has to be cut carries the key: two long names may begin alike.
    """
    whole = plain_line(customer.name.replace(":", " -"), longest=len(customer.name) * 2 + 1)
    if plain_line(whole, longest=LONGEST_NAME) == whole:
        return whole or customer.key
    tail = f" ({customer.key})"
    return plain_line(whole, longest=max(1, LONGEST_NAME - len(tail))) + tail


def body_of(customer: Customer) -> dict[str, Json]:
    """The customer to make; what is not known is left out."""
    lines = plain_lines(customer.address, longest=_LONGEST_LINE * _MOST_LINES).splitlines()
    address: dict[str, str] = {
        f"Line{number}": plain_line(line, longest=_LONGEST_LINE)
        for number, line in enumerate(lines[:_MOST_LINES], start=1)
    } | {
        "City": plain_line(customer.city, longest=255),
        "CountrySubDivisionCode": plain_line(customer.region, longest=255),
        "PostalCode": plain_line(customer.postal_code, longest=30),
        "Country": plain_line(customer.country, longest=255),
    }
    known: dict[str, Json] = {name: text for name, text in address.items() if text}
    name = name_of(customer)
    return {
        "DisplayName": name,
        "CompanyName": name,
        **({"PrimaryEmailAddr": {"Address": customer.email}} if customer.email else {}),
        **({"BillAddr": known} if known else {}),
    }
