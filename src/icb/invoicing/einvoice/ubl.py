"""EN 16931 terms as UBL 2.1, with the identifiers of Peppol BIS Billing 3.

The order of elements is that of the UBL schemas; CreditNote differs from Invoice in the names of
four elements and in having no due date of its own.
"""

from __future__ import annotations

from lxml.etree import _Element

from icb.invoicing.einvoice.terms import (
    Category,
    ElectronicInvoice,
    Line,
    Party,
    Period,
    TaxGroup,
)
from icb.invoicing.einvoice.xml_writing import Writer, price_text
from icb.kernel.quantity import format_micro

CUSTOMIZATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_UBL = "urn:oasis:names:specification:ubl:schema:xsd"


def ubl(invoice: ElectronicInvoice) -> bytes:
    """The invoice or credit note as a UBL file."""
    name = "CreditNote" if invoice.is_credit_note else "Invoice"
    namespaces: dict[str, str] = {
        "": f"{_UBL}:{name}-2",
        "cac": f"{_UBL}:CommonAggregateComponents-2",
        "cbc": f"{_UBL}:CommonBasicComponents-2",
    }
    to = Writer(name, namespaces=namespaces, currency=invoice.currency)
    _heading(to, invoice, name)
    _references(to, invoice)
    seller = to.add(to.root, "cac:AccountingSupplierParty")
    _party(to, to.add(seller, "cac:Party"), invoice.seller)
    buyer = to.add(to.root, "cac:AccountingCustomerParty")
    _party(to, to.add(buyer, "cac:Party"), invoice.buyer)
    if invoice.deliver_to:
        delivery = to.add(to.root, "cac:Delivery")
        address = to.add(to.add(delivery, "cac:DeliveryLocation"), "cac:Address")
        to.text(to.add(address, "cac:Country"), "cbc:IdentificationCode", invoice.deliver_to)
    _payment(to, invoice)
    _taxes(to, invoice)
    _totals(to, invoice)
    for line in invoice.lines:
        _line(to, line, name)
    return to.content()


def _heading(to: Writer, invoice: ElectronicInvoice, name: str) -> None:
    root = to.root
    to.text(root, "cbc:CustomizationID", CUSTOMIZATION)
    to.text(root, "cbc:ProfileID", PROFILE)
    to.text(root, "cbc:ID", invoice.number)
    to.text(root, "cbc:IssueDate", invoice.issued_on.isoformat())
    if not invoice.is_credit_note:
        to.text(root, "cbc:DueDate", invoice.due_on.isoformat())
    to.text(root, f"cbc:{name}TypeCode", invoice.type_code)
    to.text(root, "cbc:Note", invoice.note)
    to.text(root, "cbc:DocumentCurrencyCode", invoice.currency)
    to.text(root, "cbc:BuyerReference", invoice.buyer_reference)


def _references(to: Writer, invoice: ElectronicInvoice) -> None:
    _period(to, to.root, invoice.period)
    if invoice.purchase_order:
        to.text(to.add(to.root, "cac:OrderReference"), "cbc:ID", invoice.purchase_order)
    if invoice.credited:
        before = to.add(to.root, "cac:BillingReference")
        credited = to.add(before, "cac:InvoiceDocumentReference")
        to.text(credited, "cbc:ID", invoice.credited)
        if invoice.credited_on:
            to.text(credited, "cbc:IssueDate", invoice.credited_on.isoformat())


def _period(to: Writer, parent: _Element, period: Period | None) -> None:
    if period:
        dates = to.add(parent, "cac:InvoicePeriod")
        to.text(dates, "cbc:StartDate", period.first.isoformat())
        to.text(dates, "cbc:EndDate", period.last.isoformat())


def _party(to: Writer, parent: _Element, party: Party) -> None:
    to.text(parent, "cbc:EndpointID", party.endpoint, schemeID=party.endpoint_scheme)
    if party.identifier:
        to.text(to.add(parent, "cac:PartyIdentification"), "cbc:ID", party.identifier)
    if party.name:
        to.text(to.add(parent, "cac:PartyName"), "cbc:Name", party.name)
    _address(to, to.add(parent, "cac:PostalAddress"), party)
    for number, scheme in ((party.vat_id, "VAT"), (party.tax_registration, "TAX")):
        if number:
            tax = to.add(parent, "cac:PartyTaxScheme")
            to.text(tax, "cbc:CompanyID", number)
            to.text(to.add(tax, "cac:TaxScheme"), "cbc:ID", scheme)
    to.text(to.add(parent, "cac:PartyLegalEntity"), "cbc:RegistrationName", party.name)
    if party.phone or party.email:
        contact = to.add(parent, "cac:Contact")
        to.text(contact, "cbc:Name", party.name)
        to.text(contact, "cbc:Telephone", party.phone)
        to.text(contact, "cbc:ElectronicMail", party.email)


