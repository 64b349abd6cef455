"""Contacts: found by our key, made, or found by the name that one has already."""

from __future__ import annotations

from icb.accounting.ports import Customer, Theirs
from icb.accounting.targets.online.answers import Part
from icb.accounting.targets.online.json_text import Json
from icb.accounting.targets.online.texts import plain_line, plain_lines
from icb.accounting.targets.xero.tenant_api import Invalid, TenantApi, quoted
from icb.foundation.canonical import digest

LONGEST_NAME, LONGEST_KEY = 255, 50
_LINES = 4
_ACTIVE = 'ContactStatus=="ACTIVE"'


def create_contact(customer: Customer, *, key: str, api: TenantApi) -> Theirs:
    """The contact as it stands there; the one with our key or the same name where one has it."""
    number = f"ContactNumber=={quoted(contact_number(customer))}"
    known = _found(api, where=number)
    if known:
        return known
    try:
        body = body_of(customer)
        return theirs_of(api.write("PUT", path="/Contacts", name="Contacts", record=body, key=key))
    except Invalid as invalid:
        # Names of contacts in use are there once.
        named = _found(api, where=f"Name=={quoted(name_of(customer))}")
        if named is None:
            raise api.problem(invalid) from None
        return named


def theirs_of(row: Part) -> Theirs:
    """A contact to choose from."""
    number = row.text_or("AccountNumber") or row.text_or("ContactNumber")
    return Theirs(row.text("ContactID"), row.text_or("Name") or row.text("ContactID"), code=number)


def contact_number(customer: Customer) -> str:
    """What tells our customer there; a key that does not fit is told by its digest."""
    key = customer.key
    return key if len(key) <= LONGEST_KEY else digest(key)[:LONGEST_KEY]


def name_of(customer: Customer) -> str:
    """The name as Xero holds it. One that has to be cut carries the key."""
    whole = plain_line(customer.name, longest=2 * len(customer.name) + 1)
    if plain_line(whole, longest=LONGEST_NAME) == whole:
        return whole or customer.key
    tail = f" ({contact_number(customer)})"
    return plain_line(whole, longest=LONGEST_NAME - len(tail)) + tail


def body_of(customer: Customer) -> dict[str, Json]:
    """The contact to make; what is not known is left out."""
    lines = plain_lines(customer.address, longest=2000).splitlines()[:_LINES]
    address: dict[str, str] = {
        f"AddressLine{number}": plain_line(line, longest=500)
        for number, line in enumerate(lines, start=1)
    } | {
        "City": plain_line(customer.city, longest=255),
        "Region": plain_line(customer.region, longest=255),
        "PostalCode": plain_line(customer.postal_code, longest=50),
        "Country": plain_line(customer.country, longest=50),
    }
    known: dict[str, Json] = {name: text for name, text in address.items() if text}
    texts = {
        "EmailAddress": plain_line(customer.email, longest=255),
        "TaxNumber": plain_line(customer.tax_number, longest=50),
    }
    body: dict[str, Json] = {
        "Name": name_of(customer),
        "ContactNumber": contact_number(customer),
        **{name: text for name, text in texts.items() if text},
    }
    if known:
        body["Addresses"] = [{"AddressType": "POBOX", **known}]
    return body


def _found(api: TenantApi, *, where: str) -> Theirs | None:
    rows = api.paged("Contacts", params={"where": f"{_ACTIVE} AND {where}"})
    return theirs_of(rows[0]) if rows else None
