"""Rules that the shipped validators do not hold: what Peppol demands beyond EN 16931, and checks
of numbers that only we can make.

Peppol's own rule is named in the id where there is one (`ICB-PEPPOL-R003` stands for its R003).
A UBL file says that it is one for Peppol, so these are fatal for it; Factur-X says no such thing.
"""

from __future__ import annotations

from collections.abc import Iterator

from stdnum import iban

from icb.invoicing.einvoice.parties import is_checked_vat_id
from icb.invoicing.einvoice.problems import FATAL, WARNING, Problem
from icb.invoicing.einvoice.terms import ElectronicInvoice, Line
from icb.kernel.currency import minor_digits
from icb.kernel.quantity import MICRO
from icb.kernel.rounding import round_ratio


def own_problems(invoice: ElectronicInvoice, *, is_for_peppol: bool) -> list[Problem]:
    """What our rules find in an invoice."""
    found = [*_numbers(invoice), *_lines(invoice)]
    if is_for_peppol:
        found += [*_peppol(invoice), *_german(invoice)]
    return found


def _numbers(invoice: ElectronicInvoice) -> Iterator[Problem]:
    for party, place in ((invoice.seller, "provider"), (invoice.buyer, "organization")):
        if party.vat_id and not is_checked_vat_id(party.vat_id):
            yield Problem(
                "ICB-VAT-ID",
                WARNING,
                f"The VAT id {party.vat_id} of {party.name} has wrong check digits. Compare it "
                "with the certificate.",
                place,
            )
    if invoice.payment and not iban.is_valid(invoice.payment.iban):
        yield Problem(
            "ICB-IBAN",
            WARNING,
            f"The IBAN {invoice.payment.iban} has wrong check digits. Nobody can pay to it.",
            "provider",
        )


def _lines(invoice: ElectronicInvoice) -> Iterator[Problem]:
    for line in invoice.lines:
        if line.base_quantity < 1 or _product(line, invoice.currency) != line.net:
            yield Problem(
                "ICB-PEPPOL-R120",
                FATAL,
                f"Line {line.position}: quantity times price is not its net amount. This is an "
                "error of the program, not of your data: report it.",
            )
        whole = invoice.period
        if (
            line.period
            and whole
            and not whole.first <= line.period.first <= line.period.last <= (whole.last)
        ):
            yield Problem(
                "ICB-PEPPOL-R110",
                FATAL,
                f"Line {line.position}: its period lies outside that of the document. This is an "
                "error of the program, not of your data: report it.",
            )


def _product(line: Line, currency: str) -> int:
    product = line.quantity * line.price * 10 ** minor_digits(currency)
    return round_ratio(product, MICRO * MICRO * line.base_quantity)


def _peppol(invoice: ElectronicInvoice) -> Iterator[Problem]:
    if not (invoice.buyer_reference or invoice.purchase_order):
        yield Problem(
            "ICB-PEPPOL-R003",
            FATAL,
            f"{invoice.buyer.name} has neither a buyer reference nor a purchase order. Peppol "
            "needs one of them: ask the client which, and fill it in on the organization.",
            "organization",
        )
    for rule, party, place in (
        ("ICB-PEPPOL-R020", invoice.seller, "provider"),
        ("ICB-PEPPOL-R010", invoice.buyer, "organization"),
    ):
        if not (party.endpoint and party.endpoint_scheme):
            yield Problem(
                rule,
                FATAL,
                f"{party.name} has no electronic address with its scheme (for example scheme "
                "0088 with a GLN, or 9930 with a German VAT id). Peppol delivers by it.",
                place,
            )


def _german(invoice: ElectronicInvoice) -> Iterator[Problem]:
    """What Peppol demands where both parties are German (its rules DE-R-001 to 009 and 015)."""
    seller, buyer = invoice.seller, invoice.buyer
    if not seller.country == buyer.country == "DE":
        return
    for rule, text, what, place in (
        ("ICB-PEPPOL-DE-R-001", invoice.payment and invoice.payment.iban, "an IBAN", "provider"),
        ("ICB-PEPPOL-DE-R-003", seller.city, "the city of the seller", "provider"),
        ("ICB-PEPPOL-DE-R-004", seller.postal_code, "the postal code of the seller", "provider"),
        ("ICB-PEPPOL-DE-R-006", seller.phone, "a telephone number of the seller", "provider"),
        ("ICB-PEPPOL-DE-R-007", seller.email, "an e-mail address of the seller", "provider"),
        ("ICB-PEPPOL-DE-R-008", buyer.city, "the city of the buyer", "organization"),
        ("ICB-PEPPOL-DE-R-009", buyer.postal_code, "the postal code of the buyer", "organization"),
        ("ICB-PEPPOL-DE-R-015", invoice.buyer_reference, "a buyer reference", "organization"),
    ):
        if not text:
            yield Problem(
                rule,
                FATAL,
                f"Between German parties Peppol needs {what}. Fill it in.",
                place,
            )