def _address(to: Writer, address: _Element, party: Party) -> None:
    lines = (*party.address, "", "", "")
    to.text(address, "cbc:StreetName", lines[0])
    to.text(address, "cbc:AdditionalStreetName", lines[1])
    to.text(address, "cbc:CityName", party.city)
    to.text(address, "cbc:PostalZone", party.postal_code)
    to.text(address, "cbc:CountrySubentity", party.region)
    if lines[2]:
        to.text(to.add(address, "cac:AddressLine"), "cbc:Line", lines[2])
    if party.country:
        to.text(to.add(address, "cac:Country"), "cbc:IdentificationCode", party.country)


def _payment(to: Writer, invoice: ElectronicInvoice) -> None:
    payment = invoice.payment
    if payment:
        means = to.add(to.root, "cac:PaymentMeans")
        to.text(means, "cbc:PaymentMeansCode", payment.means)
        to.text(means, "cbc:PaymentID", payment.reference)
        account = to.add(means, "cac:PayeeFinancialAccount")
        to.text(account, "cbc:ID", payment.iban)
        to.text(account, "cbc:Name", payment.holder)
        if payment.bic:
            to.text(to.add(account, "cac:FinancialInstitutionBranch"), "cbc:ID", payment.bic)
    if invoice.payment_terms:
        to.text(to.add(to.root, "cac:PaymentTerms"), "cbc:Note", invoice.payment_terms)


def _taxes(to: Writer, invoice: ElectronicInvoice) -> None:
    total = to.add(to.root, "cac:TaxTotal")
    to.amount(total, "cbc:TaxAmount", invoice.tax, currencyID=invoice.currency)
    for group in invoice.taxes:
        part = to.add(total, "cac:TaxSubtotal")
        to.amount(part, "cbc:TaxableAmount", group.net, currencyID=invoice.currency)
        to.amount(part, "cbc:TaxAmount", group.tax, currencyID=invoice.currency)
        _category(to, to.add(part, "cac:TaxCategory"), group)


def _category(to: Writer, category: _Element, stated: TaxGroup | Line) -> None:
    to.text(category, "cbc:ID", stated.category)
    if stated.category != Category.NOT_SUBJECT:
        to.text(category, "cbc:Percent", format_micro(stated.percent))
    if isinstance(stated, TaxGroup):
        to.text(category, "cbc:TaxExemptionReasonCode", stated.reason_code)
        to.text(category, "cbc:TaxExemptionReason", stated.reason)
    to.text(to.add(category, "cac:TaxScheme"), "cbc:ID", "VAT")


def _totals(to: Writer, invoice: ElectronicInvoice) -> None:
    totals = to.add(to.root, "cac:LegalMonetaryTotal")
    for tag, amount in (
        ("cbc:LineExtensionAmount", sum(line.net for line in invoice.lines)),
        ("cbc:TaxExclusiveAmount", invoice.net),
        ("cbc:TaxInclusiveAmount", invoice.total),
        ("cbc:PayableAmount", invoice.total),
    ):
        to.amount(totals, tag, amount, currencyID=invoice.currency)


def _line(to: Writer, line: Line, name: str) -> None:
    row = to.add(to.root, f"cac:{name}Line")
    to.text(row, "cbc:ID", str(line.position))
    quantity = "CreditedQuantity" if name == "CreditNote" else "InvoicedQuantity"
    to.text(row, f"cbc:{quantity}", format_micro(line.quantity), unitCode=line.unit)
    to.amount(row, "cbc:LineExtensionAmount", line.net, currencyID=to.currency)
    _period(to, row, line.period)
    item = to.add(row, "cac:Item")
    to.text(item, "cbc:Description", line.description)
    to.text(item, "cbc:Name", line.name)
    if line.seller_item:
        to.text(to.add(item, "cac:SellersItemIdentification"), "cbc:ID", line.seller_item)
    _category(to, to.add(item, "cac:ClassifiedTaxCategory"), line)
    price = to.add(row, "cac:Price")
    to.text(
        price,
        "cbc:PriceAmount",
        price_text(line.price, currency=to.currency),
        currencyID=to.currency,
    )
    if line.base_quantity != 1:
        to.text(price, "cbc:BaseQuantity", str(line.base_quantity), unitCode=line.unit)
